"""The process that reads a stranger's file: one file, hard limits, no environment, no way back but frames of data.

Started by `process.py` as `python -I -m preceptor.evidence.parsing.worker`. It takes the job and the file from its
standard input, sets its own limits before it looks at the file, and writes frames to its standard output. What it is
not: a sandbox against a flaw in PDFium that runs code; it has the user's own rights to the file system.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from preceptor.evidence.parsing import frames
from preceptor.evidence.parsing.job import Job, unpack_job

INTERNAL = 70
"""Exit status after an error of our own (EX_SOFTWARE)."""


class Refused(Exception):
    """The file cannot be read; the code is one of `errors.CODES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def main() -> int:
    """Do the one job on standard input; the exit status is 0 also when the file was refused."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)  # a library that prints must not write between frames
    source = sys.stdin.buffer
    kind, size = frames.PREFIX.unpack(source.read(frames.PREFIX.size))
    if kind != frames.JOB:
        return INTERNAL
    job = unpack_job(source.read(size))
    try:
        for piece in _answer(job, source):
            out.write(piece)
        out.write(frames.frame(frames.DONE))
    except BrokenPipeError:
        return 0
    except Refused as refusal:
        out.write(_error(refusal.code))
    except MemoryError:
        out.write(_error("parse_memory"))
    return 0


def _error(code: str) -> bytes:
    return frames.frame(frames.ERROR, code.encode())


def _answer(job: Job, source: BinaryIO) -> Iterator[bytes]:
    if job.task == "text":
        limit = _confine(job)
        yield from _text_pages(job, source.read(job.size))
        return
    if job.task in ("html", "docx"):
        yield from _marked_up(job, source)
        return
    if job.task == "scan":
        yield from _scanned(job, source)
        return
    from preceptor.evidence.parsing import document  # noqa: PLC0415  numpy and PDFium cost 80 ms that text does not need

    document.start()
    limit = _confine(job)
    data = source.read(job.size)
    try:
        if job.task == "picture":
            yield document.picture(job, data)
        else:
            yield from document.pages(job, data, over_limit=limit)
    except document.Unreadable as error:
        raise Refused(error.code) from error


def _text_pages(job: Job, data: bytes) -> Iterator[bytes]:
    from preceptor.evidence.parsing import plain  # noqa: PLC0415  not needed for PDF

    try:
        text = plain.text_of(data)
    except plain.NotText as error:
        raise Refused("text_not_utf8") from error
    yield from _cut(job, text, None, {})


def _marked_up(job: Job, source: BinaryIO) -> Iterator[bytes]:
    from preceptor.evidence.parsing import encoding, markup, office  # noqa: PLC0415  a fifth of a second PDF does without

    _confine(job)
    data = source.read(job.size)
    try:
        found = office.read_office(data) if job.task == "docx" else markup.read_markup(encoding.html_text(data))
    except office.NotOffice as error:
        raise Refused(error.code) from error
    except encoding.UnknownEncoding as error:
        raise Refused("text_not_utf8") from error
    yield from _cut(job, found.text, found.title, found.hidden)


def _scanned(job: Job, source: BinaryIO) -> Iterator[bytes]:
    from preceptor.evidence.parsing import pictures  # noqa: PLC0415  needed for pictures only

    _confine(job)
    try:
        yield from pictures.pages(job, source.read(job.size))
    except pictures.Unreadable as error:
        raise Refused(error.code) from error


def _cut(job: Job, text: str, title: str | None, hidden: dict[str, int]) -> Iterator[bytes]:
    """Frames of a text's pages; what was hidden is told with the first one."""
    from preceptor.evidence.parsing import plain  # noqa: PLC0415  not needed for PDF

    if not text.strip():
        raise Refused("file_empty")
    if len(text) > job.max_chars:
        raise Refused("parse_text")
    pages = list(plain.split_pages(text))
    if len(pages) > job.max_pages:
        raise Refused("parse_pages")
    yield frames.frame(frames.HEAD, json.dumps({"pages": len(pages), "title": title}).encode())
    for number, page in enumerate(pages[job.first_page - 1 :], start=job.first_page):
        facts = json.dumps({"hidden": hidden if number == 1 else {}}).encode()
        made = frames.PageFrame(number, len(page), 0, 0, page.encode(), facts=facts)
        yield frames.frame(frames.PAGE, frames.pack_page(made))


class _Memory:
    """Whether more address space was used than the job allows, although no allocation failed in a way we were told of.

    PDFium answers some failed allocations with an empty page. So the hard limit stands a quarter higher than the one
    of the job, and after every page the peak is compared with the job's.
    """

    def __init__(self, allowed: int) -> None:
        self.ceiling = _address_space("VmSize") + allowed

    def __call__(self) -> bool:
        return _address_space("VmPeak") > self.ceiling


def _address_space(name: str) -> int:
    """Bytes, from the kernel; 0 where it does not tell (then only the hard limit holds)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def _confine(job: Job) -> _Memory:
    """Set the limits; everything that is imported is imported by now."""
    memory = _Memory(job.memory)
    hard = _address_space("VmSize") + job.memory + job.memory // 4
    limits = {
        resource.RLIMIT_AS: (hard, hard),
        resource.RLIMIT_CPU: (job.cpu_seconds, job.cpu_seconds + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (16, 16),
        resource.RLIMIT_CORE: (0, 0),
    }
    for which, (soft, ceiling) in limits.items():
        allowed = resource.getrlimit(which)[1]
        most = ceiling if allowed == resource.RLIM_INFINITY else allowed
        resource.setrlimit(which, (min(soft, most), min(ceiling, most)))
    return memory


if __name__ == "__main__":
    sys.exit(main())
