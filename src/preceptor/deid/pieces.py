"""A long text cut where a line or a word ends, with an overlap in which nothing at the seam is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SIZE, OVERLAP = 8_000, 400
"""Characters of a piece, and how far the next reaches back: longer than any identifier and its label."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Code points `[start, end)` of the text."""

    start: int
    end: int


def pieces(text: str) -> Iterator[Piece]:
    """Pieces that cover the text in order; each but the first starts `OVERLAP` before the end of the one before."""
    start, size = 0, len(text)
    while True:
        end = start + SIZE
        if end + OVERLAP >= size:
            yield Piece(start, size)
            return
        end = _break(text, end)
        yield Piece(start, end)
        start = _break(text, end - OVERLAP)


def _break(text: str, at: int) -> int:
    """The place after a line's or word's end at most `OVERLAP` / 2 before `at`; `at` itself where there is none."""
    for sign in ("\n", " "):
        found = text.rfind(sign, at - OVERLAP // 2, at)
        if found >= 0:
            return found + 1
    return at
