"""`preceptor audit`: verify, export, prove and search the log."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from preceptor.access.decide import require
from preceptor.audit.checkpoint import verifier_key
from preceptor.audit.events import record
from preceptor.audit.export import export_lines, head_file, search, unplaced
from preceptor.audit.formats import checkpoint_file, read_lines
from preceptor.audit.halt import acknowledge
from preceptor.audit.merkle import prove_inclusion
from preceptor.audit.sequencer import advance, origin, read_head
from preceptor.audit.verify import Report, verify_export
from preceptor.cli.command import DONE, FAILED, Context, add_command, add_group, note, out, run_with_services, show
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, NotFound
from preceptor.settings import load


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "audit", "The log of what happened.", "preceptor audit verify")
    parser = add_command(
        group,
        "verify",
        "Check the log against its signed head: the database's own, or an export (without any database).",
        "preceptor audit verify\npreceptor audit verify log.jsonl --checkpoint log.checkpoint --key VKEY",
        _verify,
    )
    parser.add_argument("export", nargs="?", help="an exported log; without it the tenant's log in the database")
    parser.add_argument("--checkpoint", help="the signed head of the export")
    parser.add_argument("--key", help="the verifier key you trust; without it the answer says `unpinned`")
    parser.add_argument("--anchor", action="append", default=[], help="an older head kept elsewhere; may be repeated")
    parser = add_command(
        group,
        "export",
        "Write the log, a leaf a line, and its signed head.",
        "preceptor audit export --out log.jsonl --checkpoint log.checkpoint",
        _export,
    )
    parser.add_argument("--out", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser = add_command(
        group,
        "prove",
        "The inclusion proof of a leaf (RFC 9162, 2.1.3).",
        "preceptor audit prove 0 --json",
        _prove,
    )
    parser.add_argument("leaf", type=int)
    add_command(
        group,
        "acknowledge",
        "Let acts go on after the log had failed its check and was looked at.",
        "preceptor audit verify\npreceptor audit acknowledge",
        _acknowledge,
    )
    parser = add_command(
        group, "search", "Entries, newest first.", "preceptor audit search --event policy:answer --limit 5", _search
    )
    parser.add_argument("--event")
    parser.add_argument("--actor")
    parser.add_argument("--limit", type=int, default=50)


def _verify(args: argparse.Namespace) -> int:
    if args.export is None:
        return run_with_services(_verify_database, load(), args)
    if args.checkpoint is None:
        raise Invalid("invalid_request", "An export is verified against its signed head: name it with --checkpoint.")
    head = _text(args.checkpoint)
    anchors = [_text(name) for name in args.anchor]
    try:
        with Path(args.export).open("rb") as file:
            report = verify_export(read_lines(file), head, args.key, anchors)
    except OSError as error:
        raise NotFound("file_not_found", f"{args.export} cannot be read: {error.strerror}.") from None
    return _answer(args, report)


def _text(name: str) -> str:
    try:
        return Path(name).read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise NotFound("file_not_found", f"{name} cannot be read: {error.strerror}.") from None


def _answer(args: argparse.Namespace, report: Report) -> int:
    if args.json:
        show(report.as_dict())
    elif report.ok:
        out(f"verified: {report.checked} entries under root {report.root} (key {report.key})")
        note(report.cannot_detect)
    else:
        at = "" if report.first_bad is None else f" at entry {report.first_bad}"
        out(f"DOES NOT VERIFY: {report.reason}{at}. {report.detail}")
    return DONE if report.ok else FAILED


async def _verify_database(context: Context) -> int:
    require(context.caller, "audit:read")
    caller, services = context.caller, context.services
    pinned = context.args.key or services.keys.verifier_of(caller.tenant)
    if services.keys.verifier_of(caller.tenant) is None:  # of a tenant that was destroyed only this key is left
        keys = services.keys.get(caller.tenant)
        pinned = pinned or verifier_key(origin(caller.tenant), keys.signing.public_key())
        await advance(services.database, services.clock, keys)
    assert pinned is not None
    elsewhere = [_text(name) for name in context.args.anchor]
    if services.settings.anchor_file is not None and services.settings.anchor_file.exists():
        elsewhere.append(_text(str(services.settings.anchor_file)))
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True, snapshot=True) as tx:
        head = await read_head(tx)
        if head is None:
            raise NotFound("not_found", "The log is empty.")
        older = await tx.rows("select note from audit_checkpoint where tenant = $1 order by size", caller.tenant)
        lines = [line async for line in export_lines(tx, head.size)]
        heads = [*(row["note"] for row in older), *elsewhere]
        report = verify_export(lines, checkpoint_file(pinned, head.note), pinned, heads)
        loose = await unplaced(tx)
    if report.ok and loose:
        out(f"DOES NOT VERIFY: {loose} entries stand outside the tree.")
        return FAILED
    return _answer(context.args, report)


async def _export(context: Context) -> int:
    require(context.caller, "audit:read")
    caller, services, args = context.caller, context.services, context.args
    keys = services.keys.get(caller.tenant)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await record(tx, services.clock, caller, "audit:export")
    await advance(services.database, services.clock, keys)
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        head = await read_head(tx)
        if head is None:
            raise NotFound("not_found", "The log is empty.")
        _write_whole(args.out, [line async for line in export_lines(tx, head.size)])
        _write_whole(args.checkpoint, [head_file(keys, head)])
    if args.json:
        show({"tree_size": head.size, "root": head.root.hex(), "out": args.out, "checkpoint": args.checkpoint})
    else:
        out(f"{head.size} entries written to {args.out}, the signed head to {args.checkpoint}")
    return DONE


def _write_whole(name: str, parts: list[str]) -> None:
    """Write beside and rename, so that a full disk leaves no half file under the final name."""
    fresh = Path(name + ".part")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as file:
            for part in parts:
                file.write(part if part.endswith("\n") else part + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(name)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise NotFound("file_not_found", f"{name} cannot be written: {error.strerror}.") from None


async def _prove(context: Context) -> int:
    require(context.caller, "audit:read")
    caller, services = context.caller, context.services
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        head = await read_head(tx)
        leaf: int = context.args.leaf
        if head is None or not 0 <= leaf < head.size:
            raise NotFound("not_found", "There is no such leaf.")
        rows = await tx.rows(
            "select e.leaf_hash from audit_leaf l join audit_entry e on e.tenant = l.tenant and e.id = l.entry"
            " where l.tenant = $1 and l.leaf < $2 order by l.leaf",
            caller.tenant,
            head.size,
        )
    hashes: list[bytes] = [bytes(row["leaf_hash"]) for row in rows]
    proof = prove_inclusion(hashes, leaf)
    document: dict[str, Any] = {
        "leaf": leaf,
        "leaf_hash": hashes[leaf].hex(),
        "tree_size": head.size,
        "root": head.root.hex(),
        "proof": [h.hex() for h in proof],
        "checkpoint": head.note,
    }
    if context.args.json:
        show(document)
    else:
        out("\n".join(f"{name}: {value}" for name, value in document.items()))
    return DONE


async def _acknowledge(context: Context) -> int:
    caller, services = context.caller, context.services
    require(caller, "audit:acknowledge")
    keys = services.keys.get(caller.tenant)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        done = await acknowledge(tx, services.clock, caller, keys)
    if context.args.json:
        show({"acknowledged": done})
    else:
        out("acts go on" if done else "the log was not halted")
    return DONE


async def _search(context: Context) -> int:
    require(context.caller, "audit:read")
    caller, args = context.caller, context.args
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor, read_only=True) as tx:
        found = await search(tx, event=args.event, actor=args.actor, limit=max(1, min(args.limit, 10_000)))
    rows: list[dict[str, Any]] = [
        {
            "leaf": leaf,
            "entry": str(entry.id),
            "at": entry.at.isoformat(),
            "event": entry.event,
            "actor": entry.actor,
            "outcome": entry.outcome,
            "subject": dict(entry.subject),
        }
        for leaf, entry in found
    ]
    if args.json:
        show({"entries": rows})
    else:
        for row in rows:
            subject = " ".join(f"{k}={v}" for k, v in row["subject"].items())
            leaf = "-" if row["leaf"] is None else row["leaf"]
            out(f"{row['at']}  {leaf:>6}  {row['event']:20} {row['actor']}  {subject}")
    return DONE
