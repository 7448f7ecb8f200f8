"""Where things are on a page as a reader sees it.

Every box of this product is in points of the *displayed* page: its crop box cut out, its rotation applied, origin at
the bottom left. A box (x0, y0, x1, y1) of a page of height h is drawn at scale s over (s·x0, s·(h - y1)) to
(s·x1, s·(h - y0)) of the picture. For a page without rotation whose crop box starts at 0,0 these are PDF user space.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.parsing import engine


@dataclass(frozen=True)
class Placement:
    """The visible part of a page in user space, in points, and its clockwise rotation in quarter turns (0 to 3)."""

    left: float
    bottom: float
    right: float
    top: float
    quarter_turns: int

    @property
    def width(self) -> float:
        """Of the displayed page, points."""
        return self.top - self.bottom if self.quarter_turns % 2 else self.right - self.left

    @property
    def height(self) -> float:
        """Of the displayed page, points."""
        return self.right - self.left if self.quarter_turns % 2 else self.top - self.bottom

    def displayed(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Boxes (n, 4) of left, bottom, right, top in user space, as x0, y0, x1, y1 on the displayed page."""
        left, bottom, right, top = boxes.T
        match self.quarter_turns:
            case 0:
                columns = (left - self.left, bottom - self.bottom, right - self.left, top - self.bottom)
            case 1:
                columns = (bottom - self.bottom, self.right - right, top - self.bottom, self.right - left)
            case 2:
                columns = (self.right - right, self.top - top, self.right - left, self.top - bottom)
            case _:
                columns = (self.top - top, left - self.left, self.top - bottom, right - self.left)
        return np.stack(columns, axis=1)


def of_page(page: int) -> Placement:
    """The placement of a loaded page; raises ValueError when it has no area."""
    box = (ctypes.c_float * 4)()  # FS_RECTF: left, top, right, bottom
    engine.page_box(page, ctypes.addressof(box))
    left, top, right, bottom = (float(value) for value in box)
    if not (right > left and top > bottom):
        raise ValueError("page without area")
    return Placement(left, bottom, right, top, engine.page_rotation(page) % 4)
