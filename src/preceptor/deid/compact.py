"""A text without what separates, in which a number is found however it was written."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator

from preceptor.deid.labels import Label
from preceptor.deid.spans import Span

_ALIKE = str.maketrans("olisbzg", "0115826")
"""Letters that scanning puts for digits; both sides of a comparison are folded, so only their classes count."""
_NOT_ALNUM = re.compile(r"[\W_]+")
_GAP = 4
"""Most separators between two characters of one number: "(555) - 01 99"."""


class Compact:
    """A text without what separates, case and look-alikes folded, with the place of each character in the original."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.at = array("I", (at for at, letter in enumerate(text) if letter.isalnum()))
        kept = _NOT_ALNUM.sub("", text)
        folded = kept.lower().translate(_ALIKE)
        # Lower-casing may lengthen a letter ("İ"): then case is left alone, positions count for more.
        self.text = folded if len(folded) == len(self.at) else kept.translate(_ALIKE)

    def find(self, value: str, label: Label, source: str, least: int) -> Iterator[Span]:
        """Each place that holds `value`, at least `least` characters of it, as whole words."""
        sought = _NOT_ALNUM.sub("", value).lower().translate(_ALIKE)
        if len(sought) < least or len(self.text) != len(self.at):
            return
        found = self.text.find(sought)
        while found >= 0:
            start, end = self.at[found], self.at[found + len(sought) - 1] + 1
            if self._whole(start, end, found, len(sought)):
                yield Span(start, end, label, 0.99, source)
            found = self.text.find(sought, found + 1)

    def _whole(self, start: int, end: int, found: int, size: int) -> bool:
        """Whether nothing of the same word goes on at either side, and no gap inside is wider than a separator."""
        text = self.source
        digit_start, digit_end = text[start].isdigit(), text[end - 1].isdigit()
        before, after = text[start - 1 : start], text[end : end + 1]
        if before.isalnum() and (before.isdigit() == digit_start):
            return False
        if after.isalnum() and (after.isdigit() == digit_end):
            return False
        wide = 12 if not digit_start or size > 24 else _GAP
        return all(self.at[k + 1] - self.at[k] <= wide for k in range(found, found + size - 1))

    def anywhere(self, value: str, label: Label, source: str, least: int) -> Iterator[Span]:
        """Each place that holds `value` whatever stands between its characters, up to some dozen signs in all."""
        bare = _NOT_ALNUM.sub("", value)
        sought = bare.lower().translate(_ALIKE)
        if len(sought) < least or len(self.text) != len(self.at):
            return
        # A number is looked for among the digits alone: "88 (old: 213) 445".
        at = array("I", (n for n, sign in enumerate(self.source) if sign.isdecimal())) if bare.isdecimal() else self.at
        text = "".join(self.source[n] for n in at) if bare.isdecimal() else self.text
        found = text.find(bare if bare.isdecimal() else sought)
        while found >= 0:
            start, end = at[found], at[found + len(sought) - 1] + 1
            if end - start <= 4 * len(sought) + 24:
                yield Span(start, end, label, 0.9, source)
            found = text.find(bare if bare.isdecimal() else sought, found + 1)
