"""Dates in every usual form, partial ones too (45 CFR 164.514(b)(2)(i)(C))."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from preceptor.deid.plain import left
from preceptor.deid.spans import Span
from preceptor.deid.zones import around_words, folded

_NAMES = (
    r"jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?"
    r"|sept?(?:ember|\.)?"
    r"|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto"
    r"|septiembre"
    r"|octubre|noviembre|diciembre|ene|abr|ago|dic"
)
_SHORT = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic"
_YEAR = r"(?:(?:1[89]|20)\d{2}|'\d{2})"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_WRITTEN = re.compile(
    rf"\b(?:{_NAMES})[ ,.\n-]{{1,3}}(?:the\s)?{_DAY}(?![\d/%]|\.\d|\s?(?:mg|ml|percent|years?"
    rf"|%))(?:(?:,?\s{{1,2}}(?:of\s)?|[-/.]\s?){_YEAR}\b)?"
    rf"|(?<![\w/.-])(?:3[01]|[12]\d|0[1-9])(?:{_SHORT})(?:(?:19|20)\d{{2}}|\d{{2}})(?!\w)"
    rf"|(?<![\d/.-]){_DAY}(?:\s(?:of|de)\s|[\s.-]{{1,2}})(?:{_NAMES})(?![\w])(?:(?:,?\s(?:of\s|de\s"
    rf"|del\s)?|[-/.])(?:{_YEAR}|\d{{2}}(?=\b(?!:))))?"
    rf"|\b(?:{_NAMES})[\s,-]{{1,2}}(?:of\s|de\s|del\s)?{_YEAR}\b",
    re.I,
)
_NUMERIC = re.compile(
    r"(?<![\w/.-])(?:"
    r"(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[Zz]"
    r"|[+-]\d{2}:?\d{2})?)?"
    r"|(?P<day>\d{1,2} ?/ ?\d{1,2} ?/ ?(?:\d{4}|\d{2})|\d{1,2} ?- ?\d{1,2} ?- ?(?:\d{4}|\d{2})"
    r"|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})|\d{1,2} \d{1,2} (?:19"
    r"|20)\d{2})"
    r"|(?P<my>(?:0?[1-9]|1[0-2])/(?:19|20)\d{2})"
    r"|(?P<range>\d{1,2}/\d{1,2} ?- ?\d{1,2}/\d{1,2}(?:/\d{2,4})?)"
    r"|(?P<packed>(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?)"
    r"|(?P<md>\d{1,2}[/-]\d{1,2})"
    r")(?![\w/%]|-\d|\.\d)"
)
_MONTH = re.compile(
    r"\b(?:since|in|until|till|by|during|last|this|next|every|from|to|of|early|mid|late|before|after|en"
    r"|desde)[\s-]"
    r"((?:January|February|April|June|July|August|September|October|November|December|enero|febrero|marzo"
    r"|abril|junio"
    r"|julio|agosto|septiembre|octubre|noviembre|diciembre))\b|\b(?:since|in|until|till|by|during)\s(March"
    r"|May)\b",
    re.I,
)
_PARTIAL_CUE = re.compile(
    r"(?:\b(?:on|was|were|is|from|since|until|till|through|thru|dated?|by|for|next|last|due|of|between|and"
    r"|to|before|after"
    r"|scheduled|effective|drawn|given|done|seen|visited|home|rtc|cita|eff|exp|expires|est|edc|edd|lmp|doi"
    r"|ultrasound|x-?ray|ct|mri|scan|room|del|al|desde|hasta|filed|filled|received|booked|moved|arrived|party"
    r"|post|pathology|seen|dos|d/c|paid|fly|next|admitted|discharged|surgery|visit|appointment|appt"
    r"|follow[- ]up|fecha|el|in town|home|:)\s*(?:the\s)?|[(]\s*)$"
)
_PARTIAL_NOT = re.compile(
    r"\b(?:rate|rated|pain|score|scored|scale|strength|reflex(?:es)?|grade|graded|bp|blood pressure"
    r"|pulses?|murmur|vision|ratio|power"
    r"|apgar|mmse|moca|phq|gcs|levels?|stage|class|type|lesson|part|odds)\b[^.,;\n]{0,14}$"
)
_DAY_CUE = re.compile(
    r"\b(?:on|since|from|until|till|thru|through|by|dated?|due|el|desde|hasta|is|was|drawn|admitted|discharged"
    r"|seen|dos|rtc"
    r"|appt|appointment|effective|scheduled|resolved|adm|admit|hospital|clinic|center|rehab|general|done"
    r"|given)\s(?:the\s)?$"
)
_SPANISH_CUE = re.compile(r"\b(?:el|del|al|desde|hasta|cita|fecha|nacio|naci[oó]|d[ií]a)\s(?:el\s)?$")
_CLOSED = re.compile(r"[.,;:)](?:\s|$)|\n|$")
"""A number range goes on with what it counts; a day ends its phrase."""
_MEASURED = re.compile(
    r"\s?(?:mg|ml|mcg|tabs?|tablets?|caps?|capsules?|times|x\b|days?|weeks?|wks?|months?|hours?|hrs?|years?"
    r"|minutes?|units?|pills?"
    r"|puffs?|drops|strength|murmur|pain|people|patients|points?|beats|bpm|systolic|diastolic|cm|mm|inch|lbs?|kg"
    r"|of|percent|%)\b"
)
_ORDINAL = re.compile(
    r"\b(?:on|since|until|till|by|before|after|from|through|thru|you)\sthe\s((?:3[01]|[12]?\d)(?:st|nd|rd"
    r"|th))(?=[\s.,;!?)]|$)"
    r"(?!\s(?:and|or)\s(?:the\s)?\d)(?!\s(?:percentile|floor|rib|intercostal|metatarsal|metacarpal|digit|toe"
    r"|finger|week|day|month|grade"
    r"|cranial|nerve|visit"
    r"|dose|edition|time|attempt|street|st\b|ave|of\s(?!the\smonth)|century|vertebra|ventricle|lumbar"
    r"|thoracic|cervical"
    r"|amendment|trimester|year|hospital|degree|line|generation|cycle|session|order|child|pregnancy|decade|row"
    r"|page|step|place))",
    re.I,
)
_OLD_BIRTH = re.compile(
    r"\b(?:born|birth|birth year|yob|nacid[oa]|naci[oó]|nacimiento|b\.?)(?:\s(?:in|on|en|el|a[nñ]o|year"
    r"|back)){0,3}[\s:]{1,2}((?:18\d|19[0-2])\d|193[0-6])\b",
    re.I,
)
"""A year of birth that makes a person older than 89 whenever this is read after 2025 is an element of such an age."""
_MONTHS = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
    "ene",
    "abr",
    "ago",
    "dic",
)
"""What the name of every month, English and Spanish, starts with."""


def find_dates(text: str) -> Iterator[Span]:
    """Every element of a date more exact than the year; a day of the week or a bare year is none."""
    lower = folded(text)
    for start, end in around_words(lower, _MONTHS, 16, 40):
        for match in _WRITTEN.finditer(text, start, end):
            if not _written_noise(text, match):
                yield Span(match.start(), match.end(), "DATE", 0.86, "date:written")
        yield from _ranges(text, start, end)
        for match in _MONTH.finditer(text, start, end):
            group = 1 if match.group(1) else 2
            yield Span(match.start(group), match.end(group), "DATE", 0.6, "date:month")
    for match in _NUMERIC.finditer(text):
        kind = match.lastgroup or ""
        if _numeric_holds(text, match, kind):
            yield Span(match.start(), match.end(), "DATE", 0.86 if kind != "md" else 0.75, f"date:{kind}")
    yield from _numeric_ranges(text)
    for match in _ORDINAL.finditer(text):
        yield Span(match.start(1), match.end(1), "DATE", 0.6, "date:ordinal")
    for start, end in around_words(lower, ("born", "birth", "naci", "b.", "b ", "yob"), 0, 40):
        for match in _OLD_BIRTH.finditer(text, start, end):
            yield Span(match.start(1), match.end(1), "DATE", 0.7, "date:birth-year")


_TO = r"\s?(?:-|to|through|thru|until|al?)\s?(?:the\s)?"
_RANGES = re.compile(
    rf"\b(?:{_NAMES})\s(?:the\s)?{_DAY}{_TO}(?:(?:{_NAMES})\s)?{_DAY}(?!\w)(?:,?\s{_YEAR}\b)?"
    rf"|(?<![\w/.-]){_DAY}{_TO}{_DAY}\s(?:of\s|de\s)?(?:{_NAMES})(?!\w)(?:,?\s(?:de\s|del\s|of\s)?{_YEAR}\b)?",
    re.I,
)
_NUMERIC_RANGE = re.compile(
    rf"(?<![\w/.-])\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?{_TO}\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?(?![\w/%]|\.\d)"
    rf"|(?<![\w/.-])\d{{1,2}}/\d{{1,2}}-\d{{1,2}}(?:/\d{{2,4}})?(?![\w/%]|\.\d)",
)


def _ranges(text: str, start: int, end: int) -> Iterator[Span]:
    """Two days of one range: "March 3-7", "3 to 9 May 2021"."""
    for match in _RANGES.finditer(text, start, end):
        yield Span(match.start(), match.end(), "DATE", 0.88, "date:range")


def _numeric_ranges(text: str) -> Iterator[Span]:
    for match in _NUMERIC_RANGE.finditer(text):
        numbers = [int(part) for part in re.findall(r"\d+", match.group())]
        if _MEASURED.match(text, match.end()) or _PARTIAL_NOT.search(left(text, match.start(), 32)):
            continue
        if _is_day(2000, numbers[0], numbers[1]) and match.group().count("/") >= 1 and numbers[-1] > 0:
            short = match.group().count("/") == 1
            if not short or _PARTIAL_CUE.search(left(text, match.start(), 32)):
                yield Span(match.start(), match.end(), "DATE", 0.88, "date:range")


def _written_noise(text: str, match: re.Match[str]) -> bool:
    """Whether "may 2" or "mar 3" is no date: the word "may" or a short month in lower case before a bare number."""
    found = match.group()
    word = found.split()[0] if found.split() else found
    if word == "may" and not re.search(r"\d{4}", found):
        return not _PARTIAL_CUE.search(left(text, match.start(), 24))
    return False


def _numeric_holds(text: str, match: re.Match[str], kind: str) -> bool:
    """Whether the numbers are a day of the calendar, and a bare "7/10" has words that make it a date."""
    parts = [int(part) for part in re.findall(r"\d+", match.group())]
    if kind == "iso":
        return _is_day(parts[0], parts[1], parts[2])
    if kind == "day":
        return _is_day(parts[2], parts[0], parts[1]) or _is_day(parts[2], parts[1], parts[0])
    if kind == "packed":
        return True
    if kind == "my":
        return True
    if kind == "range":
        return _is_day(2000, parts[0], parts[1]) and _is_day(2000, parts[2], parts[3])
    return _partial_holds(text, match, parts[0], parts[1])


def _partial_holds(text: str, match: re.Match[str], first: int, second: int) -> bool:
    """Whether "10/26" or "4-2" is a month and a day: a word says so, or it can be no score and no fraction."""
    before = left(text, match.start(), 32)
    if _PARTIAL_NOT.search(before) or _MEASURED.match(text, match.end()):
        return False
    day_first = bool(_SPANISH_CUE.search(before)) and _is_day(2000, second, first)
    if not day_first and not _is_day(2000, first, second):
        return False
    if "-" in match.group():
        wide = second >= 13 and second - first >= 6 and bool(_CLOSED.match(text, match.end()))
        return wide or bool(_DAY_CUE.search(before))
    if day_first or _DAY_CUE.search(before):
        return True
    if _PARTIAL_CUE.search(before):
        return first > second or second not in (4, 5, 6, 10)
    return (
        first > second
        or match.group()[0] == "0"
        or (second in (7, 9) or (second > 10 and second not in (12, 15, 16, 20, 24, 30)))
    )


def _is_day(year: int, month: int, day: int) -> bool:
    """Whether the three are a day between 1800 and 2099; a two-digit year may be any."""
    full = 2000 + year if year < 100 else year
    if not 1800 <= full <= 2099:
        return False
    try:
        date(full, month, day)
    except ValueError:
        return False
    return True
