"""Bytes of any quality read as text, so that every position afterwards is one of this text."""

from __future__ import annotations

import codecs

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; the longer before the shorter that begins it."""


def read_text(data: bytes) -> str:
    """`data` as text: by its byte order mark, which is dropped, else as UTF-8. Never raises.

    What is not valid becomes U+FFFD, one for each maximal part of a broken sequence (Unicode 3.9, "Best Practice
    for Using U+FFFD"), so that a broken byte takes no valid neighbour with it. NUL and all other controls are kept.
    The contract on positions: spans count code points of the text returned here, and the text returned here is what
    must be masked, stored and shown. The bytes cannot be cut by those positions; the same bytes always give the same
    text.
    """
    for mark, encoding in _MARKS:
        # A NUL may begin a text, so the 32-bit mark counts only in a body of whole 32-bit units.
        if data.startswith(mark) and (len(mark) < 4 or len(data) % 4 == 0):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode("utf-8", "replace")
