"""The text layer of one PDF page with a box for every character, in the order and words PDFium reads it.

The text is PDFium's bounded text (`FPDFText_GetBoundedText` over the page's box) rebuilt from its characters, because
that call gives no way back from a place in the text to a character and its box. A test holds the two against each
other. What differs on purpose: line ends are "\\n"; PDFium's line-end hyphen mark U+0002 is "-"; control characters
are dropped (a space where they count as white space); a lone surrogate is U+FFFD; invisible text is left out.
"""

from __future__ import annotations

import ctypes
from collections import deque
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.parsing import engine, invisible
from preceptor.evidence.parsing.characters import Characters
from preceptor.evidence.parsing.page_objects import objects_of, rules_of
from preceptor.evidence.parsing.pages import HIDDEN_KINDS
from preceptor.evidence.parsing.placement import Placement, of_page

LINE_END = -1
_APART, _SPACE, _STANDS = 0, 1, 2


class TooMuchText(Exception):
    """The page holds more characters than the limit."""


@dataclass(frozen=True)
class TextLayer:
    """A page's text, its characters' boxes (len(text), 4) as float32 with NaN where there is none, and its size.

    `hidden` counts the characters left out by kind (`pages.HIDDEN_KINDS`); `rules` (n, 4) are drawn lines.
    """

    text: str
    boxes: NDArray[np.float32]
    rules: NDArray[np.float32]
    hidden: dict[str, int]
    width: float
    height: float


def read_page(document: int, page: int, max_chars: int) -> TextLayer:
    """Read a loaded page of an open document. Raises TooMuchText; ValueError when the page has no area or no
    text page can be made."""
    placement = of_page(page)
    text_page = engine.load_text(page)
    if not text_page:
        raise ValueError("no text page")
    try:
        chars = _characters(text_page, max_chars)
        on_page = _touches(chars.boxes, placement)
        objects = objects_of(page)
        rules = rules_of(objects, placement)
        kinds = invisible.unseen(document, text_page, chars, placement, on_page, objects)
        order = _reading(text_page, chars, on_page & (kinds == 0))
    finally:
        engine.close_text(text_page)
    has_area = (chars.boxes[:, 2] > chars.boxes[:, 0]) & (chars.boxes[:, 3] > chars.boxes[:, 1])
    kinds[~on_page & has_area] = invisible.OFF_PAGE
    text, order = _clean(chars.unicode, order)
    boxes = np.full((len(order), 4), np.nan, np.float32)
    boxed = np.flatnonzero(order != LINE_END)
    boxed = boxed[has_area[order[boxed]]]
    boxes[boxed] = placement.displayed(chars.boxes[order[boxed]])
    return TextLayer(text, boxes, rules, _counts(kinds[chars.inked]), placement.width, placement.height)


def _counts(kinds: NDArray[np.uint8]) -> dict[str, int]:
    counts = np.bincount(kinds, minlength=len(HIDDEN_KINDS) + 1)[1:].tolist()
    return {kind: count for kind, count in zip(HIDDEN_KINDS, counts, strict=True) if count}


def _characters(text_page: int, max_chars: int) -> Characters:
    count = engine.count_chars(text_page)
    if count < 0:
        raise ValueError("no characters")
    if count > max_chars:
        raise TooMuchText
    indexes = range(count)
    unicode = np.fromiter(map(engine.char_unicode, repeat(text_page, count), indexes), np.uint32, count)
    boxes = np.zeros((count, 4), np.float64)
    start, size = boxes.ctypes.data, 32 * count
    left, bottom, right, top = (range(start + offset, start + offset + size, 32) for offset in (0, 8, 16, 24))
    deque(map(engine.char_box, repeat(text_page, count), indexes, left, right, bottom, top), maxlen=0)
    return Characters(unicode, boxes)


def _touches(boxes: NDArray[np.float64], placement: Placement) -> NDArray[np.bool_]:
    # PDFium's own test of a character against a rectangle: the common part has an area.
    left, bottom, right, top = boxes.T
    wide = np.maximum(left, placement.left) < np.minimum(right, placement.right)
    return wide & (np.maximum(bottom, placement.bottom) < np.minimum(top, placement.top))


def _reading(text_page: int, chars: Characters, stands: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Indexes of characters in the order of the bounded text, LINE_END where it puts one.

    PDFium's rule: after a character that is apart (its own line ends have no area), the next one that stands begins a
    line when its baseline differs from that of the last line begun; a space that is apart counts once, after a
    character that stands.
    """
    kinds = np.where(stands, _STANDS, np.where(chars.unicode == ord(" "), _SPACE, _APART))
    if not len(kinds):
        return np.empty(0, np.int64)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(kinds)) + 1))
    stops = [*starts[1:].tolist(), len(kinds)]
    pieces: list[NDArray[np.int64]] = []
    baseline, after_char, line_end = 0.0, False, False
    line_mark = np.full(1, LINE_END, np.int64)
    y = ctypes.c_double()
    x = ctypes.c_double()
    for start, stop, kind in zip(starts.tolist(), stops, kinds[starts].tolist(), strict=True):
        if kind == _STANDS:
            if line_end and not after_char:
                engine.char_origin(text_page, start, ctypes.addressof(x), ctypes.addressof(y))
                if y.value != baseline:
                    baseline = y.value
                    if pieces:
                        pieces.append(line_mark)
            pieces.append(np.arange(start, stop, dtype=np.int64))
            after_char, line_end = True, False
        elif kind == _SPACE:
            if after_char:
                pieces.append(np.full(1, start, np.int64))
                after_char = line_end = False
        else:
            after_char, line_end = False, True
    return np.concatenate(pieces) if pieces else np.empty(0, np.int64)


def _clean(unicode: NDArray[np.uint32], order: NDArray[np.int64]) -> tuple[str, NDArray[np.int64]]:
    """The final text and the order without what was dropped: one entry of the order for every character."""
    codes = np.where(order == LINE_END, np.uint32(ord("\n")), unicode[order]) if len(order) else np.empty(0, np.uint32)
    codes = np.where((codes == 2) & (order != LINE_END), np.uint32(ord("-")), codes)
    # U+0085 and these controls are white space to Python and to whoever collapses white space: dropping them would
    # glue words together.
    blank = np.isin(codes, (0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x85)) | ((codes == 10) & (order != LINE_END))
    codes = np.where(blank, np.uint32(ord(" ")), codes)
    broken = ((codes >= 0xD800) & (codes < 0xE000)) | (codes > 0x10FFFF)
    codes = np.where(broken, np.uint32(0xFFFD), codes)
    control = ((codes < 0x20) & (codes != 9) & (codes != 10)) | ((codes >= 0x7F) & (codes < 0xA0))
    kept = ~control & (codes & np.uint32(0xFFFE) != 0xFFFE)
    return codes[kept].astype("<u4").tobytes().decode("utf-32-le"), order[kept]
