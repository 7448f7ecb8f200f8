"""The library's pages: what is in it and in which state, a document with its versions, two versions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse

from preceptor.access.decide import Allowed, decide
from preceptor.audit.events import record
from preceptor.clock import today
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, LimitReached, NotFound, PreceptorError
from preceptor.evidence.catalogue import STAGES, Wanted, list_documents, read_document
from preceptor.evidence.comparison import compare_versions
from preceptor.evidence.differences import Change, Piece, counts, pieces
from preceptor.evidence.library import remove, set_labels
from preceptor.evidence.metadata import require_date
from preceptor.evidence.parsing.limits import MIB
from preceptor.evidence.reports import read_report
from preceptor.flows.policy_question.feedback import judge
from preceptor.web import words
from preceptor.web.upload import Refused, take_upload
from preceptor.web.visit import Visit

READABLE = "PDF, Word (docx), HTML, Markdown, plain text, scans as pictures, or a zip of them"
"""What the upload form says can be read."""


@dataclass(frozen=True)
class Row:
    """A line of the comparison as the page shows it: how many lines before it are the same, and both wordings."""

    same: int
    change: Change | None
    before: list[Piece]
    after: list[Piece]


async def library(visit: Visit) -> Response:
    """GET /library?q=…&stage=…&owner=…&label=…&on=…&page=…: the documents, 50 a page."""
    return await _library(visit)


async def _library(visit: Visit, error: PreceptorError | None = None, refused: Sequence[Refused] = ()) -> Response:
    page = _page_number(_asked(visit, "page") or "1")
    asked = {name: _asked(visit, name) for name in ("q", "stage", "owner", "label", "on")}
    stage = asked["stage"] if asked["stage"] in STAGES else ""
    on = require_date(asked["on"]) if asked["on"] else None
    services, caller = visit.services, visit.caller
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        listing = await list_documents(tx, caller, Wanted(asked["q"], stage, asked["owner"], asked["label"], on), page)
        await record(tx, services.clock, caller, "document:list")
    status = error.status if error else 422 if refused else 200
    return visit.page(
        "library.html",
        status,
        listing=listing,
        asked=asked,
        filtered=any(asked.values()),
        previous=_link(asked, page - 1),
        following=_link(asked, page + 1),
        stages=words.STAGES,
        in_force=words.in_force_words,
        today=today(services.clock),
        may_write=_may_write(visit),
        readable=READABLE,
        megabytes=visit.limits.max_bytes // MIB,
        error=error,
        refused=refused,
    )


async def upload(visit: Visit) -> Response:
    """POST /library/upload: the files of a multipart form; the page of the document, or of all when there are more."""
    try:
        done = await take_upload(visit)
    except (Invalid, LimitReached) as error:
        return await _library(visit, error)
    if done.refused:
        return await _library(visit, refused=done.refused)
    versions = [*done.taken, *done.known]
    if len(versions) > 1:
        return RedirectResponse("/library", 303)
    caller = visit.caller
    async with tenant_transaction(visit.services.database, caller.tenant, caller.actor, read_only=True) as tx:
        document = await tx.value(
            "select document from document_version where tenant = $1 and id = $2", tx.tenant, versions[0]
        )
    return RedirectResponse(f"/library/{document}" + ("?known=yes" if done.known else ""), 303)


async def document(visit: Visit) -> Response:
    """GET /library/{document}: its versions, what was redacted and found in them, who may see it."""
    return await _document(visit)


async def _document(visit: Visit, error: PreceptorError | None = None) -> Response:
    services, caller, wanted = visit.services, visit.caller, visit.identifier("document")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await read_document(tx, caller, wanted)
        await record(tx, services.clock, caller, "document:list", subject={"document": str(wanted)})
    citable = [e.version for e in found.entries if e.version.state == "ready"]
    return visit.page(
        "document.html",
        error.status if error else 200,
        document=found,
        citable=citable,
        earlier={v.id: citable[n + 1] for n, v in enumerate(citable[:-1])},
        names={v.id: v.version or "the version before" for v in citable},
        reports={e.version.id: read_report(e.version.report) for e in found.entries},
        stages=words.STAGES,
        in_force=words.in_force_words,
        today=today(services.clock),
        known=visit.request.query_params.get("known") == "yes",
        may_write=_may_write(visit),
        error=error,
    )


async def differences(visit: Visit) -> Response:
    """GET /library/{document}/differences?from=…&to=…&with=…: two versions, or two documents, side by side."""
    services, caller = visit.services, visit.caller
    name = str(visit.identifier("document"))
    found = await compare_versions(
        services.database,
        services.clock,
        services.keys.get(visit.caller.tenant),
        caller,
        name,
        _asked(visit, "from") or None,
        _asked(visit, "to") or None,
        _asked(visit, "with") or None,
    )
    return visit.page(
        "differences.html",
        found=found,
        rows=_rows(found.changes),
        counts=counts(found.changes),
        document=name,
        in_force=words.in_force_words,
        today=today(services.clock),
    )


async def label(visit: Visit) -> Response:
    """POST /library/{document}/labels: exactly the labels of the form, separated by blanks or commas."""
    form = await visit.form()
    services, caller, name = visit.services, visit.caller, str(visit.identifier("document"))
    wanted = form.get("labels", "").replace(",", " ").split()
    try:
        async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
            await set_labels(tx, services.clock, caller, name, wanted)
    except Invalid as error:
        return await _document(visit, error)
    return RedirectResponse(f"/library/{name}", 303)


async def removal(visit: Visit) -> Response:
    """POST /library/{document}/remove: with the box ticked, every version leaves every index."""
    form = await visit.form()
    services, caller, name = visit.services, visit.caller, str(visit.identifier("document"))
    if form.get("sure") != "yes":
        return await _document(visit, Invalid("invalid_request", "Tick the box to remove the document."))
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await remove(tx, services.clock, services.keys.get(caller.tenant), caller, name)
    return RedirectResponse("/library", 303)


async def feedback(visit: Visit) -> Response:
    """POST /answers/{run}/feedback: a judgement of an answer the account was given."""
    form = await visit.form()
    services, caller, run = visit.services, visit.caller, visit.identifier("run")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        keys = services.keys.get(caller.tenant)
        await judge(tx, services.clock, caller, keys, run, form.get("kind", ""), form.get("note", ""))
    return RedirectResponse(f"/answers/{run}", 303)


def _asked(visit: Visit, name: str) -> str:
    """A parameter of the address, "" when it is missing or no text that a name could be."""
    text = visit.request.query_params.get(name, "").strip() if visit.request.method == "GET" else ""
    return text[:200] if text.isprintable() else ""


def _link(asked: dict[str, str], page: int) -> str:
    return "/library?" + urlencode({**{name: value for name, value in asked.items() if value}, "page": str(page)})


def _may_write(visit: Visit) -> bool:
    return isinstance(decide(visit.caller, "policy:write", tenant=visit.caller.tenant), Allowed)


def _page_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) < 1:
        raise NotFound("not_found", "There is no such page of the library.")
    return int(text)


def _rows(changes: list[Change]) -> list[Row]:
    """The lines that differ, each with the number of equal lines before it; a last row holds those that follow."""
    found, same = list[Row](), 0
    for change in changes:
        if change.kind == "same":
            same += 1
            continue
        before, after = _wordings(change)
        found.append(Row(same, change, before, after))
        same = 0
    return [*found, Row(same, None, [], [])] if same and found else found


def _wordings(change: Change) -> tuple[list[Piece], list[Piece]]:
    old = change.before.text if change.before else ""
    new = change.after.text if change.after else ""
    if change.kind == "changed":
        return pieces(old, new)
    before, after = ([Piece(" ".join(text.split()), kept=True)] if text else [] for text in (old, new))
    return before, after
