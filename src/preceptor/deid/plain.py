"""A text with look-alike characters made plain, one for one, so that offsets stay those of the original."""

from __future__ import annotations

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d\u00ad\ufffe\x02", "-"),
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4`\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u2033", '"'),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e", " "),
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        **{chr(0x0660 + digit): str(digit) for digit in range(10)},
        "\uff20": "@",
        "\uff0e": ".",
        "\uff0f": "/",
        "\uff1a": ":",
    }
)


def plain(text: str) -> str:
    """`text` of the same length with dashes, quotes, spaces, full-width and Arabic digits made ASCII."""
    return text if text.isascii() and "\t" not in text and "`" not in text else text.translate(_PLAIN)


def left(text: str, at: int, width: int) -> str:
    """Up to `width` characters before `at`, on the same line, lower case; what a rule reads as its context."""
    first = max(0, at - width)
    return text[max(text.rfind("\n", first, at) + 1, first) : at].lower()


def right(text: str, at: int, width: int) -> str:
    """Up to `width` characters from `at`, on the same line, lower case."""
    stop = text.find("\n", at, at + width)
    return text[at : stop if stop >= 0 else at + width].lower()
