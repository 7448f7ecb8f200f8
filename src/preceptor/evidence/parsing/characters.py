"""The characters of a page as PDFium lists them: code points, and boxes in user space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Characters:
    """`unicode` (n,), `boxes` (n, 4) of left, bottom, right, top in points."""

    unicode: NDArray[np.uint32]
    boxes: NDArray[np.float64]

    @property
    def inked(self) -> NDArray[np.bool_]:
        """Where a character is one that leaves a mark: no control character, no space."""
        return (self.unicode > 0x20) & (self.unicode != 0xA0)
