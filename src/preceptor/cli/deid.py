"""`preceptor deid`: find identifiers in text and mask them."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from preceptor.access.decide import require
from preceptor.cli.command import DONE, Context, add_command, out, read_input, run_batch, show
from preceptor.deid.detect import Known, detect
from preceptor.deid.labels import Policy
from preceptor.deid.redact import redact
from preceptor.errors import Invalid


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "deid",
        "Mask what identifies a person (45 CFR 164.514(b)(2)). First detector; see docs/decisions for what it misses.",
        "preceptor deid note.txt\npreceptor deid --batch notes.jsonl --policy safe-harbor",
        _run,
    )
    parser.add_argument("file", nargs="?", default="-", help="a text file, or - for standard input")
    parser.add_argument("--batch", metavar="FILE.jsonl", help="one {id, text, known} a line in, one answer a line out")
    parser.add_argument("--policy", choices=get_args(Policy), default="safe-harbor")
    parser.add_argument("--mode", choices=("mask", "surrogate"), default="mask")


def _answer(row: dict[str, Any], policy: Policy) -> dict[str, Any]:
    text = row.get("text")
    if not isinstance(text, str):
        raise Invalid("invalid_request", "`text` must be a string.")
    known = row.get("known")
    redaction = redact(text, detect(text, policy, Known.from_json(known) if known is not None else None))
    spans = [
        {"start": s.start, "end": s.end, "label": s.label, "score": round(s.score, 3), "source": s.source}
        for s in redaction.spans
    ]
    return {"id": row.get("id"), "text": redaction.text, "spans": spans}


async def _run(context: Context) -> int:
    require(context.caller, "deid:use")
    args: argparse.Namespace = context.args
    if args.mode == "surrogate":
        raise Invalid("invalid_request", "--mode surrogate is not built yet; use mask.")

    async def one(row: dict[str, Any]) -> dict[str, Any]:
        return _answer(row, args.policy)

    if args.batch:
        return await run_batch(args.batch, one)
    answer = _answer({"id": None, "text": read_input(args.file)}, args.policy)
    if args.json:
        show(answer)
    else:
        out(answer["text"])
    return DONE
