"""Identifiers in HL7 version 2 patient lines, by the position of the field (HL7 v2.5.1 chapters 3 and 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preceptor.deid.labels import Label
from preceptor.deid.spans import Span

_LINE = re.compile(r"^[ ]{0,4}(PID|NK1|IN1)\|[^\n\r]*", re.M)
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
    "NK1": {2: "NAME", 4: "GEO", 5: "PHONE", 6: "PHONE"},
    "IN1": {2: "HEALTH_PLAN", 16: "NAME", 18: "DATE", 19: "GEO", 36: "HEALTH_PLAN", 49: "HEALTH_PLAN"},
}
_STATE = re.compile(r"[A-Z]{2,3}")


def find_hl7(text: str) -> Iterator[Span]:
    """One span a component of each identifying field; state and country codes stay."""
    if "|" not in text:
        return
    for line in _LINE.finditer(text):
        labels = _FIELDS[line.group(1)]
        at = line.start() + len(line.group()) - len(line.group().lstrip())
        for number, field in enumerate(line.group().strip().split("|")):
            label = labels.get(number)
            if label and number:
                yield from _components(field, at, label)
            at += len(field) + 1


def _components(field: str, at: int, label: Label) -> Iterator[Span]:
    for part in re.split(r"([\^~&])", field):
        if len(part) > 1 and not (label == "GEO" and _STATE.fullmatch(part)):
            yield Span(at, at + len(part), label, 0.95, f"hl7:{label.lower()}")
        at += len(part)
