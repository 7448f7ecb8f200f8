"""What the parent asks the worker for, as JSON of fixed form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class Job:
    """`task` is `pdf`, `text`, `html`, `docx`, `scan` or `picture`; the rest are the limits and, for a picture, what is
    drawn on which page, and whether its images are. `ocr` is the path of Tesseract, empty without one."""

    task: str
    size: int
    memory: int
    cpu_seconds: int
    max_pages: int
    max_chars_per_page: int
    max_chars: int
    max_pixels: int
    first_page: int = 1
    scale: float = 1.0
    highlight: Sequence[Rectangle] = ()
    blackout: Sequence[Rectangle] = ()
    images: bool = True
    ocr: str = ""
    ocr_languages: str = "eng"


def pack_job(job: Job) -> bytes:
    """The payload of a JOB frame."""
    return json.dumps(asdict(job)).encode()


def unpack_job(payload: bytes) -> Job:
    """Read a JOB payload, which our own parent wrote."""
    return Job(**json.loads(payload))
