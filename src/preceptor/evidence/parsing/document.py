"""The worker's side of a PDF: opening it, its pages as frames, one page as a picture."""

from __future__ import annotations

import ctypes
import json
import math
from collections.abc import Callable, Iterator

from preceptor.evidence.parsing import engine, frames, page_objects, painting, textlayer
from preceptor.evidence.parsing.job import Job
from preceptor.evidence.parsing.page_objects import picture_share
from preceptor.evidence.parsing.scan import DPI, NotScanned, Scanned, page_frame, read_picture

STAMP = 12
"""Visible words a scanned page may bear besides its picture: a page number, a stamp of receipt."""
COVERS = 0.5
"""Share of a page its image must cover for a page with a stamp to count as a scan; a letterhead is no scan."""
LEAST_PICTURE = 0.02
"""The same for a page without any visible text: a rule drawn as an image is nothing to read."""
_LONGEST_TITLE = 300
_HEADER_WITHIN = 1024


class Unreadable(Exception):
    """The file cannot be read; the code is one of `errors.CODES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def start() -> None:
    """Make PDFium ready, once a process."""
    engine.init_library()


def pages(job: Job, data: bytes, over_limit: Callable[[], bool]) -> Iterator[bytes]:
    """A HEAD frame, then a PAGE frame for each page from `job.first_page`.

    Raises Unreadable: pdf_not_pdf, pdf_encrypted, pdf_broken, pdf_no_text (at the end, when no page read has text),
    pdf_hidden_text (the same, but there is text no reader can see), parse_pages, parse_text, parse_memory.
    """
    document, count = _open(data)
    if count > job.max_pages:
        raise Unreadable("parse_pages")
    yield frames.frame(frames.HEAD, json.dumps({"pages": count, "title": _title(document)}).encode())
    total = hidden = pictures = 0
    reasons = set[str]()
    for number in range(job.first_page, count + 1):
        layer = _read(document, number, min(job.max_chars_per_page, job.max_chars - total))
        if over_limit():
            raise Unreadable("parse_memory")
        hidden += sum(layer.hidden.values())
        scanned = _scan(document, number, layer, job) if len(layer.text.split()) <= STAMP else None
        if scanned is not None:
            pictures += 1
            reasons.add(scanned.why if isinstance(scanned, NotScanned) else "")
            total += len(scanned.text.strip()) if isinstance(scanned, Scanned) else 0
            yield page_frame(number, layer.width, layer.height, scanned, layer.hidden)
            continue
        total += len(layer.text.strip())
        yield frames.frame(
            frames.PAGE,
            frames.pack_page(
                frames.PageFrame(
                    number,
                    len(layer.text),
                    layer.width,
                    layer.height,
                    layer.text.encode(),
                    layer.boxes.astype("<f4").tobytes(),
                    layer.rules.astype("<f4").tobytes(),
                    json.dumps({"hidden": layer.hidden}).encode(),
                )
            ),
        )
    if not total and job.first_page == 1:
        if pictures and not job.ocr:
            raise Unreadable("ocr_missing")
        if "ocr_language" in reasons:
            raise Unreadable("ocr_language")
        raise Unreadable("pdf_hidden_text" if hidden else "pdf_no_text")


def _scan(document: int, number: int, layer: textlayer.TextLayer, job: Job) -> Scanned | NotScanned | None:
    """The page by OCR when it is a picture with hardly a visible word on it; None when it is not."""
    page = engine.load_page(document, number - 1)
    if not page:
        raise Unreadable("pdf_broken")
    try:
        worth = COVERS if layer.text.strip() else LEAST_PICTURE
        if picture_share(page, layer.width * layer.height) < worth:
            return None
        if not job.ocr:
            return NotScanned("ocr_missing") if not layer.text.strip() else None
        scale = min(DPI / 72, math.sqrt(job.max_pixels / (layer.width * layer.height)))
        png = painting.draw(page, scale, highlight=(), blackout=(), max_pixels=job.max_pixels)
    except ValueError as error:
        raise Unreadable("pdf_broken") from error
    finally:
        engine.close_page(page)
    found = read_picture(png, job.ocr, job.ocr_languages, layer.height, scale)
    # A page with a stamp on a picture nobody can read keeps the stamp.
    return None if isinstance(found, NotScanned) and layer.text.strip() else found


def picture(job: Job, data: bytes) -> bytes:
    """A PICTURE frame with the PNG of page `job.first_page`. Raises Unreadable: as `pages`, and no_page."""
    document, count = _open(data)
    if not 1 <= job.first_page <= count:
        raise Unreadable("no_page")
    page = engine.load_page(document, job.first_page - 1)
    if not page:
        raise Unreadable("pdf_broken")
    try:
        if not job.images:
            page_objects.hide_images(page)
        png = painting.draw(page, job.scale, highlight=job.highlight, blackout=job.blackout, max_pixels=job.max_pixels)
    except ValueError as error:
        raise Unreadable("pdf_broken") from error
    finally:
        engine.close_page(page)
    return frames.frame(frames.PICTURE, png)


def _open(data: bytes) -> tuple[int, int]:
    document = engine.load_document(data, len(data), None)
    if not document:
        if b"%PDF-" not in data[:_HEADER_WITHIN]:
            raise Unreadable("pdf_not_pdf")
        locked = engine.last_error() in (engine.PASSWORD_ERROR, engine.SECURITY_ERROR)
        raise Unreadable("pdf_encrypted" if locked else "pdf_broken")
    count = engine.page_count(document)
    if count < 1:
        raise Unreadable("pdf_broken")
    return document, count


def _read(document: int, number: int, max_chars: int) -> textlayer.TextLayer:
    page = engine.load_page(document, number - 1)
    if not page:
        raise Unreadable("pdf_broken")
    try:
        return textlayer.read_page(document, page, max_chars)
    except textlayer.TooMuchText as error:
        raise Unreadable("parse_text") from error
    except ValueError as error:
        raise Unreadable("pdf_broken") from error
    finally:
        engine.close_page(page)


def _title(document: int) -> str | None:
    size = engine.meta_text(document, b"Title", None, 0)
    if not 2 < size <= 1 << 16:
        return None
    buffer = ctypes.create_string_buffer(size)
    engine.meta_text(document, b"Title", ctypes.addressof(buffer), size)
    text = buffer.raw[: size - 2].decode("utf-16-le", "replace")
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean[:_LONGEST_TITLE] or None
