"""What a record holds of its own patient, found wherever a text repeats it: exactly, in other forms, and damaged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from preceptor.deid.close import deletions, one_apart
from preceptor.deid.compact import Compact
from preceptor.deid.known import Known
from preceptor.deid.lists import TITLES, nicknames, words_of
from preceptor.deid.name_runs import Page
from preceptor.deid.spans import Span
from preceptor.deid.tokens import EPONYM, GIVEN, SAFE, STOP, SURNAME, WORD, flags_of

_WORDS = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_PLACE_CUE = re.compile(r"\b(?:in|from|to|near|at|of|en|de)\s\Z|,\s\Z", re.I)
_MONTHS = (
    ("january", "enero"),
    ("february", "febrero"),
    ("march", "marzo"),
    ("april", "abril"),
    ("may", "mayo"),
    ("june", "junio"),
    ("july", "julio"),
    ("august", "agosto"),
    ("september", "septiembre"),
    ("october", "octubre"),
    ("november", "noviembre"),
    ("december", "diciembre"),
)
_SHORT = words_of(
    """
    aaa abd abg aka aki ama arf bmi bmp bph bpm bun cad cbc chf cmp cns cpr crp csf cva cxr dka dnr dob dvt ecg echo
    eeg ekg emg eom ent esr fev ffp gcs ged gerd gfr ggt hcg hct hdl hgb hiv hpi hpv hrt ibs icd icu inh inr ivf jvd
    kub ldl les lft llq lmp lpn luq mcv mcp mds mri msw nad nka npo nsr ota otc pad pap pcp pda pet pft pip pmh pod
    prn psa ptt rbc rlq rom ros rsv ruq sle sob std sti tia tpn tsh uri usa uti wbc wnl
    """
)
"""Abbreviations of three letters that initials of a person may equal."""


def find_known(page: Page, known: Known) -> Iterator[Span]:
    """Every repetition of what the record holds: any case, separators, parts, nicknames, initials, one wrong letter.

    Numbers are compared without separators and with look-alike characters as one (O and 0, l and 1, S and 5).
    """
    yield from _names(page, known.names)
    for name in known.names:
        if len(name) > 1 and any("\u2e80" <= letter <= "\ud7ff" for letter in name):  # no spaces part these words
            for match in re.finditer(re.escape(name), page.text):
                yield Span(match.start(), match.end(), "NAME", 0.98, "known:name")
    compact = Compact(page.text)
    for value, label in known.identifiers:
        yield from compact.find(value, label, "known:identifier", 4)
        if label == "SSN":
            yield from _last_four(page.text, value)
    for value in known.telecom:
        yield from _telecom(page.text, compact, value)
    for value in known.addresses:
        if not (flags_of(value.lower()) & (STOP | WORD)) and len(value) > 3:
            yield from compact.find(value, "GEO", "known:address", 4)
            street = re.match(r"\d+[\w-]*\s+\D{3,60}?(?=\s*(?:,|#|apt|unit|suite|ste|lot|$))", value, re.I)
            if street and len(street.group()) < len(value):
                yield from compact.find(street.group(), "GEO", "known:address", 8)
        elif flags_of(value.lower()) & WORD:
            for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", page.text, re.I):
                if not match.group().islower() or _PLACE_CUE.search(
                    page.text, max(0, match.start() - 12), match.start()
                ):
                    yield Span(match.start(), match.end(), "GEO", 0.98, "known:address")
    yield from _birth(page.text, known.birth_date)


def _telecom(text: str, compact: Compact, value: str) -> Iterator[Span]:
    if "@" in value:
        yield from compact.find(value, "EMAIL", "known:telecom", 6)
        return
    digits = re.sub(r"\D", "", re.sub(r"(?i)\s*(?:x|ext).*$", "", value))
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    yield from compact.find(digits, "PHONE", "known:telecom", 7)
    if len(digits) == 10:
        yield from compact.find(digits[3:], "PHONE", "known:telecom", 7)


def _last_four(text: str, value: str) -> Iterator[Span]:
    """The last four digits of the social security number, standing alone; a year of our time is not taken for them."""
    four = re.sub(r"\D", "", value)[-4:]
    if len(four) < 4 or four[:2] in ("19", "20"):
        return
    for match in re.finditer(rf"(?<![\w.,/:-]){four}(?![\w/:%-]|[.,]\d)", text):
        yield Span(match.start(), match.end(), "SSN", 0.97, "known:last-four")


@lru_cache(maxsize=16)
def _forms(names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Lower-case parts (also glued and short forms), the deletions of the longer ones, and initials."""
    parts, initials = set[str](), set[str]()
    groups = nicknames()
    for name in names:
        words = [word.lower() for word in _WORDS.findall(name) if len(word) > 1]
        words = [word for word in words if not (flags_of(word) & STOP and len(word) < 4)]
        for word in words:
            parts.update((word, *(piece for piece in word.split("-") if len(piece) > 2), *groups.get(word, ())))
            parts.add(word.replace("'", ""))
        if len(words) > 1:
            parts.update((words[0] + words[-1], words[-1] + words[0]))
            every = "".join(word[0] for word in words)
            initials.update((every, words[0][0] + words[-1][0]))
    parts.discard("")
    close = {cut for part in parts if len(part) >= 5 for cut in (part, *deletions(part))}
    return frozenset(parts), frozenset(close), frozenset(initials)


def _names(page: Page, names: tuple[str, ...]) -> Iterator[Span]:
    parts, close, initials = _forms(names)
    if not parts:
        return
    for at, token in enumerate(page.tokens):
        lower = token.lower
        if lower in parts or ("-" in lower and any(piece in parts for piece in lower.split("-"))):
            common = token.flags & (WORD | STOP | EPONYM)
            if (
                not common
                or _titled(page, at)
                or (not token.word.islower() and not page.caseless)
                or _beside(page, at, parts)
            ):
                yield Span(token.start, token.end, "NAME", 0.98, "known:name")
        elif len(lower) >= 5 and not token.flags & (STOP | WORD | SAFE | GIVEN | SURNAME | EPONYM):
            if _near(lower, parts, close):
                yield Span(token.start, token.end, "NAME", 0.9, "known:name-damaged")
        elif lower in initials and len(lower) == 3 and token.word.isupper() and lower not in _SHORT:
            yield Span(token.start, token.end, "NAME", 0.8, "known:initials")
    for pair in initials:
        dotted = r"\.\s?".join(map(re.escape, pair.upper()))
        for match in re.finditer(rf"(?<![\w.]){dotted}(?:\.|(?!\w))", page.text):
            yield Span(match.start(), match.end(), "NAME", 0.85, "known:initials")


def _titled(page: Page, at: int) -> bool:
    """Whether a title stands right before: "mr. will"."""
    before = page.tokens[at - 1] if at else None
    return (
        before is not None and before.lower in TITLES and page.text[before.end : page.tokens[at].start] in (" ", ". ")
    )


def _beside(page: Page, at: int, parts: frozenset[str]) -> bool:
    """Whether a part of the same name, or a title, stands right beside: "will brown", "mrs rose"."""
    tokens = page.tokens
    for other in (at - 1, at + 1):
        if not 0 <= other < len(tokens) or tokens[other].lower not in parts or tokens[other].lower == tokens[at].lower:
            continue
        gap = page.text[min(tokens[at].end, tokens[other].end) : max(tokens[at].start, tokens[other].start)]
        if len(gap) <= 3 and "\n" not in gap:
            return True
    return False


def _near(lower: str, parts: frozenset[str], close: frozenset[str]) -> bool:
    """Whether the word is one letter away from a part of at least five letters."""
    cuts = deletions(lower)
    if lower not in close and not any(cut in close for cut in cuts):
        return False
    return any(len(part) >= 5 and one_apart(lower, part) for part in parts)


def _birth(text: str, iso: str) -> Iterator[Span]:
    """The birth date, in the usual American, European, ISO, packed and written forms, English and Spanish."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return
    for match in _birth_forms(day).finditer(text):
        yield Span(match.start(), match.end(), "DATE", 0.98, "known:birth-date")


@lru_cache(maxsize=256)
def _birth_forms(day: date) -> re.Pattern[str]:
    english, spanish = _MONTHS[day.month - 1]
    month, number = rf"(?:{english}|{spanish}|{english[:3]}\.?|{spanish[:3]}\.?)", rf"0?{day.day}(?:st|nd|rd|th)?"
    year = rf"(?:{day.year}|'?{day.year % 100:02d})"
    sign = r" ?[-/.| ] ?"
    packed = f"{day:%y%m%d}|{day:%m%d%y}|{day:%d%m%y}"
    numeric = rf"(?:0?{day.month}{sign}0?{day.day}|0?{day.day}{sign}0?{day.month}){sign}{year}"
    return re.compile(
        rf"(?<!\w)(?:{numeric}|{day.year}[-/. ]0?{day.month}[-/. ]0?{day.day}|{day.year}{day.month:02d}{day.day:02d}"
        rf"|{day.month:02d}{day.day:02d}{day.year}|{packed}|{month}[\s,-]+{number}(?:[\s,-]+(?:of |del? )?{year})?"
        rf"|{number}[\s-]+(?:of |de )?{month}(?:[\s,-]+(?:of |del? )?{year})?)(?!\w)",
        re.I,
    )
