"""JSON in and out without loss: decimals keep their digits, members their order, and nothing is guessed.

FHIR R4 "JSON Representation" (hl7.org/fhir/R4/json.html) and "Precision" of decimals: `1.50` and `1.5` differ. A
document is refused (Invalid `fhir_json`) when it is not UTF-8, is too deep, names a member twice (RFC 8259, section 4,
leaves it open which counts), holds `NaN`, `Infinity` or half of a surrogate pair, or is no object.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias, cast

import msgspec

from preceptor.errors import Invalid

Json: TypeAlias = dict[str, Any]
MOST_DEEP = 100
"""Objects and lists within each other; the deepest official example has fewer than 20."""
MOST_DIGITS = 64


class Digits(Decimal):
    """A decimal that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> Digits:
        """From the characters of a JSON number."""
        if len(text) > MOST_DIGITS:
            raise ValueError
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __deepcopy__(self, memo: object) -> Digits:
        """Itself: it never changes, and a copy by its value could be written otherwise."""
        return self


def read(content: bytes) -> Json:
    """The object that stands in `content`. Numbers with a point or an exponent become `Digits`."""
    try:
        found = read_any(content)
        write_any(found)  # half of a surrogate pair cannot be written again
    except (ValueError, RecursionError, InvalidOperation, TypeError):
        raise Invalid("fhir_json") from None
    if not isinstance(found, dict):
        raise Invalid("fhir_json", "A resource is a JSON object.")
    return cast("Json", found)


def read_any(content: bytes) -> object:
    """Any JSON value; ValueError or RecursionError for what is refused, half of a surrogate pair excepted."""
    return json.loads(
        content.decode("utf-8-sig"),
        parse_float=Digits,
        parse_int=_whole,
        parse_constant=_no_constant,
        object_pairs_hook=_object,
    )


def _object(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def _whole(text: str) -> int | Digits:
    return Digits(text) if text == "-0" or len(text) > 18 else int(text)


def _no_constant(_: str) -> None:
    raise ValueError


def _plain(value: object) -> msgspec.Raw:
    if isinstance(value, Digits):
        return msgspec.Raw(value.text.encode())
    raise TypeError


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)


def write_any(value: object) -> bytes:
    """Any JSON value as UTF-8 without blanks; every number as it was written."""
    return _ENCODER.encode(value)


def write(resource: Json) -> bytes:
    """A resource as UTF-8 without blanks, members in their order, every number as it was written."""
    return write_any(resource)


def too_deep(value: object, left: int = MOST_DEEP) -> bool:
    """Whether lists and objects stand deeper within each other than is read."""
    if isinstance(value, dict):
        return left == 0 or any(too_deep(v, left - 1) for v in cast("Json", value).values())
    if isinstance(value, list):
        return left == 0 or any(too_deep(v, left - 1) for v in cast("list[object]", value))
    return False
