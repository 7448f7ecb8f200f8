"""Tables of a page: rows of cells from drawn lines, or from boxes that stand in columns.

A table's rows are found by place on the page, whatever the stored order is. Nothing is read into a table that the
page does not show: cells hold whole fragments of the stored text, an empty cell is left out, and a block that could
as well be prose set in columns is not a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.columns import fills_its_width
from preceptor.evidence.fragments import Fragments
from preceptor.evidence.grids import Grid

LEAST_ROWS = 3
"""Lines of a table without drawn lines; two lines with a gap in common happen by chance."""
CELL_WORDS = 8
"""Words a cell of such a table has at most on average: above, it is prose."""
HEADER_CELL = 60
"""Characters of a header's cell at most."""


@dataclass(frozen=True)
class Table:
    """Rows from the top, each a list of cells from the left, each the numbers of its fragments in stored order.

    `columns` are the left edges of the columns in points; `top` and `bottom` the heights it takes.
    """

    rows: tuple[tuple[tuple[int, ...], ...], ...]
    columns: tuple[float, ...]
    top: float
    bottom: float
    ruled: bool


def ruled_tables(fragments: Fragments, grids: Sequence[Grid]) -> list[Table]:
    """The tables in `grids` that hold text in at least two rows and two columns."""
    found = list[Table]()
    middle = fragments.middle
    centre = (fragments.box[:, 0] + fragments.box[:, 2]) / 2
    for grid in grids:
        inside = (grid.x0 - 2 <= centre) & (centre <= grid.x1 + 2) & (grid.y0 <= middle) & (middle <= grid.y1)
        inside &= ~fragments.upright
        rows = list[tuple[tuple[int, ...], ...]]()
        for high, low in zip(grid.levels, grid.levels[1:], strict=False):
            own = np.flatnonzero(inside & (low < middle) & (middle <= high))
            if len(own):
                edges = grid.edges(low, high) if grid.uprights else _white(fragments, np.flatnonzero(inside))
                column = _column_of(edges, fragments.box[own, 0] + 1.0)
                rows.append(tuple(tuple(own[column == c].tolist()) for c in range(len(edges) + 1)))
        if len(rows) >= 2 and _columns_used(rows) >= 2:
            edges = [x for x, _, _ in sorted(grid.uprights)]
            found.append(Table(tuple(rows), (grid.x0, *edges), grid.y1, grid.y0, ruled=True))
    return found


def _column_of(edges: Sequence[float] | NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which column each left edge stands in."""
    return np.searchsorted(np.asarray(edges, np.float64), left).astype(np.int64)


def _columns_used(rows: Sequence[Sequence[Sequence[int]]]) -> int:
    """How many columns hold text in the middle row by number of columns filled."""
    return sorted(sum(bool(cell) for cell in row) for row in rows)[len(rows) // 2]


def _white(fragments: Fragments, own: NDArray[np.int64]) -> list[float]:
    """The right ends of the white stretches that part the fragments `own` from top to bottom."""
    if not len(own):
        return []
    order = own[np.argsort(fragments.box[own, 0], kind="stable")]
    edges = list[float]()
    reach = float(fragments.box[order[0], 2])
    for left, right in fragments.box[order][:, (0, 2)].tolist():
        if left > reach + 0.5 * fragments.size:
            edges.append(left - 1.0)
        reach = max(reach, right)
    return edges


def open_tables(text: str, fragments: Fragments, taken: NDArray[np.bool_]) -> list[Table]:
    """Tables without drawn lines: at least three lines below each other whose fragments stand in common columns.

    `taken` (n,) are fragments that belong to something else.
    """
    found = list[Table]()
    block = list[NDArray[np.int64]]()
    for line in [*_visual_lines(fragments, taken), None]:
        if line is not None and _goes_on(fragments, block, line):
            block.append(line)
            continue
        table = _open_table(text, fragments, block)
        if table is not None:
            found.append(table)
        block = [line] if line is not None and len(line) >= 2 else []
    return found


def _visual_lines(fragments: Fragments, taken: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Fragments of one height, from the top, each line from the left."""
    free = np.flatnonzero(~taken)
    if not len(free):
        return []
    middle = fragments.middle[free]
    order = free[np.argsort(-middle, kind="stable")]
    apart = -np.diff(fragments.middle[order]) > 0.4 * fragments.size
    return [
        line[np.argsort(fragments.box[line, 0], kind="stable")] for line in np.split(order, np.flatnonzero(apart) + 1)
    ]


def _goes_on(fragments: Fragments, block: list[NDArray[np.int64]], line: NDArray[np.int64]) -> bool:
    """Whether a line stands in the columns of the block above it, near enough, with at least two cells or as the
    continuation of one."""
    if not block:
        return False
    above = float(fragments.box[block[-1], 1].min())
    if above - float(fragments.box[line, 3].max()) > 1.6 * fragments.size:
        return False
    own = np.concatenate([*block, line])
    columns = len(_white(fragments, own)) + 1
    if columns < 2 or columns < max(len(cells) for cells in block) - 1:
        return False
    return len(line) >= 2 or len(block) >= 2


def _open_table(text: str, fragments: Fragments, block: list[NDArray[np.int64]]) -> Table | None:
    while block and len(block[-1]) < 2:
        block = block[:-1]
    if len(block) < LEAST_ROWS:
        return None
    own = np.concatenate(block)
    edges = np.array(_white(fragments, own))
    rows = list[list[list[int]]]()
    for line in block:
        column = _column_of(edges, fragments.box[line, 0] + 1.0)
        cells = [line[column == c].tolist() for c in range(len(edges) + 1)]
        if rows and not cells[0] and sum(map(bool, cells)) < len(cells):
            rows[-1] = [old + new for old, new in zip(rows[-1], cells, strict=True)]  # a cell's further line
        else:
            rows.append(cells)
    column = _column_of(edges, fragments.box[own, 0] + 1.0)
    parts = [own[column == number] for number in range(len(edges) + 1)]
    if sum(len(part) > 1 and fills_its_width(fragments, part) for part in parts) >= 2:
        return None  # prose set in columns
    words = [len(text[fragments.start[i] : fragments.end[i]].split()) for i in own.tolist()]
    full = sum(sum(map(bool, row)) >= 2 for row in rows)
    if len(rows) < LEAST_ROWS or full < 0.7 * len(rows) or sum(words) > CELL_WORDS * len(words):
        return None
    top, bottom = float(fragments.box[own, 3].max()), float(fragments.box[own, 1].min())
    left = float(fragments.box[own, 0].min())
    packed = tuple(tuple(tuple(sorted(cell)) for cell in row) for row in rows)
    return Table(packed, (left, *edges.tolist()), top, bottom, ruled=False)


def header_rows(text: str, fragments: Fragments, table: Table) -> int:
    """How many rows at the top are the header, the last of which names the columns: 0, 1, or 2 below a title.

    A header names columns: at least two short cells with letters, hardly any digit, no end of a sentence; and more
    rows follow. Where the rows below read alike (nothing but words everywhere), a drawn table is believed to have
    one, a table without lines is not.
    """
    title = int(table.ruled and sum(map(bool, table.rows[0])) == 1)
    if len(table.rows) < 3 - table.ruled + title:
        return 0
    first = [_words(text, fragments, cell) for cell in table.rows[title] if cell]
    if len(first) < 2 or any(len(words) > HEADER_CELL for words in first):
        return 0
    if any(sum(c.isdigit() for c in words) > 0.34 * len(words) or words.endswith(".") for words in first):
        return 0
    if sum(any(c.isalpha() for c in words) and words[0].isupper() for words in first) < max(2, 0.6 * len(first)):
        return 0
    if table.ruled:
        return 1 + title
    below = [_words(text, fragments, cell) for row in table.rows[1:] for cell in row[1:] if cell]
    return int(sum(any(c.isdigit() for c in words) for words in below) >= 0.5 * len(below) and bool(below))


def _words(text: str, fragments: Fragments, cell: Sequence[int]) -> str:
    return " ".join(" ".join(text[fragments.start[i] : fragments.end[i]].split()) for i in cell)


def row_words(text: str, fragments: Fragments, row: Sequence[Sequence[int]]) -> str:
    """The words of a row, cells parted by " | "."""
    return " | ".join(_words(text, fragments, cell) for cell in row if cell)
