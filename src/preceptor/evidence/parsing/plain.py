"""Markdown and plain text cut into pages: at form feeds, and else between paragraphs so that a page stays short.

The pages put together are the text, its form feeds and nothing else left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST_PAGE = 4_000
"""Characters: about a printed page and a half, so that "page 3" still helps a person to find the place."""

_BLANKS = re.compile(r"\n(?:[ \t]*\n)+")
_HEADING_AT_END = re.compile(r"(?:^|\n)#{1,6}[ \t][^\n]*\n*\Z")
_CONTROL: dict[int, str | None] = {
    **{code: None for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and code not in (9, 10, 12)},
    **dict.fromkeys((0x0B, 0x1C, 0x1D, 0x1E, 0x1F, 0x85), " "),
    **dict.fromkeys((0xFFFE, 0xFFFF)),
}


class NotText(Exception):
    """The bytes are not UTF-8 text."""


def text_of(data: bytes) -> str:
    """The text of a file: UTF-8, byte order mark and control characters dropped, line ends "\\n", form feeds kept.

    Raises NotText for other encodings and for NUL bytes, which no text file has.
    """
    if b"\0" in data:
        raise NotText
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotText from error
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)


def split_pages(text: str, longest: int = LONGEST_PAGE) -> Iterator[str]:
    """The pages in order; each at most `longest` characters. A form feed always ends one, even an empty one."""
    for sheet in text.split("\f"):
        if len(sheet) <= longest:
            yield sheet
        else:
            yield from _short_pages(sheet, longest)


def _short_pages(sheet: str, longest: int) -> Iterator[str]:
    start = 0
    page_end = 0
    for block_end in _block_ends(sheet):
        if block_end - start > longest and page_end > start:
            cut = _before_heading(sheet, start, page_end)
            yield sheet[start:cut]
            start = cut
        while block_end - start > longest:
            cut = _inside_block(sheet, start, start + longest)
            yield sheet[start:cut]
            start = cut
        page_end = block_end
    if start < len(sheet):
        yield sheet[start:]


def _block_ends(sheet: str) -> Iterator[int]:
    for blank in _BLANKS.finditer(sheet):
        yield blank.end()
    yield len(sheet)


def _before_heading(sheet: str, start: int, end: int) -> int:
    """A heading at the end of a page goes with what it heads."""
    heading = _HEADING_AT_END.search(sheet, max(start, end - 300), end)
    if heading is None:
        return end
    cut = heading.start() + (sheet[heading.start()] == "\n")
    return cut if cut > start else end


def _inside_block(sheet: str, start: int, limit: int) -> int:
    """Where a block longer than a page is cut: the last line end, else the last space, else at the limit."""
    for mark in ("\n", " "):
        place = sheet.rfind(mark, start, limit)
        if place > start:
            return place + 1
    return limit
