"""The check that a quotation stands, byte for byte, at its place in the stored page: run in the moment of release.

What is proven: the bytes of the quotation are the bytes `start:end` (code points) of the stored text of that
page of that version. That the version is in force is checked at search time; that the quotation answers the
question is nobody's proof.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A stretch of a stored page: `start` and `end` in code points, end exclusive, page from 1."""

    version: uuid.UUID
    page: int
    start: int
    end: int


@dataclass(frozen=True)
class Quotation:
    """Words and the place they are claimed to stand at."""

    place: Place
    text: str


@dataclass(frozen=True)
class Verified:
    """The quotation stands there."""

    quotation: Quotation


@dataclass(frozen=True)
class Refused:
    """It does not; `reason` is `no_page`, `out_of_range`, `empty` or `other_bytes`."""

    quotation: Quotation
    reason: str


def verify(quotation: Quotation, pages: Mapping[tuple[uuid.UUID, int], str]) -> Verified | Refused:
    """Hold `quotation` against the stored pages, which the caller has just read in the releasing transaction.

    0. The page is there. 1. The place lies inside it. 2. The quotation is not empty or blank.
    3. Its UTF-8 bytes are the page's at that place.
    """
    place = quotation.place
    page = pages.get((place.version, place.page))
    if page is None:
        return Refused(quotation, "no_page")
    if not 0 <= place.start < place.end <= len(page):
        return Refused(quotation, "out_of_range")
    if not quotation.text.strip():
        return Refused(quotation, "empty")
    # "surrogatepass": stored text holds none, but a forged quotation may, and must be refused, not crash.
    stands = page[place.start : place.end].encode("utf-8", "surrogatepass")
    if stands != quotation.text.encode("utf-8", "surrogatepass"):
        return Refused(quotation, "other_bytes")
    return Verified(quotation)


def verify_all(
    quotations: Sequence[Quotation], pages: Mapping[tuple[uuid.UUID, int], str]
) -> tuple[list[Verified], list[Refused]]:
    """All of them, in order, parted into what may leave and what may not."""
    held, refused = list[Verified](), list[Refused]()
    for quotation in quotations:
        outcome = verify(quotation, pages)
        if isinstance(outcome, Verified):
            held.append(outcome)
        else:
            refused.append(outcome)
    return held, refused
