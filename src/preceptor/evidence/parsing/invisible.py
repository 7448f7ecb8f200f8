"""Which characters of a page a reader cannot see, and why, so that they are not read as if they stood there.

Told by their own properties: render mode 3, an effective size under 2 points. Told by drawing the page with and
without its text: words that change no pixel are of the background's colour or none, covered, clipped away, or on a
layer that is off. A glyph that leaves no ink even alone in a colour of ours (its font is missing) is no evidence: it
is kept; so is a mark inside a visible word (an underscore on the underline of a link).
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
from preceptor.evidence.parsing.page_objects import Objects
from preceptor.evidence.parsing.pages import HIDDEN_KINDS
from preceptor.evidence.parsing.placement import Placement
from preceptor.evidence.parsing.still_drawn import drawn_apart, is_transparent

SMALLEST = 2.0
"""Points; footnote marks in print are 4 and more."""
PIXELS = 125_000
"""Of the comparison pictures: a letter page at half a pixel a point, where a full stop still tints its pixel."""
LEAST_SCALE = 0.2
INVISIBLE_MODE = 3
_CLIP_POINTS = 4
_STRETCH = 10_000.0
_OURS = (255, 0, 255, 255)
"""The colour all text is given to see what hides it; hardly any page is painted in it."""

RENDER_MODE, TINY, OFF_PAGE, TRANSPARENT, SAME_COLOUR, COVERED, CLIPPED, LAYER_OFF = range(1, len(HIDDEN_KINDS) + 1)
"""Numbers of the kinds in the masks of this module; 0 is seen."""


def unseen(
    document: int,
    text_page: int,
    chars: Characters,
    placement: Placement,
    on_page: NDArray[np.bool_],
    objects: Objects,
) -> NDArray[np.uint8]:
    """For each character (n,) the number of the kind it is hidden by, 0 for what is seen or not on the page's area.

    It spoils the page, whose objects are switched off and recoloured afterwards: draw no picture from it.
    """
    kinds = np.where(_tiny(text_page, chars), np.uint8(TINY), np.uint8(0))
    declared = [handle for handle in objects.texts if engine.text_render_mode(handle) == INVISIBLE_MODE]
    if declared:
        owned = np.isin(_owners(text_page, len(kinds)), np.array(declared, np.uint64))
        kinds[owned] = RENDER_MODE
    to_see = on_page & (kinds == 0) & chars.inked
    if to_see.any():
        kinds = np.where(kinds == 0, _unchanged(document, text_page, chars, placement, to_see, objects), kinds)
    if kinds.any():
        kinds = _with_spaces(kinds, chars.inked)
    kinds[~on_page] = 0
    return kinds


def _owners(text_page: int, count: int) -> NDArray[np.uint64]:
    return np.fromiter(map(engine.char_object, repeat(text_page, count), range(count)), np.uint64, count)


def _with_spaces(kinds: NDArray[np.uint8], inked: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The marks' kinds, and for spaces that of the nearest mark where both neighbours, or the only one, are unseen."""
    places = np.flatnonzero(inked)
    spaces = np.flatnonzero(~inked)
    after = np.searchsorted(places, spaces)
    states = np.concatenate(([255], kinds[places], [255])).astype(np.uint8)
    before, behind = states[after], states[after + 1]
    found = kinds.copy()
    near = np.where(before == 255, behind, before)
    found[spaces] = np.where((before > 0) & (behind > 0) & (near != 255), near, 0)
    return found


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
    document: int,
    text_page: int,
    chars: Characters,
    placement: Placement,
    to_see: NDArray[np.bool_],
    objects: Objects,
) -> NDArray[np.uint8]:
    """Of the characters `to_see`, the kinds of those of words that change no pixel although their glyphs have ink."""
    kinds = np.zeros(len(to_see), np.uint8)
    scale = min(1.0, math.sqrt(PIXELS / max(placement.width * placement.height, 1.0)))
    width, height = round(placement.width * scale), round(placement.height * scale)
    if scale < LEAST_SCALE or width < 1 or height < 1:
        return kinds
    page = objects.page
    with_text = _pixels(page, width, height)
    for handle in objects.texts:
        engine.set_object_active(handle, 0)
    without = _pixels(page, width, height)
    corners = _corners(placement.displayed(chars.boxes), placement, width, height)
    same = to_see & ~_any_in(with_text != without, corners)
    if same.any():
        same = _whole_words(same, to_see, chars.unicode)
    if not same.any():
        return kinds
    owners = _owners(text_page, len(same))
    clear = [handle for handle in set(owners[same].tolist()) if handle and is_transparent(handle)]
    for handle in objects.texts:
        engine.set_object_active(handle, 1)
        engine.set_object_fill(handle, *_OURS)
        engine.set_object_stroke(handle, *_OURS)
    shows_in_colour = _any_in(_pixels(page, width, height) != without, corners)
    for handle in objects.others:
        engine.set_object_active(handle, 0)
    white = np.uint32(0xFFFFFF)
    shows_alone = _any_in((_pixels(page, width, height) & white) != white, corners)
    for handle in objects.texts:
        _widen_clip(handle)
    has_ink = _any_in((_pixels(page, width, height) & white) != white, corners)
    kinds[same & has_ink] = SAME_COLOUR
    kinds[same & has_ink & ~shows_in_colour] = COVERED
    kinds[same & has_ink & ~shows_alone] = CLIPPED
    kinds[same & has_ink & np.isin(owners, np.array(clear, np.uint64))] = TRANSPARENT
    for kind, handles in drawn_apart(document, set(owners[same & ~has_ink].tolist()), objects).items():
        number = LAYER_OFF if kind == "layer_off" else CLIPPED
        kinds[same & ~has_ink & np.isin(owners, np.array(handles, np.uint64))] = number
    return kinds


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
