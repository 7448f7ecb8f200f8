"""Refusals of the record: errors that carry an OperationOutcome."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from preceptor.errors import Conflict, Invalid, NotFound, PreceptorError
from preceptor.fhir.issues import Issue, outcome


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


class NotSupported(Invalid):
    """The interaction, or the kind of content, is not offered."""

    status = 405
    default = "not_offered"

    def __init__(self, code: str | None = None) -> None:
        super().__init__(code)
        self.answered = {"not_acceptable": 406, "unsupported_content": 415}.get(self.code, 405)


@contextlib.contextmanager
def at_entry(number: int) -> Generator[None]:
    """Errors say in which entry of a bundle they were met."""
    try:
        yield
    except NotValid as error:
        raise NotValid([replace(i, expression=_within(number, i.expression)) for i in error.issues]) from None
    except PreceptorError as error:
        error.ids["entry"] = str(number)
        raise


def _within(number: int, expression: str) -> str:
    head, dot, rest = expression.partition(".")
    place = f"Bundle.entry[{number}]"
    if head in ("request", "resource"):
        return f"{place}.{expression}"
    return f"{place}.resource{dot}{rest}" if head[:1].isupper() else f"{place}.resource.{expression}"


def status_of(error: PreceptorError) -> int:
    """The HTTP status of an error."""
    return error.answered if isinstance(error, NotSupported) else error.status


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
    if "entry" in error.ids:
        issue["expression"] = [f"Bundle.entry[{error.ids['entry']}]"]
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
    return by_status.get(status_of(error), "exception")
