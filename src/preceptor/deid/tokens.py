"""A text as words with what the lists say of each; the material of the rules for names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from preceptor.deid import lists
from preceptor.deid.packed import packed_words, safe_words

GIVEN, SURNAME, WORD, STOP, EPONYM, PARTICLE, CITY, SAFE = 1, 2, 4, 8, 16, 32, 64, 128
MORE_GIVEN, MORE_SURNAME, TOWN = 256, 512, 1024
"""Flags of a word: in the list of given names, of surnames; also an ordinary word; never a name; names a disease;
part of a surname; a city; a word of English or of medicine. The last three are the longer, weaker lists."""

LONGEST = 60
"""Letters of the longest word that may be a name; beyond it is data."""
_UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
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
    for name, flag in (("given", GIVEN), ("surnames", SURNAME), ("cities", CITY), ("towns", TOWN)):
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


@lru_cache(maxsize=100_000)
def flags_of(lower: str) -> int:
    """The flags of one lower-case word; a hyphenated word has those its parts share in being names."""
    if len(lower) > LONGEST:
        return 0
    table = _flags()
    found = table.get(lower) or table.get(fold(lower), 0)
    if lower in packed_words("given_more"):
        found |= MORE_GIVEN
    if lower in packed_words("surnames_more"):
        found |= MORE_SURNAME
    if lower in safe_words():
        found |= SAFE
    if lower in lists.words("other_words") or lower in lists.words("spanish_words"):
        found |= SAFE | WORD
    if found:
        return found
    if lower.endswith("'s"):
        return table.get(lower[:-2], 0) | (SAFE if lower[:-2] in safe_words() else 0)
    if "-" in lower:
        return _hyphenated([flags_of(part) for part in lower.split("-")])
    if lower[1:2] == "'" and lower[0] in "do":
        bare = lower[2:]
        return (table.get(bare, 0) | (MORE_SURNAME if bare in packed_words("surnames_more") else 0)) & (
            SURNAME | MORE_SURNAME
        )
    return 0


def _hyphenated(parts: list[int]) -> int:
    """Flags of a word with hyphens: a name when each part is one, safe when each part is."""
    safe = SAFE if all(part & SAFE for part in parts) else 0
    if parts[0] & PARTICLE and len(parts) > 1:
        parts = parts[1:]
    if any(part & STOP for part in parts) or not all(part & (GIVEN | SURNAME) for part in parts):
        return safe
    return (GIVEN if parts[0] & GIVEN else 0) | SURNAME | safe


def fold(word: str) -> str:
    """`word` without its diacritics: names of the lists stand without them."""
    if word.isascii():
        return word
    return "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))


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
    letters = text.encode("ascii", "ignore")
    upper = len(letters) - len(letters.translate(None, _UPPER))
    lower = len(letters) - len(letters.translate(None, _UPPER.lower()))
    return upper > 3 * lower or upper * 150 < lower
