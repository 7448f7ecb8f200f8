"""Two versions the caller may see, read line by line and compared."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.clock import Clock
from preceptor.db.pool import Database
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.errors import Invalid, NotFound
from preceptor.evidence.differences import Change, Line, compare, counts
from preceptor.evidence.library import Version, find
from preceptor.evidence.passages import Passage, units
from preceptor.evidence.reading import decode_layout
from preceptor.evidence.sealed import open_heading, open_page
from preceptor.vault.keys import TenantKeys

_EMPTY_LINE = re.compile(r"\n[ \t]*\n\s*")
LINES = 20_000
"""Lines of a version that are compared; a longer one is refused rather than cut."""


@dataclass(frozen=True)
class Compared:
    """Two versions and every line of both, in the order of `after`."""

    before: Version
    after: Version
    changes: list[Change]

    def as_json(self) -> dict[str, Any]:
        """The lines that differ, with the page and the code points of the stored page text on each side."""
        rows = [
            {
                "change": c.kind,
                "before": _line_json(c.before),
                "after": _line_json(c.after),
                "numbers": [list(pair) for pair in c.numbers],
            }
            for c in self.changes
            if c.kind != "same"
        ]
        sides = {
            side: {"document": v.name, "title": v.title, "version": v.version, "id": str(v.id)}
            for side, v in (("before", self.before), ("after", self.after))
        }
        return {**sides, "counts": counts(self.changes), "changes": rows}


def _line_json(line: Line | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {"page": line.page, "start": line.start, "end": line.end, "text": " ".join(line.text.split())}


async def compare_versions(
    database: Database,
    clock: Clock,
    keys: TenantKeys,
    caller: Caller,
    document: str,
    before: str | None = None,
    after: str | None = None,
    other: str | None = None,
) -> Compared:
    """Two versions of `document`, or its newest and the newest of `other`; recorded as looked at.

    `before` and `after` are version names or ids; without them the newest is compared with the one before it.
    NotFound for what is not there or may not be seen; Invalid when there are not two versions. The comparing itself
    holds no transaction.
    """
    async with tenant_transaction(database, caller.tenant, caller.actor) as tx:
        old, new = await _pair(tx, caller, document, before, after, other)
        for version in (old, new):
            subject = {"version": str(version.id), "shown": "comparison"}
            await record(tx, clock, caller, "document:view", subject=subject)
        lines = await _lines(tx, keys, old), await _lines(tx, keys, new)
    return Compared(old, new, await asyncio.to_thread(compare, *lines))


async def _pair(
    tx: Transaction, caller: Caller, document: str, before: str | None, after: str | None, other: str | None
) -> tuple[Version, Version]:
    require(caller, "policy:read", tenant=tx.tenant)
    versions = await find(tx, caller, document)
    if other is not None:
        return versions[0], (await find(tx, caller, other))[0]
    if before is None and after is None:
        if len(versions) < 2:
            raise Invalid("invalid_request", "The document has one version; name another document to compare it with.")
        return versions[1], versions[0]
    return (
        _named(versions, before) if before is not None else versions[-1],
        _named(versions, after) if after is not None else versions[0],
    )


def _named(versions: list[Version], name: str) -> Version:
    found = [v for v in versions if name in (v.version, str(v.id))]
    if not found:
        raise NotFound("document_not_found", "The document has no such version.")
    return found[0]


async def _lines(tx: Transaction, keys: TenantKeys, version: Version) -> list[Line]:
    """The sentences, items and rows of a version in reading order, where they stand in the stored pages."""
    rows = await tx.rows(
        "select s.ordinal, s.page, s.start_at, s.end_at, s.kind, s.heading, g.sealed, g.layout from passage s"
        " join page g on g.tenant = s.tenant and g.version = s.version and g.page = s.page"
        " where s.tenant = $1 and s.version = $2 and s.kind <> 'contents' order by s.ordinal",
        tx.tenant,
        version.id,
    )
    found, pages = list[Line](), dict[int, str]()
    for row in rows:
        layout = decode_layout(row["layout"])
        heading = open_heading(keys, version.id, row["ordinal"], row["heading"])
        passage = Passage(row["page"], row["start_at"], row["end_at"], row["kind"], heading, row["ordinal"], layout)
        if row["page"] not in pages:
            pages[row["page"]] = open_page(keys, version.id, row["page"], row["sealed"])
        text = layout.text(pages[row["page"]])
        for unit in units(text, passage):
            for start, end in _paragraphs(text, unit.start, unit.end):
                stored = layout.stored(start, end)[0]
                found.append(Line(row["page"], *stored, text[start:end]))
        if len(found) > LINES:
            raise Invalid("invalid_request", f"A version of more than {LINES} lines cannot be compared.")
    return found


def _paragraphs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of `start:end` that empty lines separate: one sentence never goes over an empty line."""
    found, at = list[tuple[int, int]](), start
    for gap in (*_EMPTY_LINE.finditer(text, start, end), None):
        stop = gap.start() if gap else end
        if text[at:stop].strip():
            found.append((at, stop))
        at = gap.end() if gap else end
    return found
