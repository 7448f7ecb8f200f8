"""Segments: the packed postings of several document versions, built, joined and thinned without a database."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.bm25 import VersionIndex

WIDTH = 8  # segments of about one size that are joined into one
SMALLEST = 64  # passages: everything below is of one size
LARGEST = 32_768  # passages: a segment from half of this on is left as it is, so that a removal rewrites little


@dataclass(frozen=True, eq=False)
class Segment:
    """Postings of the passages of `versions`, numbered through: those of versions[n] are starts[n]:starts[n + 1].

    `lengths`: each passage's length in terms. `terms`: rising by code point; `counts`: in how many passages each
    stands; `places`: their numbers, rising, term after term; `tfs`: how often it stands in each.
    """

    versions: tuple[uuid.UUID, ...]
    starts: NDArray[np.int64]
    lengths: NDArray[np.uint16]
    terms: tuple[str, ...]
    counts: NDArray[np.uint32]
    places: NDArray[np.uint32]
    tfs: NDArray[np.uint16]

    @cached_property
    def slots(self) -> dict[str, int]:
        """Term → its number in `terms`."""
        return {term: slot for slot, term in enumerate(self.terms)}

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """The postings of terms[n] are ends[n]:ends[n + 1]."""
        return _bounds(self.counts)

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return 6 * len(self.places) + 2 * len(self.lengths) + 170 * len(self.terms) + 100 * len(self.versions)


@dataclass(frozen=True, eq=False)
class Packed:
    """A segment as it is stored: `terms` joined by line feeds; `counts` 4 bytes each, high byte first; `places` 4
    bytes, `lengths` and `tfs` 2 bytes each, low byte first."""

    versions: list[uuid.UUID]
    passages: list[int]
    lengths: bytes
    terms: str
    counts: bytes
    places: bytes
    tfs: bytes


def packed(segment: Segment) -> Packed:
    """The stored form."""
    return Packed(
        list(segment.versions),
        np.diff(segment.starts).tolist(),
        segment.lengths.astype("<u2").tobytes(),
        "\n".join(segment.terms),
        segment.counts.astype(">u4").tobytes(),
        segment.places.astype("<u4").tobytes(),
        segment.tfs.astype("<u2").tobytes(),
    )


def unpacked(stored: Packed) -> Segment:
    """The reverse of `packed`; ValueError when the parts do not fit each other."""
    terms = tuple(stored.terms.split("\n")) if stored.terms else ()
    segment = Segment(
        tuple(stored.versions),
        _bounds(stored.passages),
        np.frombuffer(stored.lengths, "<u2").astype(np.uint16, copy=False),
        terms,
        np.frombuffer(stored.counts, ">u4").astype(np.uint32),
        np.frombuffer(stored.places, "<u4").astype(np.uint32, copy=False),
        np.frombuffer(stored.tfs, "<u2").astype(np.uint16, copy=False),
    )
    postings = int(segment.counts.sum(dtype=np.int64))
    fits = len(segment.versions) == len(stored.passages) and int(segment.starts[-1]) == len(segment.lengths)
    if not fits or len(terms) != len(segment.counts) or not postings == len(segment.places) == len(segment.tfs):
        raise ValueError("a packed segment is broken")
    return segment


def of_version(version: uuid.UUID, index: VersionIndex) -> Segment:
    """The segment of one version."""
    terms = tuple(sorted(index.postings))
    rows = [index.postings[term] for term in terms]
    return Segment(
        (version,),
        _bounds([len(index.lengths.terms)]),
        index.lengths.terms,
        terms,
        np.array([len(row.ordinals) for row in rows], np.uint32),
        np.concatenate([np.empty(0, np.uint32), *(row.ordinals for row in rows)]),
        np.concatenate([np.empty(0, np.uint16), *(row.tfs for row in rows)]),
    )


def joined(segments: Sequence[Segment]) -> Segment:
    """One segment with all that stands in `segments`, whose versions differ."""
    terms = tuple(sorted({term for segment in segments for term in segment.terms}))
    slots = {term: slot for slot, term in enumerate(terms)}
    bases = _bounds([len(segment.lengths) for segment in segments])
    owners = np.concatenate(
        [
            np.empty(0, np.int32),
            *(np.repeat(np.array([slots[t] for t in s.terms], np.int32), s.counts) for s in segments),
        ]
    )
    places = np.concatenate(
        [np.empty(0, np.uint32), *(s.places + np.uint32(b) for s, b in zip(segments, bases, strict=False))]
    )
    order = np.argsort(owners, kind="stable")  # each segment's part is rising already: a merge of runs
    return Segment(
        tuple(version for segment in segments for version in segment.versions),
        _bounds([int(n) for segment in segments for n in np.diff(segment.starts)]),
        np.concatenate([np.empty(0, np.uint16), *(s.lengths for s in segments)]),
        terms,
        np.bincount(owners, minlength=len(terms)).astype(np.uint32),
        places[order],
        np.concatenate([np.empty(0, np.uint16), *(s.tfs for s in segments)])[order],
    )


def without(segment: Segment, versions: Collection[uuid.UUID]) -> Segment:
    """The segment less everything of `versions`: their passages, postings, and terms that stand nowhere else."""
    stays = np.array([version not in versions for version in segment.versions], bool)
    sizes = np.diff(segment.starts)
    passage_stays = np.repeat(stays, sizes)
    numbers = (np.cumsum(passage_stays) - 1).astype(np.uint32)
    kept = passage_stays[segment.places]
    owners = np.repeat(np.arange(len(segment.terms)), segment.counts)[kept]
    counts = np.bincount(owners, minlength=len(segment.terms)).astype(np.uint32)
    return Segment(
        tuple(v for v in segment.versions if v not in versions),
        _bounds(sizes[stays]),
        segment.lengths[passage_stays],
        tuple(term for term, count in zip(segment.terms, counts, strict=True) if count),
        counts[counts > 0],
        numbers[segment.places[kept]],
        segment.tfs[kept],
    )


def to_join(sizes: Sequence[tuple[uuid.UUID, int]]) -> list[uuid.UUID]:
    """Which segments to join next, of (id, passages): the smallest class that has `WIDTH` of them, all of it as far as
    `LARGEST` passages go; empty when nothing is to be done. Classes are powers of `WIDTH` (log-structured merge tree,
    O'Neil et al. 1996, in its tiered form): a passage is rewritten a number of times logarithmic in the library."""
    classes: dict[int, list[tuple[uuid.UUID, int]]] = {}
    for segment, passages in sizes:
        if passages < LARGEST // 2:
            classes.setdefault(_class(passages), []).append((segment, passages))
    for _, members in sorted(classes.items()):
        if len(members) < WIDTH:
            continue
        chosen, total = list[uuid.UUID](), 0
        for segment, passages in sorted(members, key=lambda m: (m[1], m[0])):
            if total + passages > LARGEST:
                break
            chosen.append(segment)
            total += passages
        if len(chosen) > 1:
            return chosen
    return []


def _class(passages: int) -> int:
    found, limit = 0, SMALLEST
    while passages >= limit:
        found, limit = found + 1, limit * WIDTH
    return found


def _bounds(sizes: Sequence[int] | NDArray[np.integer]) -> NDArray[np.int64]:
    """0 and the running sums of `sizes`."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(sizes, np.int64))])
