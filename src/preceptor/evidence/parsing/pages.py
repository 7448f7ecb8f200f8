"""A page of a document as the rest of the product sees it, and its character boxes as bytes and as rectangles."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in points of the displayed page, origin bottom left."""

HIDDEN_KINDS = (
    "render_mode",  # declared to be neither filled nor stroked
    "tiny",  # under two points
    "off_page",  # outside what is displayed
    "transparent",  # of no opacity
    "same_colour",  # of the colour painted under it
    "covered",  # behind an image or another opaque object
    "clipped",  # outside what its clipping path lets through
    "layer_off",  # in optional content that is switched off
)

_FORM = struct.Struct("<BIf")
_VERSION = 1
_STEP = 0.1
_LARGEST = 32_000


def no_rules() -> NDArray[np.float32]:
    """The rules of a page on which no line is drawn."""
    return np.empty((0, 4), np.float32)


@dataclass(frozen=True)
class ParsedPage:
    """`number` counts from 1; `width` and `height` are points of the displayed page (0 for Markdown and plain text).

    `boxes` is (len(text), 4): x0, y0, x1, y1 in points of the displayed page (crop box cut out, rotation applied),
    origin bottom left, NaN where a character has none (line ends, spaces the engine supplied); None without a layout.
    `hidden` counts the characters left out because a reader of the page cannot see them, by kind (`HIDDEN_KINDS`).
    `rules` (n, 4) are the straight lines drawn on the page, in the same points: thin boxes. `facts` is what else the
    reading noticed.
    """

    number: int
    text: str
    width: float
    height: float
    boxes: NDArray[np.float32] | None
    hidden: Mapping[str, int] = field(default_factory=dict[str, int])
    rules: NDArray[np.float32] = field(default_factory=no_rules)
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def hidden_count(self) -> int:
        """How many characters are left out."""
        return sum(self.hidden.values())


def encode_boxes(boxes: NDArray[np.float32]) -> bytes:
    """Boxes (n, 4) as bytes, in steps of 0.1 point (coarser only on pages over 3,200 points).

    Layout: version, count, step; then deflated: one bit a character that has a box, and the columns x0, y0, width,
    height of those that do, each as differences to the character before, 16 bit, low bytes first.
    """
    present = ~np.isnan(boxes).any(axis=1)
    held = boxes[present].astype(np.float64)
    largest = float(np.abs(held).max()) if len(held) else 0.0
    step = max(_STEP, largest / _LARGEST)
    corners = np.rint(held / step).astype(np.int64)
    columns = np.stack((corners[:, 0], corners[:, 1], corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]))
    deltas = np.diff(columns, axis=1, prepend=0).astype(np.uint16)
    planes = np.stack((deltas & 0xFF, deltas >> 8)).astype(np.uint8)
    packed = np.packbits(present).tobytes() + planes.tobytes()
    return _FORM.pack(_VERSION, len(boxes), step) + zlib.compress(packed, 6)


def decode_boxes(data: bytes) -> NDArray[np.float32]:
    """The boxes (n, 4) of `encode_boxes`, NaN where there is none; ValueError when the bytes are damaged."""
    if len(data) < _FORM.size:
        raise ValueError("boxes: too short")
    version, count, step = _FORM.unpack_from(data)
    if version != _VERSION or not math.isfinite(step):
        raise ValueError("boxes: unknown version")
    bitmap = (count + 7) // 8
    unpacker = zlib.decompressobj()
    try:
        packed = unpacker.decompress(data[_FORM.size :], bitmap + 8 * count + 1)
    except zlib.error as error:
        raise ValueError("boxes: damaged") from error
    present = np.unpackbits(np.frombuffer(packed[:bitmap], np.uint8), count=count).astype(np.bool_)
    held = int(np.count_nonzero(present))
    if len(packed) != bitmap + 8 * held:
        raise ValueError("boxes: another length")
    planes = np.frombuffer(packed[bitmap:], np.uint8).reshape(2, 4, held).astype(np.uint16)
    deltas = (planes[0] | planes[1] << 8).astype(np.uint16)
    columns = np.cumsum(deltas, axis=1, dtype=np.uint16).view(np.int16).astype(np.float64)
    boxes = np.full((count, 4), np.nan, np.float32)
    corners = np.stack((columns[0], columns[1], columns[0] + columns[2], columns[1] + columns[3]), axis=1)
    boxes[present] = corners * step
    return boxes


def line_boxes(boxes: NDArray[np.float32], start: int, end: int) -> list[Box]:
    """The boxes of the characters `start` to `end` (exclusive) merged into one rectangle a visual line.

    A line ends where the next character stands higher or lower by more than half its height, goes back to the left,
    or lies more than three heights apart (the next cell of a table). Letters that touch each other one above the
    other (turned text) stay together. Characters without a box are passed over.
    """
    lines: list[Box] = []
    touching = False
    for row in boxes[start:end].tolist():
        x0, y0, x1, y1 = row
        if math.isnan(x0):
            touching = False
            continue
        if lines and _continues(lines[-1], (x0, y0, x1, y1), touching):
            last = lines[-1]
            lines[-1] = (min(last[0], x0), min(last[1], y0), max(last[2], x1), max(last[3], y1))
        else:
            lines.append((x0, y0, x1, y1))
        touching = True
    return [(round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2)) for x0, y0, x1, y1 in lines]


def _continues(line: Box, char: Box, touching: bool) -> bool:
    height = max(line[3] - line[1], char[3] - char[1])
    middle = (char[1] + char[3]) / 2
    level = line[1] - height / 2 <= middle <= line[3] + height / 2
    overlap = min(line[3], char[3]) - max(line[1], char[1])
    if level and (overlap > 0 or touching):
        return line[0] - height <= char[0] and char[0] - line[2] <= 3 * height
    width = max(line[2] - line[0], char[2] - char[0])
    beside = min(line[2], char[2]) - max(line[0], char[0])
    apart = max(char[1] - line[3], line[1] - char[3])
    return touching and beside >= width / 2 and apart <= (char[3] - char[1]) / 2
