"""The record's own patient: their names, numbers, dates and addresses, found wherever the text repeats them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from preceptor.deid.labels import Label
from preceptor.deid.spans import Span
from preceptor.deid.tokens import EPONYM, STOP, WORD, flags_of

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_NICKNAMES: dict[str, str] = {
    "william": "bill will billy willie liam",
    "robert": "bob rob bobby robbie",
    "elizabeth": "liz beth betty lizzie eliza betsy",
    "margaret": "maggie peggy meg marge",
    "james": "jim jimmy jamie",
    "john": "jack johnny",
    "katherine": "kate katie kathy kat",
    "catherine": "kate cathy katie",
    "richard": "rick dick rich ricky",
    "thomas": "tom tommy",
    "michael": "mike mikey",
    "joseph": "joe joey",
    "charles": "charlie chuck",
    "patricia": "pat patty tricia",
    "jennifer": "jen jenny",
    "christopher": "chris",
    "daniel": "dan danny",
    "matthew": "matt",
    "anthony": "tony",
    "edward": "ed eddie ted",
    "andrew": "andy drew",
    "susan": "sue susie",
    "deborah": "deb debbie",
    "rebecca": "becky",
    "barbara": "barb",
    "samuel": "sam sammy",
    "alexander": "alex sasha",
    "alexandra": "alex sandra",
    "nicholas": "nick",
    "steven": "steve",
    "stephen": "steve",
    "timothy": "tim",
    "gregory": "greg",
    "benjamin": "ben",
    "jonathan": "jon",
    "victoria": "vicky",
    "francisco": "paco pancho",
    "jose": "pepe",
    "guadalupe": "lupe",
    "ignacio": "nacho",
    "kenneth": "ken",
    "lawrence": "larry",
    "theodore": "ted",
}


@dataclass(frozen=True)
class Known:
    """What a record says of its own patient: names as written, ISO birth date, numbers, telecom, address lines."""

    names: tuple[str, ...] = ()
    birth_date: str = ""
    identifiers: tuple[tuple[str, Label], ...] = ()
    telecom: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @staticmethod
    def from_json(value: object) -> Known:
        """From the contract's `known` object or a FHIR R4 Patient; what is not of the documented form is left out."""
        if not isinstance(value, Mapping):
            return Known()
        raw = cast("Mapping[str, object]", value)
        return _from_patient(raw) if raw.get("resourceType") == "Patient" else _from_contract(raw)


def _texts(value: object) -> list[str]:
    """The strings of a list, or the one string."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if not isinstance(value, list):
        return []
    return [item for item in cast("list[object]", value) if isinstance(item, str) and item.strip()]


def _objects(value: object) -> list[Mapping[str, object]]:
    """The objects of a list, or the one object."""
    items: list[object] = cast("list[object]", value) if isinstance(value, list) else [value]
    return [cast("Mapping[str, object]", item) for item in items if isinstance(item, Mapping)]


def _from_contract(raw: Mapping[str, object]) -> Known:
    identifiers = [_unnamed(text) for text in _texts(raw.get("identifiers"))]
    identifiers += [_unnamed(text) for item in _objects(raw.get("identifiers")) for text in _texts(item.get("value"))]
    birth = raw.get("birthDate")
    return Known(
        tuple(_texts(raw.get("names"))),
        birth if isinstance(birth, str) else "",
        tuple(identifiers),
        tuple(
            _texts(raw.get("telecom")) + [t for item in _objects(raw.get("telecom")) for t in _texts(item.get("value"))]
        ),
        tuple(_texts(raw.get("addresses")) + [t for item in _objects(raw.get("addresses")) for t in _address(item)]),
    )


def _unnamed(text: str) -> tuple[str, Label]:
    """A number of which the contract's form does not say what it is."""
    return text, "OTHER_ID"


def _from_patient(raw: Mapping[str, object]) -> Known:
    names = [name for item in _objects(raw.get("name")) for name in _human(item)]
    for contact in _objects(raw.get("contact")):
        names += [name for item in _objects(contact.get("name")) for name in _human(item)]
    names += [text for item in _objects(raw.get("generalPractitioner")) for text in _texts(item.get("display"))]
    identifiers: list[tuple[str, Label]] = [
        (text, _kind(item)) for item in _objects(raw.get("identifier")) for text in _texts(item.get("value"))
    ]
    birth = raw.get("birthDate")
    return Known(
        tuple(names),
        birth if isinstance(birth, str) else "",
        tuple(identifiers),
        tuple(text for item in _objects(raw.get("telecom")) for text in _texts(item.get("value"))),
        tuple(text for item in _objects(raw.get("address")) for text in _address(item)),
    )


def _human(item: Mapping[str, object]) -> list[str]:
    """The names of a FHIR HumanName: given and family as one, or the text."""
    whole = " ".join(_texts(item.get("given")) + _texts(item.get("family")))
    return [whole] if whole else _texts(item.get("text"))


def _address(item: Mapping[str, object]) -> list[str]:
    """Lines, city, county and ZIP code of a FHIR Address; a state identifies nobody."""
    return [text for key in ("line", "city", "district", "postalCode") for text in _texts(item.get(key))]


def _kind(item: Mapping[str, object]) -> Label:
    """The label of a FHIR identifier, from its type's text or codes (v2-0203)."""
    words = [text for kind in _objects(item.get("type")) for text in _texts(kind.get("text"))]
    for kind in _objects(item.get("type")):
        words += [text for coding in _objects(kind.get("coding")) for text in _texts(coding.get("code"))]
    for word in words:
        label = _TYPES.get(word.upper())
        if label:
            return label
    return "OTHER_ID"


_TYPES: dict[str, Label] = {
    "MRN": "MRN",
    "MR": "MRN",
    "SSN": "SSN",
    "SS": "SSN",
    "SB": "SSN",
    "MB": "HEALTH_PLAN",
    "MC": "HEALTH_PLAN",
    "MA": "HEALTH_PLAN",
    "SN": "HEALTH_PLAN",
    "DL": "LICENSE",
    "AN": "ACCOUNT",
}
"""Identifier type (text, or code of v2-0203 in capitals) → label."""


def find_known(text: str, known: Known) -> Iterator[Span]:
    """Every repetition of what the record holds: any case and separators, parts of names, nicknames, dates."""
    yield from _names(text, known)
    for value, label in known.identifiers:
        yield from _loose(text, value, label)
    for value in known.telecom:
        if "@" in value:
            for match in re.finditer(re.escape(value), text, re.I):
                yield Span(match.start(), match.end(), "EMAIL", 0.99, "known:telecom")
        else:
            yield from _loose(text, re.sub(r"^(?:\+?1[-. ]?)(?=\(?\d{3})|(?:x|ext).*$", "", value), "PHONE")
    for value in known.addresses:
        pattern = r"[\s,.]+".join(re.escape(word) for word in re.findall(r"[\w'#-]+", value))
        if len(value) > 3 and not (flags_of(value.lower()) & STOP):
            for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.I):
                common = flags_of(value.lower()) & WORD and match.group().islower()
                if not common:
                    yield Span(match.start(), match.end(), "GEO", 0.98, "known:address")
    yield from _birth(text, known.birth_date)


def _names(text: str, known: Known) -> Iterator[Span]:
    parts: set[str] = set()
    for name in known.names:
        words = [word for word in re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", name) if len(word) > 1]
        parts.update(word.lower() for word in words)
        for word in words:
            parts.update(piece for piece in word.lower().split("-") if len(piece) > 2)
            parts.update(_NICKNAMES.get(word.lower(), "").split())
    if not parts:
        return
    ordered = sorted(parts, key=lambda part: (-len(part), part))
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, ordered))})(?![^\W_])", re.I)
    for match in pattern.finditer(text):
        flags = flags_of(match.group().lower())
        if match.group().islower() and flags & (WORD | STOP | EPONYM):
            continue
        yield Span(match.start(), match.end(), "NAME", 0.98, "known:name")


def _loose(text: str, value: str, label: Label) -> Iterator[Span]:
    """`value` with any separators between its characters."""
    compact = re.sub(r"[^\w]", "", value)
    if len(compact) < 4:
        return
    pattern = r"[\s().\-/]{0,2}".join(map(re.escape, compact))
    for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.I):
        yield Span(match.start(), match.end(), label, 0.99, "known:identifier" if label != "PHONE" else "known:telecom")


def _birth(text: str, iso: str) -> Iterator[Span]:
    """The birth date, in the usual American, European, ISO, packed and written forms."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return
    name = _MONTHS[day.month - 1]
    month, number = rf"(?:{name}|{name[:3]}\.?)", rf"0?{day.day}(?:st|nd|rd|th)?"
    year = rf"(?:{day.year}|'?{day.year % 100:02d})"
    numeric = rf"(?:0?{day.month}[-/. ]0?{day.day}|0?{day.day}[-/. ]0?{day.month})[-/. ]{year}"
    pattern = (
        rf"{numeric}|{day.year}[-/. ]0?{day.month}[-/. ]0?{day.day}|{day.year}{day.month:02d}{day.day:02d}"
        rf"|{day.month:02d}{day.day:02d}{day.year}|{month}[\s,-]+{number}(?:[\s,-]+(?:of )?{year})?"
        rf"|{number}[\s-]+(?:of )?{month}(?:[\s,-]+(?:of )?{year})?"
    )
    for match in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.I):
        yield Span(match.start(), match.end(), "DATE", 0.98, "known:birth-date")
