"""One stored page looked at: its text, the boxes of a quotation on it, and its picture without what was redacted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.access.labels import VISIBLE, label_filter
from preceptor.audit.grouped import GroupedReads
from preceptor.db.pool import Database
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, NotFound
from preceptor.evidence.library import VERSION_COLUMNS, Version, original, version_of
from preceptor.evidence.parsing.limits import Limits
from preceptor.evidence.parsing.pages import decode_boxes, line_boxes
from preceptor.evidence.parsing.picture import render_page
from preceptor.evidence.reports import read_report
from preceptor.evidence.sealed import open_page
from preceptor.vault.keys import TenantKeys

PDF = "application/pdf"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Span:
    """Code points `start:end` of the page's text, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True)
class PageView:
    """A page of a ready version. `has_picture` is False for Markdown and plain text, which have no layout."""

    version: Version
    page: int
    text: str
    span: Span | None
    has_picture: bool


@dataclass(frozen=True)
class Drawing:
    """What a picture is made of. Boxes in PDF points, origin bottom left; `blackout` is what was redacted. `images`:
    whether the page's own pictures are drawn, which is so only where they were read (a scanned page)."""

    original: bytes
    page: int
    highlight: list[Box]
    blackout: list[Box]
    images: bool


async def read_page(
    database: Database,
    reads: GroupedReads,
    keys: TenantKeys,
    caller: Caller,
    version: uuid.UUID,
    page: int,
    span: Span | None = None,
) -> PageView:
    """The page's text; `document:view` is recorded before it is given out.

    NotFound for a page, a version or a tenant that is not there; Invalid when `span` lies outside the page.
    """
    require(caller, "policy:read")
    async with tenant_transaction(database, caller.tenant, caller.actor, read_only=True) as tx:
        row = await tx.row(
            f"select {VERSION_COLUMNS}, g.sealed from document_version v"  # noqa: S608 - a constant
            " join document d on d.tenant = v.tenant and d.id = v.document"
            " join page g on g.tenant = v.tenant and g.version = v.id"
            f" where v.tenant = $1 and v.id = $2 and g.page = $3 and v.state = 'ready' and {VISIBLE.format('$4')}",
            tx.tenant,
            version,
            page,
            label_filter(caller),
        )
    if row is None:
        raise NotFound("document_not_found")
    columns = dict(row)
    text = open_page(keys, version, page, columns.pop("sealed"))
    _check(span, len(text))
    await _record(reads, caller, version, page, "text")
    found = version_of(columns)
    unread = {each.page for each in read_report(found.report).unread}
    return PageView(found, page, text, span, found.media_type == PDF and page not in unread)


async def read_drawing(
    database: Database,
    reads: GroupedReads,
    keys: TenantKeys,
    caller: Caller,
    version: uuid.UUID,
    page: int,
    span: Span | None = None,
) -> Drawing:
    """What the page's picture needs; `document:view` is recorded before it is given out.

    NotFound also when the version has no layout. The original is unsealed here and leaves only as pixels,
    with every box in `blackout` painted over.
    """
    require(caller, "policy:read")
    async with tenant_transaction(database, caller.tenant, caller.actor, read_only=True) as tx:
        row = await tx.row(
            "select g.boxes, g.blackout, g.size, g.source, v.report from document_version v"  # noqa: S608 - a constant
            " join page g on g.tenant = v.tenant and g.version = v.id"
            " join document d on d.tenant = v.tenant and d.id = v.document"
            " where v.tenant = $1 and v.id = $2 and g.page = $3 and v.state = 'ready' and v.media_type = $4"
            f" and {VISIBLE.format('$5')}",
            tx.tenant,
            version,
            page,
            PDF,
            label_filter(caller),
        )
        # On a page with text of its own nobody looked for identifiers in its pictures: they are left out.
        # Nobody could look for identifiers on a page that could not be read: its picture is not shown.
        if row is None or any(unread.page == page for unread in read_report(json.loads(row["report"])).unread):
            raise NotFound("document_not_found")
        _check(span, row["size"])
        data = await original(tx, keys, version)
    highlight = list[Box]()
    if span is not None and row["boxes"] is not None:
        highlight = list(line_boxes(decode_boxes(bytes(row["boxes"])), span.start, span.end))
    await _record(reads, caller, version, page, "picture")
    return Drawing(data, page, highlight, _blackout(row["blackout"]), row["source"] == "ocr")


async def draw(drawing: Drawing, limits: Limits) -> bytes:
    """The picture as PNG: quotation boxed in yellow, redacted boxes black in the pixels. Outside any transaction:
    rendering runs in a process of its own and may take seconds."""
    return await render_page(
        drawing.original,
        drawing.page,
        highlight=drawing.highlight,
        blackout=drawing.blackout,
        images=drawing.images,
        limits=limits,
    )


def _check(span: Span | None, size: int) -> None:
    if span is not None and not 0 <= span.start < span.end <= size:
        raise Invalid("invalid_request", "The place does not lie on this page.")


def _blackout(stored: bytes | None) -> list[Box]:
    if stored is None:
        return []
    rows = cast("Sequence[Sequence[float]]", json.loads(bytes(stored)))
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in rows]


async def _record(reads: GroupedReads, caller: Caller, version: uuid.UUID, page: int, shown: str) -> None:
    subject = {"version": str(version), "page": str(page), "shown": shown}
    await reads.record(caller, "document:view", subject=subject)
