"""The parent's side of the worker: started, fed, heard within the time allowed, and ended whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from preceptor.errors import CODES, Invalid, LimitReached, NotFound, PreceptorError
from preceptor.evidence.parsing import frames
from preceptor.evidence.parsing.job import Job, pack_job
from preceptor.evidence.parsing.limits import Limits

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # glibc: keep freed arrays instead of giving their pages back and faulting them in again for the next page.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}
_BUFFER = 1 << 20
"""Bytes held here before the worker has to wait for the reader of pages."""
_LARGEST_PICTURE = 64 << 20
_HIDDEN = (
    "All text of the PDF is invisible on its pages (a scan with a hidden text layer?); nothing of it can be shown."
)


class Worker:
    """A running worker; `frame()` is what it says next."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits) -> None:
        self._process = process
        self._left = limits.wall_seconds
        self._largest = max(limits.max_chars_per_page * 20 + 4096, _LARGEST_PICTURE)

    @property
    def number(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    def allow(self, seconds: float) -> None:
        """More time: a page had to be read by OCR."""
        self._left += seconds

    async def send(self, job: Job, data: bytes) -> None:
        """Give it the job and the file; a worker that died over it is told by the next `frame()`."""
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            async with self._clock():
                pipe.write(frames.frame(frames.JOB, pack_job(job)))
                pipe.write(data)
                await pipe.drain()
                pipe.close()

    async def frame(self) -> tuple[bytes, bytes]:
        """Kind and payload of the next frame. Raises the product's error when the worker refused the file or died."""
        pipe = self._process.stdout
        assert pipe is not None
        try:
            async with self._clock():
                kind, size = frames.PREFIX.unpack(await pipe.readexactly(frames.PREFIX.size))
                if size > self._largest:
                    raise PreceptorError("internal", "The reading process answered with too much.")
                payload = await pipe.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise await self._why_it_died() from error
        if kind == frames.ERROR:
            raise refusal(payload.decode("ascii", "replace"))
        return kind, payload

    @asynccontextmanager
    async def _clock(self) -> AsyncGenerator[None]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(max(self._left, 0.0)):
                yield
        except TimeoutError as error:
            raise LimitReached("parse_time") from error
        finally:
            self._left -= loop.time() - begun

    async def _why_it_died(self) -> PreceptorError:
        status = await self._process.wait()
        if status in (-signal.SIGXCPU, -signal.SIGALRM):
            return LimitReached("parse_time")
        # PDFium ends itself by a trap or an abort when an allocation fails; SIGKILL is the kernel's, out of memory.
        if status in (-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL, -signal.SIGKILL):
            return LimitReached("parse_memory")
        if status < 0:
            return Invalid("pdf_broken")
        return PreceptorError("internal", "The reading process ended without an answer.", status=str(status))


def refusal(code: str) -> PreceptorError:
    """The product's error for a code the worker sent; an unknown one is `internal`."""
    if code == "pdf_hidden_text":
        return Invalid("pdf_no_text", _HIDDEN)
    if code == "no_page":
        return NotFound("not_found", "The document has no such page.")
    if code not in CODES:
        return PreceptorError("internal", "The reading process answered with an unknown code.")
    limit = code.startswith("parse_") or code.endswith("_too_large")
    return LimitReached(code) if limit else Invalid(code)


@asynccontextmanager
async def working(limits: Limits) -> AsyncGenerator[Worker]:
    """A worker, killed and reaped at the end of the block, also when the caller is cancelled.

    Its environment is `_ENVIRONMENT` and no more; `-I` keeps Python from reading any other.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "preceptor.evidence.parsing.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback could hold text of the file
        env=_ENVIRONMENT,
        start_new_session=True,  # Ctrl-C is for the parent, which ends the worker itself
        limit=_BUFFER,
    )
    try:
        yield Worker(process, limits)
    finally:
        if process.returncode is None:
            # Not process.kill(): it polls first, and a child it reaps is one that asyncio's watcher then misses.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())
