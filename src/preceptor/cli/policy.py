"""`preceptor policy`: the library of policy documents, and questions to it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from preceptor.access.decide import require
from preceptor.access.labels import checked_labels
from preceptor.audit.events import record
from preceptor.audit.export import place_of
from preceptor.audit.sequencer import advance
from preceptor.cli import policy_embed, policy_library
from preceptor.cli.command import DONE, FAILED, PARTLY, Context, add_command, add_group, out, problem, run_batch, show
from preceptor.cli.policy_files import Progress, collect, limits_of
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, PreceptorError, Unavailable
from preceptor.evidence.catalogue import Entry, with_vectors
from preceptor.evidence.ingest import Added, Shelf, add_document, resume
from preceptor.evidence.library import find, list_versions, remove
from preceptor.evidence.metadata import require_date
from preceptor.evidence.reports import failure_words, read_report, report_lines
from preceptor.flows.policy_question.workflow import Assistant, Question


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(
        subparsers, "policy", "Policy documents and questions to them.", 'preceptor policy ask "Is a CGM covered?"'
    )
    parser = add_command(
        group,
        "add",
        "Read PDFs, scans, Word, HTML, Markdown and text into the library. Folders and zip files are read whole; a"
        " manifest.json in one may give title, version, dates, payer or department of its files.",
        "preceptor policy add policies/\npreceptor policy add cgm.pdf --version 2026.1 --effective-from 2026-01-01",
        _add,
    )
    parser.add_argument("path", nargs="+")
    for name, text in (
        ("--title", "title of the document"),
        ("--version", "version of the document"),
        ("--effective-from", "first day in force, YYYY-MM-DD"),
        ("--effective-to", "last day in force, YYYY-MM-DD"),
        ("--payer", "payer the policy belongs to"),
        ("--department", "department the policy belongs to"),
    ):
        parser.add_argument(name, help=text)
    parser.add_argument(
        "--label", action="append", default=[], help="role:NAME or department:NAME that may see it; several: any one"
    )
    parser.add_argument("--no-embed", action="store_true", help="leave the vectors to `serve` or `policy embed`")
    parser.add_argument("--supersedes", action="store_true", help="this replaces the version that is there")
    _add_shelf(group)
    parser = add_command(
        group,
        "ask",
        "Ask in plain words; the answer is made of quotations, or there is none.",
        'preceptor policy ask "How many months of rental are paid for oxygen equipment?" --as-of 2026-03-01\n'
        "preceptor policy ask --batch questions.jsonl > answers.jsonl",
        _ask,
    )
    parser.add_argument("question", nargs="?")
    parser.add_argument("--as-of", help="the day whose policies count, YYYY-MM-DD (default: today)")
    parser.add_argument("--document", help="ask this document only")
    parser.add_argument("--batch", metavar="FILE.jsonl", help="one {id, question, as_of?, document?} a line")
    parser.add_argument(
        "--mode", choices=("adaptive", "thorough", "fast"), default="adaptive", help="who reads the best lines again"
    )
    policy_embed.add(group)
    policy_library.add(group)


def _add_shelf(group: Any) -> None:
    """The commands that look at what is in the library, take out of it, or finish it."""
    parser = add_command(
        group,
        "list",
        "The documents that can be found; `words` until their vectors are made, then `ready`.",
        "preceptor policy list --json",
        _list,
    )
    parser.add_argument("--all", action="store_true", help="also failed, unfinished and removed ones")
    parser = add_command(
        group,
        "show",
        "The versions of a document: state, findings, days in force, what supersedes what.",
        "preceptor policy show cgm",
        _show,
    )
    parser.add_argument("document")
    parser = add_command(group, "remove", "Take a document out of every index.", "preceptor policy remove cgm", _remove)
    parser.add_argument("document")
    add_command(group, "resume", "Finish what a crash broke off.", "preceptor policy resume", _resume)


def _shelf(context: Context) -> Shelf:
    services = context.services
    keys = services.keys.get(context.caller.tenant)
    return Shelf(services.database, services.clock, keys, limits_of(services.settings))


def added_json(path: str, added: Added) -> dict[str, Any]:
    """The contract's line for one file."""
    document: dict[str, Any] = {
        "path": path,
        "document": added.document,
        "version": added.version,
        "pages": added.pages,
        "passages": added.passages,
        "redactions": added.redactions,
        "hidden_characters": added.hidden_characters,
        "status": added.status,
    }
    if added.error is not None:
        document["error"] = problem(added.error)
    return document


async def _add(context: Context) -> int:
    require(context.caller, "policy:write")
    args = context.args
    files = collect(
        args.path,
        title=args.title,
        version=args.version,
        effective_from=require_date(args.effective_from) if args.effective_from else None,
        effective_to=require_date(args.effective_to) if args.effective_to else None,
        owner=args.payer or args.department or "",
        supersedes=args.supersedes,
    )
    labels = checked_labels(args.label)
    shelf, answers = _shelf(context), list[dict[str, Any]]()
    with Progress(len(files)) as progress:
        for file in files:
            progress.file(file.path)
            try:
                data, media_type = file.read(shelf.limits)
                added = await add_document(
                    shelf, context.caller, file.said, data, media_type, progress.page, labels=labels
                )
            except Unavailable:
                raise
            except PreceptorError as error:
                added = Added("failed", file.said.stem, file.said.version or "", error=error)
            answers.append(added_json(str(file.path), added))
            if not args.json:
                progress.say(_added_line(answers[-1]))
    if not args.no_embed and any(a["status"] in ("added", "superseded") for a in answers):
        await policy_embed.embed_added(context)
    if args.json:
        show(answers)
    return outcome_code(answers)


def outcome_code(answers: list[dict[str, Any]]) -> int:
    """0 when every file went in, 1 when none did, 4 when some did not."""
    failed = sum(a["status"] == "failed" for a in answers)
    return DONE if not failed else FAILED if failed == len(answers) else PARTLY


def _added_line(a: dict[str, Any]) -> str:
    if a["status"] == "failed":
        return f"{a['status']:10} {a['path']}: {a['error']['message']} [{a['error']['code']}]"
    redacted = sum(a["redactions"].values())
    extra = f", {redacted} identifiers redacted" if redacted else ""
    return f"{a['status']:10} {a['path']}: {a['pages']} pages, {a['passages']} passages{extra}"


async def _resume(context: Context) -> int:
    require(context.caller, "policy:write")
    with Progress(0) as progress:
        done = await resume(_shelf(context), context.caller, progress.page)
    answers = [added_json("", added) for added in done]
    if context.args.json:
        show(answers)
    else:
        out("\n".join(f"{a['status']:10} {a['document']}" for a in answers) or "nothing was broken off")
    return outcome_code(answers)


def _stage(entry: Entry) -> str:
    return "removed" if entry.version.state == "removed" else entry.stage


def _print_entries(context: Context, entries: list[Entry]) -> None:
    if context.args.json:
        show({"documents": [entry.as_json() for entry in entries]})
        return
    for entry in entries:
        v = entry.version
        since = v.effective_from.isoformat() if v.effective_from else "no date"
        labels = f"  [{', '.join(v.labels)}]" if v.labels else ""
        stage = _stage(entry)
        out(f"{v.name:40} {v.version or '-':10} {since:10} {v.pages or 0:5} pages  {stage:8} {v.title}{labels}")


async def _list(context: Context) -> int:
    caller = context.caller
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        entries = await with_vectors(tx, await list_versions(tx, caller, all_states=context.args.all))
        await record(tx, context.services.clock, caller, "document:list")
    _print_entries(context, entries)
    return DONE


async def _show(context: Context) -> int:
    caller = context.caller
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        entries = await with_vectors(tx, await find(tx, caller, context.args.document, all_states=True))
        document = str(entries[0].version.document)
        await record(tx, context.services.clock, caller, "document:list", subject={"document": document})
    if context.args.json:
        _print_entries(context, entries)
        return DONE
    names = {e.version.id: e.version.version or str(e.version.id) for e in entries}
    first = entries[0].version
    out(f"{first.name}: {first.title or 'no title yet'}")
    out(f"  id {first.document}; seen by {', '.join(first.labels) or 'everyone in the tenant'}")
    for entry in entries:
        out(_version_text(entry, names))
    return DONE


def _version_text(entry: Entry, names: dict[uuid.UUID, str]) -> str:
    """A version for the terminal: which it is, how far it has come, when it is in force, what it follows."""
    v = entry.version
    lines = [f"  version {v.version or '(no number)'}  {v.id}  {_stage(entry)}"]
    if v.state == "failed":
        lines.append(f"    {failure_words(v.error)} [{v.error}]")
    if v.state == "ready":
        begins = v.in_force_from.isoformat() if v.in_force_from != date.min else "an unknown day"
        until = f" until {v.in_force_until.isoformat()} (not on it)" if v.in_force_until != date.max else ""
        follows = f"; supersedes {names.get(v.supersedes, v.supersedes)}" if v.supersedes else ""
        lines.append(f"    in force from {begins}{until}{follows}")
        lines.append(f"    {v.pages} pages, {v.passages} passages, {sum(v.redactions.values())} identifiers taken out")
        lines.extend(f"    {text}" for text in report_lines(read_report(v.report)))
    return "\n".join(lines)


async def _remove(context: Context) -> int:
    caller, keys = context.caller, context.services.keys.get(context.caller.tenant)
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        versions = await remove(tx, context.services.clock, keys, caller, context.args.document)
    if context.args.json:
        show({"removed": [str(v.id) for v in versions]})
    else:
        out(f"{context.args.document}: {len(versions)} versions removed")
    return DONE


async def _ask(context: Context) -> int:
    args, assistant = context.args, Assistant(context.services)

    async def one(row: dict[str, Any]) -> dict[str, Any]:
        question, as_of, document = row.get("question"), row.get("as_of"), row.get("document")
        if not isinstance(question, str):
            raise Invalid("invalid_request", "`question` must be a string.")
        asked = Question(
            question,
            require_date(str(as_of)) if as_of else None,
            str(document) if document else None,
            mode=args.mode,
        )
        return {"id": row.get("id"), **await assistant.ask(context.caller, asked)}

    if args.batch:
        return await run_batch(args.batch, one)
    if args.question is None:
        raise Invalid("question_empty", "Write the question behind the command, or use --batch FILE.jsonl.")
    answer = await one({"id": None, "question": args.question, "as_of": args.as_of, "document": args.document})
    services, tenant = context.services, context.caller.tenant
    await advance(services.database, services.clock, services.keys.get(tenant))
    async with tenant_transaction(services.database, tenant, context.caller.actor, read_only=True) as tx:
        placed = await place_of(tx, answer["audit"]["entry"])
    answer["audit"] |= {"leaf": placed.leaf, "tree_size": placed.tree_size}
    if args.json:
        show(answer)
    else:
        out(answer_text(answer))
    return DONE


def answer_text(answer: dict[str, Any]) -> str:
    """An answer for the terminal."""
    lines = [f"Q  {answer['question']}"]
    if answer.get("form") == "conflict":
        lines.append("   The sources disagree:")
    if answer["abstained"]:
        lines.append(f"   No answer ({answer['reason']}): {answer['explanation']}")
        shown, mark = answer["nearest"], "not an answer, but nearest:"
    else:
        shown, mark = answer["statements"], ""
    if shown and mark:
        lines.append("   " + mark)
    for statement in shown:
        if statement.get("role") not in (None, "", "answer", "more", "document"):
            lines.append(f"   {statement['role'].replace('_', ' ')}:")
        for citation in statement["citations"]:
            version = f", version {citation['version']}" if citation["version"] else ""
            lines.append(f'   "{" ".join(citation["quote"].split())}"')
            lines.append(
                f"      {citation['title']}{version}, page {citation['page']},"
                f" characters {citation['start']}-{citation['end']} ({citation['in_force']})"
            )
    lines.append(f"   audit entry {answer['audit']['entry']}, confidence {answer['confidence']:.2f}")
    return "\n".join(lines)
