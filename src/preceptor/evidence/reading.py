"""What is known of a page's layout, laid over its stored text: reading order, table rows with headers, footnotes.

The stored text stays in the order the PDF engine gives, because quotations are checked against exactly that. A page
whose stored order is not its reading order has `pieces`: stretches of the stored text in the order they are read,
joined by line ends. All other offsets here, and those of passages and units, are offsets into that *reading text*;
`PageLayout.stored` leads back. For a page without pieces the two are the same.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, cast

Span = tuple[int, int]
"""Start and end, code points, end exclusive."""


@dataclass(frozen=True)
class Header:
    """The header row of a table: `spans` are of the *stored* text of `page`, which is an earlier page than the row's
    where a table continues without repeating it; `text` is its words, cells parted by " | "."""

    page: int
    spans: tuple[Span, ...]
    text: str


@dataclass(frozen=True)
class Row:
    """A table row in the reading text: the whole, its cells from left to right (empty ones left out), its header's
    place in `PageLayout.headers` (None: the table has none, or this row is it)."""

    start: int
    end: int
    cells: tuple[Span, ...] = ()
    header: int | None = None


@dataclass(frozen=True)
class Note:
    """A footnote in the reading text: where its mark stands, and the note itself."""

    mark: Span
    note: Span


BlockKind = Literal["heading", "item", "text"]


@dataclass(frozen=True)
class Block:
    """A heading, list item or paragraph of a page that came as marked text (`marked`): code points of that text without
    a heading's marks. `level`: 1 to 6 of a heading; how many lists deep an item or a paragraph in one stands."""

    start: int
    end: int
    kind: BlockKind
    level: int


@dataclass(frozen=True)
class PageLayout:
    """The layout of one page; empty tuples say that nothing is known, not that nothing is there."""

    pieces: tuple[Span, ...] = ()
    rows: tuple[Row, ...] = ()
    headers: tuple[Header, ...] = ()
    notes: tuple[Note, ...] = ()
    blocks: tuple[Block, ...] = ()

    def text(self, stored: str) -> str:
        """The page in reading order."""
        return "\n".join(stored[start:end] for start, end in self.pieces) if self.pieces else stored

    def stored(self, start: int, end: int) -> tuple[Span, ...]:
        """The stretches of the stored text that `start:end` of the reading text consists of, in reading order.

        Stretches that only white space parts in the stored text are one; of a page without pieces it is the one
        given.
        """
        if not self.pieces:
            return ((start, end),)
        found = list[Span]()
        place = max(0, bisect_right(self._starts, start) - 1)
        while place < len(self.pieces) and self._starts[place] < end:
            low, high = self.pieces[place]
            shift = low - self._starts[place]
            piece = max(low, start + shift), min(high, end + shift)
            if piece[0] < piece[1]:
                if found and piece[0] - found[-1][1] in (0, 1):
                    piece = found.pop()[0], piece[1]
                found.append(piece)
            place += 1
        return tuple(found)

    def reading(self, start: int, end: int) -> Span | None:
        """Where a stretch of the stored text stands in the reading text: None unless it lies in one piece."""
        if not self.pieces:
            return start, end
        for at, (low, high) in zip(self._starts, self.pieces, strict=True):
            if low <= start and end <= high:
                return at + start - low, at + end - low
        return None

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = list[int](), 0
        for low, high in self.pieces:
            starts.append(at)
            at += high - low + 1
        return starts

    @cached_property
    def _row_starts(self) -> list[int]:
        return [row.start for row in self.rows]

    def row_at(self, place: int) -> Row | None:
        """The table row that holds a place of the reading text."""
        found = bisect_right(self._row_starts, place) - 1
        return self.rows[found] if found >= 0 and place < self.rows[found].end else None

    @cached_property
    def _block_starts(self) -> list[int]:
        return [block.start for block in self.blocks]

    def block_in(self, start: int, end: int) -> Block | None:
        """The block that the line `start:end` begins or belongs to."""
        found = bisect_right(self._block_starts, end - 1) - 1
        return self.blocks[found] if found >= 0 and start < self.blocks[found].end else None

    @property
    def marked(self) -> bool:
        """Whether the structure was read from marks: then what is in no block and no row is only a mark."""
        return bool(self.blocks)


PLAIN = PageLayout()
"""Nothing known: the reading text is the stored text."""


@dataclass
class _Packed:
    """The JSON form: short names, lists of numbers."""

    p: list[list[int]] = field(default_factory=list[list[int]])
    r: list[list[int]] = field(default_factory=list[list[int]])
    h: list[list[object]] = field(default_factory=list[list[object]])
    n: list[list[int]] = field(default_factory=list[list[int]])
    b: list[list[object]] = field(default_factory=list[list[object]])


def encode_layout(layout: PageLayout) -> bytes | None:
    """The layout as it is stored, None when there is nothing to store."""
    if layout == PLAIN:
        return None
    packed = _Packed(
        [list(span) for span in layout.pieces],
        [
            [row.start, row.end, -1 if row.header is None else row.header, *(x for cell in row.cells for x in cell)]
            for row in layout.rows
        ],
        [[h.page, h.text, *(x for span in h.spans for x in span)] for h in layout.headers],
        [[*note.mark, *note.note] for note in layout.notes],
        [[block.start, block.end, block.kind, block.level] for block in layout.blocks],
    )
    return json.dumps(packed.__dict__, ensure_ascii=False, separators=(",", ":")).encode()


def decode_layout(data: bytes | None) -> PageLayout:
    """What `encode_layout` stored; `PLAIN` for None. ValueError when the bytes are damaged."""
    if not data:
        return PLAIN
    try:
        packed = json.loads(data)
        return PageLayout(
            tuple((a, b) for a, b in packed["p"]),
            tuple(Row(r[0], r[1], _pairs(r[3:]), None if r[2] < 0 else r[2]) for r in packed["r"]),
            tuple(Header(h[0], _pairs(h[2:]), h[1]) for h in packed["h"]),
            tuple(Note((a, b), (c, d)) for a, b, c, d in packed["n"]),
            tuple(Block(a, b, cast("BlockKind", kind), level) for a, b, kind, level in packed.get("b", [])),
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("layout: damaged") from error


def _pairs(numbers: list[int]) -> tuple[Span, ...]:
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
