"""The worker's side of a picture: the page drawn, parts marked, parts blacked out in the pixels, written as PNG.

A blackout is paint, not a layer: the pixels under it are gone before the picture is encoded. Comments and filled form
fields are not drawn: they are not part of the text, so nobody looked for identifiers in them. Identifiers inside
images are drawn: no text layer tells where they are.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.parsing import engine
from preceptor.evidence.parsing.job import Rectangle
from preceptor.evidence.parsing.placement import Placement, of_page

BLACKOUT_MARGIN = 1.0
"""Points around a box that is blacked out: glyphs may reach past the box their font declares."""
HIGHLIGHT_MARGIN = 1.5
FILL = np.array((255, 226, 64), np.float64)
BORDER = np.array((179, 64, 0), np.uint8)
"""Dark orange: 5.9:1 against white, so the mark is seen without telling colours apart (WCAG 2.2, 1.4.11 asks 3:1)."""


def draw(
    page: int, scale: float, *, highlight: Sequence[Rectangle], blackout: Sequence[Rectangle], max_pixels: int
) -> bytes:
    """PNG bytes of a loaded page at `scale` pixels a point, less when it would have more than `max_pixels`.

    Boxes are x0, y0, x1, y1 in points of the displayed page. Raises ValueError when there is no area to draw,
    MemoryError when there is no memory for the pixels.
    """
    placement = of_page(page)
    scale = min(scale, math.sqrt(max_pixels / (placement.width * placement.height)))
    width, height = max(1, round(placement.width * scale)), max(1, round(placement.height * scale))
    pixels = engine.render(page, width, height)[:, :, 2::-1].copy()
    for box in highlight:
        _mark(pixels, _area(box, placement, pixels, HIGHLIGHT_MARGIN), max(1, round(scale)))
    for box in blackout:
        top, bottom, left, right = _area(box, placement, pixels, BLACKOUT_MARGIN)
        pixels[top:bottom, left:right] = 0
    return _png(pixels)


def _area(box: Rectangle, placement: Placement, pixels: NDArray[np.uint8], margin: float) -> tuple[int, int, int, int]:
    """Rows and columns of a box and its margin, rounded outward."""
    height, width = pixels.shape[:2]
    across, down = width / placement.width, height / placement.height
    x0, y0, x1, y1 = box
    left, right = math.floor((x0 - margin) * across), math.ceil((x1 + margin) * across)
    top = math.floor((placement.height - y1 - margin) * down)
    bottom = math.ceil((placement.height - y0 + margin) * down)
    return max(0, top), min(height, max(0, bottom)), max(0, left), min(width, max(0, right))


def _mark(pixels: NDArray[np.uint8], area: tuple[int, int, int, int], line: int) -> None:
    """Multiply the fill into the area, as a marker pen does (black stays black), and draw its border."""
    top, bottom, left, right = area
    inside = pixels[top:bottom, left:right]
    if not inside.size:
        return
    inside[:] = (inside * (FILL / 255)).astype(np.uint8)
    inside[:line] = inside[-line:] = BORDER
    inside[:, :line] = inside[:, -line:] = BORDER


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """RGB 8 bit, filter `Up` on every row (good on pages: most rows repeat), no metadata: same pixels, same bytes."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, 3 * width)
    filtered = np.empty((height, 3 * width + 1), np.uint8)
    filtered[:, 0] = 2
    filtered[0, 1:] = rows[0]
    filtered[1:, 1:] = rows[1:] - rows[:-1]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
