"""Line ends inside an identifier undone: hyphenated words, numbers, dates and addresses broken over two lines."""

from __future__ import annotations

import re

from preceptor.deid.tokens import CITY, GIVEN, SURNAME, flags_of
from preceptor.deid.view_offsets import Layer, rewrite

_BROKEN = re.compile(r"[\x02\ufffe](?=[^\W_])|[-/@\u2010\u00ad][ \t]{0,8}\r?\n[ \t]{0,40}(?:> ?)?(?=[^\W_])")
_BEFORE_SIGN = re.compile(r"\r?\n[ \t]{0,40}(?=-\d{3,4}\b|@[A-Za-z])")


def join_lines(text: str) -> Layer | None:
    """`text` with "Mont-\\ngomery", "555-\\n0199", "03/\\n14/1960" and "name@\\nhost" each on one line.

    The hyphen goes only where the word without it is a listed name or city: "New-\\nplaced" is no such word, and
    with its hyphen "Zorko-vich" is still one word to the rules. PDF readers give such a hyphen without its line end
    as U+0002 or U+FFFE. A number needs two digits on both sides of the hyphen, so that a range of a
    list stays what it is, as do the pages of a citation ("1249-\\n1253").
    """
    return rewrite(text, _BROKEN, _joined) if any(sign in text for sign in "\n\x02\ufffe") else None


def join_before_sign(text: str) -> Layer | None:
    """The same where the sign opens the second line: "555\\n-0199", "name\\n@host"."""
    return rewrite(text, _BEFORE_SIGN, _opened) if "\n-" in text or "\n@" in text or "\n " in text else None


def _joined(match: re.Match[str]) -> str | None:
    text, sign = match.string, match.group()[0]
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
    if sign == "@":
        return sign if before[-1:].isalnum() else None
    if sign == "/":
        return sign if before[-1:].isdecimal() and after[:1].isdecimal() else None
    if len(before) == 2 and before.isalpha() and after[:1].isalpha():
        return "" if after[0].islower() and _is_listed(text, match.start(), match.end()) else "-"
    if not (len(before) == len(after) == 2 and before.isdecimal() and after.isdecimal()):
        return None
    return None if _is_range(text, match.start(), match.end()) else "-"


def _is_listed(text: str, start: int, end: int) -> bool:
    """Whether the letters before and after the break make a listed word together."""
    before, after = _LAST.search(text, max(0, start - 40), start), _FIRST.match(text, end, end + 40)
    return bool(before and after and flags_of((before.group() + after.group()).lower()) & (GIVEN | SURNAME | CITY))


def _is_range(text: str, start: int, end: int) -> bool:
    """Whether four digits before and four after are the pages of a citation: the second a little greater."""
    first, last = text[max(0, start - 4) : start], text[end : end + 4]
    if not (len(first) == len(last) == 4 and first.isdecimal() and last.isdecimal()):
        return False
    return 0 < int(last) - int(first) < 100


_LAST = re.compile(r"[^\W\d_]+\Z")
_FIRST = re.compile(r"[^\W\d_]+")


def _opened(match: re.Match[str]) -> str | None:
    text = match.string
    before, sign = text[max(0, match.start() - 3) : match.start()], text[match.end()]
    wanted = before[-1:].isalnum() if sign == "@" else len(before) == 3 and before.isdecimal()
    return "" if wanted else None
