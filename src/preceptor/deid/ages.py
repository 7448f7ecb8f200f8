"""Ages over 89, in digits and words (45 CFR 164.514(b)(2)(i)(C)); younger ages stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preceptor.deid.plain import left
from preceptor.deid.spans import Span
from preceptor.deid.zones import folded

_NUMBER = re.compile(r"(?<![\w.$/:-])(?:9\d|1[01]\d|120)(?:st|nd|rd|th)?(?![\d%\w]|[./:]\d|,\d{3})", re.I)
_WITH_SEX = re.compile(r"(?<![\w.$/:-])(9\d|1[01]\d|120)(?=\s?(?:y/?o|yo|yr|yrs|[mf]|wf|wm|bf|bm|hf|hm)\b)", re.I)
"""The same with letters right behind it: "94F", "92yo"."""
_MEASURE_AFTER = re.compile(
    r"\s?(?:mg|mcg|ml|kg|lbs?|pounds?|bpm|beats|mmhg|mm|cm|percent|degrees|deg|°|units?|meq|mmol|ng|days?|weeks?"
    r"|wks?|months?"
    r"|minutes?|mins?|hours?|hrs?|feet|ft|steps|calories|cc|l\b|x\b|times|tabs?|tablets?|pills?|/\s?\d|-\s?\d|\+"
    r"|points?|miles"
    r"|dollars|to \d|on (?:ra|room air|\d)|over \d|systolic|diastolic|in the)"
)
_MEASURE_BEFORE = re.compile(
    r"\b(?:hr|bp|sbp|dbp|map|spo2|sao2|o2|sats?|satting|saturations?|sating|temp|temperature|tmax|pulse|pulses"
    r"|rate|rr|wt|weight"
    r"|weighs|ht|height|glucose|sugars?|bs|bg|fsbg|fbs|ef|fev1|cr|na|cl|co2|bun|alt|ast|ldl|hdl|chol\w*|trig\w*"
    r"|score|scale|iq|qtc?"
    r"|qrs|room|rm|bed|unit|ste|suite|apt|box|route|hwy|highway|interstate|percentile|page|step|reading|readings"
    r"|level|levels|dose"
    r"|goal|target|range|lot|ref|size|code|line|ste|fc|fr|ta|pa|temperatura|peso|pulso|saturaci[oó]n|in\s[rl]?u?e"
    r"|lft|mcv|gfr|egfr"
    r"|t|p|k|hct|plt|bpm|max|min|x)\s?(?:is|was|of|at|:|=|~|to|around|about|remains|were|are|>|<|de)?\s{0,2}$"
    r"|#\s?$|[<>=~+]\s?$"
)
_OLD_AFTER = re.compile(
    r"[\s-]{0,2}(?:years?|yrs?|y/?o\b|y\.o|yo\b|a[nñ]os)|\s?(?:[mf]|wf|wm|bf|bm|hf|hm|male|female|woman|man|lady"
    r"|gentleman|widow"
    r"|widower|mujer|hombre)\b|\s(?:birthday|bday|b-day|cumplea)|\s?/\s?[mf]\b|\s(?:when (?:he|she)|and (?:still"
    r"|lives|doing|frail|very))"
)
_OLD_BEFORE = re.compile(
    r"\b(?:age[ds]?|edad|aged)\W{0,3}(?:(?:is|was|of|now|about|around|over|at)\W{1,2})?$"
    r"|\btu?u?rn(?:s|ed|ing)\s$|\bcumpl\w{0,5}\s(?:los\s)?$|\bjust (?:turned\s|hit\s)?$|\b(?:tiene|ten[ií]a|con)\s$"
    r"|\b(?:he|she|who|i|pt|patient|mom|mother|mum|dad|father|grand\w{2,8}|spouse|husband|wife|aunt|uncle|sister"
    r"|brother|mam[aá]|pap[aá]"
    r"|abuel[oa]|resident|client|member|decedent|they|m[rs]{1,2}\.? [a-z'-]{2,20})"
    r"(?:'s|'m| is| was| am|'ll be| will be| would be|'d be| turned)\s(?:now |currently |only |already |almost "
    r"|nearly |about |over )?$"
    r"|\b(?:i'm|im|she's|he's|shes|hes)\s(?:now |almost |nearly )?$"
    r"|\b(?:died|dies|passed(?: away)?|death|lived|lives|living|alive|deceased|expired|survived|infarto|muri[oó]"
    r"|falleci[oó])\b"
    r"[^.;\n]{0,36}?\b(?:at|of|to|until|till|a los|age)\s(?:age )?$|\bd\.\s?(?:at |age )?$|\b[mf][\s/,]{1,2}$"
)
_QUESTION = re.compile(r"\bhow old\b|\bedad\b|\bage\b")
_NAMED_BEFORE = re.compile(r"[a-z.']{2,}[,(]\s?$|[a-z.']{2,}\s\($")
_CLOSED_AFTER = re.compile(r"\s?[,)]|\s[mf]\b")
_OLD_WORDS = ("ninet", "noventa", "hundred", "90s", "90's", "nonagen", "centen", "cien ")
"""What every match of the rule for ages in words holds."""
_UNITS = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_WORDS = re.compile(
    rf"\b(?:ninety|noventa)(?:[\s-](?:{_UNITS}|(?:y\s)?\w{{2,6}}))?(?=[\s-]{{1,2}}(?:year|yr|y/?o|a[nñ]os))"
    rf"|\b(?:one\s)?(?:a\s)?hundred(?:\sand)?(?:\s(?:{_UNITS}|ten))?(?=[\s-]{{1,2}}(?:years?[\s-]old|yr|y/?o))"
    r"|\bcien(?=\s(?:a[nñ]os))"
    r"|\b(?:(?:mid|late|early)[\s-])?(?:nineties|90s|90's|hundreds)\b(?=\s*[,.]?\s)|\b(?:nonagenarian|centenarian)s?\b"
    rf"|\bninety-{_UNITS}\b|(?<=\bis\snow\s)ninety(?:[\s-]{_UNITS})?\b|(?<=\b[sh]e's\s)ninety(?:[\s-]{_UNITS})?\b"
    rf"|(?<=\bwas\s)ninety(?:[\s-]{_UNITS})?\b|(?<=\bturning\s)ninety(?:[\s-]{_UNITS})?\b"
    rf"|(?<=\bnearly\s)ninety(?:[\s-]{_UNITS})?\b"
    rf"|\b(?:a|one)\shundred\sand\s{_UNITS}\b|(?<=\b[sh]e\sis\s)ninety(?:[\s-]{_UNITS})?\b"
    rf"|(?<=\bturned\s)ninety(?:[\s-]{_UNITS})?\b"
    rf"|(?<=\bage\s)ninety(?:[\s-]{_UNITS})?\b|(?<=\baged\s)ninety(?:[\s-]{_UNITS})?\b"
    rf"|(?<=\bat\s)ninety[\s-]{_UNITS}\b",
    re.I,
)
_IN_THEIR = re.compile(r"\b(?:in|into|of)\s(?:his|her|their|my|the)\s(?:(?:mid|late|early)[\s-])?$")
_NOT_AGED = re.compile(
    r"\s(?:percent|over|degrees|point|have|milligrams?|beats|pounds|feet|minutes|days|dollars|times)\b|\s?[%.]\s?\w"
)


def find_ages(text: str) -> Iterator[Span]:
    """Ages from 90 to 120 by the words around the number; vitals, doses and counts of that size are none."""
    lower = folded(text)
    for pattern in (_NUMBER, _WITH_SEX):
        for match in pattern.finditer(text):
            if _is_age(lower, match.start(), match.end()):
                yield Span(match.start(), match.end(), "AGE90", 0.85, "age")
    if not any(word in lower for word in _OLD_WORDS):
        return
    for match in _WORDS.finditer(text):
        if _NOT_AGED.match(text, match.end()):
            continue
        plural = match.group().lower().endswith(("ties", "90s", "90's", "hundreds"))
        if not plural or _IN_THEIR.search(left(text, match.start(), 24)):
            yield Span(match.start(), match.end(), "AGE90", 0.8, "age:words")


def _is_age(lower: str, start: int, end: int) -> bool:
    """Whether the words around the number speak of an age, and not of a measure."""
    before, after = lower[max(0, start - 64) : start], lower[end : end + 20]
    year = _OLD_AFTER.match(after)
    if year and not year.group().strip(" -").startswith(("m", "f")):
        return True
    if _MEASURE_BEFORE.search(before) or _MEASURE_AFTER.match(after):
        return False
    if year or _OLD_BEFORE.search(before):
        return True
    if _NAMED_BEFORE.search(before) and _CLOSED_AFTER.match(after):
        return True
    asked = _QUESTION.search(before)
    return bool(asked and not any(letter.isdigit() for letter in before[asked.end() :]))
