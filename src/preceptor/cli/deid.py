"""`preceptor deid`: find identifiers in text or FHIR resources, and mask them or put surrogates in their place."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import PurePath
from typing import Any, cast, get_args

from preceptor.access.decide import require
from preceptor.cli.command import DONE, Context, add_command, note, out, read_chunks, read_input, run_batch, show
from preceptor.deid.answer import Asked, Mode, answer, read_request
from preceptor.deid.known import Known
from preceptor.deid.labels import Policy
from preceptor.deid.stream import mask_stream
from preceptor.errors import Invalid


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "deid",
        "Take out what identifies a person (45 CFR 164.514). Mask is the only Safe Harbor mode; what the detector"
        " misses, and how often, is in docs/deid.md.",
        "preceptor deid note.txt\n"
        "preceptor deid note.txt --known patient.json\n"
        "preceptor deid --batch notes.jsonl --policy safe-harbor\n"
        "tail -f dictation.txt | preceptor deid - --stream\n"
        "preceptor deid note.txt --mode surrogate --patient 77",
        _run,
    )
    parser.add_argument("file", nargs="?", default="-", help="a text, a FHIR resource (.json), or - for standard input")
    parser.add_argument("--batch", metavar="FILE.jsonl", help="one {id, text, known} a line in, one answer a line out")
    parser.add_argument(
        "--stream", action="store_true", help="mask while reading: for texts that are long or never end"
    )
    parser.add_argument("--known", metavar="FILE.json", help="what the record says of the patient: a FHIR Patient")
    parser.add_argument("--policy", choices=get_args(Policy), help="default: safe-harbor, or the line's own")
    parser.add_argument("--mode", choices=get_args(Mode), help="default: mask, or the line's own")
    parser.add_argument("--patient", metavar="ID", help="whose surrogates (--mode surrogate)")


async def _run(context: Context) -> int:
    require(context.caller, "deid:use")
    args: argparse.Namespace = context.args
    services, caller = context.services, context.caller

    async def done(asked: Asked) -> dict[str, Any]:
        return await answer(asked, services.database, services.clock, services.keys, caller)

    async def one(row: dict[str, Any]) -> dict[str, Any]:
        return await done(read_request(row, args.policy, args.mode))

    if args.batch:
        return await run_batch(args.batch, one)
    if args.stream:
        return _stream(args)
    content = read_input(args.file)
    row: dict[str, Any] = {"id": None, "patient": args.patient}
    if PurePath(args.file).suffix == ".json":
        document = _json(args.file, content)
        asked = isinstance(document, dict) and ("text" in document or "resource" in document)
        row.update(cast("dict[str, Any]", document) if asked else {"resource": document})
    else:
        row["text"] = content
    if args.known:
        row["known"] = _json(args.known, read_input(args.known))
    found = await one(row)
    if found.get("label"):
        note(f"Surrogates: {found['label']} (45 CFR 164.514(b)(1)).")
    if found.get("requires"):
        note(f"Limited data set: {found['requires']} (45 CFR 164.514(e)(4)).")
    if args.json:
        show(found)
    else:
        out(found["text"] if "text" in found else json.dumps(found["resource"], ensure_ascii=False, indent=1))
    return DONE


def _stream(args: argparse.Namespace) -> int:
    """Mask standard input or a file while it is read; each stretch is written as soon as it is sure."""
    if args.mode == "surrogate" or args.json or args.file.endswith(".json"):
        raise Invalid("invalid_request", "--stream masks plain text; it goes with --policy and --known only.")
    known = Known.from_json(_json(args.known, read_input(args.known))) if args.known else None
    for part in mask_stream(read_chunks(args.file), args.policy or "safe-harbor", known):
        sys.stdout.write(part)
        sys.stdout.flush()
    return DONE


def _json(name: str, content: str) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid("invalid_json", f"{name} is not a JSON document.") from None
