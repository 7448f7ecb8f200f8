"""Extensions as first-class values: read and written by name, from a registry to which a site adds its own; pure.

Known from the start are US Core's race, ethnicity and birth sex (hl7.org/fhir/us/core; published under CC0).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from preceptor.errors import Invalid
from preceptor.fhir.definitions import definitions, is_resource_type

Json: TypeAlias = dict[str, Any]
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
CATEGORIES = "urn:oid:2.16.840.1.113883.6.238"
BIRTH_SEXES = frozenset({"F", "M", "UNK", "OTH"})


@dataclass(frozen=True)
class Kind:
    """One extension: its address, the resource types it stands on (empty: any), and the type of its value (`code`,
    `CodeableConcept` …), or for a complex one its parts by name."""

    url: str
    on: frozenset[str] = frozenset()
    type: str = ""
    parts: Mapping[str, str] = field(default_factory=dict[str, str])


_PARTS = {"ombCategory": "Coding", "detailed": "Coding", "text": "string"}
KNOWN: dict[str, Kind] = {
    "race": Kind(US_CORE + "us-core-race", frozenset({"Patient"}), parts=_PARTS),
    "ethnicity": Kind(US_CORE + "us-core-ethnicity", frozenset({"Patient"}), parts=_PARTS),
    "birthsex": Kind(US_CORE + "us-core-birthsex", frozenset({"Patient"}), "code"),
}


@dataclass(frozen=True)
class Categories:
    """Race or ethnicity as US Core has it: codes of the coarse and of the detailed categories, and a text."""

    omb: tuple[str, ...]
    detailed: tuple[str, ...]
    text: str


class Registry:
    """Extensions by name."""

    def __init__(self, kinds: Mapping[str, Kind] = KNOWN) -> None:
        self.kinds = dict(kinds)

    def read(self, resource: Json, name: str) -> list[Any]:
        """The values of an extension: JSON values of its type, or for a complex one an object of part → values."""
        kind = self._kind(name)
        found = [one for one in _listed(resource) if one.get("url") == kind.url]
        if kind.type:
            member = _member(kind.type)
            return [one[member] for one in found if member in one]
        return [self._parts(kind, one) for one in found]

    def _parts(self, kind: Kind, one: Json) -> dict[str, list[Any]]:
        inner = _listed(one)
        return {
            part: [each[_member(type_)] for each in inner if each.get("url") == part and _member(type_) in each]
            for part, type_ in kind.parts.items()
        }

    def write(self, resource: Json, name: str, value: Any) -> Json:
        """The resource with one value of an extension in place of those it had. Invalid `invalid_request` on a type it
        does not stand on; whether the value is valid says the check of the resource."""
        kind = self._kind(name)
        if kind.on and resource.get("resourceType") not in kind.on:
            raise Invalid("invalid_request", f"The extension {name} stands on {', '.join(sorted(kind.on))}.")
        others = [one for one in _listed(resource) if one.get("url") != kind.url]
        made: Json = {"url": kind.url}
        if kind.type:
            made[_member(kind.type)] = value
        else:
            parts = cast("Mapping[str, Iterable[Any]]", value)
            made["extension"] = [
                {"url": part, _member(kind.parts[part]): each} for part, listed in parts.items() for each in listed
            ]
        return {**resource, "extension": [*others, made]}

    def _kind(self, name: str) -> Kind:
        if name not in self.kinds:
            raise Invalid("invalid_request", "No extension is registered under this name.")
        return self.kinds[name]


def categories(registry: Registry, patient: Json, name: str) -> Categories | None:
    """Race or ethnicity of a Patient; None when it is not said."""
    found = registry.read(patient, name)
    if not found:
        return None
    parts = cast("dict[str, list[Any]]", found[0])
    omb, detailed = ([str(c.get("code", "")) for c in parts[part]] for part in ("ombCategory", "detailed"))
    return Categories(tuple(omb), tuple(detailed), " ".join(parts["text"]))


def birth_sex(registry: Registry, patient: Json) -> str | None:
    """F, M, UNK or OTH; None when it is not said, or is no such code."""
    found = registry.read(patient, "birthsex")
    return found[0] if found and found[0] in BIRTH_SEXES else None


def read_registry(text: str) -> Registry:
    """A site's own, as JSON: name → {"url", "on": [types], "type"} or {"url", "on", "parts": {name: type}}. Invalid
    `invalid_setting` for anything else, and for a name that is taken."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong("it is not JSON") from None
    if not isinstance(given, dict):
        raise _wrong("it is no object")
    kinds = dict(KNOWN)
    for name, said in cast("Json", given).items():
        if name in kinds:
            raise _wrong(f"the name {name} is taken")
        kinds[name] = _read_kind(name, said)
    return Registry(kinds)


def _read_kind(name: str, said: object) -> Kind:
    given = cast("Json", said) if isinstance(said, dict) else {}
    url, type_ = given.get("url"), given.get("type", "")
    on: list[object] = given["on"] if isinstance(given.get("on"), list) else []
    parts: dict[str, object] = given["parts"] if isinstance(given.get("parts"), dict) else {}
    known = definitions().primitives | {one for one in definitions().types if "." not in one}
    if not isinstance(url, str) or ":" not in url or not name or given.keys() - {"url", "on", "type", "parts"}:
        raise _wrong(f"{name} needs an absolute url")
    if not all(isinstance(one, str) and is_resource_type(one) for one in on):
        raise _wrong(f"{name} stands on resource types")
    if bool(type_) == bool(parts) or not all(one in known for one in (parts.values() if parts else [type_])):
        raise _wrong(f"{name} has a type, or parts with types, of FHIR")
    return Kind(url, frozenset(map(str, on)), type_, {part: str(kind) for part, kind in parts.items()})


def _wrong(why: str) -> Invalid:
    return Invalid("invalid_setting", f"The registry of extensions cannot be read: {why}.")


def _listed(value: Json) -> list[Json]:
    found = value.get("extension")
    items = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Json", one) for one in items if isinstance(one, dict)]


def _member(kind: str) -> str:
    return "value" + kind[0].upper() + kind[1:]
