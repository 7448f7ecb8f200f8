"""Bundles that are given out: of a search, of a history, of everything about a patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from preceptor.fhir.asked import told_to_second
from preceptor.fhir.lossless import write_any
from preceptor.fhir.projection import project
from preceptor.fhir.search import Page
from preceptor.fhir.stored import Version

Json: TypeAlias = dict[str, Any]
STATUS = {"POST": "201", "PUT": "200", "DELETE": "204"}
TOO_MANY = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "severity": "warning",
            "code": "too-costly",
            "diagnostics": "More would be included than one page holds; narrow the search.",
        }
    ],
}


def searchset(page: Page, base: str) -> bytes:
    """The bundle of a page of a search. Links are cursors: the search itself stands in none."""
    bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
    if page.total is not None:
        bundle["total"] = page.total
    bundle["link"] = [{"relation": "self", "url": f"{base}?_page={page.here}"}]
    if page.after is not None:
        bundle["link"].append({"relation": "next", "url": f"{base}?_page={page.after}"})
    entries = [_entry(one, base, "match", page) for one in page.matches]
    entries += [_entry(one, base, "include", page) for one in page.included]
    if page.cut:
        entries.append({"resource": TOO_MANY, "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return write_any(bundle)


def _entry(one: Version, base: str, mode: str, page: Page) -> Json:
    query = page.query
    shown: Any = msgspec.Raw(one.content or b"{}")
    if mode == "match" and (query.summary or query.elements):
        shown = project(one.resource, query.summary, query.elements)
    return {"fullUrl": f"{base}/{one.type}/{one.id}", "resource": shown, "search": {"mode": mode}}


def history_bundle(versions: Sequence[Version], base: str, here: str) -> bytes:
    """The bundle of a history, the newest first."""
    entries = list[Json]()
    for one in versions:
        entry: Json = {"fullUrl": f"{base}/{one.type}/{one.id}"}
        if one.content is not None:
            entry["resource"] = msgspec.Raw(one.content)
        url = one.type if one.method == "POST" else f"{one.type}/{one.id}"
        entry["request"] = {"method": one.method, "url": url}
        entry["response"] = {"status": STATUS[one.method], "etag": one.etag, "lastModified": told_to_second(one)}
        entries.append(entry)
    bundle: Json = {"resourceType": "Bundle", "type": "history", "total": len(versions)}
    bundle["link"] = [{"relation": "self", "url": f"{base}/{here}"}]
    return write_any({**bundle, **({"entry": entries} if entries else {})})
