"""Bundles: what the definitions of single elements do not say (hl7.org/fhir/R4/bundle.html); pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

from preceptor.fhir.references import read_reference

Json: TypeAlias = dict[str, Any]
Add: TypeAlias = Callable[[str, str], None]
REQUESTS = ("transaction", "batch")
RESOLVED = frozenset({"transaction", "batch", "document", "message"})
"""Bundles whose `urn:` references must lead to an entry."""
_BODY = frozenset({"POST", "PUT", "PATCH"})


def check_bundle(bundle: Json, path: str, add: Add) -> None:
    """Addresses that occur twice, requests that do not fit, and references between entries that lead nowhere."""
    listed = bundle.get("entry")
    entries = list(cast("list[object]", listed)) if isinstance(listed, list) else []
    addresses = set[str]()
    for entry in entries:
        url = cast("Json", entry).get("fullUrl") if isinstance(entry, dict) else None
        if isinstance(url, str):
            addresses.add(url)
    kind = bundle.get("type")
    for number, one in enumerate(entries):
        if not isinstance(one, dict):
            continue
        entry, place = cast("Json", one), f"{path}.entry[{number}]"
        if kind in REQUESTS:
            _request(entry, place, add)
        elif kind in ("document", "collection") and "resource" not in entry:
            add("entry", place)
        _address(entry, place, add)
        if kind in RESOLVED:
            for where, text in _references(entry.get("resource"), f"{place}.resource"):
                if text.startswith("urn:") and text not in addresses:
                    add("unresolved", where)


def _request(entry: Json, place: str, add: Add) -> None:
    request = entry.get("request")
    method = cast("Json", request).get("method") if isinstance(request, dict) else None
    if (method in _BODY) != ("resource" in entry) and isinstance(method, str):
        add("entry", place)


def _address(entry: Json, place: str, add: Add) -> None:
    """The id of a resource agrees with an address of the form Type/id (R4, bundle.html#fullUrl)."""
    url, resource = entry.get("fullUrl"), entry.get("resource")
    if not isinstance(url, str) or not isinstance(resource, dict):
        return
    target, inner = read_reference(url), cast("Json", resource)
    if target is None or target.form in ("local", "conditional") or (target.form == "rest" and not target.base):
        add("full-url", f"{place}.fullUrl")
    elif target.form == "rest" and (
        inner.get("resourceType") != target.type or inner.get("id", target.id) != target.id
    ):
        add("identity", f"{place}.fullUrl")


def _references(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in cast("Json", value).items():
            if name == "reference" and isinstance(inner, str):
                yield f"{path}.reference", inner
            else:
                yield from _references(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[object]", value)):
            yield from _references(inner, f"{path}[{number}]")
