"""Which versions of documents a question asks about: in force, of an earlier day, the one before, or both. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Wanted = Literal["current", "dated", "previous", "changes"]

_MONTHS = {
    name.lower(): n for names in (calendar.month_name, calendar.month_abbr) for n, name in enumerate(names) if name
}
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}-(?P<month>[01]\d)-(?P<day>[0-3]\d)",
        rf"(?P<month>[01]?\d)/(?P<day>[0-3]?\d)/{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        rf"(?:the\s+)?(?:year\s+)?{_YEAR}",
    )
)
AS_OF = re.compile(
    r"\b(?:as (?:of|at)|back in|(?:in (?:force|effect)|valid|effective|applicable|applied|current|stood)"
    r" (?:on|in|at|as of|during|since))\s+",
    re.IGNORECASE,
)
_NAMED = (
    r"(?:version|edition|revision|release|polic(?:y|ies)|guidelines?|guidance|protocol|plan|rules?|criteria|document)"
)
_PREVIOUS = re.compile(
    rf"\b(?:previous|prior|earlier|former|last|superseded|replaced|old(?:er)?|outdated|preceding)\s+(?:\w+\s+)?{_NAMED}\b"
    rf"|\b{_NAMED}\s+before\s+(?:this|the (?:current|present|new|latest)|it was (?:revised|updated|changed))"
    r"|\bbefore the (?:last |latest )?(?:revision|update|change)\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\bwhat(?:'s| is| are| has| have| was| were) (?:been )?(?:changed|changing|new|added|removed|revised|updated)\b"
    r"|\bwhat changed\b|\bhow (?:has|have)\b.{0,80}\bchanged\b|\bhow did\b.{0,80}\bchange\b"
    rf"|\b(?:changes?|changed|differ\w*)\b.{{0,60}}\b(?:between|from|since|to|in|with|of)\b.{{0,30}}"
    rf"\b(?:previous|prior|earlier|last|old|former|current|new|latest|both|two|the)\s+{_NAMED}s?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Wish:
    """What a question says about versions. `on` is the day it names ("as of March 2019": the month's last day)."""

    wanted: Wanted = "current"
    on: date | None = None


CURRENT = Wish()


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a document: in force on a day d when `since` <= d < `until`."""

    key: str
    document: str
    since: date
    until: date


@dataclass(frozen=True)
class Searched:
    """The keys of the versions to search. `pairs`: (before, now) of each document where changes are asked for.
    `missing`: the question wants another version and the library has none; the versions in force are given then."""

    keys: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    missing: bool = False


def read_wish(question: str) -> Wish:
    """Which version the (de-identified) question asks for. A date counts only where it says what is to be in force:
    "as of March 2019", "the policy in effect on 1 May 2020"; "how many in 2006" is about the matter."""
    mark = AS_OF.search(question)
    if mark is not None:
        on = _date_at(question, mark.end())
        if on is not None:
            return Wish("dated", on)
    if _CHANGES.search(question):
        return Wish("changes")
    if _PREVIOUS.search(question):
        return Wish("previous")
    return CURRENT


EDITION = re.compile(
    r"\b((?:19|20)\d\d)(?:\.\d+)?\s+(?:edition|version|revision|release)\b(?:\s+of\b)?"
    r"|\b(?:edition|version|revision|release)\s+(?:of\s+)?((?:19|20)\d\d)(?:\.\d+)?(?!\d)",
    re.IGNORECASE,
)


def edition_years(question: str) -> set[str]:
    """The years by which the question names a version: "the 2028 edition", "version 2025.1"."""
    return {m[1] or m[2] for m in EDITION.finditer(question)}


def without_wish(question: str) -> str:
    """The question without the words that say which version is meant: they stand in no policy."""
    question = EDITION.sub(" ", question)
    mark = AS_OF.search(question)
    if mark is not None:
        for form in _DATES:
            found = form.match(question, mark.end())
            if found is not None:
                return f"{question[: mark.start()]} {question[found.end() :]}".strip(" ,")
    if _CHANGES.search(question):
        return question
    return re.sub(r"\b(?:the|this|that|our|your|its)\s+of\b", "", _PREVIOUS.sub(_kept, question))


def _kept(match: re.Match[str]) -> str:
    """Of "the previous version of" nothing; of "the earlier guideline" the noun, which may name a document."""
    noun = match[0].split()[-1]
    return "" if re.fullmatch(r"(?:version|edition|revision|release)s?", noun, re.IGNORECASE) else noun


def _date_at(text: str, place: int) -> date | None:
    """The date that stands at `place`; of a month or a year its last day. None for none, or for one that is no day."""
    for form in _DATES:
        found = form.match(text, place)
        if found is None:
            continue
        parts = found.groupdict()
        year = int(parts["year"])
        said = (parts.get("month") or "12").lower().rstrip(".")
        month = _MONTHS.get(said) or (int(said) if said.isdigit() else 0)
        if not 1 <= month <= 12:
            return None
        last = calendar.monthrange(year, month)[1]
        day = int(parts.get("day") or last)
        return date(year, month, day) if 1 <= day <= last else None
    return None


def searched(wish: Wish, editions: Sequence[Edition], as_of: date) -> Searched:
    """The versions to search among all that may be seen.

    Without a wish: those in force on `as_of`, nothing else. With a date: of each document the version in force on
    that day; a document that had none stays as it is on `as_of`, for a date may be about the matter. "Previous": of
    each document that has an earlier version, the one before that in force; "changes": both.
    """
    now = {e.document: e for e in editions if e.since <= as_of < e.until}
    if wish.wanted == "dated" and wish.on is not None:
        then = {e.document: e for e in editions if e.since <= wish.on < e.until}
        return Searched(tuple(e.key for e in {**now, **then}.values()))
    before = {d: e for d in now for e in [_before(editions, now[d])] if e is not None}
    if wish.wanted == "previous":
        chosen = before or now
        return Searched(tuple(e.key for e in chosen.values()), missing=not before)
    if wish.wanted == "changes" and before:
        pairs = tuple((e.key, now[d].key) for d, e in before.items())
        return Searched(tuple(k for pair in pairs for k in pair), pairs)
    return Searched(tuple(e.key for e in now.values()), missing=wish.wanted == "changes")


def _before(editions: Sequence[Edition], present: Edition) -> Edition | None:
    """The version that was in force before `present`."""
    earlier = [e for e in editions if e.document == present.document and e.since < present.since and e is not present]
    return max(earlier, key=lambda e: (e.since, e.until), default=None)
