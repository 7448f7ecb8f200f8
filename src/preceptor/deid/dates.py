"""Dates in every usual form, partial ones too, and ages over 89 (45 CFR 164.514(b)(2)(i)(C))."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from preceptor.deid.plain import left
from preceptor.deid.spans import Span

_NAMES = (
    r"jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?"
    r"|sept?(?:ember|\.)?"
    r"|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto"
    r"|septiembre"
    r"|octubre|noviembre|diciembre"
)
_YEAR = r"(?:(?:1[89]|20)\d{2}|'\d{2})"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_WRITTEN = re.compile(
    rf"\b(?:{_NAMES})[ ,.\n-]{{1,3}}{_DAY}(?![\d/%]|\.\d|\s?(?:mg|ml|percent|years?"
    rf"|%))(?:(?:,?\s{{1,2}}(?:of\s)?|[-/.]\s?){_YEAR}\b)?"
    rf"|(?<![\d/.-]){_DAY}(?:\s(?:of|de)\s|[\s.-]{{1,2}})(?:{_NAMES})(?![\w])(?:(?:,?\s(?:of\s|de\s"
    rf"|del\s)?|[-/.])(?:{_YEAR}|\d{{2}}(?=\b(?!:))))?"
    rf"|\b(?:{_NAMES})[\s,-]{{1,2}}(?:of\s|de\s|del\s)?{_YEAR}\b",
    re.I,
)
_NUMERIC = re.compile(
    r"(?<![\w/.-])(?:"
    r"(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[Zz]"
    r"|[+-]\d{2}:?\d{2})?)?"
    r"|(?P<day>\d{1,2}[/-]\d{1,2}[/-](?:\d{4}|\d{2})|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2} \d{1,2} (?:19"
    r"|20)\d{2})"
    r"|(?P<my>(?:0?[1-9]|1[0-2])/(?:19|20)\d{2})"
    r"|(?P<range>\d{1,2}/\d{1,2} ?- ?\d{1,2}/\d{1,2}(?:/\d{2,4})?)"
    r"|(?P<packed>(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
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
    r"|scheduled|effective|pathology|seen|dos|d/c|admitted|discharged|surgery|visit|appointment|appt"
    r"|follow[- ]up|fecha|el|in town|home|:)\s*(?:the\s)?|[(]\s*)$"
)
_PARTIAL_NOT = re.compile(
    r"\b(?:rate|rated|pain|score|scored|scale|strength|reflex(?:es)?|grade|graded|bp|blood pressure"
    r"|pulses?|murmur|vision|ratio|power"
    r"|apgar|mmse|moca|phq|gcs|levels?|stage|class|type|lesson|part|odds)\b[^.;\n]{0,20}$"
)
_AGE = re.compile(
    r"(?<![\w./-])(9\d|1[0-2]\d)(?=[\s-]{0,2}(?:year|yr|y/?o\b|y\.o|a[nñ]os))"
    r"|\b(?:age[ds]?|edad)[\s:]{1,2}(?:is |of )?(9\d|1[0-2]\d)\b(?!\s?(?:%|mg|kg|mmhg|/))"
    r"|\b(?:turn(?:s|ed|ing)|cumpli[oó])\s(9\d|1[0-2]\d)\b(?!\s?(?:%|degrees))"
    r"|\b(?:mom|mother|dad|father|grandm\w{1,8}|grandf\w{1,8}|grandpa|spouse|husband|wife|patient|pt|aunt"
    r"|uncle|sister|brother|he|she|who)"
    r"(?:\s(?:is|was|just turned)|'s|,)\s(?:now\s)?(9\d|1[0-2]\d)(?!\d|[./]\d|%|\s?(?:mg|kg|lbs?|pounds"
    r"|percent|cm|bpm|degrees|mmhg|minutes|days))",
    re.I,
)
_DOB_AGE = re.compile(r"\bage\b[^\n]{0,40}[/|]\s?(9\d|1[0-2]\d)\b", re.I)
_WORDS = re.compile(
    r"\b(?:ninety|noventa)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine"
    r"|(?:y\s)?\w{2,6}))?(?=[\s-]{1,2}(?:year|yr|y/?o|a[nñ]os))"
    r"|\b(?:one\s)?(?:a\s)?hundred(?:\sand)?(?:\s(?:one|two|three|four|five|six|seven|eight|nine"
    r"|ten))?(?=[\s-]{1,2}(?:years?[\s-]old|yr|y/?o))"
    r"|\b(?:(?:mid|late|early)[\s-])?(?:nineties|90s|90's|hundreds)\b(?=\s*[,.]?\s)|\b(?:nonagenarian"
    r"|centenarian)\b"
    r"|(?<=\bis\s)ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?\b"
    r"|(?<=\bturned\s)ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?\b",
    re.I,
)
_IN_THEIR = re.compile(r"\b(?:in|into)\s(?:his|her|their|my|the)\s(?:(?:mid|late|early)[\s-])?$")


def find_dates(text: str) -> Iterator[Span]:
    """Every element of a date more exact than the year; a day of the week or a bare year is none."""
    for match in _WRITTEN.finditer(text):
        if not _written_noise(text, match):
            yield Span(match.start(), match.end(), "DATE", 0.86, "date:written")
    for match in _NUMERIC.finditer(text):
        kind = match.lastgroup or ""
        if _numeric_holds(text, match, kind):
            yield Span(match.start(), match.end(), "DATE", 0.86 if kind != "md" else 0.75, f"date:{kind}")
    for match in _MONTH.finditer(text):
        group = 1 if match.group(1) else 2
        yield Span(match.start(group), match.end(group), "DATE", 0.6, "date:month")


def _written_noise(text: str, match: re.Match[str]) -> bool:
    """Whether "may 2" or "mar 3" is no date: the word "may" or a short month in lower case before a bare number."""
    found = match.group()
    word = found.split()[0] if found.split() else found
    if word == "may" and not re.search(r"\d{4}", found):
        return not _PARTIAL_CUE.search(left(text, match.start(), 24))
    return word.lower() in ("dec", "mar", "sep") and word.islower() and not re.search(r"\d{4}", found)


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
    if "-" in match.group() or not _is_day(2000, parts[0], parts[1]):
        return False
    before = left(text, match.start(), 32)
    return bool(_PARTIAL_CUE.search(before)) and not _PARTIAL_NOT.search(before)


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


def find_ages(text: str) -> Iterator[Span]:
    """Ages over 89, in digits and words; younger ages stay."""
    for pattern in (_AGE, _DOB_AGE):
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            yield Span(match.start(group), match.end(group), "AGE90", 0.85, "age")
    for match in _WORDS.finditer(text):
        plural = match.group().lower().endswith(("ties", "90s", "90's", "hundreds"))
        if not plural or _IN_THEIR.search(left(text, match.start(), 24)):
            yield Span(match.start(), match.end(), "AGE90", 0.8, "age:words")
