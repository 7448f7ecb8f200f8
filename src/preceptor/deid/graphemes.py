"""Ranges widened so that they never cut what a person sees as one character (UAX 29, extended grapheme clusters)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_PICTURE = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_FLAG_FIRST, _FLAG_LAST = "\U0001f1e6", "\U0001f1ff"
_FLAGS = "".join(chr(code) for code in range(0x1F1E6, 0x1F200))
_PREPENDED = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3"
    "\U0001193f\U00011941\U00011a3a\U00011a84\U00011a85\U00011a86\U00011a87\U00011a88\U00011a89\U00011d46\U00011f02"
)
_VIRAMAS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")
_ALSO_EXTEND = frozenset("\u200c\u200d\uff9e\uff9f\u0e33\u0eb3")
_CHUNK = 1024


def widen(text: str, start: int, end: int) -> tuple[int, int]:
    """The smallest range around `[start, end)` that starts and ends between grapheme clusters.

    Needs 0 <= start <= end <= len(text); an empty range stays empty where a cluster may break and takes in the
    cluster where not. Properties come from `unicodedata`; where the standard looks far back (emoji sequences, Indic
    conjuncts) this looks at two characters and joins rather than parts, so a range may be a cluster wider than the
    standard asks, never narrower. A pair of surrogates is kept together as well.
    """
    size = len(text)
    while 0 < start < size and not breaks(text, start):
        start -= 1
    while 0 < end < size and not breaks(text, end):
        end += 1
    return start, end


def breaks(text: str, at: int) -> bool:
    """Whether a cluster may end before `text[at]`; at both ends of the text it always may (GB1, GB2)."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return not (before == "\r" and after == "\n")
    if before in "\r\n" or after in "\r\n":
        return True
    if extends(after) and not _controls(before):
        return False
    if before in _PREPENDED and not _controls(after):
        return False
    if before == "\u200d" and _PICTURE.match(after):
        return False
    if _FLAG_FIRST <= after <= _FLAG_LAST and _FLAG_FIRST <= before <= _FLAG_LAST:
        return not _flags_before(text, at) % 2
    return not (_hangul(before, after) or _conjunct(text, at) or ("\ud800" <= before < "\udc00" <= after < "\ue000"))


@cache
def extends(letter: str) -> bool:
    """Whether a code point continues the cluster before it: Extend, ZWJ or SpacingMark (GB9, GB9a)."""
    return (
        unicodedata.category(letter) in ("Mn", "Me", "Mc")
        or letter in _ALSO_EXTEND
        or "\U0001f3fb" <= letter <= "\U0001f3ff"
        or "\U000e0020" <= letter <= "\U000e007f"
    )


def _controls(letter: str) -> bool:
    """Whether a code point stands alone whatever follows (GB4, GB5); joiners and tags do not."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs") and not (
        extends(letter) or letter in _PREPENDED
    )


def _flags_before(text: str, at: int) -> int:
    """How many regional indicators stand right before `at` (GB12, GB13: they pair from the left)."""
    first = at
    while first > 0:
        chunk = text[max(0, first - _CHUNK) : first]
        kept = len(chunk.rstrip(_FLAGS))
        first -= len(chunk) - kept
        if kept:
            break
    return at - first


def _hangul(before: str, after: str) -> bool:
    """Whether two Hangul letters belong to one syllable (GB6 to GB8)."""
    one, two = _syllable(before), _syllable(after)
    return (
        (one == "L" and two in ("L", "V", "LV", "LVT"))
        or (one in ("LV", "V") and two in ("V", "T"))
        or (one in ("LVT", "T") and two == "T")
    )


def _syllable(letter: str) -> str:
    """The Hangul syllable type of a code point, "" for none."""
    if "\u1100" <= letter <= "\u115f" or "\ua960" <= letter <= "\ua97c":
        return "L"
    if "\u1160" <= letter <= "\u11a7" or "\ud7b0" <= letter <= "\ud7c6":
        return "V"
    if "\u11a8" <= letter <= "\u11ff" or "\ud7cb" <= letter <= "\ud7fb":
        return "T"
    if "\uac00" <= letter <= "\ud7a3":
        return "LVT" if (ord(letter) - 0xAC00) % 28 else "LV"
    return ""


def _conjunct(text: str, at: int) -> bool:
    """Whether a virama, with or without a joiner or nukta after it, ties the letter to the one before (GB9c)."""
    if unicodedata.category(text[at]) != "Lo":
        return False
    first = at - 1
    while first > 0 and at - first < 4 and text[first] not in _VIRAMAS and extends(text[first]):
        first -= 1
    return text[first] in _VIRAMAS
