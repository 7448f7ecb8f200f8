"""Invisible, reversed, damaged and look-alike characters undone, by what the text really holds of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet
from functools import cache

from preceptor.deid.tokens import GIVEN, SURNAME, flags_of
from preceptor.deid.view_lookalikes import LOOKALIKES
from preceptor.deid.view_offsets import Layer, nothing, rewrite

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_REVERSED = re.compile("\u202e+([^\u202c\u202e\n\r\u2029]*)\u202c?")
_TAG_LETTERS = re.compile("[\U000e0020-\U000e007e]{4,}")
_WINDOWS = "".join(bytes((code,)).decode("cp1252", "ignore") for code in range(0x80, 0xA0))
_MOJIBAKE = re.compile(f"[\u00c2-\u00f4][\u0080-\u00bf{re.escape(_WINDOWS)}]{{1,3}}")
_DAMAGED = re.compile("(?<![^\\W\\d_])([^\\W\\d_]+)\ufffd{1,3}([^\\W\\d_]*)")
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0\ufffc")
_KEPT = frozenset("\t\n\r\x0b\x0c\x85\x02")
"""Line ends, and the control by which PDF readers write a hyphen at a line end: `view_lines` joins it."""

_SUPERIOR = "\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089"
_SUPERIOR_RUN = re.compile(f"[{_SUPERIOR}]{{3,}}")
_FLAGS = "\U0001f1e6-\U0001f1ff"
_FLAG_RUN = re.compile(f"(?<![{_FLAGS}])[{_FLAGS}]{{3,64}}(?![{_FLAGS}])")
_NO_LETTER = re.compile(f"[{_SUPERIOR}\u00aa\u00ba\u2120\u2122]")
_ALONE = frozenset("\u03b1\u03b3\u03b5\u03b7\u03b9\u03ba\u03bd\u03c1\u03c4\u03c5\u03c7\u03c9")
"""Greek letters that medicine writes alone ("TNF-α"): folded inside a word only."""


def join_pairs(text: str, held: AbstractSet[str]) -> Layer | None:
    """Two surrogates that make one character, as careless JSON readers leave them, as that character."""
    return rewrite(text, _PAIR, _astral) if any("\ud800" <= letter <= "\udfff" for letter in held) else None


def _astral(match: re.Match[str]) -> str:
    high, low = match.group()
    return chr(0x10000 + ((ord(high) - 0xD800) << 10) + ord(low) - 0xDC00)


def repair_encoding(text: str, held: AbstractSet[str]) -> Layer | None:
    """UTF-8 that was read as Windows-1252 or Latin-1 ("JosÃ©") read as UTF-8."""
    return rewrite(text, _MOJIBAKE, _utf8) if any("\u00c2" <= letter <= "\u00f4" for letter in held) else None


def _utf8(match: re.Match[str]) -> str | None:
    raw = bytearray()
    for letter in match.group():
        raw += bytes((ord(letter),)) if ord(letter) < 256 else letter.encode("cp1252")
    for stop in range(len(raw), 1, -1):
        try:
            return raw[:stop].decode("utf-8") + match.group()[stop:]
        except UnicodeDecodeError:
            continue
    return None


def turn_round(text: str, held: AbstractSet[str]) -> Layer | None:
    """What stands under a right-to-left override (UAX 9, U+202E) in the order the eye reads it."""
    return rewrite(text, _REVERSED, lambda match: match.group(1)[::-1]) if "\u202e" in held else None


def show_tags(text: str, held: AbstractSet[str]) -> Layer | None:
    """Four and more of the invisible tag letters, which a model reads and a person cannot see, as ASCII."""
    if not any("\U000e0020" <= letter <= "\U000e007e" for letter in held):
        return None
    return rewrite(text, _TAG_LETTERS, lambda match: "".join(chr(ord(letter) - 0xE0000) for letter in match.group()))


def drop_unseen(text: str, held: AbstractSet[str]) -> Layer | None:
    """`text` without zero-width, soft-hyphen, direction, filler and control characters and lone surrogates."""
    unseen = [letter for letter in held if _is_unseen(letter)]
    return rewrite(text, re.compile(f"[{re.escape(''.join(unseen))}]+"), nothing) if unseen else None


@cache
def _is_unseen(letter: str) -> bool:
    return letter not in _KEPT and (
        unicodedata.category(letter) in ("Cf", "Cc", "Cs")
        or letter in _UNSEEN
        or "\ufe00" <= letter <= "\ufe0f"
        or "\U000e0100" <= letter <= "\U000e01ef"
    )


def mend_damaged(text: str, held: AbstractSet[str]) -> Layer | None:
    """A word with U+FFFD in it, with the letter that makes it a listed name, or any letter, so that it is one word."""
    return rewrite(text, _DAMAGED, _mended) if "\ufffd" in held else None


def _mended(match: re.Match[str]) -> str | None:
    before, after = match.groups()
    if len(before) + len(after) < 3 or len(before) + len(after) > 40:
        return None
    lost = len(match.group()) - len(before) - len(after)
    for letter in "aeiounc":
        if flags_of((before + letter + after).lower()) & (GIVEN | SURNAME):
            return before + letter + after
    return before + "e" * lost + after


def fold_letters(text: str, held: AbstractSet[str]) -> Layer | None:
    """Words whose every letter looks like, or decomposes to, an ASCII letter or digit, in ASCII.

    A word with a letter that has no look-alike is really foreign and stays. Accents are dropped as well, combining
    ones too; where a text holds accented letters only there is nothing to undo: the word lists are read without them.
    """
    table = {ord(letter): folded for letter in held if (folded := _folded(letter)) is not None}
    if not any(not _accented(chr(code)) for code in table):
        return None
    others = "".join(chr(code) for code in table if not _WORD_SIGN.match(chr(code)))
    word = re.compile(f"(?:[^\\W_]|[{re.escape(others)}])++" if others else r"[^\W_]+")

    def ascii_word(match: re.Match[str]) -> str | None:
        found = match.group()
        if found.isascii() or found in _ALONE:
            return None
        new = found.translate(table)
        return new if new != found and (new.isascii() or _NO_LETTER.sub("", new).isascii()) else None

    return rewrite(text, word, ascii_word)


def _accented(letter: str) -> bool:
    """Whether it is one Latin letter with its accent, as names of many languages have it."""
    parts = unicodedata.decomposition(letter)
    return bool(parts) and not parts.startswith("<") and chr(int(parts.split()[0], 16)).isascii()


_WORD_SIGN = re.compile(r"[^\W_]")


@cache
def _folded(letter: str) -> str | None:
    """One or two ASCII letters or digits for `letter`, "" for a mark on a letter, None when it has no look-alike."""
    if letter.isascii() or _NO_LETTER.match(letter):
        return None
    alike = LOOKALIKES.get(letter)
    if alike is not None:
        return alike
    if unicodedata.category(letter) in ("Mn", "Me"):
        return ""
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    base = "".join(LOOKALIKES.get(part, part) for part in base.strip("()"))
    if base.isascii() and base.isalnum() and len(base) <= 2:
        return base
    code = ord(letter)
    for first in (0x1F150, 0x1F170):  # white on black, circled and squared: no decomposition
        if first <= code < first + 26:
            return chr(ord("A") + code - first)
    return None


def fold_small_digits(text: str, held: AbstractSet[str]) -> Layer | None:
    """Three and more superior or inferior digits as digits; fewer are an exponent or a note."""
    if not any(_NO_LETTER.match(letter) for letter in held):
        return None
    return rewrite(text, _SUPERIOR_RUN, lambda match: unicodedata.normalize("NFKD", match.group()))


def fold_flags(text: str, held: AbstractSet[str]) -> Layer | None:
    """Three to 64 regional indicators in a row as letters; two are a flag."""
    if not any("\U0001f1e6" <= letter <= "\U0001f1ff" for letter in held):
        return None
    return rewrite(
        text, _FLAG_RUN, lambda match: "".join(chr(ord("A") + ord(letter) - 0x1F1E6) for letter in match.group())
    )
