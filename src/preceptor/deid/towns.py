"""Towns of the lists where the words around them speak of a place; towns of several words nearly anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from preceptor.deid import lists
from preceptor.deid.name_runs import Page, is_named
from preceptor.deid.spans import Span
from preceptor.deid.tokens import CITY, EPONYM, GIVEN, SAFE, STOP, SURNAME, TOWN, WORD, Token, flags_of, fold

_CUE = re.compile(
    r"\b(?:in|from|near|to|outside|around|through|past|toward|towards|via|over to|at|of|into|leaving|left"
    r"|visiting|en|desde"
    r"|hacia|de)\s(?:north|south|east|west|downtown|nearby|rural|old|new)?\s?\Z",
    re.I,
)
_FIRM_CUE = re.compile(
    r"\b(?:lives?|living|lived|resid\w+|moved|relocat\w+|born|raised|grew up|staying|stays|driv\w+|drove|fly"
    r"|flies|flying|flew"
    r"|travel\w*|transferred|transfer|visit\w*|trip|native|originally|vive|vivo|vivimos|originari[oa]|lleg[oó]"
    r"|nac\w+|home"
    r"|based|works?|working|clinic|hospital|pharmacy|center|office|here|back|church|school|store|library|mill"
    r"|farm|place)"
    r"\s(?:over\s|out\s|up\s|down\s|here\s)?(?:in|from|near|to|outside|at|en|de)\s\Z",
    re.I,
)
_STATE_AFTER = re.compile(
    r",? (?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT"
    r"|V[AT]|W[AIVY])\b"
)
_SURE_CUE = re.compile(
    r"\b(?:in|from|near|outside|around|en|desde|hacia)\s(?:north|south|east|west|downtown)?\s?\Z",
    re.I,
)
_AFTER_NAME = re.compile(r"[\w.)],\s\Z")
_NOT_TOWNS = frozenset(
    tuple(name.split())
    for name in (
        "puerto rico", "new mexico", "new jersey", "new hampshire", "north carolina", "south carolina", "north dakota",
        "south dakota", "rhode island", "west virginia", "costa rica", "el salvador", "new zealand", "south africa",
        "saudi arabia", "sri lanka", "united states", "new england", "long island", "blue cross", "blue shield",
        "red cross", "home depot", "general hospital", "good samaritan",
    )
)  # fmt: skip
"""States, countries and institutions that the lists of places hold too."""
_HEADS = lists.words_of(
    """
    falls gap city springs hollow creek rapids beach heights harbor harbour grove valley mills mill junction
    island park ridge point bay lake bluff bluffs landing center corners crossing ferry fork forks hill hills
    spring bend prairie forest town village station cove haven pass plains rock rocks river shore shores view
    vista woods wells meadows meadow glen
    """
)
_FORES = lists.words_of(
    """
    old new north south east west port fort lake mount mt saint st san santa los las el la villa vieja nueva
    nuevo upper lower little big grand great ciudad pueblo puerto
    """
)
_INSTITUTION = re.compile(
    r"\s(?:\w+\s){0,2}(?:hospital|clinic|medical|health|center|school|university|pharmacy|church|imaging|nursing"
    r"|rehab|practice"
    r"|insurance|test|score|syndrome|disease)",
    re.I,
)


@cache
def _phrases() -> dict[str, dict[str, list[tuple[str, ...]]]]:
    """First word → second word → the names of several words that start with the two, the longest first; lower case."""
    index: dict[str, dict[str, list[tuple[str, ...]]]] = {}
    for name in ("cities", "towns"):
        found = lists.entries(name)
        for entry in (*found.sure, *found.also_words):
            words = tuple(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", entry))
            if len(words) > 1 and words not in _NOT_TOWNS:
                index.setdefault(words[0], {}).setdefault(words[1], []).append(words)
    for seconds in index.values():
        for group in seconds.values():
            group.sort(key=len, reverse=True)
    return index


def find_towns(page: Page) -> Iterator[Span]:
    """Towns that the lists hold and the text places; `source` is "place:town"."""
    skip = -1
    for at, token in enumerate(page.tokens):
        if at <= skip or not (token.capital or page.caseless):
            continue
        last = _phrase(page, at)
        if last:
            skip = last
            yield Span(token.start, page.tokens[last].end, "GEO", 0.67, "place:town")
        elif shaped := _shaped(page, at):
            skip = shaped
            yield Span(token.start, page.tokens[shaped].end, "GEO", 0.58, "place:shaped")
        elif _named_like_a_town(page, token):
            yield Span(token.start, token.end, "GEO", 0.57, "place:shaped")
        elif token.flags & (CITY | TOWN) and token.lower not in lists.STATES and _placed(page, token):
            yield Span(token.start, token.end, "GEO", 0.6, "place:town")


def _phrase(page: Page, at: int) -> int | None:
    """The index of the last token of a town of several words that starts at `at`; None when there is none."""
    first = page.tokens[at]
    seconds = _phrases().get(fold(first.lower))
    if seconds is None or at + 1 >= len(page.tokens):
        return None
    for words in seconds.get(fold(page.tokens[at + 1].lower), ()):
        tokens = page.tokens[at : at + len(words)]
        if len(tokens) < len(words) or any(
            fold(token.lower) != word for token, word in zip(tokens, words, strict=True)
        ):
            continue
        gaps = [page.text[left.end : right.start] for left, right in pairwise(tokens)]
        if not all(gap in (" ", "-", ". ") for gap in gaps):
            continue
        if not page.caseless and not (tokens[-1].capital and sum(token.capital for token in tokens) > len(tokens) // 2):
            continue
        before = page.text[max(0, first.start - 40) : first.start]
        ordinary = all(flags_of(word) & (SAFE | STOP | WORD) for word in words)
        cued = _FIRM_CUE.search(before) or (not page.caseless and _CUE.search(before))
        if not ordinary or cued or _STATE_AFTER.match(page.text, tokens[-1].end):
            return at + len(words) - 1
    return None


def _shaped(page: Page, at: int) -> int | None:
    """The index of the last token of "Quill City", "Old Bonham": an unlisted town that a word of landscape shows."""
    if at + 1 >= len(page.tokens):
        return None
    first, second = page.tokens[at], page.tokens[at + 1]
    if page.text[first.end : second.start] not in (" ", "  ") or (not second.capital and not page.caseless):
        return None
    if first.flags & STOP and first.lower not in _FORES:
        return None
    head, fore = second.lower in _HEADS, first.lower in _FORES
    if not head and not (fore and not second.flags & STOP):
        return None
    if is_named(page, at) or is_named(page, at + 1):
        return None
    before = page.text[max(0, first.start - 40) : first.start]
    if page.caseless:
        return at + 1 if _FIRM_CUE.search(before) and not (first.flags & SAFE and second.flags & SAFE) else None
    if not (_CUE.search(before) or _AFTER_NAME.search(before)) or _INSTITUTION.match(page.text, second.end):
        return None
    return at + 1


_MORPH = re.compile(
    r"(?:ville|burgh?|borough|boro|shire|haven|mouth|side|view|port|bury|chester|stad|furt|fort|land|ton|berg|town|field|ford"
    r"|wood|dale|stadt|heim|polis|abad|grad|pur)\Z"
)


def _named_like_a_town(page: Page, token: Token) -> bool:
    """Whether an unlisted word ends as towns do and a word of place stands before it: "in Amandaburgh"."""
    if len(token.word) < 7 or token.flags & (SAFE | STOP | WORD) or not _MORPH.search(token.lower):
        return False
    before = page.text[max(0, token.start - 40) : token.start]
    if page.caseless:
        return bool(_SURE_CUE.search(before) or _FIRM_CUE.search(before))
    return bool(_CUE.search(before) or before.endswith(", "))


def _placed(page: Page, token: Token) -> bool:
    """Whether the words around a listed town of one word make it a place."""
    before = page.text[max(0, token.start - 40) : token.start]
    if not page.caseless and _STATE_AFTER.match(page.text, token.end):
        return not token.flags & STOP
    ordinary = token.flags & (SAFE | STOP | WORD | EPONYM)
    if page.caseless:
        return bool(_FIRM_CUE.search(before)) and not ordinary
    if token.flags & STOP:
        return bool(_FIRM_CUE.search(before))
    if token.word.isupper() and len(token.word) < 5:
        return False
    if ordinary:
        return bool(_FIRM_CUE.search(before) or (_SURE_CUE.search(before) and not token.flags & EPONYM))
    if _AFTER_NAME.search(before) and page.text[token.end : token.end + 1] in ".;\n":
        return not token.flags & (GIVEN | SURNAME)
    return bool(_CUE.search(before))
