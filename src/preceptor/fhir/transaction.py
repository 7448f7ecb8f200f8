"""Batches and transactions: a bundle of requests; of a transaction all are done or none.

hl7.org/fhir/R4/http.html#transaction. References between entries are given the ids that the entries get, conditions
are looked up once, and an entry that another one contradicts ends the whole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import msgspec

from preceptor.db.transaction import Transaction
from preceptor.errors import Invalid, NotFound, PreceptorError, Unavailable
from preceptor.fhir.asked import Answer, Asked, Returned, told_to_second
from preceptor.fhir.bundles import check_bundle
from preceptor.fhir.conditional import matching, put_found
from preceptor.fhir.issues import Issue
from preceptor.fhir.lossless import write, write_any
from preceptor.fhir.permitted import permitted
from preceptor.fhir.references import read_reference
from preceptor.fhir.refusals import NotValid, at_entry, status_of, told
from preceptor.fhir.store import Chart, Written, with_id
from preceptor.fhir.stored import Version
from preceptor.fhir.types import require_kept
from preceptor.fhir.writing import Draft

Json: TypeAlias = dict[str, Any]
Single: TypeAlias = Callable[[Chart, Asked, str], Awaitable[Answer]]
MOST_ENTRIES = 1000
ORDER = ("DELETE", "POST", "PUT", "GET")
HEADERS = {"ifMatch": "if-match", "ifNoneMatch": "if-none-match", "ifNoneExist": "if-none-exist"}


@dataclass
class Entry:
    """One request of a bundle: where it stands, its target, and the id its resource has or gets."""

    number: int
    method: str
    url: str
    request: Json
    full_url: str
    resource: Json | None
    type: str = ""
    id: str | None = None
    found: Version | None = None
    written: Written | None = None


async def exchange(chart: Chart, bundle: Json, base: str, headers: Mapping[str, str], single: Single) -> Answer:
    """The answer to a batch or a transaction. NotValid with the places of what does not fit."""
    issues = list[Issue]()
    check_bundle(bundle, "Bundle", lambda kind, place: issues.append(Issue(kind, place)))
    entries = bundle.get("entry", [])
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("batch", "transaction"):
        issues.append(Issue("entry", "Bundle.type"))
    if not isinstance(entries, list) or len(cast("list[Any]", entries)) > MOST_ENTRIES:
        issues.append(Issue("too-large", "Bundle.entry"))
    if issues:
        raise NotValid(issues)
    read = [_entry(number, one) for number, one in enumerate(cast("list[Any]", entries))]
    if bundle["type"] == "batch":
        return Answer(200, write_any(_bundle("batch", [await _alone(chart, one, base, single) for one in read])))
    prefer = Asked("POST", "", headers=headers).returned if "prefer" in headers else "representation"
    return Answer(200, write_any(_bundle("transaction", await _together(chart, read, base, prefer, single))))


def _bundle(kind: str, entries: list[Json]) -> Json:
    made: Json = {"resourceType": "Bundle", "type": f"{kind}-response"}
    return {**made, "entry": entries} if entries else made


def _entry(number: int, one: object) -> Entry:
    place = f"Bundle.entry[{number}]"
    request = cast("Json", one).get("request") if isinstance(one, dict) else None
    if not isinstance(request, dict):
        raise NotValid([Issue("required", f"{place}.request")])
    said, entry = cast("Json", request), cast("Json", one)
    method, url = said.get("method"), said.get("url")
    if not isinstance(method, str) or method not in (*ORDER, "PATCH") or not isinstance(url, str):
        raise NotValid([Issue("entry", f"{place}.request")])
    resource = entry.get("resource")
    held = cast("Json", resource) if isinstance(resource, dict) else None
    full = entry.get("fullUrl")
    return Entry(number, method, url.lstrip("/"), said, full if isinstance(full, str) else "", held)


async def _alone(chart: Chart, one: Entry, base: str, single: Single) -> Json:
    """One request of a batch, by itself: its error is its answer."""
    try:
        return _answered(await single(chart, _asked(one), base), base)
    except Unavailable:
        raise
    except PreceptorError as error:
        return {"response": {"status": str(status_of(error)), "outcome": told(error)}}


def _asked(one: Entry) -> Asked:
    path, _, query = one.url.partition("?")
    headers = {name: str(one.request[said]) for said, name in HEADERS.items() if said in one.request}
    headers["content-type"] = "application/fhir+json"
    if one.method == "PATCH" or path == "" or path.endswith("_search"):
        raise Invalid("invalid_request", "This interaction is not offered inside a bundle.")
    return Asked(one.method, path, query, headers, write(one.resource) if one.resource is not None else b"")


def _answered(given: Answer, base: str) -> Json:
    response: Json = {"status": str(given.status)}
    if "Location" in given.headers:
        response["location"] = given.headers["Location"].removeprefix(base + "/")
    if "ETag" in given.headers:
        response["etag"] = given.headers["ETag"]
    return {"resource": msgspec.Raw(given.body), "response": response} if given.body else {"response": response}


async def _together(chart: Chart, read: list[Entry], base: str, prefer: Returned, single: Single) -> list[Json]:
    """All requests in one transaction, in the order the specification gives: deletions, creations, changes, reads."""
    for one in read:
        if one.method == "PATCH":
            raise NotValid([Issue("entry", f"Bundle.entry[{one.number}].request.method")])
    answers = dict[int, Json]()
    async with chart.transaction() as tx:
        for one in read:
            with at_entry(one.number):
                await _identify(chart, tx, one)
        _require_once(read)
        named = {one.full_url: f"{one.type}/{one.id}" for one in read if one.full_url and one.id is not None}
        for method in ORDER[:3]:
            of_method = [one for one in read if one.method == method]
            drafts = list[tuple[Entry, Draft]]()
            for one in of_method:
                with at_entry(one.number):
                    draft = await _act(chart, tx, one, named, base)
                    drafts += [(one, draft)] if draft is not None else []
            versions = await chart.write_in(tx, [draft for _, draft in drafts]) if drafts else []
            for (one, _), version in zip(drafts, versions, strict=True):
                one.written = Written(version, True)
            answers |= {one.number: _done(one, prefer) for one in of_method}
    for one in (entry for entry in read if entry.method == "GET"):
        answers[one.number] = await _alone(chart, one, base, single)
    return [answers[one.number] for one in read]


async def _identify(chart: Chart, tx: Transaction, one: Entry) -> None:
    """The type and id an entry is about; a creation gets its id here, before anything refers to it."""
    path, _, condition = one.url.partition("?")
    parts = path.split("/")
    if one.method == "GET":
        return
    one.type = require_kept(parts[0])
    if len(parts) > 2 or (one.method == "POST" and (len(parts) > 1 or condition)):
        raise NotValid([Issue("entry", "request.url")])
    if one.method == "POST":
        none = one.request.get("ifNoneExist")
        if isinstance(none, str):
            one.found = await matching(chart, tx, one.type, none)
        one.id = one.found.id if one.found is not None else str(chart.kept.clock.new_id())
    elif len(parts) == 2:
        one.id = parts[1]
    elif condition:
        one.found = await matching(chart, tx, one.type, condition)
        said = one.resource.get("id") if one.resource is not None else None
        one.id = one.found.id if one.found is not None else said if isinstance(said, str) else None
        if one.id is None and one.method == "PUT":
            one.id = str(chart.kept.clock.new_id())
    else:
        raise NotValid([Issue("entry", "request.url")])


def _require_once(read: list[Entry]) -> None:
    """No two entries are about the same resource, and no two have the same address."""
    seen = set[str]()
    for one in read:
        names = [f"{one.type}/{one.id}"] if one.id is not None and one.found is None else []
        names += [f"found {one.type}/{one.id}"] if one.found is not None and one.method != "POST" else []
        for name in [*names, *([one.full_url] if one.full_url else [])]:
            if name in seen:
                raise NotValid([Issue("full-url", f"Bundle.entry[{one.number}]")])
            seen.add(name)


async def _act(chart: Chart, tx: Transaction, one: Entry, named: Mapping[str, str], base: str) -> Draft | None:
    """Carry an entry out; a creation is given back, to be written together with the others."""
    match = Asked("PUT", "", headers={"if-match": one.request["ifMatch"]}).match if "ifMatch" in one.request else None
    if one.method == "DELETE":
        if one.id is None:
            raise NotFound("not_found")
        await chart.delete_in(tx, one.type, one.id, match)
        return None
    resource = await _resolved(chart, tx, one.resource or {}, named, base)
    if resource.get("resourceType") != one.type:
        raise NotValid([Issue("identity", "resource.resourceType")])
    if one.method == "POST":
        chart.require_valid(resource)
        if one.found is None:
            named = with_id(resource, str(one.id))
            permitted(chart.caller, one.type, "c", chart.kept.clock.now()).require(named)
            return Draft(named, 1, "POST")
        one.written = Written(one.found, False, False)
    elif one.found is not None or "?" in one.url:
        one.written = await _put(chart, tx, one, resource, match)
    else:
        one.written = await chart.update_in(tx, one.type, str(one.id), resource, match)
    return None


async def _put(chart: Chart, tx: Transaction, one: Entry, resource: Json, match: int | None) -> Written:
    if one.found is None and "id" not in resource:
        return await chart.create_in(tx, resource, one.id)
    return await put_found(chart, tx, one.type, resource, one.found, match)


async def _resolved(chart: Chart, tx: Transaction, resource: Json, named: Mapping[str, str], base: str) -> Json:
    """A copy whose references lead to where the entries will be, and whose conditional references are looked up."""
    conditions = dict[str, str]()
    for text in set(_texts(resource)):
        target = read_reference(text)
        if target is not None and target.form == "conditional":
            kind, _, condition = text.partition("?")
            found = await matching(chart, tx, require_kept(kind), condition)
            if found is None:
                raise NotValid([Issue("unresolved", "resource")])
            conditions[text] = f"{kind}/{found.id}"

    def place(text: str) -> str:
        whole, mark, fragment = text.partition("#")
        if whole in named:
            return named[whole] + mark + fragment
        if text in conditions:
            return conditions[text]
        return text.removeprefix(base + "/") if read_reference(text.removeprefix(base + "/")) else text

    return cast("Json", _replaced(resource, place))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        held = cast("Json", value)
        own = held.get("reference")
        inner = [text for name, one in held.items() if name != "reference" for text in _texts(one)]
        return [*inner, own] if isinstance(own, str) else [*inner, *_texts(own)]
    return [text for one in cast("list[object]", value) for text in _texts(one)] if isinstance(value, list) else []


def _replaced(value: object, place: Callable[[str], str]) -> object:
    if isinstance(value, dict):
        return {
            name: place(one) if name == "reference" and isinstance(one, str) else _replaced(one, place)
            for name, one in cast("Json", value).items()
        }
    return [_replaced(one, place) for one in cast("list[object]", value)] if isinstance(value, list) else value


def _done(one: Entry, prefer: Returned) -> Json:
    if one.written is None:
        return {"response": {"status": "204"}}
    version = one.written.version
    made = one.written.made and one.written.changed
    response: Json = {"status": "201" if made else "200", "etag": version.etag, "lastModified": told_to_second(version)}
    response["location"] = f"{version.type}/{version.id}/_history/{version.version}"
    if prefer != "representation":
        return {"response": response}
    return {"resource": msgspec.Raw(version.content or b"{}"), "response": response}
