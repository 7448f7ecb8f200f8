"""The layout of a document's pages from their stored texts, character boxes and drawn lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.columns import find_columns, reading_order
from preceptor.evidence.footnotes import footnotes_of
from preceptor.evidence.fragments import Fragments, fragments_of
from preceptor.evidence.grids import Grid, find_grids
from preceptor.evidence.marked import read_marked
from preceptor.evidence.reading import PLAIN, Header, Note, PageLayout, Row, Span
from preceptor.evidence.tables import Table, header_rows, open_tables, row_words, ruled_tables

MOST_FRAGMENTS = 3_000
"""Of a page that is looked at; drawings and maps have more."""
SAME_COLUMNS = 8.0
"""Points the columns of a table may stand apart on the page where it goes on."""
SCATTERED = 0.3
"""Share of a table's rows that do not stand together in the stored text, from which on the table is put in order."""


class Laid(Protocol):
    """A page with what a layout is made from; `boxes` None for a page without one."""

    @property
    def number(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def boxes(self) -> NDArray[np.float32] | None: ...
    @property
    def rules(self) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class _Open:
    """The last table of a page, which may go on: its columns and header."""

    page: int
    columns: tuple[float, ...]
    header: Header | None


def page_layouts(pages: Sequence[Laid]) -> list[PageLayout]:
    """The layout of each page, in order. A table that goes on over a page break keeps the header of its beginning."""
    found = list[PageLayout]()
    before: _Open | None = None
    for page in pages:
        layout, before = _layout(page, before)
        found.append(layout)
    return found


def _layout(page: Laid, before: _Open | None) -> tuple[PageLayout, _Open | None]:
    if page.boxes is None:
        return read_marked(page.number, page.text), None
    if not page.text.strip():
        return PLAIN, None
    text = page.text
    grids = find_grids(page.rules)
    cuts = np.array([line for grid in grids for line in grid.uprights], np.float64).reshape(-1, 3)
    fragments = fragments_of(text, page.boxes, cuts)
    if not 1 < len(fragments) <= MOST_FRAGMENTS:
        return PLAIN, None
    columns = find_columns(fragments)
    order = None if columns is None else reading_order(fragments, columns)
    tables = list[Table]()
    if order is None:
        tables = _tables(text, fragments, grids, in_columns=columns is not None)
        order = _with_tables(fragments, tables)
    pieces = _pieces(text, fragments, order) if order is not None else ()
    bare = PageLayout(pieces)
    rows, headers = _rows(page, fragments, tables, bare, before)
    notes = _in_reading(footnotes_of(text, page.boxes, fragments), bare)
    return PageLayout(pieces, rows, headers, notes), _last(page, fragments, tables, rows, headers)


def _tables(text: str, fragments: Fragments, grids: Sequence[Grid], *, in_columns: bool) -> list[Table]:
    """The page's tables from the top; beside prose in columns only drawn ones."""
    tables = ruled_tables(fragments, grids)
    if not in_columns:
        taken = fragments.upright
        for grid in grids:
            taken |= (grid.y0 <= fragments.middle) & (fragments.middle <= grid.y1)
        tables += [table for table in open_tables(text, fragments, taken) if _believed(text, fragments, table)]
    return sorted(tables, key=lambda table: -table.top)


def _with_tables(fragments: Fragments, tables: Sequence[Table]) -> NDArray[np.int64] | None:
    """The stored order with the rows of those tables put together whose rows are scattered in it, None if none is."""
    moved: dict[int, list[int]] = {}
    skipped = set[int]()
    for table in tables:
        if not _scattered(table):
            continue
        flat = [i for row in table.rows for cell in row for i in cell]
        first = min(flat)
        moved[first] = flat
        skipped.update(flat)
    if not moved:
        return None
    order = list[int]()
    for place in range(len(fragments)):
        order.extend(moved.get(place, ()) if place in skipped else (place,))
    return np.array(order, np.int64)


def _scattered(table: Table) -> bool:
    """Whether many of a table's rows do not stand together in the stored text."""
    apart = sum(not _together(sorted(i for cell in row for i in cell)) for row in table.rows)
    return apart >= max(2, SCATTERED * len(table.rows))


def _believed(text: str, fragments: Fragments, table: Table) -> bool:
    """Two lists beside each other look like a table stored column by column: there a header has to tell."""
    return not _scattered(table) or header_rows(text, fragments, table) > 0


def _together(row: Sequence[int]) -> bool:
    """Whether nothing else stands between the fragments of a row in the stored text."""
    return not row or row[-1] - row[0] == len(row) - 1


def _pieces(text: str, fragments: Fragments, order: NDArray[np.int64]) -> tuple[Span, ...]:
    """The stored text cut where the order jumps; every visible character is in one piece."""
    starts, ends = fragments.start.tolist(), fragments.end.tolist()
    starts[0] = len(text) - len(text.lstrip()) if starts else 0
    for place in range(1, len(starts)):
        # What has no box (a glyph without area) goes with the fragment before it.
        between = text[ends[place - 1] : starts[place]]
        ends[place - 1] += len(between.rstrip())
    ends[-1] = len(text.rstrip())
    found = list[Span]()
    last = -2
    for place in order.tolist():
        if place == last + 1:
            found[-1] = found[-1][0], ends[place]
        else:
            found.append((starts[place], ends[place]))
        last = place
    return tuple(found)


def _rows(
    page: Laid, fragments: Fragments, tables: Sequence[Table], bare: PageLayout, before: _Open | None
) -> tuple[tuple[Row, ...], tuple[Header, ...]]:
    rows, headers = list[Row](), list[Header]()
    for number, table in enumerate(tables):
        heads = header_rows(page.text, fragments, table)
        carried = before.header if number == 0 and before is not None and _goes_on(page, table, before) else None
        header = _header(page, fragments, table.rows[heads - 1]) if heads else None
        if header is not None and carried is not None and header.text != carried.text and not table.ruled:
            header = None
        if header is None or (carried is not None and _looks_like_row(header, carried)):
            header, heads = carried, 0
        place = None
        if header is not None:
            place = len(headers)
            headers.append(header)
        for count, row in enumerate(table.rows):
            made = _row(fragments, row, bare)
            if made is not None:
                rows.append(Row(*made, None if count < heads else place))
    rows.sort(key=lambda row: row.start)
    clear = [row for place, row in enumerate(rows) if place == 0 or rows[place - 1].end <= row.start]
    return tuple(clear), tuple(headers)


def _looks_like_row(header: Header, carried: Header) -> bool:
    """Whether the first row of a continued table differs from the header it brings along: then it is a plain row."""
    return header.text.casefold().removesuffix(" (cont.)") != carried.text.casefold()


def _header(page: Laid, fragments: Fragments, row: Sequence[Sequence[int]]) -> Header:
    spans = list[Span]()
    for cell in row:
        for i in cell:
            start, end = int(fragments.start[i]), int(fragments.end[i])
            if spans and not page.text[spans[-1][1] : start].strip() and spans[-1][1] <= start:
                start = spans.pop()[0]
            spans.append((start, end))
    return Header(page.number, tuple(spans), row_words(page.text, fragments, row))


def _row(
    fragments: Fragments, row: Sequence[Sequence[int]], bare: PageLayout
) -> tuple[int, int, tuple[Span, ...]] | None:
    """Start, end and cells of a row in the reading text; None for a row without text or one that is scattered."""
    members = sorted(i for cell in row for i in cell)
    if not bare.pieces and not _together(members):
        members = _longest_run(members)  # without a cell that spans rows and stands elsewhere in the stored text
        row = [[i for i in cell if i in members] for cell in row]
        if sum(map(bool, row)) < 2:
            return None
    if not members:
        return None
    places = [bare.reading(int(fragments.start[i]), int(fragments.end[i])) for i in members]
    spans = [span for span in places if span is not None]
    if len(spans) != len(members):
        return None
    cells = list[Span]()
    for cell in row:
        if cell and _together(cell):
            own = [spans[members.index(i)] for i in cell]
            cells.append((min(a for a, _ in own), max(b for _, b in own)))
    whole = min(a for a, _ in spans), max(b for _, b in spans)
    if whole[1] - whole[0] > 2 * sum(b - a for a, b in spans) + 40:
        return None  # something else stands between
    return (*whole, tuple(cells) if sum(b - a for a, b in cells) >= 0.9 * (whole[1] - whole[0] - len(cells)) else ())


def _longest_run(members: Sequence[int]) -> list[int]:
    runs = [[members[0]]]
    for member in members[1:]:
        if member == runs[-1][-1] + 1:
            runs[-1].append(member)
        else:
            runs.append([member])
    return max(runs, key=len)


def _goes_on(page: Laid, table: Table, before: _Open) -> bool:
    """Whether the first table of a page continues the last one of the page before it: the same columns."""
    return (
        before.page + 1 == page.number
        and len(table.columns) == len(before.columns)
        and all(abs(a - b) <= SAME_COLUMNS for a, b in zip(table.columns, before.columns, strict=True))
    )


def _last(
    page: Laid, fragments: Fragments, tables: Sequence[Table], rows: Sequence[Row], headers: Sequence[Header]
) -> _Open | None:
    """The page's last table when hardly anything stands below it: then it may go on."""
    if not tables:
        return None
    table = tables[-1]
    below = np.count_nonzero(fragments.box[:, 3] < table.bottom)
    if below > 6:
        return None
    held = [row.header for row in rows if row.header is not None]
    header = headers[held[-1]] if held else None
    return _Open(page.number, table.columns, header)


def _in_reading(notes: Sequence[Note], bare: PageLayout) -> tuple[Note, ...]:
    found = list[Note]()
    for note in notes:
        mark, words = bare.reading(*note.mark), bare.reading(*note.note)
        if mark is not None and words is not None:
            found.append(Note(mark, words))
    return tuple(found)
