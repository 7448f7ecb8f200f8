"""Identifiers in HL7 version 2 patient lines, by the position of the field (HL7 v2.5.1 chapters 3 and 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preceptor.deid.labels import Label
from preceptor.deid.spans import Span

_LINE = re.compile(r"^[ ]{0,4}(PID|NK1|IN1|PV1|GT1|PD1)\|[^\n\r]*", re.M | re.I)
_FIELDS: dict[str, dict[int, Label]] = {
    "PID": {
        2: "MRN",
        3: "MRN",
        4: "MRN",
        5: "NAME",
        6: "NAME",
        7: "DATE",
        9: "NAME",
        11: "GEO",
        12: "GEO",
        13: "PHONE",
        14: "PHONE",
        18: "ACCOUNT",
        19: "SSN",
        20: "LICENSE",
    },
    "PV1": {7: "NAME", 8: "NAME", 9: "NAME", 17: "NAME", 19: "OTHER_ID", 44: "DATE", 45: "DATE"},
    "GT1": {2: "ACCOUNT", 3: "NAME", 4: "NAME", 5: "GEO", 6: "PHONE", 7: "PHONE", 8: "DATE", 12: "SSN"},
    "PD1": {4: "NAME"},
    "NK1": {2: "NAME", 4: "GEO", 5: "PHONE", 6: "PHONE"},
    "IN1": {8: "HEALTH_PLAN", 16: "NAME", 18: "DATE", 19: "GEO", 36: "HEALTH_PLAN", 49: "HEALTH_PLAN"},
}
_PERSON = re.compile(r"[^\W\d_][^\W\d_' -]{1,30}\^[^\W\d_][^\W\d_' .-]{0,30}(?:\^[^\W\d_' .-]{0,30}){0,4}")
"""A field of the form family^given, wherever a sender put it."""
_KEPT = re.compile(r"[A-Z]{2,3}|HOSP|SELF|", re.I)
"""Components that identify nobody: states and countries, assigning authorities, identifier types."""

_CODED_TYPES = frozenset(
    (
        "HOSP",
        "MR",
        "MRN",
        "PI",
        "PT",
        "AN",
        "VN",
        "SS",
        "DL",
        "ADT",
        "SELF",
        "USA",
        "US",
        "L",
        "H",
        "M",
        "D",
        "MD",
        "DO",
    )
)


def find_hl7(text: str) -> Iterator[Span]:
    """One span a component of each identifying field; state and country codes stay."""
    if "|" not in text:  # most texts
        return
    for line in _LINE.finditer(text):
        labels = _FIELDS[line.group(1).upper()]
        at = line.start() + len(line.group()) - len(line.group().lstrip())
        for number, field in enumerate(line.group().strip().split("|")):
            label = labels.get(number) or ("NAME" if _PERSON.fullmatch(field) else None)
            if label and number:
                yield from _components(field, at, label)
            at += len(field) + 1


def _components(field: str, at: int, label: Label) -> Iterator[Span]:
    for part in re.split(r"([\^~&])", field):
        coded = (label != "NAME" and part.upper() in _CODED_TYPES) or (label == "GEO" and _KEPT.fullmatch(part))
        if len(part) > (1 if label != "NAME" else 0) and part not in "^~&" and not coded:
            yield Span(at, at + len(part), label, 0.95, f"hl7:{label.lower()}")
        at += len(part)
