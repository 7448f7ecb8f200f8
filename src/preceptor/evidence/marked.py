"""The structure of a page that came as marked or plain text: headings, list items, paragraphs, tables. Pure.

Word, HTML and Markdown files are stored as Markdown-like text; plain text has blank lines at least. The marks are those
of CommonMark 0.31 (ATX and setext headings, bullet and ordered items, fences) and the pipe tables of its GFM extension,
read line by line: what a mark means never depends on a line further down, but for setext headings and table headers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from preceptor.evidence.reading import PLAIN, Block, Header, PageLayout, Row, Span

_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(?=\S)")
_CLOSING = re.compile(r"[ \t]+#+[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_BREAK = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}[ \t]*)$")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_BULLET = re.compile(r"([ \t]*)[-*+•▪◦●○‣⁃–][ \t]+(?=\S)")
_ORDERED = re.compile(r"([ \t]*)(?:\d{1,3}[.)]|\(?[a-z][.)]|\((?:\d{1,3}|[ivx]{1,5})\)|[ivx]{2,5}[.)])[ \t]+(?=\S)")
_FIRST = re.compile(r"[ \t]*\(?[1ai][.)]")
_SEPARATOR = re.compile(r"[ \t]*\|?[ \t]*:?-{1,200}:?[ \t]*(?:\|[ \t]*:?-{1,200}:?[ \t]*){0,60}\|?[ \t]*$")
_BOLD = re.compile(r"[ \t]*(\*\*|__)(?=\S)(.{1,110}?)(?<=\S)\1[ \t]*$")
_QUOTE = re.compile(r" {0,3}>[ \t]?")
_CELL = re.compile(r"[^\s](?:(?! {3}|\t).)*(?<=\S)")
COLUMNS = 3
"""Parts of a line that white space keeps apart from which on it is a row of a table."""
_INDENT = 2
"""Columns by which an item stands further in than the one it belongs to."""


@dataclass
class _Reading:
    """What has been read so far. `open`: the paragraph or item that the next line may go on; `indents`: those of the
    items around it, outermost first."""

    page: int
    blocks: list[Block] = field(default_factory=list[Block])
    rows: list[Row] = field(default_factory=list[Row])
    headers: list[Header] = field(default_factory=list[Header])
    open: Block | None = None
    indents: list[int] = field(default_factory=list[int])
    lines: int = 0  # of the open block

    def close(self) -> None:
        if self.open is not None:
            self.blocks.append(self.open)
        self.open, self.lines = None, 0

    def begin(self, block: Block) -> None:
        self.close()
        self.open, self.lines = block, 1

    def heading(self, span: Span, level: int) -> None:
        self.close()
        self.indents.clear()
        if span[0] < span[1]:
            self.blocks.append(Block(*span, "heading", level))


def read_marked(page: int, text: str) -> PageLayout:
    """The blocks and tables of `text`, the text of page `page`, in order and apart; offsets in code points.

    What belongs to no block is only a mark: rules, fences, the line below a table's header. `PLAIN` for a text
    without any structure (one paragraph).
    """
    lines = _lines(text)
    found = _Reading(page)
    place = 0
    fenced = False
    while place < len(lines):
        start, end = lines[place]
        words = text[start:end]
        if _FENCE.match(words):
            fenced = not fenced
            found.close()
        elif not words.strip():
            found.close()
        elif not fenced and "|" in words and place + 1 < len(lines) and _is_separator(text, lines[place + 1]):
            place = _table(found, text, lines, place)
            continue
        elif not fenced and len(_columns(text, start, end)) >= COLUMNS and not _QUOTE.match(words):
            place = _aligned(found, text, lines, place)
            continue
        else:
            _line(found, text, start, end, fenced)
        place += 1
    found.close()
    found.blocks = [_shouted(block, text) for block in found.blocks]
    if len(found.blocks) + len(found.rows) < 2:
        return PLAIN
    return PageLayout(
        rows=tuple(found.rows), headers=tuple(found.headers), blocks=tuple(sorted(found.blocks, key=lambda b: b.start))
    )


def _shouted(block: Block, text: str) -> Block:
    """A line of its own in capitals is a heading, numbered or not."""
    words = text[block.start : block.end]
    short = block.kind != "heading" and len(words) <= 110 and "\n" not in words and words[-1] not in ".,;:"
    loud = short and words == words.upper() and len(re.findall(r"[A-Z]{3,}", words)) > 0
    return Block(block.start, block.end, "heading", 6) if loud and not re.search(r"\d\s*[A-Z%]|\|", words) else block


def _line(found: _Reading, text: str, start: int, end: int, fenced: bool) -> None:
    """One line that is not blank and in no table."""
    words = text[start:end]
    if fenced:
        _paragraph(found, text, start, end)
    elif atx := _ATX.match(words):
        closing = _CLOSING.search(words, atx.end())
        found.heading(_trimmed(text, start + atx.end(), start + closing.start() if closing else end), len(atx[1]))
    elif found.open is not None and found.open.kind == "text" and found.lines == 1 and (rule := _SETEXT.match(words)):
        span = found.open.start, found.open.end
        found.open = None
        found.heading(span, 1 if rule[1][0] == "=" else 2)
    elif _BREAK.match(words):
        found.close()
    elif item := _item(found, words):
        _enter_item(found, len(item[1].expandtabs(4)), *_trimmed(text, start, end))
    elif found.open is None and (bold := _BOLD.match(words)) and not bold[2].endswith((".", ",", ";")):
        found.heading((start + bold.start(2), start + bold.end(2)), 6)
    else:
        quote = _QUOTE.match(words)
        _paragraph(found, text, start + (quote.end() if quote else 0), end)


def _item(found: _Reading, words: str) -> re.Match[str] | None:
    """The mark of a list item; inside a running paragraph a number opens one only when it is the first of a list."""
    if bullet := _BULLET.match(words):
        return bullet
    ordered = _ORDERED.match(words)
    runs = found.open is not None and found.open.kind == "text"
    return ordered if ordered and (not runs or _FIRST.match(words)) else None


def _enter_item(found: _Reading, indent: int, start: int, end: int) -> None:
    while found.indents and found.indents[-1] > indent - _INDENT + 1:
        found.indents.pop()
    found.indents.append(indent)
    found.begin(Block(start, end, "item", len(found.indents)))


def _paragraph(found: _Reading, text: str, start: int, end: int) -> None:
    """A line of running text: it goes on what is open, else it begins a paragraph."""
    low, high = _trimmed(text, start, end)
    if low == high:
        return
    if found.open is not None:
        found.open = Block(found.open.start, high, found.open.kind, found.open.level)
        found.lines += 1
        return
    if low == start:
        found.indents.clear()
    found.begin(Block(low, high, "text", len(found.indents)))


def _table(found: _Reading, text: str, lines: Sequence[Span], place: int) -> int:
    """A pipe table from its header on; the place of the line behind it."""
    found.close()
    found.indents.clear()
    cells = _cells(text, *lines[place])
    header: int | None = None
    if cells:
        header = len(found.headers)
        found.headers.append(Header(found.page, cells, " | ".join(text[a:b] for a, b in cells)))
        found.rows.append(Row(cells[0][0], cells[-1][1], cells, None))
    place += 2
    while place < len(lines) and "|" in text[slice(*lines[place])]:
        cells = _cells(text, *lines[place])
        if cells:
            found.rows.append(Row(cells[0][0], cells[-1][1], cells, header))
        place += 1
    return place


def _aligned(found: _Reading, text: str, lines: Sequence[Span], place: int) -> int:
    """A table whose cells white space keeps apart, as plain text has them; its first row is its header. The place of
    the line behind it; a blank line or a rule may part its rows."""
    rows = list[tuple[Span, ...]]()
    while place < len(lines):
        cells = _columns(text, *lines[place])
        ruled = not text[slice(*lines[place])].strip(" \t-=_+|")
        if len(cells) >= COLUMNS and not ruled:
            rows.append(cells)
        elif not ruled or place + 1 >= len(lines) or len(_columns(text, *lines[place + 1])) < COLUMNS:
            break
        place += 1
    if len(rows) == 1:
        _paragraph(found, text, rows[0][0][0], rows[0][-1][1])
        return place
    found.close()
    found.indents.clear()
    header = len(found.headers)
    found.headers.append(Header(found.page, rows[0], " | ".join(text[a:b] for a, b in rows[0])))
    found.rows.append(Row(rows[0][0][0], rows[0][-1][1], rows[0], None))
    found.rows.extend(Row(cells[0][0], cells[-1][1], cells, header) for cells in rows[1:])
    return place


def _columns(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The parts of a line that three blanks or a tabulator keep apart."""
    return tuple((start + m.start(), start + m.end()) for m in _CELL.finditer(text[start:end]))


def _cells(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The cells of a table row that hold something, without their pipes; an escaped pipe stands in a cell."""
    found = list[Span]()
    low = start
    for at in range(start, end + 1):
        if at == end or (text[at] == "|" and (at == start or text[at - 1] != "\\")):
            span = _trimmed(text, low, at)
            if span[0] < span[1]:
                found.append(span)
            low = at + 1
    return tuple(found)


def _is_separator(text: str, line: Span) -> bool:
    words = text[slice(*line)]
    return "-" in words and _SEPARATOR.match(words) is not None


def _trimmed(text: str, start: int, end: int) -> Span:
    """Without white space at both ends."""
    words = text[start:end]
    inner = words.strip()
    if not inner:
        return start, start
    low = start + words.index(inner[0])
    return low, low + len(inner)


def _lines(text: str) -> list[Span]:
    """Start and end of every line, blank ones too."""
    found = list[Span]()
    at = 0
    for piece in text.split("\n"):
        found.append((at, at + len(piece)))
        at += len(piece) + 1
    return found
