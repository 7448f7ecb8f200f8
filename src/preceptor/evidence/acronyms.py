"""Abbreviations a document explains itself: "AOBP: automated office blood pressure", "long form (SHORT)"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

REMEMBERED = 4_000  # texts whose abbreviations are remembered
_LISTED = re.compile(
    r"(?<![\w/-])([A-Za-z][A-Za-z0-9/&-]{1,9})\s*[:=]\s+([A-Za-z][^;:=.()]{4,90}?)(?=\s*(?:;|\.?\s*\n|\.?\s*$))"
)
_BRACKET = re.compile(r"\(\s*[\"“‘']{0,2}([A-Za-z][A-Za-z0-9/&-]{1,9})[\"”’']{0,2}s?\s*\)")
_ROW = re.compile(r"^([A-Z][A-Za-z0-9/&-]{1,9}) ([A-Za-z][A-Za-z ,'’/()-]{5,90})$", re.MULTILINE)
_MINOR_WORDS = """
of the for and in to on a an with by or at from
"""
_MINOR = frozenset(_MINOR_WORDS.split())


def learn_acronyms(texts: Iterable[str]) -> dict[str, str]:
    """Short form → long form, from all ways a text explains one; the first explanation wins.

    A pair is believed when the short form has a capital and its letters are found, in order, at the starts of the
    words of the long form ("SDP" ← "Self-Disclosure Protocol").
    """
    found: dict[str, str] = {}
    for text in texts:
        for short, long in _of_text(text):
            found.setdefault(short, long)
    return found


@lru_cache(maxsize=REMEMBERED)
def _of_text(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of one text: the same pages are read again at many questions."""
    found: dict[str, str] = {}
    if ":" in text or "=" in text:
        for match in _LISTED.finditer(text):
            _keep(found, match[1], match[2], listed=True)
    for match in _BRACKET.finditer(text):
        before = text[max(0, match.start() - 110) : match.start()]
        long = _long_form(match[1], before)
        if long:
            _keep(found, match[1], long)
    for match in _ROW.finditer(text):
        _keep(found, match[1], match[2])
    return tuple(found.items())


def _keep(found: dict[str, str], short: str, long: str, *, listed: bool = False) -> None:
    short, long = short.strip("-/&"), " ".join(long.replace("-\n", "-").split())
    if short not in found and sum(c.isupper() for c in short) >= 2 and _spells(short, long, listed=listed):
        found[short] = long


def _words(long: str) -> list[str]:
    return [w for w in re.split(r"[\s/–‐,-]+", long) if w]


def _spells(short: str, long: str, *, listed: bool = False) -> bool:
    """Whether the letters of `short` stand in order in `long`, the first at its start, most of them at the start of a
    word. In a list of abbreviations ("HTN: hypertension") the last is not asked for."""
    letters = [c for c in short.lower() if c.isalnum()]
    if letters and letters[-1] == "s" and short[-1] == "s":
        letters.pop()
    words = [w.lower() for w in _words(long)]
    if len(letters) < 2 or not words or len(words) > 2 * len(letters) + 3:
        return False
    initials = sum(any(w.startswith(c) for w in words) for c in letters)
    if not words[0].startswith(letters[0]) and words[0][0] not in letters[:2]:
        return False
    joined = "".join(words)
    at = 0
    for letter in letters:
        place = joined.find(letter, at)
        if place < 0:
            return False
        at = place + 1
    return listed or initials >= max(2, len(letters) - 1)


def _long_form(short: str, before: str) -> str | None:
    """The words right before "(SHORT)" that spell it: as few as possible, beginning with its first letter."""
    if sum(c.isupper() for c in short) < 2:
        return None
    words = re.findall(r"[\w'’/–‐-]+", before.replace("-\n", "-"))
    letters = sum(c.isalnum() for c in short)
    for count in range(1, min(len(words), letters + 4) + 1):
        candidate = words[-count:]
        if candidate[0].lower() in _MINOR or candidate[0][0].lower() != short[0].lower():
            continue
        long = " ".join(candidate)
        if _spells(short, long):
            return long
    return None


def expansions(words: str, acronyms: Mapping[str, str]) -> list[str]:
    """Long forms of the abbreviations in `words`, and short forms of the long forms in it."""
    present = set(re.findall(r"[A-Za-z][A-Za-z0-9/&-]+", words))
    folded = re.sub(r"[\s-]+", " ", words).lower()
    added = list[str]()
    for short, long in acronyms.items():
        plain = re.sub(r"[\s-]+", " ", long).lower()
        if short in present or f"{short}s" in present:
            if plain not in folded:
                added.append(long)
        elif plain in folded:
            added.append(short)
    return added
