"""A text rewritten in places, with the table that leads each position back to where it came from."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """`text` made from another text by edits: `[source_starts[i], source_ends[i])` there became `[starts[i], ends[i])`.

    Four columns of 32-bit numbers, sorted; 16 bytes an edit. Between edits positions are only shifted. An edit that
    keeps its length replaced character for character; of any other, each new character stands for all of the old.
    """

    text: str
    starts: array[int]
    ends: array[int]
    source_starts: array[int]
    source_ends: array[int]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The smallest range of the text before that covers `[start, end)`; deletions at its ends stay outside."""
        first, _ = self._back(start)
        return (first, self._back(end - 1)[1]) if start < end else (first, first)

    def _back(self, at: int) -> tuple[int, int]:
        """Where the character at `at` came from."""
        edit = bisect_right(self.starts, at) - 1
        if edit < 0:
            return at, at + 1
        start, end = self.starts[edit], self.ends[edit]
        if at >= end:
            moved = self.source_ends[edit] + at - end
            return moved, moved + 1
        first, last = self.source_starts[edit], self.source_ends[edit]
        return (first + at - start, first + at - start + 1) if last - first == end - start else (first, last)

    def touches(self, start: int, end: int) -> bool:
        """Whether an edit lies in `[start, end)`, a deletion at its very ends left out."""
        edit = bisect_left(self.starts, end) - 1
        return edit >= 0 and self.ends[edit] > start


class Rewriter:
    """Collects edits from left to right and puts the new text together; linear in the text and the edits."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: list[str] = []
        self._at = 0
        self._length = 0
        self._columns = (array("I"), array("I"), array("I"), array("I"))

    def put(self, start: int, end: int, new: str) -> None:
        """Let `new` stand for `[start, end)`, which begins at or after the end of the last edit."""
        if self._at < start:
            self._parts.append(self.text[self._at : start])
        begin = self._length + start - self._at
        self._length = begin + len(new)
        starts, ends, source_starts, source_ends = self._columns
        starts.append(begin)
        ends.append(self._length)
        source_starts.append(start)
        source_ends.append(end)
        if new:
            self._parts.append(new)
        self._at = end

    def layer(self) -> Layer | None:
        """The layer, or None when nothing was changed."""
        if not self._columns[0]:
            return None
        self._parts.append(self.text[self._at :])
        return Layer("".join(self._parts), *self._columns)


def rewrite(text: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str | None]) -> Layer | None:
    """`text` with every match of `pattern` replaced by what `new` says; None from `new` leaves the match alone."""
    out = Rewriter(text)
    for match in pattern.finditer(text):
        put = new(match)
        if put is not None:
            out.put(match.start(), match.end(), put)
    return out.layer()


def nothing(_: re.Match[str]) -> str:
    """Deletes the match."""
    return ""
