"""The types of FHIR R4 4.0.1 and their required value sets, as compiled from HL7's definitions."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, cast


@dataclass(frozen=True)
class Element:
    """One element of a type. `most` is None when it may repeat without limit; `values` is the address of its required
    value set; `targets` maps Reference or canonical to the types it may lead to; `summary`: `_summary` shows it."""

    name: str
    least: int
    most: int | None
    types: tuple[str, ...]
    values: str | None
    targets: dict[str, frozenset[str]]
    invariants: tuple[str, ...]
    summary: bool = False

    @property
    def many(self) -> bool:
        """Whether JSON shows it as a list."""
        return self.most is None or self.most > 1

    @property
    def is_choice(self) -> bool:
        """Whether its name says its type: `value[x]`."""
        return self.name.endswith("[x]")

    def names(self) -> dict[str, str]:
        """Member of the JSON → type."""
        if not self.is_choice:
            return {self.name: self.types[0]}
        return {self.name[:-3] + kind[0].upper() + kind[1:]: kind for kind in self.types}


@dataclass(frozen=True)
class Type:
    """A data type, a resource type, or a group of elements named by its path. `members` is keyed by JSON member."""

    name: str
    kind: str
    elements: tuple[Element, ...]
    invariants: tuple[str, ...]
    members: dict[str, tuple[Element, str]] = field(default_factory=dict[str, tuple[Element, str]])

    @property
    def is_resource(self) -> bool:
        """Whether it is a resource type."""
        return self.kind == "resource"


@dataclass(frozen=True)
class Definitions:
    """All of it. `values` maps a value set to the pairs of system and code, and to its codes alone."""

    types: dict[str, Type]
    invariants: dict[str, str]
    primitives: frozenset[str]
    values: dict[str, tuple[frozenset[tuple[str, str]], frozenset[str]]]


@lru_cache(maxsize=1)
def definitions() -> Definitions:
    """Read once."""
    found = read_data("definitions.json.gz")
    types = {name: _type(name, said) for name, said in found["types"].items()}
    values = {
        url: (
            frozenset((system, code) for system, codes in sets.items() for code in codes),
            frozenset(code for codes in sets.values() for code in codes),
        )
        for url, sets in found["sets"].items()
    }
    return Definitions(types, found["invariants"], frozenset(found["primitives"]), values)


def read_data(name: str) -> dict[str, Any]:
    """A compiled file of this room."""
    packed = resources.files("preceptor.fhir").joinpath("data", name).read_bytes()
    return cast("dict[str, Any]", json.loads(gzip.decompress(packed)))


def _type(name: str, said: dict[str, Any]) -> Type:
    elements = tuple(_element(one) for one in said["elements"])
    made = Type(name, said["kind"], elements, tuple(said["invariants"]))
    for element in elements:
        made.members.update({member: (element, kind) for member, kind in element.names().items()})
    return made


def _element(said: dict[str, Any]) -> Element:
    most = said.get("max", "1")
    return Element(
        said["name"],
        said["min"],
        None if most == "*" else int(most),
        tuple(said["types"]),
        said.get("set"),
        {kind: frozenset(names) for kind, names in said.get("targets", {}).items()},
        tuple(said.get("invariants", ())),
        bool(said.get("summary")),
    )


@lru_cache(maxsize=1)
def choices() -> dict[str, tuple[str, ...]]:
    """Base name of a choice → every member it may stand as, in any type."""
    found = dict[str, dict[str, None]]()
    for one in definitions().types.values():
        for element in one.elements:
            if element.is_choice:
                found.setdefault(element.name[:-3], {}).update(dict.fromkeys(element.names()))
    return {name: tuple(members) for name, members in found.items()}


def is_resource_type(name: str) -> bool:
    """Whether it is a concrete resource type of R4."""
    found = definitions().types.get(name)
    return found is not None and found.is_resource and name not in ("Resource", "DomainResource")
