"""Takes documents into the library from the console: stored at once, read in the background."""

from __future__ import annotations

import asyncio
import io
import re
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from preceptor.access.labels import checked_labels
from preceptor.errors import Invalid, LimitReached, PreceptorError
from preceptor.evidence.ingest import Shelf, receive_document, resume
from preceptor.evidence.metadata import Metadata, require_date
from preceptor.evidence.parsing.archive import list_members, read_member
from preceptor.evidence.parsing.limits import MIB
from preceptor.evidence.parsing.media import media_type_of
from preceptor.journal import journal
from preceptor.web.forms import SentFile, SentForm, read_multipart
from preceptor.web.visit import Visit, read_body

FORM_BYTES = 1 * MIB  # what the fields and the frame of a form may take beside the files
ARCHIVE = ".zip"
UPLOAD_SECONDS = 300.0
PATIENCE_SECONDS = 4.0  # most policies are read in that time; the page then shows the document as it is
LOG = journal("web")


@dataclass(frozen=True)
class Refused:
    """A file that was not taken: its name and what was wrong."""

    name: str
    error: PreceptorError


@dataclass(frozen=True)
class Uploaded:
    """What became of the files of one form. `known` were in the library already; all are versions."""

    taken: list[uuid.UUID]
    known: list[uuid.UUID]
    refused: list[Refused]


async def take_upload(visit: Visit) -> Uploaded:
    """Store the files of the request's form and begin to read them, one after the other.

    Waits a few seconds for the reading. What is still unread then, or when the process ends, stays in state `reading`
    and is read on. Invalid for a form without a file; a file that cannot be taken fails alone.
    """
    async with visit.parts.uploads:  # one form in memory at a time
        content_type = visit.request.headers.get("content-type", "")
        body = await read_body(visit.request, visit.limits.max_bytes + FORM_BYTES, UPLOAD_SECONDS)
        form = read_multipart(body, content_type)
        del body
        if not form.files:
            raise Invalid("invalid_request", "Choose at least one file.")
        several = len(form.files) > 1 or form.files[0].name.lower().endswith(ARCHIVE)
        if several and form.fields.get("version", "").strip():
            raise Invalid("invalid_request", "A version is for one file; upload several without it.")
        done = await _receive(visit, form)
    reading = [_begin(visit, version) for version in done.taken]
    if reading:
        await asyncio.wait(reading, timeout=PATIENCE_SECONDS)
    return done


async def _receive(visit: Visit, form: SentForm) -> Uploaded:
    shelf, done = _shelf(visit), Uploaded([], [], [])
    labels = checked_labels(form.fields.get("labels", "").replace(",", " ").split())
    for sent in form.files:
        async for name, owner, read in _unpacked(sent, done.refused, shelf.limits.max_bytes):
            try:
                data = await asyncio.to_thread(read)
                media_type = media_type_of(name, data[:1024])
                said = _said(form, document_stem(name), owner)
                _, received = await receive_document(shelf, visit.caller, said, data, media_type, labels)
                (done.known if received.known else done.taken).append(received.id)
            except (Invalid, LimitReached) as error:
                done.refused.append(Refused(name, error))
    return done


Part = tuple[str, str, Callable[[], bytes]]
"""A file to take: its name, the payer or department its folder names, and how to read it."""


async def _unpacked(sent: SentFile, refused: list[Refused], limit: int) -> AsyncGenerator[Part]:
    """The file itself, or the files of an archive one after the other; an archive that cannot be read is refused."""
    if PurePosixPath(sent.name).suffix.lower() != ARCHIVE:
        yield sent.name, "", lambda: sent.data
        return
    try:
        members = await asyncio.to_thread(list_members, io.BytesIO(sent.data))
    except (Invalid, LimitReached) as error:
        refused.append(Refused(sent.name, error))
        return
    for member in members:
        yield member.path.name, member.path.parent.name, partial(read_member, io.BytesIO(sent.data), member, limit)


def document_stem(name: str) -> str:
    """The document's name in an upload's file name, which is whatever the sender wrote: no folder, no way out of one,
    letters, digits and a few signs."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    return re.sub(r"\.{2,}", ".", re.sub(r"[^\w .()+&,-]+", "-", stem)).strip(" .-")[:200] or "document"


def _said(form: SentForm, stem: str, owner: str) -> Metadata:
    """What the form says of a file; `owner` is what the archive's folder says."""

    def said(name: str) -> str | None:
        return form.fields.get(name, "").strip()[:200] or None

    begins, ends = said("effective_from"), said("effective_to")
    found = Metadata(
        stem=stem,
        owner=said("owner") or owner,
        version=said("version"),
        effective_from=require_date(begins) if begins else None,
        effective_to=require_date(ends) if ends else None,
        supersedes=form.fields.get("supersedes") == "yes",
    )
    if found.effective_from and found.effective_to and found.effective_to < found.effective_from:
        raise Invalid("invalid_date")
    return found


def _shelf(visit: Visit) -> Shelf:
    services = visit.services
    return Shelf(services.database, services.clock, services.keys.get(visit.caller.tenant), visit.limits)


def _begin(visit: Visit, version: uuid.UUID) -> asyncio.Task[None]:
    """Read a stored version in the background; the set keeps the task alive."""
    task = asyncio.create_task(_read(visit, version))
    visit.parts.readings.add(task)
    task.add_done_callback(visit.parts.readings.discard)
    return task


async def _read(visit: Visit, version: uuid.UUID) -> None:
    try:
        async with visit.parts.reader:
            await resume(_shelf(visit), visit.caller, only=version)
    except PreceptorError as error:
        LOG.warning("document_waits", version=str(version), code=error.code)
    except Exception as error:  # a foreign message may quote the document: only its kind is logged
        LOG.warning("document_waits", version=str(version), error=type(error).__name__)
