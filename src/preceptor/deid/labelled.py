"""Identifiers that a label announces: "MRN: 00482913", "Member ID H51-220", "last four of my social 0575"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preceptor.deid.labels import Label
from preceptor.deid.plain import right
from preceptor.deid.spans import Span
from preceptor.deid.tokens import SAFE, STOP, flags_of
from preceptor.deid.zones import around_digits

_JOIN = (
    r"(?:(?:[\s]*[:=#.(\[|>-]+|\s+(?:number|numbers|num|no|nbr|nr|id|ids|identifier|code|is|was|are|shows"
    r"|says|reads|it's|for"
    r"|ending|ends|in|on|file|with|of|digits|the|my|your|bill|here|as|este|es|n[uú]mero|leave|form|new|"
    r"address|last|upload|template|login|patient|assigned|issued|used|same|still)(?![\w'])|(?<=[a-z])\#"
    r"|s(?=[\s:])){0,7})\s*"
)
_CODE = r"(?=[A-Za-z-]{0,14}[\d*])[A-Za-z0-9*]{1,30}(?:[-./][A-Za-z0-9*]{1,24}){0,6}"
_SPACED = r"(?=[A-Za-z]{0,4}[ -]?\d)[A-Za-z0-9]{1,30}(?:[ -][A-Z0-9]*\d[A-Za-z0-9]{0,20}){0,5}"

_VALUES: dict[str, re.Pattern[str]] = {
    "code": re.compile(_CODE),
    "digits": re.compile(r"\d(?:[ -]?\d){2,18}"),
    "spaced": re.compile(_SPACED),
    "plan": re.compile(r"[A-Z]{1,4} \d{3,6}(?: \d{3,6}){1,3}\b|" + _CODE),
    "four": re.compile(r"\d{4}\b"),
    "ssn": re.compile(r"[\dxX*]{3}[- ]?[\dxX*]{2}[- ]?\d{4}\b|\d{4}\b"),
    "plate": re.compile(r"(?=[A-Z]{0,8}[ -]?[A-Z]{0,5}\d)[A-Z0-9]{2,8}(?:[ -][A-Z0-9]{2,5})?\b", re.I),
}

_LETTERS = re.compile(r"(?:[A-Z]{2,8}-)?[A-Z]{4,14}(?:-[A-Z]{2,8})?(?![\w-])")
"""A code of capitals alone; it counts only after a label that promises a code, and not as a word of a heading."""

_RULES: tuple[tuple[Label, str, str], ...] = (
    (
        "SSN",
        "four",
        r"last (?:four|4)(?: digits)?(?: of (?:my |the |your |his "
        r"|her )?(?:social(?: security)?(?: number)?|ssn))"
        r"|(?:ssn|social)[ ,]{1,2}(?:last (?:four|4)|ending(?: in)?)|xxx-xx",
    ),
    ("SSN", "ssn", r"ssn?|social security(?: number| no\.?| #)?|soc(?:ial)? sec|social|seguro social"),
    (
        "MRN",
        "code",
        r"mrn?n|medical rec(?:ord)?(?: number| no\.?| #)?|med rec|chart (?:number|no\.?|#|id)"
        r"|hospital (?:number|no\.?|id)"
        r"|patient (?:id|number|no\.?|#)|unit (?:number|no\.?)|mr ?#|record number|expediente",
    ),
    (
        "HEALTH_PLAN",
        "plan",
        r"member(?:ship)? (?:id|number|no\.?|#)|subscriber(?: id| number| no\.?| #)?|medicaid(?: id"
        r"| number| no\.?| #)|medicare(?: id| number| no\.?| #)"
        r"|mbi|hicn?|beneficiary (?:id|number|no\.?)|policy (?:id|number|no\.?|#)|group (?:id|number|no\.?"
        r"|#)|grp(?: no\.?| #|:)?"
        r"|insurance (?:id|card|number|no\.?|#|card number)|plan id|enrollee (?:id|number)|group"
        r"|health plan (?:id|number)|payer id|rxgrp|afiliado",
    ),
    ("ACCOUNT", "four", r"card (?:on file )?ending(?: in)?|(?:account|acct) ending(?: in)?"),
    (
        "ACCOUNT",
        "spaced",
        r"(?:billing |bank |patient |checking |savings |guarantor )?(?:account|acct)(?: number| no\.?| #)?"
        r"|iban|routing(?: number)?"
        r"|(?:credit |debit )?card (?:number|no\.?|#)|(?:credit|debit) card|guarantor (?:id|number)"
        r"|my card|cuenta",
    ),
    (
        "LICENSE",
        "code",
        r"(?:driver'?s?|drivers'?|driving|medical|nursing|professional|state|rn|md) licen[cs]e(?: number"
        r"| no\.?| #)?|dl(?: number| no\.?| #)"
        r"|licen[cs]e (?:number|no\.?|#)|lic(?:\.| no\.?| #)|npi|dea|certificate (?:number|no\.?|#)"
        r"|state id",
    ),
    ("VEHICLE", "code", r"vin"),
    (
        "VEHICLE",
        "plate",
        r"(?:licen[cs]e |number )?plates?(?: number| no\.?)?|placa|(?:car |vehicle |licen[cs]e )?tag(?: number"
        r"| no\.?| #)?",
    ),
    (
        "DEVICE",
        "code",
        r"(?:cgm |glucose |insulin |remote )?(?:transmitter|sensor|pulse generator|receiver|pacemaker|pump"
        r"|implant|stimulator|monitor)|serial(?: number| no\.?| #)?|s/n|sn|udi|device (?:id|identifier"
        r"|number)|imei|mac address|implant id|lead serial",
    ),
    (
        "BIOMETRIC",
        "code",
        r"(?:fingerprint|finger ?print|voice ?print|retina(?:l)?|iris|palm(?: vein)?|face|facial"
        r"|biometric)(?: (?:scan|template|id|login id|login|hash|record|geometry))+"
        r"|template(?: id)?",
    ),
    ("PHOTO", "code", r"(?:photo|photograph|picture|image)(?: (?:id|file|number|ref|reference))"),
    (
        "OTHER_ID",
        "code",
        r"passport|visa number|claim|specimen|accession|order|employee(?: id| number| no\.?| #)|badge"
        r"|accession|specimen id|case (?:number|no\.?|id|#)|claim (?:number|no\.?|id|#)"
        r"|encounter(?: id| number| no\.?| #)|enc|visit (?:id|number|no\.?|#)|fhir id"
        r"|prior auth(?:orization)?(?: number| no\.?| #)?|auth(?:orization)? (?:number|no\.?|#|code)|job"
        r"|order (?:number|id|#)"
        r"|reference (?:number|no\.?|#|id)|confirmation (?:number|no\.?|#|code)|ticket|study id|subject id"
        r"|tracking (?:number|no\.?|id)|rx (?:number|no\.?|#)|prescription (?:number|no\.?|#)"
        r"|confirmation|invoice(?: number| no\.?| #)?|trial id|matr[ií]cula|military id|student id"
        r"|tribal id|inmate (?:number|id)|alien number|itin|ein",
    ),
)

_LABEL = re.compile(
    r"(?<![\w-])(?:"
    + ""
    r"|".join(f"(?P<r{at}>{words})" for at, (_, _, words) in enumerate(_RULES))
    + r")(?![\w-])",
    re.I,
)
_AFTER = re.compile(
    r"(?<![\w/.-])((?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{5,12}|\d{2,3}-\d{2,3}-\d{2,3}) (?:as|is"
    r"|was) my (?:\w{1,10} )?(?:number|mrn|id)\b",
    re.I,
)
_PLATE = re.compile(
    r"\b(?:plates?|placas?|tags?|decal|truck|car|vehicle|camioneta|carro|auto|pickup|suv|van|sedan|motorcycle"
    r"|trailer|boat|hull|moto|troca|cami[oó]n|matr[ií]cula|scooter|jeep|lp"
    r"|permit|registration|reg)\b[^\n.;\d]{0,36}?[ #:(]"
    r"((?=[A-Z\d]{1,4}[ -]?[A-Z\d]{0,4}\d|\d)(?=[\d -]{0,6}[A-Z])[A-Z\d]{2,4}(?:[ \n-]?[A-Z\d]{2,5}){1,2})(?![\w-])",
    re.I,
)
"""A plate near the words for a vehicle: letters and digits mixed, in one group or two."""
_JOINED = re.compile(_JOIN, re.I)
_UNIT = re.compile(
    r"\s*(?:mg|mcg|ml|kg|lbs?|cm|mm|%|units?|years?|days?|weeks?|months?|hours?|minutes?|times|pm\b|am\b"
    r"|people|patients)"
)
_NEXT = re.compile(r"\s*[,;|/]?\s*")


def find_labelled(text: str) -> Iterator[Span]:
    """What follows a label of the closed list and has the form the label promises; never a year or a measure."""
    for match in _labels(text):
        rule = _RULES[int((match.lastgroup or "r0")[1:])]
        joined = _JOINED.match(text, match.end())
        start = joined.end() if joined else match.end()
        value = _VALUES[rule[1]].match(text, start) or (
            _LETTERS.match(text, start) if rule[1] in ("code", "plan") else None
        )
        if value and _holds(text, rule, match, value, start):
            yield Span(value.start(), value.end(), rule[0], 0.9, f"label:{rule[0].lower()}")
    for start, end in around_digits(text, 64, 8):
        for match in _PLATE.finditer(text, start, end):
            value = match.group(1)
            if (value.upper() == value or text.islower()) and len(value) >= 5:
                yield Span(match.start(1), match.end(1), "VEHICLE", 0.7, "label:plate")
    for match in (m for start, end in around_digits(text, 0, 48) for m in _AFTER.finditer(text, start, end)):
        yield Span(match.start(1), match.end(1), "MRN", 0.8, "label:after")


def _labels(text: str) -> Iterator[re.Match[str]]:
    """The labels before a number or before a code of capitals alone; no other can announce a value."""
    for start, end in around_digits(text, 56, 1):
        yield from _LABEL.finditer(text, start, end)
    for match in _LETTERS.finditer(text):
        if not flags_of(match.group().lower()) & (SAFE | STOP):
            yield from _LABEL.finditer(text, max(0, match.start() - 40), match.start())


def _holds(text: str, rule: tuple[Label, str, str], label: re.Match[str], value: re.Match[str], start: int) -> bool:
    """Whether the value is long enough, is no measure, and its label is close enough to mean it."""
    found = value.group()
    compact = sum(letter.isalnum() for letter in found)
    if not any(letter.isdigit() or letter == "*" for letter in found):
        follows = text[value.end() : value.end() + 1]
        return (
            rule[0] in _CODED and text[label.start() : label.end()].islower() and compact >= 6 and follows in "., ;\n"
        )
    if compact < (4 if found.isdecimal() or rule[0] == "VEHICLE" else 3) or "\n\n" in text[label.end() : start]:
        return False
    if _UNIT.match(right(text, value.end(), 12)):
        return False
    weak = label.group().lower() in _WEAK or label.group().lower().endswith(_DEVICES)
    return not weak or (compact >= 5 and any(sign in text[label.end() : start] for sign in " :#="))


_CODED = frozenset(("DEVICE", "BIOMETRIC", "OTHER_ID"))
_DEVICES = ("transmitter", "sensor", "generator", "receiver", "pacemaker", "pump", "implant", "stimulator", "monitor")
_WEAK = frozenset(
    (
        "ss",
        "social",
        "enc",
        "job",
        "badge",
        "template",
        "confirmation",
        "ticket",
        "my card",
        "ein",
        "sn",
        "dea",
        "grp",
        "serial",
        "group",
        "claim",
        "specimen",
        "order",
        "accession",
    )
)
"""Labels that are words of their own: what follows must look like an identifier, not like a count."""
