"""The search parameters of each resource type, compiled from HL7's list, and how each is kept; pure.

`digest` parameters (names, parts of addresses, contacts, identifiers, birth and death dates, every free text) are kept
as keyed digests only (`vault/identifying.py`). The others are codes, references, times and quantities.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from preceptor.fhir.definitions import read_data
from preceptor.fhir.search_types import types_found

Kind = Literal["token", "reference", "date", "quantity", "number", "uri", "digest"]
DIGEST_TYPES = frozenset({"Identifier", "ContactPoint"})
IDENTIFYING_DATES = frozenset({"birthdate", "death-date"})
CONTACTS = frozenset({"telecom", "phone", "email"})
COMMON = ("_id", "_lastUpdated", "_profile", "_security", "_tag")


@dataclass(frozen=True)
class Parameter:
    """One search parameter of one resource type. `name` is its code; `kept` is the name its digests go under."""

    base: str
    name: str
    type: str
    kind: Kind
    expression: str
    url: str
    targets: frozenset[str] = frozenset()
    kept: str = ""


@lru_cache(maxsize=256)
def parameters(base: str) -> dict[str, Parameter]:
    """Code → parameter, of those that are supported for a resource type."""
    listed = read_search()
    said = {**{name: listed["Resource"][name] for name in COMMON}, **listed.get("DomainResource", {})}
    said.update(listed.get(base, {}))
    made = dict[str, Parameter]()
    for name, one in said.items():
        kind = _kind(base, name, one["type"], one["expression"])
        if kind is not None:
            kept = _kept(base, name, one["type"], one["expression"]) if kind == "digest" else ""
            targets = frozenset(one.get("target", ()))
            made[name] = Parameter(base, name, one["type"], kind, one["expression"], one["url"], targets, kept)
    return made


@lru_cache(maxsize=1)
def read_search() -> dict[str, dict[str, dict[str, str]]]:
    """Type → code → the parameter's definition, as compiled."""
    return read_data("search.json.gz")


def _kind(base: str, name: str, kind: str, expression: str) -> Kind | None:
    if name in COMMON:
        return {"_id": "token", "_lastUpdated": "date", "_profile": "uri"}.get(name, "token")  # type: ignore[return-value]
    found = types_found(expression, base)
    if not found:
        return None
    if kind == "string" or name in IDENTIFYING_DATES or name in CONTACTS:
        return "digest"
    if kind == "token":
        if found & DIGEST_TYPES:
            return "digest"
        return "token" if not found & {"string", "uri", "markdown"} else "digest"
    if kind in ("reference", "date", "quantity", "number", "uri"):
        return kind  # type: ignore[return-value]
    return None  # composite and special


def _kept(base: str, name: str, kind: str, expression: str) -> str:
    """The name digests of a parameter go under: that of `vault/identifying.py` says how values are compared."""
    if name in IDENTIFYING_DATES or name in CONTACTS:
        return name
    if kind == "token" and types_found(expression, base) & DIGEST_TYPES:
        return "identifier" if name == "identifier" else f"identifier:{name}"
    return name if kind == "string" and name in NAMED else f"string:{name}"


NAMED = frozenset(
    {"name", "family", "given", "address", "address-city", "address-country", "address-postalcode", "address-state"}
)
