"""Neutral ids for resources: "patient-1" by order of appearance, the same for every way to point at one resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from preceptor.deid.fhir_types import NEUTRAL, RESOURCES

PERSONS = frozenset(("Patient", "Person", "Practitioner", "PractitionerRole", "RelatedPerson"))
"""Types whose displayed name is the name of a person."""
UNKNOWN = "Resource"
"""Stands for the type of a resource of which only a UUID is known."""
NESTED = 20
"""Bundles inside Bundles that are still read for their entries."""
_TYPES = "|".join(sorted(RESOURCES | {UNKNOWN}))
_TARGET = re.compile(
    rf"(?P<base>(?:https?://[^\s?#]*/)?)(?P<type>{_TYPES})/(?P<id>[^/\s?#]+)(?:/_history(?:/[^/\s]*)?)?/?(?:\?.*)?",
    re.S,
)
_SEARCH = re.compile(rf"(?:https?://[^\s?#]*/)?(?P<type>{_TYPES})(?P<rest>[/?].*)?", re.S)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a reference stands: the server of its entry, and the resource that contains it."""

    base: str = ""
    container: str = ""


@dataclass(slots=True)
class NeutralIds:
    """The mapping of one redaction; `key` finds the resource, `of` gives its neutral id."""

    _exact: dict[str, str] = field(default_factory=dict[str, str])
    _bare: dict[str, str] = field(default_factory=dict[str, str])
    _restful: dict[str, str] = field(default_factory=dict[str, str])
    _types: dict[str, str] = field(default_factory=dict[str, str])
    _given: dict[str, str] = field(default_factory=dict[str, str])
    _counts: dict[str, int] = field(default_factory=dict[str, int])

    def learn(self, resource: Mapping[str, object], depth: int = 0) -> None:
        """Remember the entries of a Bundle, nested ones too, so that every reference to one of them is known."""
        for entry in _objects(resource.get("entry")):
            inner = entry.get("resource")
            inside: Mapping[str, object] = cast("Mapping[str, object]", inner) if isinstance(inner, Mapping) else {}
            kind, name = inside.get("resourceType"), inside.get("id")
            address = entry.get("fullUrl")
            bare = f"{kind}/{name}" if isinstance(kind, str) and isinstance(name, str) else ""
            key = address if isinstance(address, str) and address else bare
            if not key:
                continue
            known = self._exact.setdefault(key, key)
            if isinstance(kind, str) and kind in RESOURCES:
                self._types.setdefault(known, kind)
            if bare:
                (self._restful if _TARGET.fullmatch(key) and key != bare else self._bare).setdefault(bare, known)
            if kind == "Bundle" and depth < NESTED:
                self.learn(inside, depth + 1)

    def contain(self, container: str, resource: Mapping[str, object]) -> None:
        """Remember the types of the resources that `resource`, at the path `container`, contains."""
        for inner in _objects(resource.get("contained")):
            kind, name = inner.get("resourceType"), inner.get("id")
            if isinstance(kind, str) and kind in RESOURCES and isinstance(name, str):
                self._types.setdefault(f"{container}#{name}", kind)

    def key(self, reference: str, scope: Scope, hint: str = "") -> tuple[str, str]:
        """The resource a reference points at, and its type; `hint` is the type the reference itself names."""
        if reference.startswith("#"):
            key = scope.container + reference
            return key, self._types.get(key, hint or UNKNOWN)
        found = self._exact.get(reference, "")
        target = _TARGET.fullmatch(reference)
        if not found and target:
            bare = f"{target['type']}/{target['id']}"
            absolute = (target["base"] or scope.base) + bare
            found = self._exact.get(absolute) or self._bare.get(bare) or ""
            if not found and not target["base"] and not scope.base:
                found = self._restful.get(bare, "")
            found = found or absolute
        search = _SEARCH.fullmatch(reference)
        said = target["type"] if target else search["type"] if search else ""
        key = found or reference
        return key, self._types.get(key) or said or hint or UNKNOWN

    def of(self, key: str, kind: str) -> tuple[str, str]:
        """The type and the neutral id of `key`, the next one of its type when it is new."""
        kind = self._types.setdefault(key, kind)
        if key not in self._given:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._given[key] = f"{kind.lower()}-{self._counts[kind]}"
        return kind, self._given[key]

    def reference(self, value: str, scope: Scope, hint: str = "") -> tuple[str, str]:
        """The neutral reference, and the type it points at; "#" alone is the container and stays."""
        if value == "#":
            return value, ""
        kind, name = self.of(*self.key(value, scope, hint))
        return (f"#{name}" if value.startswith("#") else f"{kind}/{name}"), kind

    def address(self, value: str, hint: str) -> str:
        """The neutral `fullUrl` of an entry; relative references beside it find it there (FHIR R4, 2.36.4.1)."""
        kind, name = self.of(*self.key(value, Scope(), hint))
        return f"{NEUTRAL}{kind}/{name}"

    def request(self, value: str, scope: Scope) -> str | None:
        """The neutral address of an interaction: `Type/id`, or `Type` for a search or operation; None for others."""
        found = _SEARCH.fullmatch(value)
        if not found:
            return None
        return self.reference(value, scope)[0] if _TARGET.fullmatch(value) else found["type"]


def server(entry: Mapping[str, object]) -> str:
    """The server part of an entry's `fullUrl`, with its last slash; empty when the entry stands at no server."""
    address = entry.get("fullUrl")
    target = _TARGET.fullmatch(address) if isinstance(address, str) else None
    return target["base"] if target else ""


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            if isinstance(item, Mapping):
                yield cast("Mapping[str, object]", item)
