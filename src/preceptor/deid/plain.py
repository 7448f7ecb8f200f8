"""A text with look-alike characters made plain, one for one, so that offsets stay those of the original."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_NAMED: dict[str, str] = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d\u00ad\ufffe\x02", "-"),
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4`\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u2033", '"'),
    **dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n"),
    "\u2800": " ",  # the empty Braille cell: a letter to Unicode, a blank to the eye
    "\uff20": "@",
    "\uff0e": ".",
    "\uff0f": "/",
    "\uff1a": ":",
    "\n": "\n",
    "\r": "\r",
}
_LONE_RETURN = re.compile(r"\r(?!\n)")
_FEW = 24
"""Up to so many different characters, one pass each is quicker than one slow pass for all."""


@cache
def _same(letter: str) -> str:
    """The one plain character that stands for `letter`: itself for most."""
    named = _NAMED.get(letter)
    if named is not None:
        return named
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind in ("Zs", "Cc", "Cf"):
        return " "
    return "-" if kind == "Pd" else "\ufffd" if kind == "Cs" else letter


_ASCII = str.maketrans({chr(code): _same(chr(code)) for code in range(128)})


def plain(text: str) -> str:
    """`text` of the same length with dashes, quotes, spaces, line ends and the digits of all scripts made ASCII.

    Controls and invisible characters become blanks, lone surrogates U+FFFD: no rule below meets one. A carriage
    return without a line feed ends a line as in HL7 version 2.
    """
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    if text.isascii():
        return text.translate(_ASCII)
    changed = [(letter, _same(letter)) for letter in set(text) if _same(letter) != letter]
    if len(changed) > _FEW:
        return text.translate({ord(letter): new for letter, new in changed})
    for letter, new in changed:
        text = text.replace(letter, new)
    return text


def left(text: str, at: int, width: int) -> str:
    """Up to `width` characters before `at`, on the same line, lower case; what a rule reads as its context."""
    first = max(0, at - width)
    return text[max(text.rfind("\n", first, at) + 1, first) : at].lower()


def right(text: str, at: int, width: int) -> str:
    """Up to `width` characters from `at`, on the same line, lower case."""
    stop = text.find("\n", at, at + width)
    return text[at : stop if stop >= 0 else at + width].lower()
