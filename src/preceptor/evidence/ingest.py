"""From a file's bytes to a version that can be found and cited: receive, read, de-identify, index, release."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from preceptor.access.caller import Caller
from preceptor.audit.events import record
from preceptor.clock import Clock
from preceptor.db.pool import Database
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.deid.spans import Span
from preceptor.errors import Conflict, Denied, IntegrityFailure, Invalid, LimitReached, PreceptorError, Unavailable
from preceptor.evidence.acronyms import learn_acronyms
from preceptor.evidence.bm25 import VersionIndex, build_index
from preceptor.evidence.findings import findings
from preceptor.evidence.layout import page_layouts
from preceptor.evidence.library import (
    Received,
    forget,
    lock_document,
    original,
    raise_generation,
    receive,
    succession,
    supersede,
)
from preceptor.evidence.metadata import Metadata, completed
from preceptor.evidence.parsing.limits import Limits
from preceptor.evidence.parsing.pages import ParsedPage, encode_boxes
from preceptor.evidence.parsing.reader import open_document
from preceptor.evidence.passages import Passage, build_passages, index_texts
from preceptor.evidence.reading import PageLayout, encode_layout
from preceptor.evidence.redaction import CleanPage, clean_pages, clean_title, identifiers
from preceptor.evidence.sealed import seal_acronyms, seal_heading, seal_page
from preceptor.evidence.segment_store import join_segments, store_index
from preceptor.evidence.titles import document_title
from preceptor.vault.keys import TenantKeys

Progress = Callable[[int, int], None]
"""Called with (pages read, pages in all)."""


@dataclass(frozen=True)
class Shelf:
    """What ingestion works with: where rows go, the time, the tenant's keys, the limits of one document."""

    database: Database
    clock: Clock
    keys: TenantKeys
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Added:
    """What became of one file. `status`: added, unchanged, superseded (an earlier version ended) or failed."""

    status: str
    document: str
    version: str
    version_id: uuid.UUID | None = None
    pages: int = 0
    passages: int = 0
    redactions: dict[str, int] = field(default_factory=dict)
    hidden_characters: int = 0
    error: PreceptorError | None = None
    report: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class _Read:
    """A document after reading: all that the last transaction stores."""

    pages: list[CleanPage]
    layouts: list[PageLayout]
    passages: list[Passage]
    index: VersionIndex
    found: Metadata
    redactions: dict[str, int]
    hidden: int
    acronyms: dict[str, str]
    report: dict[str, Any]

    @property
    def scanned(self) -> frozenset[int]:
        """The pages read by character recognition."""
        return frozenset(self.report.get("ocr", ()))


async def add_document(
    shelf: Shelf,
    caller: Caller,
    said: Metadata,
    data: bytes,
    media_type: str,
    progress: Progress | None = None,
    *,
    labels: tuple[str, ...] = (),
) -> Added:
    """Add one file. The same bytes again are `unchanged`; a file that cannot be read is `failed` and leaves nothing.
    `labels` say who may see a document that is new; those of one that is there stay.

    Three steps: 1. one transaction stores the sealed bytes and the entry `document:receive`; 2. reading,
    without a transaction; 3. one transaction stores pages, passages, postings and `document:add`, and makes the
    version ready. A crash before 3 leaves a version in state `reading`, which adding again (or `resume`) takes up.
    """
    said, received = await receive_document(shelf, caller, said, data, media_type, labels)
    if received.known:
        return await _unchanged(shelf, caller, received.id)
    return await _read_and_release(shelf, caller, received.id, said, data, media_type, progress)


async def receive_document(
    shelf: Shelf, caller: Caller, said: Metadata, data: bytes, media_type: str, labels: tuple[str, ...] = ()
) -> tuple[Metadata, Received]:
    """The first step of `add_document` alone: what was received is sealed and stored, and `resume` can read it."""
    if len(data) > shelf.limits.max_bytes:
        raise LimitReached("file_too_large")
    if not data:
        raise Invalid("file_empty")
    sha256 = hashlib.sha256(data).digest()
    said, _ = clean_title(said)
    async with tenant_transaction(shelf.database, caller.tenant, caller.actor) as tx:
        received = await receive(
            tx, shelf.clock, caller, shelf.keys, said, data=data, sha256=sha256, media_type=media_type, labels=labels
        )
    return said, received


async def resume(
    shelf: Shelf, caller: Caller, progress: Progress | None = None, *, only: uuid.UUID | None = None
) -> list[Added]:
    """Take up every version whose reading was broken off, or `only` that one, from its sealed bytes."""
    async with tenant_transaction(shelf.database, caller.tenant, caller.actor, read_only=True) as tx:
        rows = await tx.rows(
            "select v.id, v.media_type, v.title, v.version, v.effective_from, v.effective_to, v.replaces, d.owner,"
            " d.stem"
            " from document_version v join document d on d.tenant = v.tenant and d.id = v.document"
            " where v.tenant = $1 and v.state = 'reading' and ($2::uuid is null or v.id = $2) order by v.created_at",
            caller.tenant,
            only,
        )
    done = list[Added]()
    for row in rows:
        said = Metadata(
            stem=row["stem"],
            owner=row["owner"],
            title=row["title"] or None,
            version=row["version"] or None,
            effective_from=row["effective_from"],
            effective_to=row["effective_to"],
            supersedes=row["replaces"],
        )
        async with tenant_transaction(shelf.database, caller.tenant, caller.actor, read_only=True) as tx:
            data = await original(tx, shelf.keys, row["id"])
        done.append(await _read_and_release(shelf, caller, row["id"], said, data, row["media_type"], progress))
    return done


async def _read_and_release(
    shelf: Shelf,
    caller: Caller,
    version: uuid.UUID,
    said: Metadata,
    data: bytes,
    media_type: str,
    progress: Progress | None,
) -> Added:
    try:
        read = await _read(shelf, said, data, media_type, progress)
        async with tenant_transaction(shelf.database, caller.tenant, caller.actor) as tx:
            return await _release(tx, shelf, caller, version, read)
    except (Unavailable, IntegrityFailure, Denied, Conflict):
        raise  # the file is not at fault: it stays in state `reading` and is taken up again
    except PreceptorError as error:
        async with tenant_transaction(shelf.database, caller.tenant, caller.actor) as tx:
            await _fail(tx, shelf.clock, caller, version, error)
        return Added("failed", said.stem, said.version or "", error=error)


async def _read(shelf: Shelf, said: Metadata, data: bytes, media_type: str, progress: Progress | None) -> _Read:
    parsed, spans = list[ParsedPage](), list[list[Span]]()
    async with open_document(data, media_type, shelf.limits) as reading:
        async for page in reading.pages():
            parsed.append(page)
            # The reading process works on the next page meanwhile.
            spans.append(await asyncio.to_thread(identifiers, page))
            if progress is not None:
                progress(page.number, reading.total)
    hidden = sum(page.hidden_count for page in parsed)
    pages, labels = await asyncio.to_thread(clean_pages, parsed, spans)
    layouts = await asyncio.to_thread(page_layouts, pages)
    texts = [(page.number, layout.text(page.text)) for page, layout in zip(pages, layouts, strict=True)]
    by_number = {page.number: layout for page, layout in zip(pages, layouts, strict=True)}
    passages = await asyncio.to_thread(build_passages, texts, by_number)
    front = "\n".join(page.text for page in pages[:2])
    heading = next((p.heading for p in passages if p.heading), None)
    found = completed(said, front, document_title(reading.title, texts), heading)
    found, in_title = clean_title(found)
    by_page = dict(texts)
    index = await asyncio.to_thread(lambda: build_index(index_texts(passages, by_page, found.title or said.stem)))
    acronyms = learn_acronyms(text for _, text in texts)
    marked = {passage.page for passage in passages if passage.kind == "instruction"}
    report = findings(parsed, [(number, text) for number, text in texts if number in marked])
    return _Read(pages, layouts, passages, index, found, dict(labels + in_title), hidden, acronyms, report)


async def _release(tx: Transaction, shelf: Shelf, caller: Caller, version: uuid.UUID, read: _Read) -> Added:
    clock, keys = shelf.clock, shelf.keys
    document = await tx.value("select document from document_version where tenant = $1 and id = $2", tx.tenant, version)
    if document is not None:
        await lock_document(tx, document)  # two versions of one document are settled one after the other
    row = await tx.row(
        "select document, state, pages, supersedes from document_version where tenant = $1 and id = $2 for update",
        tx.tenant,
        version,
    )
    if row is None or row["state"] != "reading":
        return Added("unchanged", read.found.stem, read.found.version or "", version, len(read.pages))
    place = None
    if row["pages"] is None:  # one that was ready before, and is read anew, keeps its place among the versions
        place = await succession(tx, clock, version, read.found)
    await _store(tx, shelf, version, read)
    if place is not None:
        await supersede(tx, version, place)
    else:
        await raise_generation(tx)
    supersedes = place.supersedes if place is not None else row["supersedes"]
    await tx.execute(
        "update document_version set state = 'ready', pages = $3, passages = $4, title = $5, version = $6,"
        " effective_from = $7, effective_to = $8, redactions = $9, ready_at = $10, report = $11"
        " where tenant = $1 and id = $2",
        tx.tenant,
        version,
        len(read.pages),
        len(read.passages),
        read.found.title or read.found.stem,
        read.found.version or "",
        read.found.effective_from,
        read.found.effective_to,
        json.dumps(read.redactions),
        clock.now(),
        json.dumps(read.report),
    )
    subject = {"document": str(row["document"]), "version": str(version)}
    if supersedes is not None:
        subject["supersedes"] = str(supersedes)
    await record(tx, clock, caller, "document:add", subject=subject)
    await join_segments(tx, clock, keys)
    return Added(
        "superseded" if supersedes else "added",
        read.found.stem,
        read.found.version or "",
        version,
        len(read.pages),
        len(read.passages),
        read.redactions,
        read.hidden,
        report=read.report,
    )


async def _store(tx: Transaction, shelf: Shelf, version: uuid.UUID, read: _Read) -> None:
    keys = shelf.keys
    await tx.execute_many(
        "insert into page (tenant, version, page, sealed, size, width, height, boxes, blackout, layout, source)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
            (
                tx.tenant,
                version,
                page.number,
                seal_page(keys, version, page.number, page.text),
                len(page.text),
                page.width,
                page.height,
                encode_boxes(page.boxes) if page.boxes is not None else None,
                json.dumps(page.blackout).encode() if page.blackout else None,
                encode_layout(layout),
                "ocr" if page.number in read.report.get("ocr", ()) else "text",
            )
            for page, layout in zip(read.pages, read.layouts, strict=True)
        ],
    )
    passages: Sequence[Passage] = read.passages
    await tx.execute(
        "insert into passage (tenant, version, ordinal, page, start_at, end_at, kind, heading)"
        " select $1, $2, * from unnest($3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::text[],"
        " $8::bytea[])",
        tx.tenant,
        version,
        [p.ordinal for p in passages],
        [p.page for p in passages],
        [p.start for p in passages],
        [p.end for p in passages],
        [p.kind for p in passages],
        [seal_heading(keys, version, p.ordinal, p.heading) for p in passages],
    )
    await tx.execute(
        "insert into version_index (tenant, version, acronyms) values ($1, $2, $3)",
        tx.tenant,
        version,
        seal_acronyms(keys, version, read.acronyms),
    )
    await store_index(tx, shelf.clock, keys, version, read.index)


async def _fail(tx: Transaction, clock: Clock, caller: Caller, version: uuid.UUID, error: PreceptorError) -> None:
    await forget(tx, version)
    changed = await tx.value(
        "update document_version set state = 'failed', error = $3 where tenant = $1 and id = $2 and state = 'reading'"
        " returning document",
        tx.tenant,
        version,
        error.code,
    )
    if changed is not None:
        subject = {"document": str(changed), "version": str(version), "error": error.code}
        await record(tx, clock, caller, "document:fail", subject=subject, outcome="failed")


async def _unchanged(shelf: Shelf, caller: Caller, version: uuid.UUID) -> Added:
    async with tenant_transaction(shelf.database, caller.tenant, caller.actor, read_only=True) as tx:
        row = await tx.row(
            "select v.version, v.pages, v.passages, v.redactions, d.stem from document_version v"
            " join document d on d.tenant = v.tenant and d.id = v.document where v.tenant = $1 and v.id = $2",
            tx.tenant,
            version,
        )
    if row is None:
        return Added("unchanged", "", "", version)
    labels: dict[str, int] = json.loads(row["redactions"])
    return Added("unchanged", row["stem"], row["version"], version, row["pages"] or 0, row["passages"] or 0, labels)
