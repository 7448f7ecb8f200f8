"""`preceptor chart load`: files of resources into the record, with progress and a reason for each refusal."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from tqdm import tqdm

from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.cli.command import DONE, PARTLY, Context, add_command, note, out, show
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, NotFound
from preceptor.fhir.loading import CHUNK, Item, Loaded, items_of, load_chunk
from preceptor.fhir.lossless import read
from preceptor.fhir.store import Chart

ENDINGS = (".json", ".ndjson", ".json.gz", ".ndjson.gz")
MOST_BUNDLE = 256 * 1024 * 1024
LONGEST_LINE = 32 * 1024 * 1024
SHOWN = 20


def add(group: Any) -> None:
    """Add the command."""
    parser = add_command(
        group,
        "load",
        "Take in bundles, NDJSON and single resources (.json, .ndjson, either with .gz; folders are read whole). What"
        " is there already and does not differ is left alone: a load that broke off is taken up by loading again."
        " Exit 4 when something was refused.",
        "preceptor chart load patients/\n"
        "preceptor chart load bundle.json observations.ndjson.gz --rejects rejects.ndjson",
        _run,
    )
    parser.add_argument("path", nargs="+")
    parser.add_argument("--rejects", metavar="FILE.ndjson", help="write what was refused: source, place and reasons")


async def _run(context: Context) -> int:
    args: argparse.Namespace = context.args
    services, caller = context.services, context.caller
    require(caller, "chart:write")
    require(caller, "chart:read")
    files = sorted({file for name in args.path for file in _files(Path(name))})
    chart, loaded, chunk = Chart(services.record, caller), Loaded(), list[Item]()
    with tqdm(desc="loading", unit="resource", file=sys.stderr, disable=None, leave=False) as bar:
        for file in files:
            for item in _items(file):
                chunk.append(item)
                if len(chunk) == CHUNK:
                    await load_chunk(chart, chunk, loaded)
                    bar.update(len(chunk))
                    chunk = []
        await load_chunk(chart, chunk, loaded)
        bar.update(len(chunk))
    counts = {name: getattr(loaded, name) for name in ("created", "updated", "unchanged")}
    counts["rejected"] = len(loaded.rejects)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        subject = {name: str(count) for name, count in counts.items()}
        await record(tx, services.clock, caller, "chart:load", subject=subject)
    return _tell(args, counts, loaded)


def _tell(args: argparse.Namespace, counts: dict[str, int], loaded: Loaded) -> int:
    if args.rejects:
        with Path(args.rejects).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in loaded.rejects)
    if args.json:
        show({**counts, "rejects": loaded.rejects})
    else:
        out(", ".join(f"{count} {name}" for name, count in counts.items()))
        for one in loaded.rejects[:SHOWN]:
            issue = one["outcome"]["issue"][0]
            place = ", ".join(issue.get("expression", []))
            note(f"{one['source']} {one['place']}: {issue['diagnostics']} {place}".rstrip())
        if len(loaded.rejects) > SHOWN:
            note(f"… and {len(loaded.rejects) - SHOWN} more; --rejects FILE.ndjson writes all of them")
    return PARTLY if loaded.rejects else DONE


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = [file for file in path.rglob("*") if file.is_file() and file.name.endswith(ENDINGS)]
        if not found:
            raise NotFound("file_not_found", f"There are no resources in {path}.")
        return found
    if not path.is_file():
        raise NotFound("file_not_found", f"There is no file {path}.")
    if not path.name.endswith(ENDINGS):
        raise Invalid("unsupported_media_type", f"{path} is none of {', '.join(ENDINGS)}.")
    return [path]


def _items(path: Path) -> Iterator[Item]:
    """The resources of a file, read as they are needed; what cannot be read is an item without resource."""
    name = str(path)
    try:
        with _opened(path) as file:
            if path.name.removesuffix(".gz").endswith(".ndjson"):
                number = 0
                while line := file.readline(LONGEST_LINE + 1):
                    number += 1
                    if line.strip():
                        yield _item(name, f"line {number}", line)
                    if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                        break
                return
            content = file.read(MOST_BUNDLE + 1)
    except (OSError, EOFError, zlib.error):
        yield Item(name, "", None)
        return
    try:
        if len(content) > MOST_BUNDLE:
            raise Invalid("fhir_json")
        yield from items_of(name, read(content))
    except Invalid:
        yield Item(name, "", None)


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.name.endswith(".gz") else path.open("rb")


def _item(source: str, place: str, line: bytes) -> Item:
    try:
        return Item(source, place, read(line) if len(line) <= LONGEST_LINE else None)
    except Invalid:
        return Item(source, place, None)
