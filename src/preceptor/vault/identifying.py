"""Search over what is sealed: keyed digests of the values that identify a person, and of their beginnings.

Stored and asked values meet as HMAC-SHA-256 (RFC 2104, truncated to 128 bits as its section 5 allows) of a normal
form, under the tenant's index key. That hides values, not frequencies: rows with equal digests hold equal values, and
a digest that is frequent belongs to a frequent name. What is found must be compared with the unsealed resource, since
a beginning longer than twelve letters is looked up by its first twelve.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from preceptor.errors import Invalid

Kind = Literal["text", "contact", "identifier", "date"]

ANYWHERE: dict[str, Kind] = {
    "name": "text",
    "family": "text",
    "given": "text",
    "address": "text",
    "address-city": "text",
    "address-country": "text",
    "address-postalcode": "text",
    "address-state": "text",
    "telecom": "contact",
    "phone": "contact",
    "email": "contact",
    "birthdate": "date",
    "death-date": "date",
}
"""Search parameter → how its values are compared, whatever the resource type: an organisation's name is kept like a
person's. Beside these `identifier`, `identifier:NAME` for other parameters over identifiers (an accession, a
requisition), and `string:NAME` for every other text, which may hold a name as well."""

SHORTEST, LONGEST = 2, 12
"""A beginning has so many letters or digits, at least and at most."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_EXTENSION = re.compile(r"(?:;ext=|\s*(?:ext\.?|x)\s*)\d+\s*$", re.IGNORECASE)
_PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


@dataclass(frozen=True, repr=False)
class Stored:
    """A value of a resource: `text` for names and parts of an address, a date `YYYY[-MM[-DD]]`, or a code's value.

    `system` is a contact's (`phone`, `email` …) or an identifier's; empty when there is none.
    """

    text: str
    system: str = ""


@dataclass(frozen=True)
class Sought:
    """What to look up. `certain`: everything found matches; otherwise the first letters do and the rest must be
    compared."""

    digest: UUID
    certain: bool


def kind_of(resource_type: str, parameter: str) -> Kind | None:
    """How the values of a parameter are compared; None when it is not kept as digests."""
    head = parameter.partition(":")[0]
    if head == "string":
        return "text"
    return "identifier" if head == "identifier" else ANYWHERE.get(parameter)


def fold(text: str) -> str:
    """NFKD, without marks, case, punctuation and superfluous blanks (FHIR R4 search, 3.1.1.5.9 string)."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS))
    kept = "".join(c if c.isalnum() else " " if c.isspace() else "" for c in plain)
    return " ".join(kept.split())


def fold_code(text: str) -> str:
    """NFKD, without marks and case, blanks at its ends removed; punctuation stays: `1-23` is not `12-3`."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def fold_contact(text: str) -> str:
    """The digits of a telephone number without extension and without the North American country code; an address with
    `@` folded like a code."""
    if "@" in text:
        return fold_code(text)
    number = _EXTENSION.sub("", unicodedata.normalize("NFKC", text).removeprefix("tel:"))
    digits = "".join(c for c in number if c.isdecimal() and c.isascii())
    if not digits:
        return fold_code(text)
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


def digest(key: bytes, resource_type: str, parameter: str, form: str, value: str) -> UUID:
    """The keyed digest of one form of a value. Lengths are written out: no two inputs give the same bytes."""
    parts = [part.encode("utf-8", "surrogatepass") for part in (resource_type, parameter, form, value)]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return UUID(bytes=hmac.new(key, message, hashlib.sha256).digest()[:16])


def digests(key: bytes, resource_type: str, parameter: str, values: Iterable[Stored]) -> frozenset[UUID]:
    """Every digest under which the values of a resource are found; empty when the parameter does not identify."""
    kind = kind_of(resource_type, parameter)
    if kind is None:
        return frozenset()
    forms = (form for value in values for form in _forms(kind, value))
    return frozenset(digest(key, resource_type, parameter, form, text) for form, text in forms)


def _forms(kind: Kind, value: Stored) -> Iterator[tuple[str, str]]:
    if kind == "text":
        folded = fold(value.text)
        yield "exact", unicodedata.normalize("NFC", value.text)
        yield "whole", folded
        for length in range(SHORTEST, min(LONGEST, len(folded)) + 1):
            yield "begins", folded[:length]
    elif kind == "date":
        found = _DATE.match(value.text)
        if found is not None:
            year, month, day = found.groups()
            yield from (("date", "-".join(p for p in (year, month, day)[:n] if p)) for n in (1, 2, 3) if _has(found, n))
    else:
        folded = fold_contact(value.text) if kind == "contact" else fold_code(value.text)
        yield "value", folded
        yield "coded", f"{value.system}|{folded}"
        yield "system", value.system


def _has(found: re.Match[str], parts: int) -> bool:
    return all(found.group(n) for n in range(1, parts + 1))


def sought(key: bytes, resource_type: str, parameter: str, modifier: str, value: str) -> Sought | None:
    """What to look up for one asked value; None when the parameter does not identify.

    Invalid `identifying_search` for what digests cannot answer: `:contains`, comparing prefixes, a beginning of one
    letter, a date with a time. The value is never named in the error.
    """
    kind = kind_of(resource_type, parameter)
    if kind is None:
        return None
    if modifier and (kind != "text" or modifier != "exact"):
        raise _refused(parameter, f"the modifier :{modifier if modifier.isalpha() else '…'} is not supported on it")
    if kind == "date":
        return _sought_date(key, resource_type, parameter, value)
    if kind == "text":
        return _sought_text(key, resource_type, parameter, modifier, value)
    system, bar, code = value.rpartition("|")
    folded = fold_contact(code) if kind == "contact" else fold_code(code)
    form, text = ("coded", f"{system}|{folded}") if bar else ("value", folded)
    if bar and not code:
        form, text = "system", system
    if not text:
        raise _refused(parameter, "it needs a value")
    return Sought(digest(key, resource_type, parameter, form, text), certain=True)


def _sought_text(key: bytes, resource_type: str, parameter: str, modifier: str, value: str) -> Sought:
    if modifier == "exact":
        exact = unicodedata.normalize("NFC", value)
        return Sought(digest(key, resource_type, parameter, "exact", exact), certain=True)
    folded = fold(value)
    if len(folded) < SHORTEST:
        raise _refused(parameter, f"it needs at least {SHORTEST} letters")
    beginning = digest(key, resource_type, parameter, "begins", folded[:LONGEST])
    return Sought(beginning, certain=len(folded) <= LONGEST)


def _sought_date(key: bytes, resource_type: str, parameter: str, value: str) -> Sought:
    if value[:2] in _PREFIXES and value[:2] != "eq":
        raise _refused(parameter, "it takes a year, a month or a day, without a comparing prefix")
    plain = value.removeprefix("eq")
    if _DATE.fullmatch(plain) is None:
        raise _refused(parameter, "it takes a year, a month or a day")
    return Sought(digest(key, resource_type, parameter, "date", plain), certain=True)


def meets_asked(resource_type: str, parameter: str, modifier: str, value: str, stored: Iterable[Stored]) -> bool:
    """Whether values of a resource meet what was asked, compared in the clear: the same answer as by digests, and
    beyond the twelve letters these end at. Errors as of `sought`."""
    kind = kind_of(resource_type, parameter)
    if kind is None:
        return False
    if kind == "text":
        if modifier == "exact":
            exact = unicodedata.normalize("NFC", value)
            return any(unicodedata.normalize("NFC", one.text) == exact for one in stored)
        begins = fold(value)
        return any(fold(one.text).startswith(begins) for one in stored)
    key = bytes(32)  # any key will do: both sides are made here
    wanted = sought(key, resource_type, parameter, modifier, value)
    return wanted is not None and wanted.digest in digests(key, resource_type, parameter, stored)


def refuse_sort(resource_type: str, parameter: str) -> None:
    """Invalid `identifying_search` when results shall be sorted by a value that only digests are kept of."""
    if kind_of(resource_type, parameter) is not None:
        raise _refused(parameter, "results cannot be sorted by it")


def _refused(parameter: str, why: str) -> Invalid:
    return Invalid("identifying_search", f"{parameter} is kept as digests: {why}.", parameter=parameter)


def is_uuid(identity: str) -> bool:
    """Whether an id that a client chose is a UUID in its usual form: other ids may themselves identify."""
    try:
        return str(UUID(identity)) == identity.lower()
    except ValueError:
        return False


def require_id(identity: str, *, any_form: bool) -> None:
    """Invalid `client_id` unless the id is a UUID or the tenant allows ids of any form."""
    if not any_form and not is_uuid(identity):
        raise Invalid("client_id")
