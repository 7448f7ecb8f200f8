"""The whole check of a resource: base R4, and each profile it claims or is asked to hold to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, cast

from preceptor.fhir.issues import Issue
from preceptor.fhir.lossless import too_deep
from preceptor.fhir.packages import Package
from preceptor.fhir.profiles import Profiled
from preceptor.fhir.slicing import Finder
from preceptor.fhir.validate import Walk

Json: TypeAlias = dict[str, Any]


def check(resource: object, package: Package | None = None, asked: Iterable[str] = ()) -> list[Issue]:
    """Every issue: of base R4, then of the profiles in `meta.profile` and `asked`. A profile that is not loaded is an
    information issue `not-checked`."""
    package = package or Package()
    if too_deep(resource):
        return [Issue("too-deep", "$this", "fatal")]
    walk = Walk(resource, frozenset(package.profiles))
    walk.resource(resource, "", ())
    if isinstance(resource, dict):
        whole = cast("Json", resource)
        find = finder(whole)
        held = Profiled(package, walk.add, walk.unchecked, find)
        for place, one in _resources(whole):
            for canonical in dict.fromkeys([*(asked if one is whole else ()), *claimed(one)]):
                held.resource(one, canonical, place, whole)
    return walk.found()


def claimed(resource: Json) -> list[str]:
    """The profiles a resource says it holds to."""
    meta = resource.get("meta")
    listed = cast("Json", meta).get("profile") if isinstance(meta, dict) else None
    return [one for one in cast("list[Any]", listed) if isinstance(one, str)] if isinstance(listed, list) else []


def _listed(value: Json, name: str) -> list[Json]:
    """The objects of a list that a member holds."""
    found = value.get(name)
    return (
        [cast("Json", one) for one in cast("list[object]", found) if isinstance(one, dict)]
        if isinstance(found, list)
        else []
    )


def _resources(whole: Json) -> Iterable[tuple[str, Json]]:
    """A resource, and those in the entries of a bundle."""
    kind = whole.get("resourceType")
    yield str(kind), whole
    if kind == "Bundle" and isinstance(whole.get("entry"), list):
        for number, entry in enumerate(cast("list[object]", whole["entry"])):
            inner = cast("Json", entry).get("resource") if isinstance(entry, dict) else None
            if isinstance(inner, dict):
                yield f"Bundle.entry[{number}].resource", cast("Json", inner)


def finder(whole: Json) -> Finder:
    """Resolves a reference between the entries of a bundle, or to a contained resource."""
    known = dict[str, Json]()
    for _, one in _resources(whole):
        if isinstance(one.get("id"), str):
            known[f"{one.get('resourceType')}/{one['id']}"] = one
        for inner in _listed(one, "contained"):
            known.setdefault(f"#{inner.get('id')}", inner)
    for entry in _listed(whole, "entry") if whole.get("resourceType") == "Bundle" else []:
        url, inner = entry.get("fullUrl"), entry.get("resource")
        if isinstance(url, str) and isinstance(inner, dict):
            known[url] = cast("Json", inner)
    return known.get
