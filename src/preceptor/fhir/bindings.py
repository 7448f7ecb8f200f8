"""Required value sets: whether a code, coding, concept or quantity is of one; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, cast

from preceptor.fhir.definitions import Definitions

_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+\-]{1,127}/[A-Za-z0-9!#$&^_.+\-]{1,127}(?:\s*;.*)?", re.DOTALL)
_CURRENCY = re.compile(r"[A-Z]{3}")
_UCUM = re.compile(r"[\x21-\x7e]{1,100}")
FORMS: dict[str, Callable[[str], bool]] = {
    "http://hl7.org/fhir/ValueSet/mimetypes": lambda code: _MIME.fullmatch(code) is not None or code in _SHORT,
    "http://hl7.org/fhir/ValueSet/currencies": lambda code: _CURRENCY.fullmatch(code) is not None,
    "http://hl7.org/fhir/ValueSet/ucum-units": lambda code: _UCUM.fullmatch(code) is not None,
}
"""Value sets that cannot be listed → the form of their codes: a code of another form is certainly wrong."""
_SHORT = frozenset({"xml", "json", "ttl"})


class Bound(Enum):
    """Inside the value set, outside of it, or not to be told here."""

    INSIDE = auto()
    OUTSIDE = auto()
    UNKNOWN = auto()


def bound(definitions: Definitions, values: str, kind: str, item: object) -> Bound:
    """Whether a value of a type is of a required value set."""
    listed = definitions.values.get(values)
    if listed is None:
        form = FORMS.get(values)
        if form is None or not isinstance(item, str):
            return Bound.UNKNOWN
        return Bound.INSIDE if form(item) else Bound.OUTSIDE
    pairs, codes = listed
    return bound_in(pairs, codes, kind, item)


def bound_in(pairs: frozenset[tuple[str, str]], codes: frozenset[str], kind: str, item: object) -> Bound:
    """The same over a listed value set. Of a concept one coding must be of it; a concept without codings, or a coding
    without code that says so by an extension, is inside."""
    if isinstance(item, str):
        return Bound.INSIDE if item in codes else Bound.OUTSIDE
    if not isinstance(item, dict):
        return Bound.INSIDE
    value = cast("dict[str, Any]", item)
    if kind == "CodeableConcept":
        codings = value.get("coding")
        if not isinstance(codings, list) or not codings:
            return Bound.INSIDE if "extension" in value else Bound.OUTSIDE
        inside = any(_coding(pairs, one) for one in cast("list[object]", codings))
        return Bound.INSIDE if inside else Bound.OUTSIDE
    if kind in ("Coding", "Quantity", "Age", "Duration"):
        if "code" not in value:
            return Bound.INSIDE
        return Bound.INSIDE if _coding(pairs, value) else Bound.OUTSIDE
    return Bound.INSIDE


def _coding(pairs: frozenset[tuple[str, str]], item: object) -> bool:
    if not isinstance(item, dict):
        return True  # another issue says so
    value = cast("dict[str, Any]", item)
    system, code = value.get("system", ""), value.get("code", "")
    return not isinstance(system, str) or not isinstance(code, str) or (system, code) in pairs
