"""The types and elements of FHIR R4, read once from `data/fhir_r4.json`; `data/README.fhir.md` says their origin."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TypedDict, cast

from preceptor.deid.lists import words_of


class Table(TypedDict):
    """The file as it is written by `build_fhir`."""

    version: str
    xhtml: str
    neutral: str
    terminologies: list[str]
    resources: list[str]
    canonical: list[str]
    open: list[str]
    types: dict[str, str]


def _read() -> Table:
    return cast("Table", json.loads(files("preceptor.deid").joinpath("data", "fhir_r4.json").read_text("utf-8")))


_TABLE = _read()
RESOURCES = frozenset(_TABLE["resources"])
"""The concrete resource types of R4."""
CANONICAL = frozenset(_TABLE["canonical"])
"""Resource types that are definitions known by a canonical address, never the record of a person."""
TERMINOLOGIES = tuple(_TABLE["terminologies"])
"""Hosts of published code systems and profiles."""
XHTML = _TABLE["xhtml"]
"""The namespace a narrative needs (FHIR R4, 2.4.2)."""
NEUTRAL = _TABLE["neutral"]
"""The address under which neutral ids stand; it never resolves."""
NUMBERS = frozenset(("integer", "positiveInt", "unsignedInt", "decimal"))
PRIMITIVES = NUMBERS | words_of(
    """
    base64Binary boolean canonical code date dateTime id instant markdown oid string time uri url uuid xhtml
    """
)
"""Types whose JSON value is no object (FHIR R4, 2.24.0.1)."""


@cache
def elements(type_name: str) -> dict[str, str]:
    """JSON property → type for the R4 type, resource or group `type_name`, inherited ones first; empty if unknown.

    A choice stands once for each of its types: `deceasedBoolean` and `deceasedDateTime`.
    """
    spelled = _TABLE["types"].get(type_name)
    if spelled is None:
        return {}
    base, *fields = spelled.split()
    found = dict(elements(base)) if base != "-" else {}
    for field in fields:
        name, _, kinds = field.partition(":")
        if not name.endswith("[x]"):
            found[name] = kinds
            continue
        for kind in _TABLE["open"] if kinds == "*" else kinds.split("|"):
            found[f"{name[:-3]}{kind[0].upper()}{kind[1:]}"] = kind
    return found
