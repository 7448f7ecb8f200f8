"""Identifiers in a text that are not those of the one person it is about."""

from __future__ import annotations

from preceptor.deid.detect import detect
from preceptor.deid.known import Known
from preceptor.deid.known_find import find_known
from preceptor.deid.labels import Policy
from preceptor.deid.name_runs import read_page
from preceptor.deid.pieces import pieces
from preceptor.deid.plain import plain
from preceptor.deid.spans import Span


def find_others(text: str, subject: Known | None, policy: Policy) -> list[Span]:
    """What `policy` takes in `text` and the record of `subject` does not explain; sorted, in code points of `text`.

    Without a subject that is everything it takes. A find with one more letter or digit than the record holds is
    somebody else's (Maria Berg where the record says Maria Lind). Linear in the length of the text.
    """
    theirs = bytearray(len(text))
    if subject is not None:
        for piece in pieces(text):
            for span in find_known(read_page(plain(text[piece.start : piece.end])), subject):
                start, end = piece.start + span.start, piece.start + span.end
                theirs[start:end] = b"\1" * (end - start)
    return [
        span
        for span in detect(text, policy)
        if any(text[i].isalnum() and not theirs[i] for i in range(span.start, span.end))
    ]
