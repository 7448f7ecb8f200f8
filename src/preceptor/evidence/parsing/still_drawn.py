"""Text objects that leave no ink on the page although their glyphs have some: drawn one by one, apart from the page.

Apart from the page neither the state of a layer nor the box of a form counts, so ink there and none on the page
means that one of the two hides the text. No ink there either (a font without glyphs) says nothing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable

import numpy as np

from preceptor.evidence.parsing import engine
from preceptor.evidence.parsing.page_objects import Objects

MOST = 200
"""Objects of one page that are looked at."""
SCALE = 0.5
LARGEST = 4_000.0
"""Points of width or height above which an object is not drawn apart: its picture would need the memory."""
_ALPHA = 3


def is_transparent(handle: int) -> bool:
    """Whether a text object is filled without any opacity."""
    values = (ctypes.c_uint * 4)()
    start = ctypes.addressof(values)
    return bool(engine.object_fill(handle, start, start + 4, start + 8, start + 12)) and values[3] == 0


def drawn_apart(document: int, handles: Iterable[int], objects: Objects) -> dict[str, list[int]]:
    """Of the text objects, those with ink apart from the page, by what hides them: "layer_off" or "clipped"."""
    found: dict[str, list[int]] = {"layer_off": [], "clipped": []}
    for handle in sorted(handle for handle in handles if handle)[:MOST]:
        if _has_ink(document, handle):
            layered = any(_in_layer(part) for part in (handle, *objects.forms_of.get(handle, ())))
            found["layer_off" if layered else "clipped"].append(handle)
    return found


def _has_ink(document: int, handle: int) -> bool:
    bounds = (ctypes.c_float * 4)()
    start = ctypes.addressof(bounds)
    if not engine.object_bounds(handle, start, start + 4, start + 8, start + 12):
        return False
    if not (0 < bounds[2] - bounds[0] <= LARGEST and 0 < bounds[3] - bounds[1] <= LARGEST):
        return False
    bitmap = engine.text_bitmap(document, 0, handle, SCALE)
    if not bitmap:
        return False
    try:
        height, stride = engine.bitmap_height(bitmap), engine.bitmap_stride(bitmap)
        raw = ctypes.string_at(engine.bitmap_buffer(bitmap), height * stride)
        pixels = np.frombuffer(raw, np.uint8).reshape(height, stride)[:, : 4 * engine.bitmap_width(bitmap)]
        return bool(pixels[:, _ALPHA::4].any())
    finally:
        engine.destroy_bitmap(bitmap)


def _in_layer(handle: int) -> bool:
    """Whether the object's marked content names an optional content group (ISO 32000-1, 8.11.3.2: tag OC)."""
    size = ctypes.c_ulong()
    raw = ctypes.create_string_buffer(16)
    for index in range(engine.object_marks(handle)):
        mark = engine.object_mark(handle, index)
        if mark and engine.mark_name(mark, ctypes.addressof(raw), len(raw), ctypes.addressof(size)):
            text = raw.raw[: min(size.value, len(raw))].decode("utf-16-le", "replace").rstrip("\0")
            if text == "OC":
                return True
    return False
