"""How much one document may cost before reading it is given up."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field

MIB = 1 << 20


def find_ocr() -> str | None:
    """The Tesseract of this machine, None without one: pages that are pictures are then listed as unread."""
    return shutil.which("tesseract")


@dataclass(frozen=True)
class Limits:
    """The ceiling of one reading; a file above it ends in `LimitReached`, never in half a document.

    `memory` counts bytes of address space above what the idle worker has. The largest of
    14 real guidelines (1,143 pages) took 20 MiB besides its own bytes, so 512 MiB leaves room for big scans.
    `cpu_seconds` is the worker's; `wall_seconds` is the time spent waiting for it, not the time the caller takes
    between two pages; a page read by OCR adds its own time to it. `ocr` is Tesseract's path.
    """

    max_bytes: int = 64 * MIB
    max_pages: int = 3_000
    max_chars_per_page: int = 200_000
    max_chars: int = 50_000_000
    memory: int = 512 * MIB
    cpu_seconds: int = 180
    wall_seconds: float = 300.0
    max_pixels: int = 16_000_000
    ocr: str | None = field(default_factory=find_ocr)
    ocr_languages: str = "eng"
