"""The primitive types of FHIR R4: whether a JSON value has the form of one (hl7.org/fhir/R4/datatypes.html)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from typing import cast

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_URI = re.compile(r"[^\s\x00-\x20]+")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*")
_BASE64 = re.compile(r"\s*(?:[0-9A-Za-z+/]\s*){2,}={0,2}\s*")
_BAD_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DAY = r"(?P<year>[0-9]{4})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
_DATE = re.compile(_DAY + r")?)?")
_DATE_TIME = re.compile(_DAY + rf"(?:T{_CLOCK}{_ZONE})?)?)?")
_INSTANT = re.compile(_DAY.replace("(?:-", "-", 1).replace("(?:-", "-", 1) + rf"T{_CLOCK}{_ZONE}")
_TIME = re.compile(_CLOCK)
MOST_TEXT = 1_048_576
"""Characters of a string (R4: strings are at most 1 MB)."""


def is_text(value: object) -> bool:
    """string, markdown."""
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_TEXT:
        return False
    return value.isprintable() or _BAD_TEXT.search(value) is None


def _matching(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    match = pattern.fullmatch

    def check(value: object) -> bool:
        return isinstance(value, str) and match(value) is not None

    return check


def _dated(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    match = pattern.fullmatch

    def check(value: object) -> bool:
        found = match(value) if isinstance(value, str) else None
        if found is None or found["year"] == "0000":
            return False
        day = found["day"]
        return day is None or day < "29" or int(day) <= monthrange(int(found["year"]), int(found["month"]))[1]

    return check


def is_integer(value: object) -> bool:
    """integer: 32 bits."""
    return type(value) is int and -2_147_483_648 <= value <= 2_147_483_647


def is_decimal(value: object) -> bool:
    """decimal: a JSON number."""
    return type(value) is int or isinstance(value, Decimal)


def is_base64(value: object) -> bool:
    """base64Binary; blanks are allowed between characters."""
    if not isinstance(value, str) or _BASE64.fullmatch(value) is None:
        return False
    return sum(not c.isspace() for c in value) % 4 == 0 if len(value) < 200 else len("".join(value.split())) % 4 == 0


def is_code(value: object) -> bool:
    """code: no blanks at its ends, and single ones inside."""
    return isinstance(value, str) and _CODE.fullmatch(value) is not None and _BAD_TEXT.search(value) is None


CHECKS: dict[str, Callable[[object], bool]] = {
    "base64Binary": is_base64,
    "boolean": lambda value: isinstance(value, bool),
    "canonical": _matching(_URI),
    "code": is_code,
    "date": _dated(_DATE),
    "dateTime": _dated(_DATE_TIME),
    "decimal": is_decimal,
    "id": _matching(ID),
    "instant": _dated(_INSTANT),
    "integer": is_integer,
    "markdown": is_text,
    "oid": _matching(_OID),
    "positiveInt": lambda value: is_integer(value) and cast("int", value) > 0,
    "string": is_text,
    "time": _matching(_TIME),
    "unsignedInt": lambda value: is_integer(value) and cast("int", value) >= 0,
    "uri": _matching(_URI),
    "url": _matching(_URI),
    "uuid": _matching(_UUID),
    "xhtml": is_text,
}
"""Primitive type → whether a value is one."""
