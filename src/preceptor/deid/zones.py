"""Where in a text a rule can possibly hold: around digits, around given words; what lies outside is never tried.

A rule that needs a digit or a month's name is run over these stretches only. They are found by one pass of the
interpreter's own substring search, so that long prose without them costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_DIGITS = re.compile(r"\d+")


def around_digits(text: str, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Stretches `before` characters before and `after` behind each run of digits, merged, in order."""
    return _merged(((match.start(), match.end()) for match in _DIGITS.finditer(text)), before, after, len(text))


def around_words(lower: str, words: Sequence[str], before: int, after: int) -> Iterator[tuple[int, int]]:
    """The same around each place of one of `words` in a lower-case text, whole words or not."""
    places = list[tuple[int, int]]()
    for word in words:
        at = lower.find(word)
        while at >= 0:
            places.append((at, at + len(word)))
            at = lower.find(word, at + 1)
    places.sort()
    return _merged(places, before, after, len(lower))


def _merged(places: Iterable[tuple[int, int]], before: int, after: int, size: int) -> Iterator[tuple[int, int]]:
    start = end = -1
    for first, last in places:
        if end >= 0 and first - before <= end:
            end = max(end, min(size, last + after))
            continue
        if end >= 0:
            yield start, end
        start, end = max(0, first - before), min(size, last + after)
    if end >= 0:
        yield start, end


def folded(text: str) -> str:
    """`text` in lower case with the same length; a letter whose lower case is longer ("İ") stays."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
