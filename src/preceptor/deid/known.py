"""What a record says of its own patient, from the contract's `known` object or a FHIR R4 Patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from preceptor.deid.labels import Label


@dataclass(frozen=True, repr=False)
class Known:
    """What a record says of its own patient: names as written, ISO birth date, numbers, telecom, address lines."""

    names: tuple[str, ...] = ()
    birth_date: str = ""
    identifiers: tuple[tuple[str, Label], ...] = ()
    telecom: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def values(self) -> tuple[str, ...]:
        """Every value as written; a surrogate must equal none of them."""
        numbers = tuple(value for value, _ in self.identifiers)
        birth = (self.birth_date,) if self.birth_date else ()
        return (*self.names, *birth, *numbers, *self.telecom, *self.addresses)

    def __repr__(self) -> str:
        return f"Known({len(self.values())} values)"

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
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    if not isinstance(value, list):
        return []
    items = (
        str(item) if isinstance(item, int) and not isinstance(item, bool) else item
        for item in cast("list[object]", value)
    )
    return [item for item in items if isinstance(item, str) and item.strip()]


def _objects(value: object) -> list[Mapping[str, object]]:
    """The objects of a list, or the one object."""
    items: list[object] = cast("list[object]", value) if isinstance(value, list) else [value]
    return [cast("Mapping[str, object]", item) for item in items if isinstance(item, Mapping)]


def _from_contract(raw: Mapping[str, object]) -> Known:
    identifiers = [_unnamed(text) for text in _texts(raw.get("identifiers"))]
    identifiers += [_unnamed(text) for item in _objects(raw.get("identifiers")) for text in _texts(item.get("value"))]
    birth = raw.get("birthDate")
    written = [*_texts(raw.get("names")), *_texts(raw.get("name"))]
    written += [name for part in ("names", "name") for item in _objects(raw.get(part)) for name in _human(item)]
    return Known(
        tuple(written),
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
    people = [raw, *_objects(raw.get("contact"))]
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
        tuple(text for one in people for item in _objects(one.get("telecom")) for text in _texts(item.get("value"))),
        tuple(text for one in people for item in _objects(one.get("address")) for text in _address(item)),
    )


def _human(item: Mapping[str, object]) -> list[str]:
    """The names of a FHIR HumanName: given and family as one, or the text."""
    whole = " ".join(_texts(item.get("given")) + _texts(item.get("family")))
    return [whole] if whole else _texts(item.get("text"))


def _address(item: Mapping[str, object]) -> list[str]:
    """Lines, city, county and ZIP code of a FHIR Address; a state identifies nobody."""
    return [text for key in ("line", "city", "district", "postalCode", "text") for text in _texts(item.get(key))]


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
