"""Digits that scanning took for letters ("9l2-4155", "53O15"), put back one for one inside numbers."""

from __future__ import annotations

import re

_ALIKE = str.maketrans("lIiOoQDSsBZzGgq", "111000055822699")
_MIXED = re.compile(r"(?<![^\W_])(?=[^\W_]{0,8}[lIiOoQDSsBZzGgq])(?=[^\W_]{0,4}\d)[^\W_]{3,20}(?![^\W_])")
_NUMBER = re.compile(r"[\d(][\dlIiOoQDSsBZzGgq]{0,6}(?:[-./ )(]{1,2}[\dlIiOoQDSsBZzGgq]{1,6}){0,5}")
_ONLY = re.compile(r"[\dlIiOoQDSsBZzGgq]+")


def unscanned(text: str) -> str:
    """`text` of the same length in which a letter stands as the digit it looks like, where digits surround it.

    Only in a token of at least three characters of which three in five are digits and the rest look-alikes, and only
    where the token is long or belongs to a number of seven digits: "Z79.899" and "T12" stay what they are.
    """
    out: list[str] = []
    at = 0
    for match in _MIXED.finditer(text):
        token = match.group()
        digits = sum(letter.isdigit() for letter in token)
        if digits * 5 < len(token) * 3 or not _ONLY.fullmatch(token):
            continue
        if len(token) < 5 and not _in_number(text, match.start(), match.end()):
            continue
        out += (text[at : match.start()], token.translate(_ALIKE))
        at = match.end()
    return "".join((*out, text[at:])) if out else text


def _in_number(text: str, start: int, end: int) -> bool:
    """Whether the token belongs to a run with at least seven digits, separators of telephones and numbers between."""
    first = max(0, start - 16)
    for match in _NUMBER.finditer(text, first, min(len(text), end + 16)):
        if match.start() <= start and match.end() >= end:
            return sum(letter.isdigit() for letter in match.group()) >= 6
    return False
