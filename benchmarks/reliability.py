"""Tables of what was measured on policy questions: shares with intervals, reliability, risk against coverage."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

BINS = 10


class Labelled(Protocol):
    """What a question is."""

    @property
    def answerable(self) -> bool: ...
    @property
    def kind(self) -> str: ...


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    centre = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (centre - half) / (1 + z * z / of), (centre + half) / (1 + z * z / of)


def share(name: str, hits: int, of: int) -> str:
    """One line: a share with its interval and counts."""
    low, high = wilson(hits, of)
    return f"  {name:34s} {hits / of if of else 0:6.1%}  [{low:.1%}, {high:.1%}]  {hits}/{of}"


def line(text: str) -> None:
    """Print a line."""
    print(text)


def calibration(pairs: Sequence[tuple[float, bool]]) -> tuple[list[tuple[float, float, int]], float, float]:
    """Ten bins of confidence (mean confidence, share right, n), expected calibration error, Brier score."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in pairs:
        bins[min(BINS - 1, int(confidence * BINS))].append((confidence, right))
    rows = [
        (sum(c for c, _ in own) / len(own), sum(r for _, r in own) / len(own), len(own))
        for _, own in sorted(bins.items())
    ]
    error = sum(n * abs(mean - good) for mean, good, n in rows) / max(1, len(pairs))
    brier = sum((c - r) ** 2 for c, r in pairs) / max(1, len(pairs))
    return rows, error, brier


def risk_coverage(pairs: Sequence[tuple[float, bool]]) -> tuple[list[tuple[int, float]], float]:
    """Share wrong among the most confident 10, 20 … 100 %, and the mean of the whole curve."""
    ordered = sorted(pairs, key=lambda p: -p[0])
    wrong, risks = 0, list[float]()
    for n, (_, right) in enumerate(ordered, 1):
        wrong += not right
        risks.append(wrong / n)
    points = [(p, risks[math.ceil(p / 100 * len(risks)) - 1]) for p in range(10, 101, 10)] if risks else []
    return points, statistics.fmean(risks) if risks else 0.0


def report(name: str, found: Sequence[Outcome], threshold: float, *, sets: bool = True) -> None:
    """Print everything for outcomes with `case.label`, `confidence`, `right`, `corrected`, `pages`, `words`."""
    asked = [o for o in found if o.case.label.answerable]
    none = [o for o in found if not o.case.label.answerable]
    given = [o for o in asked if o.confidence >= threshold]
    false = [o for o in none if o.confidence >= threshold and not o.corrected]
    print(f"{name}: threshold {threshold:.2f}, {len(asked)} answerable, {len(none)} not")
    print(share("grounded accuracy", sum(o.right for o in given), len(asked)))
    print(share("were every answer given", sum(o.right for o in asked), len(asked)))
    print(share("false answers", len(false), len(none)))
    print(share("right when answered", sum(o.right for o in given), len(given)))
    print(share("citation precision (pages)", sum(o.right_pages for o in given), sum(o.pages for o in given)))
    print(share("a right page cited", sum(o.right_pages > 0 for o in given), len(asked)))
    if given:
        print(f"  words: median {statistics.median(o.words for o in given)}")
    pairs = [(o.confidence, o.right or o.corrected) for o in found if not o.refused]
    rows, error, brier = calibration(pairs)
    print(f"  calibration: error {error:.3f}, Brier {brier:.3f}, n {len(pairs)}")
    print("   ", "  ".join(f"{mean:.2f}→{good:.2f} ({n})" for mean, good, n in rows))
    points, area = risk_coverage(pairs)
    print(f"  risk against coverage: mean {area:.3f};", " ".join(f"{p}% {risk:.2f}" for p, risk in points))
    if sets:
        for key in dict.fromkeys(o.case.set for o in found):
            own = [o for o in given if o.case.set == key]
            print(
                share(f"  {key}", sum(o.right for o in own), sum(o.case.set == key for o in asked)),
                share("false", sum(o.case.set == key for o in false), sum(o.case.set == key for o in none)).strip(),
            )


class Case(Protocol):
    """A question and where it is from."""

    @property
    def label(self) -> Labelled: ...
    @property
    def set(self) -> str: ...


class Outcome(Protocol):
    """What a question came to."""

    @property
    def case(self) -> Case: ...
    @property
    def confidence(self) -> float: ...
    @property
    def right(self) -> bool: ...
    @property
    def corrected(self) -> bool: ...
    @property
    def refused(self) -> bool: ...
    @property
    def words(self) -> int: ...
    @property
    def pages(self) -> int: ...
    @property
    def right_pages(self) -> int: ...
