"""Anchors: signed heads kept where whoever owns the database cannot reach, one after the other in an append-only file.

A log that was rewritten afterwards does not agree with them, however well it was rewritten. The file belongs on
another path, best on another machine or on a medium that can only be written once.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from preceptor.audit.checkpoint import Checkpoint, parse
from preceptor.audit.formats import notes_of
from preceptor.errors import IntegrityFailure, Unavailable

MAX_BYTES = 256 * 1024 * 1024


def newest(text: str, origin: str) -> Checkpoint | None:
    """The last head of a log in an anchor file, unverified; None when it has none."""
    found = None
    for note in notes_of(text):
        head = parse(note)
        if head.origin == origin:
            found = head
    return found


def append_anchor(path: Path, note: str) -> bool:
    """Append a signed head to the file, on disk when this returns; False when it stands there already.

    IntegrityFailure `anchor_mismatch` when the file holds a later head of the log, or another one of the same size: the
    log was set back. Unavailable `anchor_unwritten` when the file cannot be written. Several processes may append.
    """
    head = parse(note)
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        raise Unavailable("anchor_unwritten") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        known = newest(_whole(handle), head.origin)
        if known is not None and (known.size, known.root) == (head.size, head.root):
            os.utime(handle)  # looked at: the time of the next anchor counts from here
            return False
        if known is not None and known.size >= head.size:
            raise IntegrityFailure("anchor_mismatch")
        os.write(handle, (note + "\n").encode())
        os.fsync(handle)
        return True
    except OSError:
        raise Unavailable("anchor_unwritten") from None
    finally:
        os.close(handle)


def _whole(handle: int) -> str:
    size = os.fstat(handle).st_size
    if size > MAX_BYTES:
        raise Unavailable("anchor_unwritten", "The anchor file is too large: begin a new one, and keep this one.")
    return os.pread(handle, size, 0).decode("utf-8", "replace")
