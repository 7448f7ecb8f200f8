"""The JSON API of the library: documents, labels, comparison, removal, and answers with what is said of them."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from preceptor.audit.events import record
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid
from preceptor.evidence.catalogue import STAGES, Document, Wanted, list_documents, read_document
from preceptor.evidence.comparison import compare_versions
from preceptor.evidence.library import remove, set_labels
from preceptor.evidence.metadata import require_date
from preceptor.flows.policy_question.feedback import judge
from preceptor.flows.policy_question.released import read_released
from preceptor.web import models
from preceptor.web.openapi import Operation, problems, reference
from preceptor.web.policy_api import checked, document_name
from preceptor.web.visit import Visit


def operation(
    name: str,
    summary: str,
    description: str,
    answer: type,
    *,
    body: type | None = None,
    path: str | None = None,
    query: tuple[tuple[str, str], ...] = (),
    codes: dict[int, tuple[str, ...]] | None = None,
) -> Operation:
    """The description of a route with one id in its path, optional parameters, a JSON body and a JSON answer."""
    parameters: list[dict[str, Any]] = [
        {"name": n, "in": "query", "required": False, "schema": {"type": "string"}, "description": text}
        for n, text in query
    ]
    if path is not None:
        schema = {"type": "string", "format": "uuid"}
        parameters.insert(0, {"name": path, "in": "path", "required": True, "schema": schema})
    known = {401: ("unauthenticated",), 403: ("denied",), 500: ("internal",), 503: ("database_unavailable",)}
    extra: dict[str, Any] = {
        "security": [{"token": []}],
        "parameters": parameters,
        "responses": {
            "200": {"description": summary + ".", "content": {"application/json": {"schema": reference(answer)}}},
            **problems(dict(sorted({**known, **(codes or {})}.items()))),
        },
    }
    if body is not None:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference(body)}}}
    return Operation(name, summary, description, extra)


MISSING = {404: ("document_not_found", "not_found")}
BAD = {422: ("invalid_request", "invalid_json"), 413: ("request_too_large",)}

LIST = operation(
    "listPolicyDocuments",
    "The documents the caller may see",
    "Fifty a page, in the order of titles. Documents whose labels the caller does not match are neither shown nor"
    " counted.",
    models.PolicyDocuments,
    query=(
        ("q", "words of title, name or version"),
        ("stage", "reading, words, ready or failed"),
        ("owner", "payer or department"),
        ("label", "a label, or `none` for documents without"),
        ("on", "has a version in force on this day, YYYY-MM-DD"),
        ("page", "from 1"),
    ),
    codes={**MISSING, 422: ("invalid_request", "invalid_date")},
)
SHOW = operation(
    "showPolicyDocument",
    "A document with its versions",
    "Failed and unfinished versions too, with what reading found.",
    models.PolicyDocument,
    path="document",
    codes=MISSING,
)
DIFFERENCES = operation(
    "comparePolicyVersions",
    "Two versions line by line",
    "Without parameters the newest version is compared with the one before it.",
    models.PolicyDifferences,
    path="document",
    query=(
        ("from", "version name or id"),
        ("to", "version name or id"),
        ("with", "name of another document, whose newest version is compared instead"),
    ),
    codes={**MISSING, 422: ("invalid_request",)},
)
LABEL = operation(
    "labelPolicyDocument",
    "Set who may see a document",
    "Replaces all labels; in force with the next request of anybody.",
    models.PolicyDocument,
    path="document",
    body=models.Labels,
    codes={**MISSING, **BAD},
)
REMOVE = operation(
    "removePolicyDocument",
    "Take a document out of every index",
    "All versions, their pages and the sealed originals are deleted; the log keeps that they were there.",
    models.PolicyRemoved,
    path="document",
    codes=MISSING,
)
ANSWER = operation(
    "readPolicyAnswer",
    "An answer given before",
    "To the account that asked. Every quotation is verified again; 409 when one no longer stands or may no longer be"
    " seen.",
    models.PolicyAnswer,
    path="run",
    codes={404: ("not_found",), 409: ("conflict",)},
)
FEEDBACK = operation(
    "judgePolicyAnswer",
    "Say what an answer was worth",
    "Kept sealed, recorded in the log; the same judgement again changes nothing.",
    models.Judged,
    path="run",
    body=models.Judgement,
    codes={404: ("not_found",), **BAD},
)


def _document(found: Document) -> dict[str, Any]:
    return {"id": str(found.id), "title": found.title, "versions": [e.as_json() for e in found.entries]}


def _asked(visit: Visit, name: str) -> str:
    text = visit.request.query_params.get(name, "").strip()
    if not text.isprintable() or len(text) > 400:
        raise Invalid("invalid_request", f"`{name}` is no text that could be meant.")
    return text


async def documents(visit: Visit) -> Response:
    """GET /api/v1/policy/documents."""
    page, stage, on = _asked(visit, "page") or "1", _asked(visit, "stage"), _asked(visit, "on")
    if not page.isascii() or not page.isdigit() or len(page) > 6 or int(page) < 1:
        raise Invalid("invalid_request", "`page` is a whole number from 1.")
    if stage and stage not in STAGES:
        raise Invalid("invalid_request", f"`stage` is one of {', '.join(STAGES)}.")
    wanted = Wanted(
        _asked(visit, "q"), stage, _asked(visit, "owner"), _asked(visit, "label"), require_date(on) if on else None
    )
    services, caller = visit.services, visit.caller
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        listing = await list_documents(tx, caller, wanted, int(page))
    await services.reads.record(caller, "document:list")
    return JSONResponse(
        {
            "documents": [_document(d) for d in listing.documents],
            "found": listing.found,
            "total": listing.total,
            "page": listing.page,
            "pages": listing.pages,
        }
    )


async def document(visit: Visit) -> Response:
    """GET /api/v1/policy/documents/{document}."""
    services, caller, wanted = visit.services, visit.caller, visit.identifier("document")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await read_document(tx, caller, wanted)
        await record(tx, services.clock, caller, "document:list", subject={"document": str(wanted)})
    return JSONResponse(_document(found))


async def differences(visit: Visit) -> Response:
    """GET /api/v1/policy/documents/{document}/differences."""
    services, name = visit.services, str(visit.identifier("document"))
    before, after = _asked(visit, "from") or None, _asked(visit, "to") or None
    other = document_name(_asked(visit, "with"))
    keys = services.keys.get(visit.caller.tenant)
    found = await compare_versions(services.database, services.clock, keys, visit.caller, name, before, after, other)
    return JSONResponse(found.as_json())


async def label(visit: Visit) -> Response:
    """PUT /api/v1/policy/documents/{document}/labels."""
    wanted = visit.identifier("document")
    body = checked(models.Labels, await visit.json_object())
    services, caller = visit.services, visit.caller
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await set_labels(tx, services.clock, caller, str(wanted), body.labels)
        found = await read_document(tx, caller, wanted)
    return JSONResponse(_document(found))


async def removal(visit: Visit) -> Response:
    """DELETE /api/v1/policy/documents/{document}."""
    services, caller, wanted = visit.services, visit.caller, visit.identifier("document")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        versions = await remove(tx, services.clock, services.keys.get(caller.tenant), caller, str(wanted))
    return JSONResponse({"removed": [str(v.id) for v in versions]})


async def answer(visit: Visit) -> Response:
    """GET /api/v1/policy/answers/{run}."""
    services, caller, run = visit.services, visit.caller, visit.identifier("run")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await read_released(tx, services.clock, caller, services.keys.get(caller.tenant), run)
    return JSONResponse({"id": str(run), **found})


async def feedback(visit: Visit) -> Response:
    """POST /api/v1/policy/answers/{run}/feedback."""
    run = visit.identifier("run")
    body = checked(models.Judgement, await visit.json_object())
    services, caller = visit.services, visit.caller
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        kept = await judge(tx, services.clock, caller, services.keys.get(caller.tenant), run, body.kind, body.note)
    return JSONResponse(kept)
