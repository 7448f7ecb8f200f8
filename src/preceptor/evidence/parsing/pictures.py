"""A picture file as a document of scanned pages: one page, or the frames of a TIFF."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator

from PIL import Image, ImageOps, ImageSequence

from preceptor.evidence.parsing import frames
from preceptor.evidence.parsing.job import Job
from preceptor.evidence.parsing.scan import DPI, Scanned, page_frame, read_picture

FORMATS = ("PNG", "JPEG", "TIFF")


class Unreadable(Exception):
    """The picture cannot be read; `code` is one of `errors.CODES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def pages(job: Job, data: bytes) -> Iterator[bytes]:
    """A HEAD frame and a PAGE frame a frame of the picture. Raises Unreadable: picture_broken, parse_pages,
    parse_memory (more pixels than the limit), ocr_missing, pdf_no_text (nothing could be read)."""
    if not job.ocr:
        raise Unreadable("ocr_missing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        count = int(getattr(image, "n_frames", 1))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable("picture_broken") from error
    if count > job.max_pages:
        raise Unreadable("parse_pages")
    yield frames.frame(frames.HEAD, json.dumps({"pages": count, "title": None}).encode())
    total = 0
    for number, sheet in enumerate(ImageSequence.Iterator(image), start=1):
        if number < job.first_page:
            continue
        width, height, png = _sheet(sheet, job.max_pixels)
        found = read_picture(png, job.ocr, job.ocr_languages, height, DPI / 72)
        total += len(found.text.strip()) if isinstance(found, Scanned) else 0
        yield page_frame(number, width, height, found, {})
    if not total and job.first_page == 1:
        raise Unreadable("pdf_no_text")


def _sheet(image: Image.Image, max_pixels: int) -> tuple[float, float, bytes]:
    """Width and height in points at DPI, and the picture as PNG, turned as its camera says."""
    if image.width * image.height > max_pixels:
        raise Unreadable("parse_memory")
    try:
        upright = ImageOps.exif_transpose(image).convert("RGB")
        held = io.BytesIO()
        upright.save(held, "PNG", compress_level=1)
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable("picture_broken") from error
    return upright.width * 72 / DPI, upright.height * 72 / DPI, held.getvalue()
