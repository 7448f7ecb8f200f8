"""Numbers and codes that identify by what they look like: long or mixed ones alone, shorter ones beside a cue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preceptor.deid.checksums import dea, npi
from preceptor.deid.labels import Label
from preceptor.deid.lists import words_of
from preceptor.deid.plain import left, right
from preceptor.deid.spans import Span
from preceptor.deid.tokens import SAFE, flags_of

_CANDIDATE = re.compile(
    r"(?<![\w.$€£/@])(?=[A-Za-z_-]{0,12}\d)[A-Za-z0-9*]+(?:[-_][A-Za-z0-9*]+){0,8}(?![\w%@]|[.,:/]\d)",
)
"""Letters and digits in groups joined by hyphens, with a digit among the first thirteen characters."""

_GROUPED = re.compile(r"(?<![\w.])(?:[A-Za-z]{1,4} ?)?\d{2,6}(?: \d{2,6}){1,7}(?![\w%]|[.,:/]\d)")
"""A long number written in groups, as cards, tracking numbers and foreign telephones are."""

_DOTTED = re.compile(r"(?<![\w.$])\d{2}\.\d{6}(?![\w.%]|\s?(?:mg|ml|kg))")
"""Licence numbers of some state boards: two digits, a point, six digits."""
_PARCEL = re.compile(r"(?<!\w)1Z(?: ?[A-Z\d]{1,4}){4,8}(?!\w)", re.I)
_CELL = re.compile(r"\| {0,3}(\d{6}) {0,3}(?=\|)")
"""A cell of a table that holds six digits and nothing else."""

_CUES: tuple[tuple[Label, str], ...] = (
    ("SSN", r"ssn?|social(?: security)?|seguro social|nss|itin"),
    ("LICENSE", r"lic(?:en[cs]e)?|licencia|c[eé]dula|dl|driver'?s?|npi|dea|certificate|registration|conducir|upin"),
    ("VEHICLE", r"vin|plates?|placas?|tag no|car tag|vehicle|truck|matr[ií]cula"),
    (
        "HEALTH_PLAN",
        r"member|subscriber|sub|policy|p[oó]liza|group|grp|medicare|medicaid|mbi|hicn?|cin|beneficiary|insurance"
        r"|ins|plan"
        r"|enrollee|payer|aetna|cigna|humana|bcbs|blue ?cross|anthem|kaiser|delta|tricare|champva|hmo|ppo|afiliad[oa]",
    ),
    (
        "ACCOUNT",
        r"acct|account|a/c|cuenta|guarantor|iban|routing|visa|mastercard|amex|discover|card|tarjeta|bank|ending(?: in)?"
        r"|invoice|statement|factura|bill(?:ing)?|check",
    ),
    (
        "DEVICE",
        r"serial|sn|s/n|udi|device|implant|pacer|pacemaker|sensor|transmitter|pump|tag|imei|generator|lead"
        r"|receiver|model",
    ),
    (
        "BIOMETRIC",
        r"fingerprint|thumbprint|voiceprint|retinal?|iris|palm|biometric|template|faceid|facial",
    ),
    (
        "MRN",
        r"mrn|mr|medical record|chart|record|patient id|pt id|hospital (?:no|number)|expediente|historia|unit no"
        r"|emr|ehr",
    ),
    (
        "OTHER_ID",
        r"id|no|num|number|n[uú]mero|n\.?º|nr|case|caso|folio|file|visit|encounter|enc|claim|ref(?:erence)?|auth"
        r"|precert"
        r"|authorization|autorizaci[oó]n|badge|shield|credential|operator|agent|personnel|accession|acc|specimen"
        r"|order|job|confirmation|ticket|tracking"
        r"|shipped|docket"
        r"|passport|pasaporte|visa number|curp|rfc|ine|dni|nie|a-number|alien|uscis|employee|emp|student|inmate"
        r"|booking|study"
        r"|subject|participant|wristband|bracelet|band|rx|prescription|script|receta|report|run|incident|permit"
        r"|code|pin"
        r"|reservation|request|portal|user(?:name)?|login|document|documento|tax|ein|tin|room key|kit|requisition"
        r"|req|slide"
        r"|block|barcode|locator|voucher|certificate no|cert|birth certificate|death certificate|registry|session"
        r"|meeting|zoom",
    ),
)
_CUE = re.compile(
    r"(?<![\w'-])(?:" + "|".join(f"(?P<{label}>{words})" for label, words in _CUES) + r")(?![\w'-])|(?P<HASH>#)", re.I
)
_CODE_SYSTEM = re.compile(
    r"\b(?:icd(?:-?(?:9|10|11)(?:-?(?:cm|pcs))?)?|cpt|hcpcs|loinc|rxnorm|rxcui|ndc|snomed(?: ct)?|cvx|umls|cui"
    r"|drg|ms-drg|apc"
    r"|rev(?:enue)? code|pos|taxonomy|nct|pmid|doi|isbn|issn|rs|hgnc|omim|atc|unii|cas|ec|lot|batch|dx"
    r"|diagnos[ie]s|modifier"
    r"|form|cms|hcfa|ub|section|part|title|cfr|u\.?s\.?c|edition|version|model)\s?(?:codes?|#|no\.?|:)?\s{0,2}$"
)
_UNIT = re.compile(
    r"\s?(?:mg|mcg|µg|ug|g|gm|kg|ml|l|dl|cc|meq|mmol|mol|iu|u|units?|cells?|copies|k|million|mm|cm|m|ft|feet|in"
    r"|inch(?:es)?|lbs?"
    r"|oz|mmhg|bpm|%|percent|years?|yrs?|y/?o|days?|weeks?|wks?|months?|mos?|hours?|hrs?|minutes?|mins?"
    r"|sec(?:onds)?|times|pm"
    r"|am|people|patients|steps|calories|kcal|cal|dollars|tablets?|tabs?|capsules?|caps?|doses?|refills?|per|x"
    r"|degrees|°|rads?"
    r"|gy|cgy|hz|ma|mv|kv|w|joules|j|gauge|fr(?:ench)?|vials?|puffs?|drops|sessions?|visits?|fractions?|episodes?"
    r"|ng|pg)\b(?!-)",
    re.I,
)
_PUBLIC_CODE = re.compile(
    r"(?:nct|pmid|pmc|rs)\d+|[a-z]\d\d[a-z0-9]{0,1}|[a-z]\d{4}|\d{4,5}-\d{3,4}-\d{1,2}|\d{1,5}-\d",
    re.I,
)
"""Trial and literature numbers, ICD and HCPCS codes, NDC and LOINC: the same for everybody."""
_TELEPHONE = re.compile(r"(?:1-)?\d{3}-\d{3}-\d{4}")
"""Left to the rules for telephones, which know the public lines."""
_RANGE = re.compile(r"\d{1,4}-\d{1,4}(?:-\d{1,2})?")
_DATE = re.compile(
    r"\d{1,2}-\d{1,2}(?:-(?:\d{2}|\d{4}))?|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-?[A-Za-z]{3,9}-?(?:\d{2}|\d{4})|(?:19|20)\d\d",
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def find_codes(text: str) -> Iterator[Span]:
    """Codes by shape (seven digits and more, letters mixed with digits) and shorter ones that a cue announces.

    What carries a unit, names a code system (ICD, HCPCS, LOINC, RxNorm, NDC, CPT), a lot or a model is left.
    """
    for match in _GROUPED.finditer(text):
        cue = _cue(left(text, match.start(), 44))
        digits = sum(letter.isdigit() for letter in match.group())
        if digits >= (9 if cue else 11) and not _UNIT.match(text, match.end()):
            yield Span(match.start(), match.end(), _label("", cue), 0.6, "code:grouped")
    for match in _DOTTED.finditer(text):
        yield Span(match.start(), match.end(), "LICENSE", 0.6, "code:dotted")
    for match in _PARCEL.finditer(text):
        yield Span(match.start(), match.end(), "OTHER_ID", 0.7, "code:parcel")
    for match in _CELL.finditer(text):
        yield Span(match.start(1), match.end(1), "MRN", 0.6, "code:cell")
    for match in _CANDIDATE.finditer(text):
        found = match.group()
        digits = sum(letter.isdigit() for letter in found)
        if digits < 3 or len(found) > 60 or _TELEPHONE.fullmatch(found):
            continue
        before = left(text, match.start(), 44)
        if _CODE_SYSTEM.search(before) or (found[0].isdigit() and _UNIT.match(text, match.end())):
            continue
        cue = _cue(before)
        if cue is None and found[0].isdigit() and digits < 5:
            continue
        strong = _strong(found, digits)
        if not strong and not (cue and _weak(found, digits, cue, text, match)):
            continue
        if strong and cue is None and _PUBLIC_CODE.fullmatch(found):
            continue
        yield Span(
            match.start(),
            match.end(),
            _label(found, cue),
            0.62 if strong else 0.58,
            "code:shape" if strong else "code:cue",
        )


def _cue(before: str) -> str | None:
    """The label of the last cue word before the number, when nothing but joining words and signs stands between."""
    last = None
    for match in _CUE.finditer(before):
        last = match
    if last is None:
        return None
    between = before[last.end() :]
    if "\x00" in between or "|" in between:
        return None
    words = re.findall(r"[^\W\d_]{2,}", between)
    if (
        len(words) > 4
        or re.search(r"[.;](?:\s|$)|\n", re.sub(r"^\.", "", between))
        or any(ch.isdigit() for ch in between)
    ):
        return None
    if len(words) > 1 and not all(word in _JOINING for word in words):
        return None
    return last.lastgroup or "OTHER_ID"


_JOINING = words_of(
    """
    is was are the my your his her their of for on in at it says shows reads starts begins with ends ending as and
    number numbers code id card es mi su el la de del por en con numero número no file same new old still here
    record to patient pt starting
    """
)


def _strong(found: str, digits: int) -> bool:
    """Whether the form alone is that of an identifier: nothing a clinician measures looks like it."""
    letters = sum(letter.isalpha() for letter in found)
    if _is_date(found):
        return False
    if not letters:
        groups = found.split("-")
        if len(groups) == 1:
            return digits >= 7 or (digits >= 5 and found[0] == "0")
        if len(groups) == 2:
            if len(groups[0]) >= 7:
                return True
            return digits >= 8 and min(map(len, groups)) >= 3 and (found[0] == "0" or not _counts(groups))
        return (digits >= 6 and not _RANGE.fullmatch(found)) or (
            len(groups) == 3 and digits >= 6 and min(map(len, groups)) >= 2
        )
    head = re.match(r"[A-Za-z]*", found)
    word = head.group() if head else ""
    if len(word) >= 4 and digits < 6 and flags_of(word.lower()) & SAFE:
        return False
    if letters > digits and letters > 6 and "-" in found:
        return False
    return digits >= 5 or (digits >= 4 and len(found) >= 7)


def _is_date(found: str) -> bool:
    """Whether the form is that of a day, a month with year, or a year of our time, and its numbers can be one."""
    if not _DATE.fullmatch(found):
        return False
    if not re.fullmatch(r"\d{1,2}-\d{1,2}(?:-(?:\d{2}|\d{4}))?", found):
        return True
    first, second = (int(part) for part in found.split("-")[:2])
    return 0 < min(first, second) <= 12 and max(first, second) <= 31


def _counts(groups: list[str]) -> bool:
    """Whether two numbers are a range of counts or years: the smaller first, both round or both years."""
    if not all(group.isdecimal() for group in groups):
        return False  # "447-150***11": partly starred out
    low, high = int(groups[0]), int(groups[1])
    years = 1900 <= low <= 2100 and 1900 <= high <= 2100
    return low < high and (years or (low % 10 == 0 and high % 10 == 0))


def _weak(found: str, digits: int, cue: str, text: str, match: re.Match[str]) -> bool:
    """Whether a short code counts beside its cue: it is no year, count, range, date or time."""
    if _is_date(found) or (cue == "HASH" and digits < 4) or ":" in right(text, match.end(), 1):
        return False
    if _RANGE.fullmatch(found) and digits < 6 and cue not in ("HEALTH_PLAN", "OTHER_ID", "MRN"):
        return False
    compact = sum(letter.isalnum() for letter in found)
    if cue == "HASH":
        return digits >= 4
    return compact >= 4 and digits >= (4 if found.isdecimal() else 3)


def _label(found: str, cue: str | None) -> Label:
    """The label: what the cue says, else what a check digit says, else any other unique code."""
    if cue and cue not in ("HASH", "OTHER_ID"):
        return next(label for label, _ in _CUES if label == cue)
    if npi(found) or dea(found):
        return "LICENSE"
    return "OTHER_ID"
