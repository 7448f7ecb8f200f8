"""The second lock on what goes to others: only words that a list of English or of medicine holds, and short numbers.

A detector finds most names and not all. Here it is the other way round: what is not known to be an ordinary word does
not leave, so that a rare name, an address or a number that no rule knows is hidden as well. A name that is an ordinary
word too ("Brown") is the detector's to find. Pure.
"""

from __future__ import annotations

import re

from preceptor.deid.tokens import CITY, EPONYM, GIVEN, PARTICLE, SAFE, STOP, SURNAME, TOWN, WORD, flags_of

LONGEST_NUMBER = 4
"""Digits of a number that stays; 2,300 and 98.6 have four and three."""
_ORDINARY = WORD | STOP | EPONYM | PARTICLE
_NAMES = GIVEN | SURNAME | CITY | TOWN

_CONTACT = re.compile(r"\S*(?:@|://|www\.)\S*")
_NUMBERS = re.compile(r"(?<!\w)\(?\d[\d()./:+-]*(?:[ ](?=[\d(][\d()./:+-]*(?!\w))[\d()./:+-]+)*")
_MIXED = re.compile(r"\w*\d\w*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LABEL = re.compile(r"\[[A-Z][A-Z0-9_]{1,15}\]")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}/\d{1,3}")


def only_known_words(text: str) -> str:
    """`text` with [WORD], [NUMBER] and [CONTACT] for what is not known; labels of a mask stay. Linear.

    Numbers of more than four digits go, with what stands between their groups: dates, telephone and account numbers.
    Grouped thousands and two small numbers with a slash (a blood pressure) stay.
    """
    kept, at = list[str](), 0
    for label in _LABEL.finditer(text):
        kept += (_known(text[at : label.start()]), label.group())
        at = label.end()
    return "".join([*kept, _known(text[at:])])


def _known(text: str) -> str:
    text = _CONTACT.sub("[CONTACT]", text)
    text = _NUMBERS.sub(_number, text)
    return _WORD.sub(_word, _MIXED.sub(_code, text))


def _number(match: re.Match[str]) -> str:
    words = match.group()
    grouped = _GROUPED.fullmatch(words.strip(".,:;()"))
    digits = sum(character.isdigit() for character in words)
    if digits <= LONGEST_NUMBER or (grouped and digits <= 7):
        return words
    return "[NUMBER]"


def _code(match: re.Match[str]) -> str:
    """A code that mixes letters and digits stays while it is as short as a billing or diagnosis code."""
    word = match.group()
    return word if len(word) <= LONGEST_NUMBER + 1 else "[NUMBER]"


def _word(match: re.Match[str]) -> str:
    word = match.group()
    if word in ("WORD", "NUMBER", "CONTACT") or len(word) == 1:
        return word
    flags = flags_of(word.replace("’", "'").lower())
    if flags & _ORDINARY or (flags & SAFE and not flags & _NAMES):
        return word
    return "[WORD]"
