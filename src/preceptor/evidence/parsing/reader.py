"""A file's pages, read one after the other in a process with limits, from any page on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from preceptor.errors import Invalid, LimitReached, NotFound, PreceptorError
from preceptor.evidence.parsing import frames, media
from preceptor.evidence.parsing.job import Job
from preceptor.evidence.parsing.limits import Limits
from preceptor.evidence.parsing.pages import ParsedPage
from preceptor.evidence.parsing.process import Worker, working

OCR_SECONDS = 60.0
"""Added to a document's time for each page that OCR was asked for."""
_TASKS = {
    media.PDF: "pdf",
    media.MARKDOWN: "text",
    media.PLAIN: "text",
    media.HTML: "html",
    media.DOCX: "docx",
    **dict.fromkeys(media.PICTURES, "scan"),
}


@dataclass(frozen=True)
class Reading:
    """A document being read: `total` pages in the file, `title` as its own metadata says (PDF), and its pages."""

    total: int
    title: str | None
    first_page: int
    _worker: Worker

    @property
    def process(self) -> int:
        """The number of the process that reads."""
        return self._worker.number

    async def pages(self) -> AsyncIterator[ParsedPage]:
        """The pages from `first_page` to the last, each once; the worker waits while the caller works on one.

        Raises Invalid: pdf_broken, and at the very end pdf_no_text when the first page was 1 and none had text.
        Raises LimitReached: parse_time, parse_memory, parse_text.
        """
        expected = self.first_page
        while True:
            kind, payload = await self._worker.frame()
            if kind == frames.DONE and expected == max(self.total + 1, self.first_page):
                return
            page = _page(payload) if kind == frames.PAGE else None
            if page is None or page.number != expected:
                raise PreceptorError("internal", "The reading process answered out of order.")
            if page.facts.get("ocr") or page.facts.get("unread"):
                self._worker.allow(OCR_SECONDS)
            yield page
            expected += 1


@asynccontextmanager
async def open_document(
    data: bytes | Path, media_type: str, limits: Limits | None = None, first_page: int = 1
) -> AsyncGenerator[Reading]:
    """Start reading a file; the process that reads it ends with the block.

    Raises Invalid: unsupported_media_type, file_empty, pdf_not_pdf, pdf_encrypted, pdf_broken, text_not_utf8,
    docx_broken, docx_too_large, picture_broken, ocr_missing.
    Raises LimitReached: file_too_large, parse_pages, parse_time, parse_memory. Raises NotFound: file_not_found.
    `first_page` counts from 1; one past the last page gives no pages.
    """
    limits = limits or Limits()
    if media_type not in _TASKS:
        raise Invalid("unsupported_media_type")
    if first_page < 1:
        raise Invalid("invalid_request", "Pages count from 1.")
    content = await asyncio.to_thread(_content, data, limits.max_bytes)
    async with working(limits) as worker:
        await worker.send(job_for(_TASKS[media_type], content, limits, first_page), content)
        kind, payload = await worker.frame()
        if kind != frames.HEAD:
            raise PreceptorError("internal", "The reading process answered out of order.")
        head = json.loads(payload)
        yield Reading(int(head["pages"]), head["title"], first_page, worker)


async def read_document(
    data: bytes | Path, media_type: str, limits: Limits | None = None, first_page: int = 1
) -> AsyncIterator[ParsedPage]:
    """The pages of a file; `open_document` tells the page count and title as well, and raises the same errors."""
    async with open_document(data, media_type, limits, first_page) as reading:
        async for page in reading.pages():
            yield page


def job_for(task: str, content: bytes, limits: Limits, first_page: int) -> Job:
    """The job that has `content` read under `limits`."""
    return Job(
        task=task,
        size=len(content),
        memory=limits.memory,
        cpu_seconds=limits.cpu_seconds,
        max_pages=limits.max_pages,
        max_chars_per_page=limits.max_chars_per_page,
        max_chars=limits.max_chars,
        max_pixels=limits.max_pixels,
        first_page=first_page,
        ocr=limits.ocr or "",
        ocr_languages=limits.ocr_languages,
    )


def _content(data: bytes | Path, max_bytes: int) -> bytes:
    if isinstance(data, Path):
        try:
            if data.stat().st_size > max_bytes:
                raise LimitReached("file_too_large")
            with data.open("rb") as file:
                data = file.read(max_bytes + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound("file_not_found") from error
    if len(data) > max_bytes:
        raise LimitReached("file_too_large")
    if not data:
        raise Invalid("file_empty")
    return data


def _page(payload: bytes) -> ParsedPage:
    try:
        frame = frames.unpack_page(payload)
        text = frame.text.decode("utf-8")
        facts = json.loads(frame.facts)
    except ValueError as error:
        raise PreceptorError("internal", "The reading process answered with a damaged page.") from error
    if len(text) != frame.chars:
        raise PreceptorError("internal", "The reading process answered with a damaged page.")
    boxes = None if frame.boxes is None else np.frombuffer(frame.boxes, "<f4").reshape(-1, 4).astype(np.float32)
    rules = np.frombuffer(frame.rules, "<f4").reshape(-1, 4).astype(np.float32)
    return ParsedPage(frame.number, text, frame.width, frame.height, boxes, facts.pop("hidden", {}), rules, facts)
