"""`preceptor chart`: the clinical record as FHIR R4."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import IO, Any

from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.cli import chart_load, chart_validate
from preceptor.cli.command import DONE, Context, add_command, add_group, note, out, read_input, show
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, NotFound
from preceptor.fhir.asked import read_pairs
from preceptor.fhir.bundling import searchset
from preceptor.fhir.cursor import read_cursor
from preceptor.fhir.exporting import exported
from preceptor.fhir.lossless import write_any
from preceptor.fhir.moments import interval
from preceptor.fhir.search import search
from preceptor.fhir.store import Chart

BASE = "http://localhost/fhir"


def add(subparsers: Any) -> None:
    """Add the commands."""
    group = add_group(subparsers, "chart", "The clinical record as FHIR R4.", "preceptor chart validate patient.json")
    chart_validate.add(group)
    chart_load.add(group)
    parser = add_command(
        group,
        "get",
        "One resource as it is kept.",
        "preceptor chart get Patient/019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10\n"
        "preceptor chart get Patient/019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10 --version 1",
        _get,
    )
    parser.add_argument("resource", metavar="TYPE/ID")
    parser.add_argument("--version", type=int, help="this version instead of the current one")
    parser = add_command(
        group,
        "search",
        "Search as over HTTP. What is not supported is refused, never ignored. Names typed here stand in the shell's"
        " history: `-` reads the search from standard input.",
        "preceptor chart search 'Observation?code=http://loinc.org|8480-6&date=ge2026-01-01'\n"
        "preceptor chart search 'Patient?family=gomez' --all",
        _search,
    )
    parser.add_argument("search", metavar="TYPE?QUERY")
    parser.add_argument("--all", action="store_true", help="every match, a line each, instead of a bundle")
    parser = add_command(
        group,
        "export",
        "Write everything the caller may read as NDJSON, a file a type (readable by the owner only).",
        "preceptor chart export --out export/\npreceptor chart export --since 2026-06-01T00:00:00Z --out export/",
        _export,
    )
    parser.add_argument("--since", help="only what was written or deleted after this time")
    parser.add_argument("--out", required=True, metavar="DIR")


async def _get(context: Context) -> int:
    kind, slash, identity = context.args.resource.partition("/")
    if not slash:
        raise Invalid("invalid_request", "Name a resource as TYPE/ID.")
    chart = Chart(context.services.record, context.caller)
    found = await chart.version(kind, identity, context.args.version)
    if found.content is None:
        raise NotFound("not_found", "This version is the deletion of the resource.")
    out(found.content.decode())
    return DONE


async def _search(context: Context) -> int:
    args: argparse.Namespace = context.args
    asked = (read_input("-") if args.search == "-" else args.search).strip()
    kind, _, query = asked.partition("?")
    chart, pairs, last = Chart(context.services.record, context.caller), read_pairs(query), ()
    while True:
        page = await search(chart, kind, pairs, last)
        if not args.all:
            out(searchset(page, BASE).decode())
            return DONE
        for one in page.matches:
            out((one.content or b"").decode())
        if page.after is None:
            return DONE
        last = read_cursor(chart.owners.tenant, context.caller.actor, page.after).last


async def _export(context: Context) -> int:
    args: argparse.Namespace = context.args
    services, caller = context.services, context.caller
    require(caller, "chart:read")
    since = interval(args.since) if args.since else None
    if args.since and since is None:
        raise Invalid("invalid_date", "--since is a date or time, such as 2026-06-01T00:00:00Z.")
    now, files = services.clock.now(), _Files(Path(args.out))
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await record(tx, services.clock, caller, "chart:export")
    try:
        async for kind, versions, gone in exported(Chart(services.record, caller), since.low if since else None):
            files.write(kind, [one.content or b"" for one in versions])
            files.write(f"deleted-{kind}", _ids(kind, gone))
    except BaseException:  # whatever broke it off, also Ctrl-C: no half file stays; the error goes on
        files.close(whole=False)
        raise
    files.close(whole=True)
    output = [{"type": name, "url": f"{name}.ndjson", "count": files.counts[name]} for name in sorted(files.counts)]
    show({"transactionTime": now.astimezone(UTC).isoformat(timespec="milliseconds"), "output": output})
    note(f"{sum(files.counts.values())} resources in {args.out}: clinical records in the clear, keep them accordingly")
    return DONE


class _Files:
    """NDJSON files of a folder, readable by their owner only; they have their names once all are whole."""

    def __init__(self, folder: Path) -> None:
        self.counts = dict[str, int]()
        self._folder = folder
        self._files = dict[str, IO[bytes]]()
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, lines: Sequence[bytes]) -> None:
        """Lines at the end of a file."""
        if lines and name not in self._files:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._files[name] = os.fdopen(os.open(self._folder / f"{name}.ndjson.part", flags, 0o600), "wb")
        if lines:
            self._files[name].writelines(line + b"\n" for line in lines)
            self.counts[name] = self.counts.get(name, 0) + len(lines)

    def close(self, *, whole: bool) -> None:
        """Give the files their names, or take them away."""
        for name, file in self._files.items():
            file.close()
            part = self._folder / f"{name}.ndjson.part"
            if whole:
                part.replace(self._folder / f"{name}.ndjson")
            else:
                part.unlink()


def _ids(kind: str, gone: list[str]) -> list[bytes]:
    return [write_any({"reference": f"{kind}/{identity}"}) for identity in gone]
