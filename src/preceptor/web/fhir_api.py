"""The FHIR door: hands requests to `fhir/rest.py` and gives its answers out; every error is an OperationOutcome."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import Response

from preceptor.audit.events import By, record
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Denied, PreceptorError
from preceptor.fhir.asked import Asked
from preceptor.fhir.capability import capability_statement
from preceptor.fhir.lossless import write
from preceptor.fhir.refusals import status_of, told
from preceptor.fhir.rest import answer
from preceptor.fhir.store import Chart
from preceptor.web.oauth import here
from preceptor.web.problems import headers_of, note_error, shown
from preceptor.web.visit import Visit, read_body

BASE = "/fhir"
FHIR_JSON = "application/fhir+json"
MOST_BODY = 32 * 1024 * 1024
HEADERS = ("accept", "content-type", "if-match", "if-none-match", "if-none-exist", "prefer")


async def interaction(visit: Visit) -> Response:
    """Every interaction of the specification that is offered."""
    request = visit.request
    body = await read_body(request, MOST_BODY) if request.method in ("POST", "PUT", "PATCH") else b""
    method = "GET" if request.method == "HEAD" else request.method
    path = request.url.path.removeprefix(BASE).lstrip("/")
    headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
    asked = Asked(method, path, request.url.query, headers, body)
    try:
        given = await answer(Chart(visit.services.record, visit.caller), asked, here(visit) + BASE)
    except Denied as error:
        await _note(visit, error)
        raise
    sent = {**given.headers, "Cache-Control": "no-store"}
    return Response(given.body, given.status, sent, media_type=FHIR_JSON if given.body else None)


async def _note(visit: Visit, error: Denied) -> None:
    """A refusal by scopes or compartment stands in the log, like one by roles at the door."""
    services, caller = visit.services, visit.caller
    subject = {"permission": error.ids.get("permission", "chart:read")}
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        by = By(reason=error.reason)
        await record(tx, services.clock, caller, "access:deny", subject=subject, outcome="denied", by=by)


async def metadata(visit: Visit) -> Response:
    """GET /fhir/metadata."""
    address = here(visit)
    today = visit.services.clock.now().date()
    statement = capability_statement(version("preceptor"), today, address + BASE, f"{address}/oauth/token")
    return Response(write(statement), media_type=FHIR_JSON)


def outcome_of(error: Exception, request_id: str) -> Response:
    """The answer to an error: an OperationOutcome. What a caller may not hear is not in it."""
    note_error(error, request_id)
    known = shown(error) if isinstance(error, PreceptorError) else PreceptorError("internal")
    document = {**told(known), "id": request_id}
    return Response(write(document), status_of(known), headers_of(known), media_type=FHIR_JSON)
