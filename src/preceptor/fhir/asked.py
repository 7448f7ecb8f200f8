"""A FHIR request and its answer, without HTTP: what a door hands in, and what it gives out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

from preceptor.errors import Invalid
from preceptor.fhir.issues import Issue, outcome
from preceptor.fhir.lossless import read, read_any, too_deep, write
from preceptor.fhir.refusals import NotValid
from preceptor.fhir.stored import Version

Json: TypeAlias = dict[str, Any]
Returned = Literal["minimal", "representation", "OperationOutcome"]
_ETAG = re.compile(r'(?:W/)?"(?P<version>[0-9]{1,9})"')


@dataclass(frozen=True)
class Asked:
    """One request: `path` begins after the base, without a slash; header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the query, in order."""
        return read_pairs(self.query)

    @property
    def match(self) -> int | None:
        """The version of If-Match. Invalid `invalid_request` when it is none of ours."""
        said = self.headers.get("if-match")
        if said is None:
            return None
        found = _ETAG.fullmatch(said.strip())
        if found is None:
            raise Invalid("invalid_request", 'If-Match holds one entity tag, such as W/"3".')
        return int(found["version"])

    @property
    def returned(self) -> Returned:
        """What Prefer asks for: the resource when it says nothing."""
        for part in self.headers.get("prefer", "").split(","):
            name, _, value = part.strip().partition("=")
            if name == "return" and value in ("minimal", "representation", "OperationOutcome"):
                return value
        return "representation"

    def resource(self) -> Json:
        """The body as a resource. NotValid with a single issue when it is not JSON that is read without loss."""
        return read_resource(self.body)


@dataclass(frozen=True)
class Answer:
    """A status, headers, and JSON or nothing."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def read_resource(content: bytes) -> Json:
    """A resource out of bytes. NotValid `not-json`, `too-deep`."""
    try:
        found = read(content)
    except Invalid:
        raise NotValid([Issue("not-json", "$this", "fatal")]) from None
    if too_deep(found):
        raise NotValid([Issue("too-deep", "$this", "fatal")])
    return found


def read_patch(content: bytes) -> object:
    """The operations of a patch out of bytes. Invalid `fhir_patch`."""
    try:
        found = read_any(content)
    except (ValueError, RecursionError):
        raise Invalid("fhir_patch") from None
    if too_deep(found):
        raise Invalid("fhir_patch")
    return found


def read_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values of a query string, empty values kept. Invalid `search_parameter` when it is not UTF-8 or too
    long."""
    try:
        return parse_qsl(query, keep_blank_values=True, strict_parsing=False, errors="strict", max_num_fields=100)
    except ValueError:
        raise Invalid("search_parameter", "The query is not UTF-8, or has too many parameters.") from None


def of_version(version: Version, base: str, status: int = 200, returned: Returned = "representation") -> Answer:
    """The answer with a version of a resource."""
    headers = {"ETag": version.etag, "Last-Modified": http_date(version.at)}
    if status == 201:
        headers["Location"] = f"{base}/{version.type}/{version.id}/_history/{version.version}"
    if returned == "minimal":
        return Answer(status, b"", headers)
    if returned == "OperationOutcome":
        return Answer(status, write(outcome([])), headers)
    return Answer(status, version.content or b"", headers)


def http_date(at: datetime) -> str:
    """A time as HTTP writes it (RFC 9110, section 5.6.7)."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def told_to_second(version: Version) -> str:
    """The time of a version as FHIR writes an instant."""
    return version.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
