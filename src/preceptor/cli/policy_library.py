"""`preceptor policy label|diff|feedback`: who may see a document, what changed in it, what was said of an answer."""

from __future__ import annotations

import json
import uuid
from typing import Any

from preceptor.cli.command import DONE, Context, add_command, note, out, show
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid
from preceptor.evidence.comparison import compare_versions
from preceptor.evidence.differences import Change, counts
from preceptor.evidence.library import Version, find, set_labels
from preceptor.flows.policy_question.feedback import JUDGEMENTS, feedback_cases, judge

MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}


def add(group: Any) -> None:
    """Add the commands below `preceptor policy`."""
    parser = add_command(
        group,
        "label",
        "Say who may see a document: role:NAME or department:NAME, any one is enough; without labels everyone may.",
        "preceptor policy label cgm --set department:pharmacy --set role:librarian\npreceptor policy label cgm --clear",
        _label,
    )
    parser.add_argument("document")
    for option, text in (("--set", "exactly these"), ("--add", "these too"), ("--remove", "these no more")):
        parser.add_argument(option, action="append", default=[], metavar="LABEL", help=text)
    parser.add_argument("--clear", action="store_true", help="no label: everyone in the tenant may see it")
    parser = add_command(
        group,
        "diff",
        "Compare two versions line by line; without --from and --to the newest with the one before it.",
        "preceptor policy diff cgm\npreceptor policy diff cgm --from 2025.1 --to 2026.1 --json",
        _diff,
    )
    parser.add_argument("document")
    parser.add_argument("--from", dest="before", metavar="V", help="earlier version")
    parser.add_argument("--to", dest="after", metavar="V", help="later version")
    parser.add_argument("--with", dest="other", metavar="DOCUMENT", help="compare with another document instead")
    parser = add_command(
        group,
        "feedback",
        "Judge an answer you were given, or export all judgements as evaluation cases.",
        "preceptor policy feedback 0199f0c2-7d52-7c3e-a2f1-52b0c39d4b1e --kind wrong_citation\n"
        "preceptor policy feedback --export > cases.jsonl",
        _feedback,
    )
    parser.add_argument("answer", nargs="?", help="the answer's `run`")
    parser.add_argument("--kind", choices=JUDGEMENTS)
    parser.add_argument("--note", default="", help="why; personal details are masked before it is kept")
    parser.add_argument("--export", action="store_true", help="print the cases, one JSON object a line")


async def _label(context: Context) -> int:
    args, caller = context.args, context.caller
    chosen = [bool(args.set), bool(args.add or args.remove), args.clear]
    if sum(chosen) != 1:
        raise Invalid("invalid_request", "Give --set, or --add and --remove, or --clear.")
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        held = set((await find(tx, caller, args.document, all_states=True))[0].labels)
        wanted = set(args.set) if args.set else set[str]() if args.clear else (held | set(args.add)) - set(args.remove)
        versions = await set_labels(tx, context.services.clock, caller, args.document, wanted)
    document = {"document": versions[0].name, "labels": list(versions[0].labels)}
    if args.json:
        show(document)
    else:
        out(f"{document['document']}: {', '.join(versions[0].labels) or 'everyone in the tenant'}")
    return DONE


async def _diff(context: Context) -> int:
    args, services = context.args, context.services
    found = await compare_versions(
        services.database,
        services.clock,
        services.keys.get(context.caller.tenant),
        context.caller,
        args.document,
        args.before,
        args.after,
        args.other,
    )
    if args.json:
        show(found.as_json())
        return DONE
    out(f"{_name(found.before)}  →  {_name(found.after)}")
    for change in found.changes:
        if change.kind != "same":
            out(_change_text(change))
    out(", ".join(f"{n} {kind}" for kind, n in counts(found.changes).items()))
    return DONE


def _name(version: Version) -> str:
    return f"{version.name} {version.version}".strip()


def _change_text(change: Change) -> str:
    shown = [MARKS[change.kind]]
    if change.kind == "moved" and change.before and change.after:
        shown.append(f"p. {change.before.page} → p. {change.after.page}: {' '.join(change.after.text.split())}")
    else:
        lines = [line for line in (change.before, change.after) if line is not None]
        shown.extend(f"p. {line.page}: {' '.join(line.text.split())}" for line in lines)
    if change.numbers:
        shown.append("[" + ", ".join(f"{a or 'nothing'} → {b or 'nothing'}" for a, b in change.numbers) + "]")
    return "\n  ".join([" ".join(shown[:2]), *shown[2:]])


async def _feedback(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    keys = services.keys.get(caller.tenant)
    if args.export == (args.answer is not None):
        raise Invalid("invalid_request", "Name the answer's run and --kind, or use --export.")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        if args.export:
            cases, left = await feedback_cases(tx, services.clock, caller, keys)
        else:
            if args.kind is None:
                raise Invalid("invalid_request", f"--kind is one of {', '.join(JUDGEMENTS)}.")
            kept = await judge(tx, services.clock, caller, keys, _run_id(args.answer), args.kind, args.note)
            cases, left = [kept], list[dict[str, str]]()
    if args.export and not args.json:
        for case in cases:
            out(json.dumps(case, ensure_ascii=False))
        for row in left:
            note(f"left out: {row['run']} ({row['why']})")
    elif args.json:
        show({"cases": cases, "left_out": left} if args.export else cases[0])
    else:
        out(f"kept: {args.kind} for {args.answer}")
    return DONE


def _run_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Invalid("invalid_request", "A run is the id an answer carries under `run`.") from None
