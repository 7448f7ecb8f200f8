"""The worker's side of a PDF: opening it, its pages as frames, one page as a picture."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterator

from preceptor.evidence.parsing import engine, frames, painting, textlayer
from preceptor.evidence.parsing.job import Job

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
    total = hidden = 0
    for number in range(job.first_page, count + 1):
        layer = _read(document, number, min(job.max_chars_per_page, job.max_chars - total))
        if over_limit():
            raise Unreadable("parse_memory")
        total += len(layer.text.strip())
        hidden += layer.hidden
        yield frames.frame(
            frames.PAGE,
            frames.pack_page(
                frames.PageFrame(
                    number,
                    layer.hidden,
                    len(layer.text),
                    layer.width,
                    layer.height,
                    layer.text.encode(),
                    layer.boxes.astype("<f4").tobytes(),
                )
            ),
        )
    if not total and job.first_page == 1:
        raise Unreadable("pdf_hidden_text" if hidden else "pdf_no_text")


def picture(job: Job, data: bytes) -> bytes:
    """A PICTURE frame with the PNG of page `job.first_page`. Raises Unreadable: as `pages`, and no_page."""
    document, count = _open(data)
    if not 1 <= job.first_page <= count:
        raise Unreadable("no_page")
    page = engine.load_page(document, job.first_page - 1)
    if not page:
        raise Unreadable("pdf_broken")
    try:
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
        return textlayer.read_page(page, max_chars)
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
