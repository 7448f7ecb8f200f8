"""Footnotes of a page tied to their marks: a raised small figure or sign, and the line below that begins with it."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.fragments import Fragments
from preceptor.evidence.reading import Note

_MARK = re.compile(r"(?:\d{1,3}|[a-z]|[*†‡§¶#]{1,3})")
_SIGN = re.compile(r"[*†‡§¶]{1,3}")
RAISED = 0.15
"""Of the type's size a mark's foot stands above that of the letter before it."""
MOST_LINES = 12
"""Of one note."""


def footnotes_of(text: str, boxes: NDArray[np.float32], fragments: Fragments) -> list[Note]:
    """Marks and notes, offsets in the stored text, in the order of the marks; only marks whose note is found."""
    raised = _raised(text, boxes, fragments.size)
    notes = _notes(text, fragments, raised)
    found = list[Note]()
    for start, end in raised:
        note = notes.get(text[start:end])
        if note is not None and note[0] > end:
            found.append(Note((start, end), note))
    for match in _SIGN.finditer(text):
        note = notes.get(match[0])
        if note is not None and note[0] > match.end() and not any(n.mark[0] == match.start() for n in found):
            found.append(Note(match.span(), note))
    return sorted(found, key=lambda note: note.mark)


def _raised(text: str, boxes: NDArray[np.float32], size: float) -> list[tuple[int, int]]:
    """Runs of raised, smaller characters that read as a mark, right behind or before other characters."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    here = np.flatnonzero((codes > 0x20) & ~np.isnan(boxes[:, 0]))
    if len(here) < 3:
        return []
    lines = np.cumsum(codes == ord("\n"))[here]
    box = boxes[here].astype(np.float64)
    foot, height = box[:, 1], box[:, 3] - box[:, 1]
    beside = np.abs(box[1:, 0] - box[:-1, 2]) < size
    up = foot[1:] - foot[:-1]
    # Brackets and some letters reach below the line: what stands behind one only looks raised.
    high = foot - _feet_of_lines(foot, lines) > RAISED * size
    small = high & (height < 0.75 * size)
    # From letter to mark: up by a good part of the size, less than a line; digits in a line of digits do not rise.
    rises = np.flatnonzero(beside & (up > RAISED * size) & (up < 0.6 * size) & small[1:]) + 1
    # At the start of a line, from mark to letter: down, with nothing close before it.
    falls = np.flatnonzero(beside & (-up > RAISED * size) & (-up < 0.6 * size) & small[:-1])
    opens = [at for at in falls.tolist() if at == 0 or not beside[at - 1]]
    found = list[tuple[int, int]]()
    for place in sorted({*rises.tolist(), *opens}):
        last = place
        while (
            last + 1 < len(here)
            and here[last + 1] == here[last] + 1
            and abs(foot[last + 1] - foot[place]) < 0.08 * size
        ):
            last += 1
        start, end = int(here[place]), int(here[last]) + 1
        if end - start <= 3 and _MARK.fullmatch(text[start:end]):
            found.append((start, end))
    return found


def _feet_of_lines(foot: NDArray[np.float64], lines: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each character (n,) the middle foot of its line; lines are numbered in rising order."""
    order = np.lexsort((foot, lines))
    first = np.concatenate(([0], np.flatnonzero(np.diff(lines)) + 1))
    count = np.diff(np.concatenate((first, [len(lines)])))
    return np.repeat(foot[order[first + count // 2]], count)


def _notes(text: str, fragments: Fragments, raised: list[tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Where each mark's note stands: lines in the lower half of the fragments that begin with a mark."""
    starts = fragments.start.tolist()
    opens: dict[int, str] = {}
    marks = {text[a:b] for a, b in raised}
    for place, start in enumerate(starts):
        line_start = place == 0 or fragments.line[place] != fragments.line[place - 1]
        match = _MARK.match(text, start)
        if not line_start or match is None or place == 0:
            continue
        sign = _SIGN.fullmatch(match[0]) is not None
        behind = text[match.end() : match.end() + 2]
        words = behind[:1] in (" ", "\t", "\xa0") or behind[:1].isupper()
        small = sign or match.span() in _first_raised(text, raised, start)
        if words and (small or (match[0] in marks and _smaller(fragments, place))):
            opens[place] = match[0]
    found: dict[str, tuple[int, int]] = {}
    for place, mark in opens.items():
        last = place
        while (
            last + 1 < len(starts)
            and last + 1 not in opens
            and last - place < MOST_LINES
            and abs(fragments.box[last + 1, 0] - fragments.box[place, 0]) < 3 * fragments.size
            and 0 < fragments.middle[last] - fragments.middle[last + 1] < 1.6 * fragments.size
        ):
            last += 1
        found.setdefault(mark, (starts[place], int(fragments.end[last])))
    return found


def _first_raised(text: str, raised: list[tuple[int, int]], start: int) -> set[tuple[int, int]]:
    return {(a, b) for a, b in raised if a == start}


def _smaller(fragments: Fragments, place: int) -> bool:
    """Whether a line's letters are smaller than the page's."""
    return float(fragments.box[place, 3] - fragments.box[place, 1]) < 0.72 * fragments.size
