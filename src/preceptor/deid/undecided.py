"""Words that no rule took and no list explains: in a clinical text they are mostly names and places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from preceptor.deid.lists import STATES, words
from preceptor.deid.name_runs import NAME, Page, is_eponym, is_named
from preceptor.deid.spans import Span
from preceptor.deid.tagger import voter
from preceptor.deid.tokens import (
    CITY,
    EPONYM,
    MORE_GIVEN,
    MORE_SURNAME,
    PARTICLE,
    SAFE,
    STOP,
    TOWN,
    WORD,
    Token,
)

_WEAK = MORE_GIVEN | MORE_SURNAME

# Least P(NAME) + P(GEO) of the tagger, by what the lists say of the word (rows) and by the case of it and its page
# (columns: capitalised; all capitals in a page of mixed case; page in capitals; page in lower case). Chosen on
# generated documents (`evals/deid`, development half) with the cost of a miss set at about five false finds.
_LEAST: dict[str, tuple[float, float, float, float]] = {
    "unknown": (0.12, 0.4, 0.2, 0.2),
    "listed": (0.06, 0.5, 0.1, 0.08),
    "weak": (0.06, 0.85, 0.08, 0.08),
    "listed word": (0.45, 0.5, 0.45, 0.6),
    "weak word": (0.6, 0.8, 0.5, 0.6),
    "word": (0.7, 0.8, 0.8, 0.7),
    "stop": (0.4, 0.6, 0.6, 0.6),
}
_SMALL = 0.35
"""The same for a listed name in lower case in a page of mixed case."""
_ASKED = NAME | CITY | TOWN
"""A word in lower case in a page of mixed case is asked about only when a strong list holds it."""
_ALONE = 0.88
"""The same for a name that is a word, in a page in lower case, with nothing found beside it."""
_MOST, _UNEXPLAINED = 200, ("unknown", "weak", "listed")
"""Votes on unexplained words in one piece; a piece with more is no language we know, and the rest is taken unasked."""
_SURE = 0.9
"""From here on the name is looked for in the whole text."""


def find_undecided(page: Page, taken: bytearray) -> Iterator[Span]:
    """Names and places among the words that no rule took (`taken`: a byte a code point), by the tagger's vote."""
    votes, asked = voter(page), 0
    bare = len(page.tokens) <= 2
    for at, token in enumerate(page.tokens):
        if taken[token.start] or not (page.caseless or token.capital or token.flags & _ASKED):
            continue
        kind = _kind(token.flags)
        if kind is None or (bare and kind not in ("unknown", "listed", "weak")):
            continue  # one word without any context: a field that says "High", "White", "Oral"
        alone = not _touches(page.text, taken, token)
        if alone and kind == "word" and not (page.caseless and token.word.isupper()):
            continue
        least = _least(page, token, kind, alone)
        if least is None or is_eponym(page, token) or is_named(page, at):
            continue
        asked += kind in _UNEXPLAINED
        name, place = votes.vote(at) if asked <= _MOST else (1.0, 0.0)
        if name + place >= least:
            score = 0.76 if name >= _SURE else 0.5 + (name + place) / 5
            yield Span(token.start, token.end, "NAME" if name >= place else "GEO", score, "tagger")


def _touches(text: str, taken: bytearray, token: Token) -> bool:
    """Whether the word stands right beside a find: a word of the language is asked about only there ("Two Bulls")."""
    size = len(text)
    return any(taken[max(0, token.start - 2) : token.start]) or any(taken[token.end : min(size, token.end + 2)])


def _least(page: Page, token: Token, kind: str, alone: bool) -> float | None:
    """What the tagger must say at least for this word; None when it is not asked. `alone`: no find touches it."""
    size = len(token.word)
    if (
        not 2 <= size <= 40
        or token.flags & PARTICLE
        or _CONTRACTED.search(token.lower)
        or _beside_digit(page.text, token)
    ):
        return None
    if not page.caseless and (token.lower in STATES or (size < 5 and _MIXED.search(token.word) and kind != "listed")):
        return None
    if not token.capital and not page.caseless:
        return _SMALL if kind == "listed" and size > 2 else None
    capital, upper, capitals, lower = _LEAST[kind]
    if token.word.isupper():
        return None if size < 3 and kind != "listed" else capitals if page.caseless else upper
    if not (page.caseless and not token.capital):
        return capital
    return lower if not alone or kind not in ("listed word", "weak word") else _ALONE


_MIXED = re.compile(r"[a-z].*[A-Z]|^[A-Z]+$")
"""Abbreviations: "IgA", "GERD"."""
_CONTRACTED = re.compile(r"'(?:m|ve|ll|re|d|s|t)\Z|s'\Z|n't\Z")


def _beside_digit(text: str, token: Token) -> bool:
    """Whether the letters belong to a code: a digit or an underscore touches them."""
    before, after = text[token.start - 1 : token.start], text[token.end : token.end + 1]
    return before.isdigit() or after.isdigit() or before == "_" or after == "_"


def _kind(flags: int) -> str | None:
    if flags & STOP:
        return "stop" if flags & NAME else None
    ordinary = flags & (SAFE | WORD | EPONYM)
    if flags & (NAME | CITY | TOWN):
        return "listed word" if ordinary else "listed"
    if flags & _WEAK:
        return "weak word" if ordinary else "weak"
    return "word" if ordinary else "unknown"


_BESIDE = re.compile(
    r"[,;:)]{0,2}[ ]{1,3}(?:[#/(-] ?)?(\d{5,9}|\d{3}[ .]\d{4})(?![\w%-]|[.,:/]\d)(?!\s?(?:mg|ml|units?|mcg|cells?"
    r"|copies))",
)


def find_beside(text: str, found: Iterable[Span]) -> Iterator[Span]:
    """A bare number right behind a name ("Renée Lucas, 625066"): a record's or a telephone's, whatever it says."""
    for span in found:
        if span.label == "NAME" and (match := _BESIDE.match(text, span.end)):
            phone = not match.group(1).isdecimal()
            yield Span(match.start(1), match.end(1), "PHONE" if phone else "MRN", 0.55, "beside:name")


_SPACE = re.compile(r" {1,2}|-|\. ")
_LISTED = NAME | _WEAK


def find_adjoining(page: Page, found: Iterable[Span]) -> Iterator[Span]:
    """Listed names and initials that touch a name: "Shirley [Page]", "[Derrick] Sanders", "Hope [T.] Okafor"."""
    named = bytearray(len(page.text) + 1)
    for span in found:
        if span.label == "NAME":
            named[span.start : span.end] = b"\x01" * (span.end - span.start)
    tokens = page.tokens
    order = [(at, at - 1) for at in range(1, len(tokens))] + [(at, at + 1) for at in range(len(tokens) - 2, -1, -1)]
    for at, other in order:
        token, near = tokens[at], tokens[other]
        if named[token.start] or not named[near.start]:
            continue
        gap = page.text[min(token.end, near.end) : max(token.start, near.start)]
        if (
            _SPACE.fullmatch(gap)
            and not (gap == ". " and len(tokens[min(at, other)].word) > 1)
            and _adjoins(page, token)
        ):
            named[token.start : token.end] = b"\x01" * (token.end - token.start)
            yield Span(token.start, token.end, "NAME", 0.56, "name:adjoining")


def _adjoins(page: Page, token: Token) -> bool:
    if len(token.word) == 1:
        return token.capital and page.text[token.end : token.end + 1] == "."
    if token.flags & STOP or not token.flags & _LISTED or is_eponym(page, token):
        return False
    if token.lower in words("roles") or token.lower in words("relatives"):
        return False
    if page.caseless or not token.capital:
        return not token.flags & (SAFE | WORD) and bool(page.caseless or token.flags & NAME)
    if token.flags & SAFE and not token.flags & NAME:
        return False
    return not (token.word.isupper() and len(token.word) < 4)


_INITIALLED = re.compile(
    r"(?<![\w.])(?:[A-Z\u00c0-\u00de]\. ?){1,2}(?:(?:de|del|van|von|der|al|la|Ó|Mac"
    r"|St\.) ){0,2}([A-Z\u00c0-\u00de][\w'-]{1,24})(?!\w)"
)


_INITIALLED_SMALL = re.compile(r"(?<![\w.])[a-z]\. ?([^\W\d_][\w'-]{2,24})(?!\w)", re.I)


def find_initialled(page: Page) -> Iterator[Span]:
    """An initial and a capitalised word: "J. White"; organisms ("E. coli") have a small letter there."""
    small = page.caseless and not page.text.isupper()
    for match in (_INITIALLED_SMALL if small else _INITIALLED).finditer(page.text):
        at = page.at.get(match.start(1))
        token = page.tokens[at] if at is not None else None
        if token is None or token.flags & STOP or is_eponym(page, token):
            continue
        if not token.flags & SAFE or (token.flags & _LISTED and not small):
            yield Span(match.start(), match.end(), "NAME", 0.66, "name:initialled")
