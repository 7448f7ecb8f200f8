"""The fragments of a page: stretches of one line of its text without a wide gap, each with its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDE_GAP = 0.8
"""Of the type's size: blanks between words are a quarter to a half of it, also in justified lines."""
SIZE_OF_HEIGHT = 1.9
"""How many times the middle height of letter boxes the type's size is (x-heights are about half of it)."""


@dataclass(frozen=True)
class Fragments:
    """Columns over n fragments in stored order: `start` and `end` in the text, `box` (n, 4) x0, y0, x1, y1 in points,
    `line` the number of the line of text; `size` is the page's type size in points."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    box: NDArray[np.float64]
    line: NDArray[np.int64]
    size: float

    def __len__(self) -> int:
        return len(self.start)

    @property
    def middle(self) -> NDArray[np.float64]:
        """Heights of the fragments' middles (n,)."""
        return (self.box[:, 1] + self.box[:, 3]) / 2

    @property
    def upright(self) -> NDArray[np.bool_]:
        """Whether a fragment is turned text (n,): taller than wide, and than a line."""
        height = self.box[:, 3] - self.box[:, 1]
        return (height > 2.0 * self.size) & (height > self.width)

    @property
    def width(self) -> NDArray[np.float64]:
        """Widths (n,)."""
        return self.box[:, 2] - self.box[:, 0]


def fragments_of(text: str, boxes: NDArray[np.float32], cuts: NDArray[np.float64] | None = None) -> Fragments:
    """The fragments of a page; `cuts` (m, 3) are upright lines x, y0, y1 at which a line of text is cut as well."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    marked = np.flatnonzero((codes > 0x20) & (codes != 0xA0) & ~np.isnan(boxes[:, 0]))
    if not len(marked):
        none = np.empty(0, np.int64)
        return Fragments(none, none, np.empty((0, 4)), none, 10.0)
    lines = np.cumsum(codes == 10)[marked]
    box = boxes[marked].astype(np.float64)
    size = float(np.median(box[:, 3] - box[:, 1])) * SIZE_OF_HEIGHT
    gap = box[1:, 0] - box[:-1, 2]
    new = (lines[1:] != lines[:-1]) | (gap > WIDE_GAP * size) | (gap < -2.5 * size)
    if cuts is not None and len(cuts):
        apart = np.diff(marked) > 1  # only where white space stands between them
        candidates = np.flatnonzero(apart & ~new)
        if len(candidates):
            left, right = box[candidates, 2] - 1.0, box[candidates + 1, 0] + 1.0
            level = (box[candidates, 1] + box[candidates, 3]) / 2
            x, low, high = cuts.T
            hit = (left[:, None] <= x) & (x <= right[:, None]) & (low <= level[:, None]) & (level[:, None] <= high)
            new[candidates[hit.any(axis=1)]] = True
    first = np.concatenate(([0], np.flatnonzero(new) + 1))
    last = np.concatenate((first[1:] - 1, [len(marked) - 1]))
    whole = np.stack(
        (
            np.minimum.reduceat(box[:, 0], first),
            np.minimum.reduceat(box[:, 1], first),
            np.maximum.reduceat(box[:, 2], first),
            np.maximum.reduceat(box[:, 3], first),
        ),
        axis=1,
    )
    return Fragments(marked[first], marked[last] + 1, whole, lines[first], max(size, 1.0))
