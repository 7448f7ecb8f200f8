"""Refusals of the record: errors that carry an OperationOutcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from preceptor.errors import Conflict, Invalid, NotFound, PreceptorError
from preceptor.fhir.issues import Issue, outcome

CODES: dict[type[PreceptorError], str] = {}


class NotValid(Invalid):
    """The resource does not hold to FHIR, or to its address; `issues` say where."""

    default = "fhir_invalid"

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__()
        self.issues = tuple(issues)


class Gone(NotFound):
    """The resource was deleted."""

    status = 410
    default = "resource_deleted"


class VersionMismatch(Conflict):
    """If-Match names another version than the current one."""

    status = 412
    default = "version_mismatch"


class ManyMatches(Conflict):
    """A conditional request found more than one resource."""

    status = 412
    default = "many_matches"


def told(error: PreceptorError) -> dict[str, Any]:
    """The OperationOutcome of an error: its issues, or its own sentence."""
    if isinstance(error, NotValid):
        return outcome(error.issues)
    issue: dict[str, Any] = {
        "severity": "error",
        "code": _issue_type(error),
        "details": {"coding": [{"code": error.code}]},
        "diagnostics": error.text,
    }
    if "parameter" in error.ids:
        issue["expression"] = [f"http.{error.ids['parameter']}"]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _issue_type(error: PreceptorError) -> str:
    """The code of IssueType that says the same as a status."""
    by_status = {
        401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 409: "conflict", 410: "deleted",
        412: "conflict", 413: "too-long", 415: "not-supported", 422: "invalid", 429: "throttled", 503: "transient",
    }  # fmt: skip
    if error.code == "search_parameter":
        return "not-supported"
    return by_status.get(error.status, "exception")
