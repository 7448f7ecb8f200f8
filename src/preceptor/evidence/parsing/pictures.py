"""A picture file as a document of scanned pages: one page, or the frames of a TIFF."""

from __future__ import annotations

import io
import json
import struct
import warnings
from collections.abc import Iterator
from typing import cast

from PIL import Image, ImageOps, ImageSequence

from preceptor.evidence.parsing import frames
from preceptor.evidence.parsing.job import Job
from preceptor.evidence.parsing.scan import DPI, NotScanned, Scanned, page_frame, read_picture

FORMATS = ("PNG", "JPEG", "TIFF")
SHRUNK = 6
"""Times the limit of pixels up to which a picture is made smaller: 600 dots an inch give twice what is needed."""
LEAST_DOTS, MOST_DOTS = 50.0, 2_400.0
BROKEN = (
    *(OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, AttributeError, EOFError, ArithmeticError),
    *(RuntimeError, struct.error, Image.DecompressionBombError),
)
"""What the decoders raise on a damaged file: their documented errors, and what its tags make them trip over."""


class Unreadable(Exception):
    """The picture cannot be read; `code` is one of `errors.CODES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def pages(job: Job, data: bytes) -> Iterator[bytes]:
    """A HEAD frame and a PAGE frame a frame of the picture. Raises Unreadable: picture_broken, parse_pages,
    picture_too_large, ocr_missing, ocr_language, picture_no_text."""
    if not job.ocr:
        raise Unreadable("ocr_missing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        count = int(getattr(image, "n_frames", 1))
    except BROKEN as error:
        raise Unreadable("picture_broken") from error
    if count > job.max_pages:
        raise Unreadable("parse_pages")
    yield frames.frame(frames.HEAD, json.dumps({"pages": count, "title": None}).encode())
    total, reasons = 0, set[str]()
    for number, sheet in enumerate(_sheets(image), start=1):
        if number < job.first_page:
            continue
        width, height, scale, png = _sheet(sheet, job.max_pixels)
        found = read_picture(png, job.ocr, job.ocr_languages, height, scale)
        reasons.add(found.why if isinstance(found, NotScanned) else "")
        total += len(found.text.strip()) if isinstance(found, Scanned) else 0
        yield page_frame(number, width, height, found, {})
    if not total and job.first_page == 1:
        raise Unreadable("ocr_language" if "ocr_language" in reasons else "picture_no_text")


def _sheets(image: Image.Image) -> Iterator[Image.Image]:
    """The frames; Unreadable where one cannot be reached."""
    try:
        yield from ImageSequence.Iterator(image)
    except BROKEN as error:
        raise Unreadable("picture_broken") from error


def _sheet(image: Image.Image, max_pixels: int) -> tuple[float, float, float, bytes]:
    """Width and height in points, pixels a point, and the picture as PNG, turned as its camera says; one with more
    pixels than the limit is made smaller, one with many times more is refused."""
    pixels = image.width * image.height
    if pixels > SHRUNK * max_pixels:
        raise Unreadable("picture_too_large")
    try:
        dots = _dots(image)
        upright = ImageOps.exif_transpose(image).convert("L")
        width, height = upright.width * 72 / dots, upright.height * 72 / dots
        if pixels > max_pixels:
            factor = (max_pixels / pixels) ** 0.5
            upright = upright.resize((int(upright.width * factor), int(upright.height * factor)))
        held = io.BytesIO()
        upright.save(held, "PNG", compress_level=1)
    except BROKEN as error:
        raise Unreadable("picture_broken") from error
    return width, height, upright.width / width, held.getvalue()


def _dots(image: Image.Image) -> float:
    """Dots an inch as the file says, where that is believable; 300 otherwise."""
    said: object = image.info.get("dpi")
    first = cast("tuple[object, ...]", said)[0] if isinstance(said, tuple) and said else None
    return float(first) if isinstance(first, (int, float)) and LEAST_DOTS <= float(first) <= MOST_DOTS else DPI
