"""The reading order of a page set in columns whose stored text runs across them.

A PDF engine reads in the order of the content stream, which is nearly always right: then nothing is done. It is wrong
where lines of text jump between columns over and over. Told by boxes alone: upright gutters that part the lines of a
block, prose on both sides (lines that fill their column; a table's cells do not), and a stored order that changes the
column again and again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.fragments import Fragments

MOST_COLUMNS = 4
LEAST_LINES = 5
"""Lines of each column below which nothing is said about it."""
LEAST_WIDTH = 9.0
"""Type sizes a column is wide at least: narrower ones are cells."""
FILLED = 0.8
FILLING = 0.55
"""Share of a column's lines that fill `FILLED` of its width: prose is set to the width, cells are not."""
JUMPING = 0.3
"""Changes of column in the stored order, as a share of all lines, from which on the order is wrong."""
_STEP = 2.0


@dataclass(frozen=True)
class Columns:
    """Prose set in columns: which column each fragment stands in (n,), and which cross the gutters (n,)."""

    number: NDArray[np.int64]
    crossing: NDArray[np.bool_]
    count: int


def find_columns(fragments: Fragments) -> Columns | None:
    """The columns a page's prose is set in, None when it is set in one or in something else."""
    if len(fragments) < 2 * LEAST_LINES:
        return None
    gutters = _gutters(fragments)
    if not gutters:
        return None
    centre = (fragments.box[:, 0] + fragments.box[:, 2]) / 2
    column = np.searchsorted(np.array(gutters), centre).astype(np.int64)
    crossing = np.zeros(len(fragments), np.bool_)
    for gutter in gutters:
        crossing |= (fragments.box[:, 0] < gutter - 1) & (fragments.box[:, 2] > gutter + 1)
    if not _is_prose(fragments, column, np.flatnonzero(~crossing), len(gutters) + 1):
        return None
    return Columns(column, crossing, len(gutters) + 1)


def reading_order(fragments: Fragments, columns: Columns) -> NDArray[np.int64] | None:
    """The fragments' numbers as they are read, or None when the stored order stays."""
    inside = columns.number[~columns.crossing]
    changes = np.count_nonzero(np.diff(inside))
    if changes < max(2 * columns.count, JUMPING * len(inside)):
        return None
    return _by_band(fragments, columns.number, columns.crossing)


def _gutters(fragments: Fragments) -> list[float]:
    """The middles of upright white stretches that many lines stop or start at, with text on both sides."""
    box, size = fragments.box, fragments.size
    left, right = float(box[:, 0].min()), float(box[:, 2].max())
    count = max(2, int((right - left) / _STEP) + 1)
    covered = np.zeros(count + 1, np.int64)
    np.add.at(covered, np.clip(((box[:, 0] - left) / _STEP).astype(np.int64), 0, count), 1)
    np.add.at(covered, np.clip(((box[:, 2] - left) / _STEP).astype(np.int64) + 1, 0, count), -1)
    depth = np.cumsum(covered)[:count]
    # Headings and footers cross the gutter: a few lines may.
    free = depth <= 0.12 * len(fragments)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], free, [False])).astype(np.int8)))
    found = list[float]()
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        low, high = left + start * _STEP, left + stop * _STEP
        if high - low < 0.6 * size or low <= left + LEAST_WIDTH * size or high >= right - LEAST_WIDTH * size:
            continue
        found.append((low + high) / 2)
    return found if 1 <= len(found) < MOST_COLUMNS else []


def _is_prose(fragments: Fragments, column: NDArray[np.int64], inside: NDArray[np.int64], columns: int) -> bool:
    parts = [inside[column[inside] == number] for number in range(columns)]
    return all(len(own) >= LEAST_LINES and fills_its_width(fragments, own) for own in parts)


def fills_its_width(fragments: Fragments, own: NDArray[np.int64]) -> bool:
    """Whether the lines `own` of one column are set as prose is: most of them nearly as wide as the column."""
    left, right = float(fragments.box[own, 0].min()), float(fragments.box[own, 2].max())
    if right - left < LEAST_WIDTH * fragments.size:
        return False
    full = np.count_nonzero(fragments.width[own] >= FILLED * (right - left))
    return bool(full >= FILLING * len(own))


def _by_band(fragments: Fragments, column: NDArray[np.int64], crossing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Bands between lines that cross the gutters, from the top; in a band column after column, each downwards."""
    middle = fragments.middle
    bars = np.sort(middle[crossing])[::-1]
    band = np.searchsorted(-bars, -middle, side="left") * 2
    band[crossing] = np.searchsorted(-bars, -middle[crossing], side="left") * 2 + 1
    # Lines of one height, to half a type size, keep their stored order.
    level = np.round(-middle / (0.5 * fragments.size))
    keys = (np.arange(len(fragments)), level, np.where(crossing, 0, column), band)
    return np.lexsort(keys)
