"""Errors as answers: RFC 9457 problem details for programs, a plain page for people; the one place with statuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from preceptor.access.caller import Caller
from preceptor.errors import CODES, Denied, NotFound, PreceptorError, TooMany, Unauthenticated
from preceptor.journal import frames, journal
from preceptor.web.rendering import Templates

LOG = journal("web")
PROBLEM_JSON = "application/problem+json"


class MethodNotAllowed(PreceptorError):
    """The URL is known, the method is not; `allowed` names those that are."""

    status = 405
    default = "invalid_request"

    def __init__(self, allowed: str) -> None:
        super().__init__(None, f"This address answers {allowed} only.")
        self.allowed = allowed


class FieldError(PreceptorError):
    """Fields of a request that do not have the documented form: names and rules, never values."""

    status = 422
    default = "invalid_request"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields


def shown(error: PreceptorError) -> PreceptorError:
    """What a caller may hear: a refusal for another tenant confirms nothing, an inside error names nothing."""
    if isinstance(error, Denied) and error.reason == "other_tenant":
        return NotFound()
    if error.status >= 500 and error.status != 503:
        return PreceptorError("internal")
    return error


def problem(error: PreceptorError, request_id: str) -> dict[str, Any]:
    """RFC 9457 section 3: type, title, status, detail, with the members code and request_id."""
    document: dict[str, Any] = {
        "type": f"urn:preceptor:problem:{error.code}",
        "title": CODES[error.code],
        "status": error.status,
        "code": error.code,
        "detail": error.text,
        "request_id": request_id,
    }
    if isinstance(error, FieldError):
        document["errors"] = [{"field": name, "message": rule} for name, rule in error.fields.items()]
    return document


def answer_error(
    error: Exception,
    request_id: str,
    templates: Templates | None,
    visitor: Caller | None = None,
) -> Response:
    """The response to an error: a page when `templates` are given, otherwise problem details."""
    note_error(error, request_id)
    known = shown(error) if isinstance(error, PreceptorError) else PreceptorError("internal")
    if templates is not None:
        template = "sign_in_needed.html" if isinstance(known, Unauthenticated) else "problem.html"
        response = templates.page(
            template,
            known.status,
            visitor=visitor,
            error=known,
            title=HTTPStatus(known.status).phrase,
            request_id=request_id,
        )
    else:
        response = JSONResponse(problem(known, request_id), known.status, media_type=PROBLEM_JSON)
    response.headers.update(headers_of(known))
    return response


def headers_of(known: PreceptorError) -> dict[str, str]:
    """The headers that belong to an error."""
    if isinstance(known, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="preceptor"'}
    if isinstance(known, MethodNotAllowed):
        return {"Allow": known.allowed}
    if isinstance(known, TooMany):
        return {"Retry-After": str(known.retry_after)}
    return {"Retry-After": "2"} if known.status == 503 else {}


def note_error(error: Exception, request_id: str) -> None:
    """Put what is ours to mend into the operator's log."""
    if not isinstance(error, PreceptorError) or error.status >= 500:
        log_error(error, request_id)


def log_error(error: Exception, request_id: str) -> None:
    """Where it happened, by request id. A message may quote what was asked, so a foreign one is not logged."""
    code = error.code if isinstance(error, PreceptorError) else "internal"
    LOG.error("request_failed", request=request_id, code=code, error=type(error).__name__, where=frames(error))
