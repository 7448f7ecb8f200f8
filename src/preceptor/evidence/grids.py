"""Grids of drawn lines on a page: where the rows and columns of ruled tables are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

JOIN = 3.0
"""Points between the ends of two strokes of one line, or between a line and one that meets it."""
ROW_SHARE = 0.45
"""Of the table's width a level line covers to part rows: where a cell spans rows, the line stops short of it."""
COLUMN_SHARE = 0.5
"""Of the table's height an upright line covers to part columns of the whole table."""
LEAST_ROW = 6.0
"""Points; lines closer together are one double line."""
MOST = 400
"""Lines of a page after joining; drawings have more."""

Line = tuple[float, float, float]
"""Position across, start, end."""


@dataclass(frozen=True)
class Grid:
    """A ruled table: its box, the heights of the lines that part rows (from the top), the upright lines x, y0, y1."""

    x0: float
    y0: float
    x1: float
    y1: float
    levels: tuple[float, ...]
    uprights: tuple[Line, ...]

    def edges(self, low: float, high: float) -> list[float]:
        """The column lines that stand beside the row between two heights, from the left, outer ones left out."""
        middle = (low + high) / 2
        found = list[float]()
        for x, start, end in sorted(self.uprights):
            inside = self.x0 + JOIN < x < self.x1 - JOIN
            if inside and start - 1 <= middle <= end + 1 and (not found or x - found[-1] > JOIN):
                found.append(x)
        return found


def find_grids(rules: NDArray[np.float32]) -> list[Grid]:
    """The grids of at least two rows among a page's rules (n, 4), from the top of the page."""
    if len(rules) < 3:
        return []
    box = rules.astype(np.float64)
    across = (box[:, 2] - box[:, 0]) >= (box[:, 3] - box[:, 1])
    level = _joined((box[across, 1] + box[across, 3]) / 2, box[across, 0], box[across, 2])
    upright = _joined((box[~across, 0] + box[~across, 2]) / 2, box[~across, 1], box[~across, 3])
    if len(level) < 3 or len(level) + len(upright) > MOST:
        return []
    grids = [grid for part in _touching(level, upright) if (grid := _grid(*part)) is not None]
    return sorted(grids, key=lambda grid: -grid.y1)


def _joined(position: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> list[Line]:
    """Strokes on one line put together."""
    found = list[Line]()
    open_lines = list[Line]()
    for at, low, high in sorted(zip(position.tolist(), start.tolist(), end.tolist(), strict=True)):
        open_lines = [line for line in open_lines if at - line[0] <= JOIN / 2] if open_lines else []
        for place, line in enumerate(open_lines):
            if low <= line[2] + JOIN and line[1] - JOIN <= high:
                merged = (line[0], min(line[1], low), max(line[2], high))
                found[found.index(line)] = merged
                open_lines[place] = merged
                break
        else:
            found.append((at, low, high))
            open_lines.append((at, low, high))
    return found


def _touching(level: list[Line], upright: list[Line]) -> Iterable[tuple[list[Line], list[Line]]]:
    """The lines in groups that meet or, for level ones without uprights, stand below each other at one place."""
    boxes = np.array([(a, y, b, y) for y, a, b in level] + [(x, a, x, b) for x, a, b in upright])
    low, high = boxes[:, :2] - JOIN, boxes[:, 2:] + JOIN
    meets = (
        (low[:, None, 0] <= high[None, :, 0])
        & (low[None, :, 0] <= high[:, None, 0])
        & (low[:, None, 1] <= high[None, :, 1])
        & (low[None, :, 1] <= high[:, None, 1])
    )
    group = np.full(len(boxes), -1)
    for seed in range(len(boxes)):
        if group[seed] >= 0:
            continue
        stack = [seed]
        group[seed] = seed
        while stack:
            near = np.flatnonzero(meets[stack.pop()] & (group < 0))
            group[near] = seed
            stack.extend(near.tolist())
    alone = list[Line]()
    for seed in sorted(set(group.tolist())):
        members = np.flatnonzero(group == seed).tolist()
        levels = [level[m] for m in members if m < len(level)]
        if len(members) == 1 and levels:
            alone.extend(levels)
        elif levels:
            yield levels, [upright[m - len(level)] for m in members if m >= len(level)]
    yield from _stacks(alone)


def _stacks(lines: list[Line]) -> Iterable[tuple[list[Line], list[Line]]]:
    """Free level lines of one start and end, at least three below each other: a table without uprights."""
    left = sorted(lines, key=lambda line: (round(line[1] / 4), round(line[2] / 4), -line[0]))
    while left:
        first = left.pop(0)
        stack = [first]
        for line in list(left):
            if abs(line[1] - first[1]) <= 4 and abs(line[2] - first[2]) <= 4:
                stack.append(line)
                left.remove(line)
        if len(stack) >= 3:
            yield stack, []


def _grid(level: list[Line], upright: list[Line]) -> Grid | None:
    x0, x1 = min(line[1] for line in level), max(line[2] for line in level)
    long = sorted({line[0] for line in level if line[2] - line[1] >= ROW_SHARE * (x1 - x0)}, reverse=True)
    heights = list[float]()
    for y in long:
        if not heights or heights[-1] - y >= LEAST_ROW:
            heights.append(y)
    if len(heights) < 3 or x1 - x0 < 60:
        return None
    inner = [line for line in upright if x0 + JOIN < line[0] < x1 - JOIN]
    tall = [line for line in inner if line[2] - line[1] >= COLUMN_SHARE * (heights[0] - heights[-1])]
    if upright and not tall:
        return None  # boxes below each other, not columns
    return Grid(x0, heights[-1], x1, heights[0], tuple(heights), tuple(inner))
