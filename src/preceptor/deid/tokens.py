"""A text as words with what the lists say of each; the material of the rules for names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from preceptor.deid import lists

GIVEN, SURNAME, WORD, STOP, EPONYM, PARTICLE, CITY = 1, 2, 4, 8, 16, 32, 64
"""Flags of a word: in the list of given names, of surnames; also an ordinary word; never a name; names a disease;
part of a surname; a city."""

TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: code points `[start, end)`, as written, lower case, and its flags."""

    start: int
    end: int
    word: str
    lower: str
    flags: int

    @property
    def capital(self) -> bool:
        """Whether it, or a part after a hyphen ("al-Lopez"), starts with an upper-case letter."""
        return self.word[0].isupper() or ("-" in self.word and any(part[:1].isupper() for part in self.word.split("-")))


@cache
def _flags() -> dict[str, int]:
    """Every word of the lists with its flags, in one table: one look-up a word."""
    table: dict[str, int] = {}
    for name, flag in (("given", GIVEN), ("surnames", SURNAME), ("cities", CITY)):
        found = lists.entries(name)
        for word in found.sure:
            table[word] = table.get(word, 0) | flag
        for word in found.also_words:
            table[word] = table.get(word, 0) | flag | WORD
    for word in lists.words("also_names"):
        table[word] = table.get(word, 0) | WORD
    for words, flag in ((lists.words("stop"), STOP), (lists.words("eponyms"), EPONYM), (lists.PARTICLES, PARTICLE)):
        for word in words:
            table[word] = table.get(word, 0) | flag
    return table


def flags_of(lower: str) -> int:
    """The flags of one lower-case word; a hyphenated word has those its parts share in being names."""
    table = _flags()
    found = table.get(lower)
    if found is not None:
        return found
    if lower.endswith("'s"):
        return table.get(lower[:-2], 0)
    if "-" in lower:
        parts = [table.get(part, 0) for part in lower.split("-")]
        if parts[0] & PARTICLE and len(parts) > 1:
            parts = parts[1:]
        if any(part & STOP for part in parts) or not all(part & (GIVEN | SURNAME) for part in parts):
            return 0
        return (GIVEN if parts[0] & GIVEN else 0) | SURNAME
    if lower[1:2] == "'" and lower[0] in "do":
        return table.get(lower[2:], 0) & SURNAME
    return 0


def tokenize(text: str) -> list[Token]:
    """The words of `text` in order; a possessive ending stays outside the token."""
    out: list[Token] = []
    for match in TOKEN.finditer(text):
        word, end = match.group(), match.end()
        if len(word) > 2 and word[-2:] in ("'s", "'S"):
            word, end = word[:-2], end - 2
        lower = word.lower()
        out.append(Token(match.start(), end, word, lower, flags_of(lower)))
    return out


def caseless(text: str) -> bool:
    """Whether capitals tell nothing in this text: nearly all letters are upper case, or nearly none is."""
    upper = sum(map(str.isupper, text))
    lower = sum(map(str.islower, text))
    return upper > 3 * lower or upper * 150 < lower
