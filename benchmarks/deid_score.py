"""Scores of a de-identifier against gold spans: was each identifier hidden whole, and what was hidden needlessly.

Definitions. Only letters and digits count as characters. A gold span is hidden when every one of its letters and
digits lies in some predicted span, whatever its label. `optional` spans (a state, a year, a weekday, a facility, a
title) are neutral: neither a miss nor a false find. A `trap` looks like an identifier and is none; it counts as
redacted when any of its characters is hidden. Predicted spans with no letter or digit between them count as one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Extent = tuple[int, int]
"""Start and end in code points of the text; the end is not part of it."""


@dataclass
class Tally:
    """`hits` of `n`."""

    hits: int = 0
    n: int = 0

    def add(self, hit: bool) -> None:
        """Count one."""
        self.hits += hit
        self.n += 1

    @property
    def share(self) -> float:
        """`hits / n`; NaN of nothing."""
        return self.hits / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the share (Wilson 1927), which takes the counts as independent."""
        return wilson(self.hits, self.n)


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson score interval of `hits` of `n`; (0, 1) when nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, z * z / n
    middle = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


@dataclass
class Score:
    """What one system did on one set of documents."""

    spans: Tally = field(default_factory=Tally)
    traps: Tally = field(default_factory=Tally)
    documents_clean: Tally = field(default_factory=Tally)
    by_label: dict[str, Tally] = field(default_factory=dict)
    by_noise: dict[str, Tally] = field(default_factory=dict)
    by_trap: dict[str, Tally] = field(default_factory=dict)
    hidden: int = 0
    leaked: int = 0
    needless: int = 0

    @property
    def leak_share(self) -> float:
        """Characters of identifiers left to be read, of all characters of identifiers."""
        return self.leaked / (self.hidden + self.leaked) if self.hidden + self.leaked else math.nan

    @property
    def precision(self) -> float:
        """Characters of identifiers among the hidden ones; optional characters are left out."""
        return self.hidden / (self.hidden + self.needless) if self.hidden + self.needless else math.nan

    def as_json(self) -> dict[str, Any]:
        """Every figure with its counts."""
        return {
            "span_recall": _told(self.spans),
            "leaked_characters": self.leak_share,
            "character_precision": self.precision,
            "documents_without_leak": _told(self.documents_clean),
            "traps_redacted": _told(self.traps),
            "by_label": {name: _told(tally) for name, tally in sorted(self.by_label.items())},
            "by_noise": {name: _told(tally) for name, tally in sorted(self.by_noise.items())},
            "by_trap": {name: _told(tally) for name, tally in sorted(self.by_trap.items())},
        }


def _told(tally: Tally) -> dict[str, Any]:
    return {"share": tally.share, "hits": tally.hits, "n": tally.n, "interval": list(tally.interval)}


def score(documents: Sequence[Mapping[str, Any]], predicted: Mapping[str, Sequence[Extent]]) -> Score:
    """The score of `predicted` (id → extents, in any order, may overlap) on gold `documents`.

    A document without a prediction counts as one in which nothing was hidden.
    """
    found = Score()
    for row in documents:
        _add(found, row, predicted.get(row["id"], ()))
    return found


def _add(found: Score, row: Mapping[str, Any], extents: Iterable[Extent]) -> None:
    text: str = row["text"]
    shown = {at for at, letter in enumerate(text) if letter.isalnum()}
    covered = _positions(extents, len(text))
    required = _positions(_extents(row["spans"]), len(text)) & shown
    optional = _positions(_extents(row.get("optional", ())), len(text))
    clean = True
    for span in row["spans"]:
        hidden = shown.intersection(range(span["start"], span["end"])) <= covered
        clean &= hidden
        found.spans.add(hidden)
        found.by_label.setdefault(span["label"], Tally()).add(hidden)
        found.by_noise.setdefault(row.get("noise", "unknown"), Tally()).add(hidden)
    if row["spans"]:
        found.documents_clean.add(clean)
    for trap in row.get("traps", ()):
        hit = not covered.isdisjoint(range(trap["start"], trap["end"]))
        found.traps.add(hit)
        found.by_trap.setdefault(trap.get("kind", "unknown"), Tally()).add(hit)
    found.hidden += len(required & covered)
    found.leaked += len(required - covered)
    found.needless += len((covered & shown) - required - optional)


def _extents(spans: Iterable[Mapping[str, int]]) -> list[Extent]:
    return [(span["start"], span["end"]) for span in spans]


def _positions(extents: Iterable[Extent], length: int) -> set[int]:
    """Every position in the extents, cut to the text."""
    return {at for start, end in extents for at in range(max(0, start), min(end, length))}


def redactions(text: str, extents: Iterable[Extent]) -> int:
    """How many places of `text` are hidden; extents with no letter or digit between them are one place."""
    covered = _positions(extents, len(text))
    places, inside = 0, False
    for at, letter in enumerate(text):
        if letter.isalnum():
            places += at in covered and not inside
            inside = at in covered
    return places


def redactions_per_1000_words(texts: Mapping[str, str], predicted: Mapping[str, Sequence[Extent]]) -> float:
    """Places hidden in texts that hold no identifier, for a thousand words set apart by white space."""
    counts = Counter[str]()
    for name, text in texts.items():
        counts["words"] += len(text.split())
        counts["places"] += redactions(text, predicted.get(name, ()))
    return 1000 * counts["places"] / counts["words"] if counts["words"] else math.nan
