"""FHIR REST for one caller, without HTTP: each interaction of the specification that is supported, and no other.

hl7.org/fhir/R4/http.html. The door finds the caller and reads the body; the path is matched here against a closed list.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

from preceptor.errors import Invalid, NotFound
from preceptor.fhir.asked import Answer, Asked, http_date, of_version, read_patch
from preceptor.fhir.audit_events import find_events, read_event
from preceptor.fhir.bundling import history_bundle, searchset
from preceptor.fhir.check import check
from preceptor.fhir.conditional import create_if_none, delete_one, put_one
from preceptor.fhir.cursor import Cursor, read_cursor
from preceptor.fhir.everything import everything
from preceptor.fhir.issues import Issue, outcome
from preceptor.fhir.lossless import write
from preceptor.fhir.patching import patched
from preceptor.fhir.refusals import NotSupported, NotValid
from preceptor.fhir.search import search
from preceptor.fhir.store import Chart
from preceptor.fhir.transaction import exchange

Handler: TypeAlias = "Callable[[Chart, Asked, dict[str, str], str], Awaitable[Answer]]"
Json: TypeAlias = dict[str, Any]
CONTENT = ("application/fhir+json", "application/json", "text/json")
FORM = "application/x-www-form-urlencoded"
PATCH = "application/json-patch+json"


async def answer(chart: Chart, asked: Asked, base: str) -> Answer:
    """The answer to one request; `base` is the address of the server's FHIR base without a slash at its end.

    NotFound for a path that is none, NotSupported (405) for a method that is not offered there; all errors of the
    interactions.
    """
    _accepted(asked)
    offered = False
    for method, pattern, handler in INTERACTIONS:
        found = pattern.fullmatch(asked.path)
        if found is None:
            continue
        offered = True
        if method == asked.method:
            _body_of(asked)
            return await handler(chart, asked, found.groupdict(), base)
    if offered:
        raise NotSupported
    raise NotFound("not_found", "There is no such interaction.")


def _accepted(asked: Asked) -> None:
    """Only JSON is given. NotSupported `not_acceptable` (406) for who wants something else only."""
    said = asked.headers.get("accept", "*/*")
    if not any(name in said for name in ("json", "*/*", "application/*", "text/*")):
        raise NotSupported("not_acceptable")


def _body_of(asked: Asked) -> None:
    """The kind of a body is said, and is JSON. NotSupported `unsupported_content` (415)."""
    if asked.method not in ("POST", "PUT", "PATCH"):
        return
    said = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = (FORM,) if asked.path.endswith("_search") else (PATCH,) if asked.method == "PATCH" else CONTENT
    charset = re.search(r"charset=\"?([\w-]+)", asked.headers.get("content-type", ""))
    if said not in wanted or (charset is not None and charset[1].lower() != "utf-8"):
        raise NotSupported("unsupported_content")


async def _read(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    _no_query(asked)
    if parts["type"] == "AuditEvent":
        return of_version(await read_event(chart, parts["id"]), base)
    version = await chart.read(parts["type"], parts["id"])
    if asked.headers.get("if-none-match") == version.etag:
        return Answer(304, b"", {"ETag": version.etag, "Last-Modified": http_date(version.at)})
    return of_version(version, base)


async def _vread(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    _no_query(asked)
    return of_version(await chart.version(parts["type"], parts["id"], int(parts["version"])), base)


async def _history(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    most = 100
    for name, value in asked.pairs:
        if name not in ("_count", "_format") or (name == "_count" and not re.fullmatch(r"\d{1,4}", value)):
            raise Invalid("search_parameter", "A history takes _count only.", parameter="_history")
        most = int(value) if name == "_count" else most
    versions = await chart.history(parts["type"], parts.get("id"), max(1, most))
    return Answer(200, history_bundle(versions[: max(1, most)], base, asked.path))


async def _create(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    _no_query(asked)
    resource = asked.resource()
    _same_type(parts["type"], resource)
    condition = asked.headers.get("if-none-exist")
    if condition is not None:
        written = await create_if_none(chart, parts["type"], resource, condition)
    else:
        written = await chart.create(resource)
    return of_version(written.version, base, 201 if written.changed else 200, asked.returned)


async def _update(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    _no_query(asked)
    written = await chart.update(parts["type"], parts["id"], asked.resource(), asked.match)
    return of_version(written.version, base, 201 if written.made else 200, asked.returned)


async def _put(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    resource = asked.resource()
    _same_type(parts["type"], resource)
    written = await put_one(chart, parts["type"], resource, asked.query, asked.match)
    return of_version(written.version, base, 201 if written.made else 200, asked.returned)


async def _patch(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    _no_query(asked)
    before = await chart.read(parts["type"], parts["id"])
    resource = patched(before.resource, read_patch(asked.body))
    match = asked.match if asked.match is not None else before.version
    written = await chart.update(parts["type"], parts["id"], resource, match)
    return of_version(written.version, base, 200, asked.returned)


async def _delete(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    _no_query(asked)
    await chart.delete(parts["type"], parts["id"], asked.match)
    return Answer(204)


async def _delete_one(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    await delete_one(chart, parts["type"], asked.query, asked.match)
    return Answer(204)


async def _search(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    if any(name == "_page" for name, _ in asked.pairs):
        return await _page(chart, asked, parts, base)
    if parts["type"] == "AuditEvent":
        return Answer(200, searchset(await find_events(chart, asked.pairs), base))
    return Answer(200, searchset(await search(chart, parts["type"], asked.pairs), base))


async def _search_post(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    try:
        form = asked.body.decode("ascii")
    except UnicodeDecodeError:
        raise Invalid("search_parameter", "The form is not URL-encoded.") from None
    both = Asked("GET", parts["type"], "&".join(part for part in (asked.query, form) if part))
    return Answer(200, searchset(await search(chart, parts["type"], both.pairs), base))


async def _page(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    """A page by its cursor; some clients put the type before it and the size of the page (`_count`) behind it."""
    given = dict(asked.pairs)
    if "_page" not in given or len(given) != len(asked.pairs) or not given.keys() <= {"_page", "_count"}:
        raise Invalid("search_parameter", "A search of all types is not supported; name a type.", parameter="_type")
    cursor: Cursor = read_cursor(chart.owners.tenant, chart.caller.actor, given["_page"])
    if parts.get("type", cursor.type) != cursor.type:
        raise Invalid("search_parameter", "The cursor belongs to a search of another type.", parameter="_page")
    if "_count" in given:
        others = tuple(pair for pair in cursor.pairs if pair[0] != "_count")
        cursor = Cursor(cursor.type, (*others, ("_count", given["_count"])), cursor.last)
    if cursor.type.startswith("$"):
        return Answer(200, searchset(await everything(chart, cursor.type[1:], cursor.pairs, cursor.last), base))
    if cursor.type == "AuditEvent":
        return Answer(200, searchset(await find_events(chart, cursor.pairs, cursor.last), base))
    return Answer(200, searchset(await search(chart, cursor.type, cursor.pairs, cursor.last), base))


async def _validate(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    """`$validate` of a resource, or of the one in Parameters: always 200 with an OperationOutcome."""
    resource, profiles = asked.resource(), [value for name, value in asked.pairs if name == "profile"]
    if any(name not in ("profile", "mode", "_format") for name, _ in asked.pairs):
        raise Invalid("search_parameter", "$validate takes profile and mode.", parameter="profile")
    if resource.get("resourceType") == "Parameters" and parts["type"] != "Parameters":
        resource, asked_for = _of_parameters(resource)
        profiles += asked_for
    _same_type(parts["type"], resource)
    return Answer(200, write(outcome(check(resource, chart.kept.package, profiles))))


def _of_parameters(given: Json) -> tuple[Json, list[str]]:
    """The resource and the profiles in Parameters (hl7.org/fhir/R4/resource-operation-validate.html)."""
    resource: Json = {}
    profiles = list[str]()
    listed = given.get("parameter")
    for one in cast("list[object]", listed) if isinstance(listed, list) else []:
        part = cast("Json", one) if isinstance(one, dict) else {}
        if part.get("name") == "resource" and isinstance(part.get("resource"), dict):
            resource = cast("Json", part["resource"])
        if part.get("name") == "profile":
            profiles += [value for name, value in part.items() if name in ("valueUri", "valueCanonical")]
    return resource, profiles


async def _everything(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    return Answer(200, searchset(await everything(chart, parts["id"], asked.pairs), base))


async def _exchange(chart: Chart, asked: Asked, parts: dict[str, str], base: str) -> Answer:
    _no_query(asked)
    return await exchange(chart, asked.resource(), base, asked.headers, answer)


def _no_query(asked: Asked) -> None:
    """What is not read is refused: a parameter that looks like a filter must not be ignored."""
    left = [name for name, _ in asked.pairs if name not in ("_format", "_pretty")]
    if left:
        raise Invalid("search_parameter", "This interaction takes no parameters.", parameter="_format")


def _same_type(kind: str, resource: dict[str, object]) -> None:
    if resource.get("resourceType") != kind:
        raise NotValid([Issue("identity", "resourceType")])


_TYPE, _ID, _VERSION = r"(?P<type>[A-Z][A-Za-z]+)", r"(?P<id>[A-Za-z0-9\-.]{1,64})", r"(?P<version>[0-9]{1,9})"
INTERACTIONS: tuple[tuple[str, re.Pattern[str], Handler], ...] = tuple(
    (method, re.compile(pattern), handler)
    for method, pattern, handler in (
        ("GET", rf"{_TYPE}/{_ID}", _read),
        ("GET", rf"{_TYPE}/{_ID}/_history/{_VERSION}", _vread),
        ("GET", rf"{_TYPE}/{_ID}/_history", _history),
        ("GET", rf"{_TYPE}/_history", _history),
        ("GET", _TYPE, _search),
        ("POST", rf"{_TYPE}/_search", _search_post),
        ("GET", "", _page),
        ("POST", _TYPE, _create),
        ("PUT", rf"{_TYPE}/{_ID}", _update),
        ("PUT", _TYPE, _put),
        ("PATCH", rf"{_TYPE}/{_ID}", _patch),
        ("DELETE", rf"{_TYPE}/{_ID}", _delete),
        ("DELETE", _TYPE, _delete_one),
        ("POST", rf"{_TYPE}/\$validate", _validate),
        ("GET", rf"Patient/{_ID}/\$everything", _everything),
        ("POST", "", _exchange),
    )
)
