"""Which characters of a page a reader cannot see, so that they are not read as if they stood there.

Told by their own properties: render mode 3, an effective size under 2 points. Told by drawing the page with and
without its text: words that change no pixel are of the background's colour or none, covered, clipped away, or on a
layer that is off. A glyph that leaves no ink even alone in black (its font is missing) is no evidence: it is kept;
so is a mark inside a visible word (an underscore on the underline of a link).
Not proven: text hidden among the pixels of visible text, text of a colour that differs by a shade, and pages drawn so
small that a character is under a pixel.
"""

from __future__ import annotations

import ctypes
import math
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.parsing import engine
from preceptor.evidence.parsing.characters import Characters
from preceptor.evidence.parsing.placement import Placement

SMALLEST = 2.0
"""Points; footnote marks in print are 4 and more."""
PIXELS = 125_000
"""Of the comparison pictures: a letter page at half a pixel a point, where a full stop still tints its pixel."""
LEAST_SCALE = 0.2
DEEPEST_FORM = 12
INVISIBLE_MODE = 3
_CLIP_POINTS = 4
_STRETCH = 10_000.0


def unseen(
    page: int, text_page: int, chars: Characters, placement: Placement, on_page: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """A mask (n,) of the characters that stand on the page's area and cannot be seen.

    It spoils the page, whose objects are switched off and recoloured afterwards: draw no picture from it.
    """
    texts, others = _objects(page)
    mask = _tiny(text_page, chars)
    declared = [handle for handle in texts if engine.text_render_mode(handle) == INVISIBLE_MODE]
    if declared:
        count = len(chars.unicode)
        owners = np.fromiter(map(engine.char_object, repeat(text_page, count), range(count)), np.uint64, count)
        mask = mask | np.isin(owners, np.array(declared, np.uint64))
    to_see = on_page & ~mask & chars.inked
    if to_see.any():
        mask = mask | _unchanged(page, chars, placement, to_see, texts, others)
    if mask.any():
        mask = mask | _between(mask, chars.inked)
    return mask & on_page


def _between(mask: NDArray[np.bool_], inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The spaces whose nearest marks on both sides are unseen, or unseen on one side with none on the other."""
    places = np.flatnonzero(inked)
    spaces = np.flatnonzero(~inked)
    after = np.searchsorted(places, spaces)
    states = np.concatenate(([True], mask[places], [True]))
    result = np.zeros(len(mask), np.bool_)
    result[spaces] = states[after] & states[after + 1]
    return result


def _objects(page: int) -> tuple[list[int], list[int]]:
    """Handles of the text objects of a page, and of everything else but the forms that hold them."""
    texts: list[int] = []
    others: list[int] = []
    stack = [(engine.page_object(page, index), 0) for index in range(engine.page_objects(page))]
    while stack:
        handle, depth = stack.pop()
        kind = engine.object_type(handle)
        if kind == engine.TEXT_OBJECT:
            texts.append(handle)
        elif kind == engine.FORM_OBJECT and depth < DEEPEST_FORM:
            stack.extend((engine.form_object(handle, i), depth + 1) for i in range(engine.form_objects(handle)))
        else:
            others.append(handle)
    return texts, others


def _tiny(text_page: int, chars: Characters) -> NDArray[np.bool_]:
    """Full stops are small too: the size of the type is asked for small boxes only."""
    extent = np.maximum(chars.boxes[:, 2] - chars.boxes[:, 0], chars.boxes[:, 3] - chars.boxes[:, 1])
    mask = np.zeros(len(extent), np.bool_)
    matrix = (ctypes.c_float * 6)()
    for index in np.flatnonzero((extent < SMALLEST) & (extent > 0)).tolist():
        if engine.char_matrix(text_page, index, ctypes.addressof(matrix)):
            size = engine.char_font_size(text_page, index) * math.hypot(matrix[2], matrix[3])
            mask[index] = 0 < abs(size) < SMALLEST
    return mask


def _unchanged(
    page: int,
    chars: Characters,
    placement: Placement,
    to_see: NDArray[np.bool_],
    texts: list[int],
    others: list[int],
) -> NDArray[np.bool_]:
    """Of the characters `to_see`, those of words that change no pixel although their glyphs have ink."""
    none = np.zeros(len(to_see), np.bool_)
    scale = min(1.0, math.sqrt(PIXELS / max(placement.width * placement.height, 1.0)))
    width, height = round(placement.width * scale), round(placement.height * scale)
    if scale < LEAST_SCALE or width < 1 or height < 1:
        return none
    with_text = _pixels(page, width, height)
    for handle in texts:
        engine.set_object_active(handle, 0)
    without = _pixels(page, width, height)
    corners = _corners(placement.displayed(chars.boxes), placement, width, height)
    same = to_see & ~_any_in(with_text != without, corners)
    if not same.any():
        return none
    same = _whole_words(same, to_see, chars.unicode)
    if not same.any():
        return none
    for handle in others:
        engine.set_object_active(handle, 0)
    for handle in texts:
        engine.set_object_active(handle, 1)
        engine.set_object_fill(handle, 0, 0, 0, 255)
        _widen_clip(handle)
    alone = _pixels(page, width, height)
    white = np.uint32(0xFFFFFF)
    return same & _any_in((alone & white) != white, corners)


def _widen_clip(handle: int) -> None:
    """Stretch the clip of a text object about its middle until it holds the page."""
    clip = engine.clip_path(handle)
    count = engine.clip_segments(clip, 0) if clip else 0
    if count < 1:
        return
    point = (ctypes.c_float * 2)()
    start = ctypes.addressof(point)
    x = y = 0.0
    for index in range(min(count, _CLIP_POINTS)):
        engine.segment_point(engine.clip_segment(clip, 0, index), start, start + 4)
        x, y = x + point[0] / min(count, _CLIP_POINTS), y + point[1] / min(count, _CLIP_POINTS)
    engine.transform_clip(handle, _STRETCH, 0, 0, _STRETCH, x - _STRETCH * x, y - _STRETCH * y)


def _whole_words(same: NDArray[np.bool_], to_see: NDArray[np.bool_], unicode: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """`same` without the words most of whose letters and digits are seen, or that have none."""
    letters = np.fromiter((chr(code).isalnum() if code < 0xD800 else True for code in unicode.tolist()), np.bool_)
    word = np.cumsum(~to_see)
    of_word = np.bincount(word[to_see & letters], minlength=int(word[-1]) + 1)
    unseen_of_word = np.bincount(word[same & letters], minlength=int(word[-1]) + 1)
    return same & ((unseen_of_word > 0) & (2 * unseen_of_word > of_word))[word]


def _pixels(page: int, width: int, height: int) -> NDArray[np.uint32]:
    return engine.render(page, width, height).view("<u4")[:, :, 0]


def _corners(
    boxes: NDArray[np.float64], placement: Placement, width: int, height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    across, down = width / placement.width, height / placement.height
    x0 = np.clip(np.floor(boxes[:, 0] * across), 0, width).astype(np.int64)
    x1 = np.clip(np.ceil(boxes[:, 2] * across), 0, width).astype(np.int64)
    y0 = np.clip(np.floor((placement.height - boxes[:, 3]) * down), 0, height).astype(np.int64)
    y1 = np.clip(np.ceil((placement.height - boxes[:, 1]) * down), 0, height).astype(np.int64)
    return x0, y0, x1, y1


def _any_in(marks: NDArray[np.bool_], corners: tuple[NDArray[np.int64], ...]) -> NDArray[np.bool_]:
    """Whether any pixel inside each rectangle is marked, by one summed-area table for all of them."""
    x0, y0, x1, y1 = corners
    table = np.zeros((marks.shape[0] + 1, marks.shape[1] + 1), np.int32)
    np.cumsum(np.cumsum(marks, axis=0, dtype=np.int32), axis=1, out=table[1:, 1:])
    return table[y1, x1] - table[y0, x1] - table[y1, x0] + table[y0, x0] > 0
