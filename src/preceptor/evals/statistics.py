"""Shares and means with the interval that says how much they mean; no expectation gives no score, never a zero."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Z95 = 1.959963984540054
ROUNDS = 1_000
"""Resamples of a bootstrap; their seed is fixed, so the same scores give the same interval."""


@dataclass(frozen=True)
class Metric:
    """A number over `n` cases with its 95 % interval. `n` 0 means it was not measured: such a metric passes no gate."""

    value: float
    low: float
    high: float
    n: int

    def as_json(self) -> dict[str, float | int | None]:
        """The contract's form; what was not measured is null."""
        if not self.n:
            return {"value": None, "low": None, "high": None, "n": 0}
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


NOT_MEASURED = Metric(math.nan, math.nan, math.nan, 0)


def share(hits: Sequence[bool]) -> Metric:
    """The share of true ones with Wilson's score interval (Wilson 1927, JASA 22, 209-212)."""
    n = len(hits)
    if not n:
        return NOT_MEASURED
    p, d = sum(hits) / n, 1 + Z95 * Z95 / n
    centre = (p + Z95 * Z95 / (2 * n)) / d
    half = Z95 * math.sqrt(p * (1 - p) / n + Z95 * Z95 / (4 * n * n)) / d
    return Metric(p, max(0.0, centre - half), min(1.0, centre + half), n)


def count(hits: Sequence[bool]) -> Metric:
    """How many are true: for what may never happen. The bounds are the number itself."""
    found = float(sum(hits))
    return Metric(found, found, found, len(hits)) if hits else NOT_MEASURED


def bootstrap(items: Sequence[Item], figure: Callable[[Sequence[Item]], float], seed: int = 7) -> Metric:
    """`figure` of the items with the percentile bootstrap interval (Efron 1979), cases drawn with replacement."""
    if not items:
        return NOT_MEASURED
    chance = random.Random(seed)  # noqa: S311 - resampling, not a secret
    drawn = sorted(figure(chance.choices(items, k=len(items))) for _ in range(ROUNDS))
    low, high = drawn[int(0.025 * ROUNDS)], drawn[int(0.975 * ROUNDS) - 1]
    return Metric(figure(items), low, high, len(items))


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; 0.0 of nothing, which `bootstrap` never asks for."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """The `part` quantile (0..1) by the nearest rank (ceil); values need not be sorted."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Naeini, Cooper, Hauskrecht 2015): the mean distance of stated
    confidence and observed share, weighted by how many cases lie in a bin; 0..1."""
    return sum(
        len(inside) * abs(mean([c for c, _ in inside]) - mean([float(ok) for _, ok in inside]))
        for inside in binned(pairs, bins)
        if inside
    ) / len(pairs)


def binned(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> list[list[tuple[float, bool]]]:
    """(confidence, right) in equal-width bins of confidence, the last one closed."""
    found: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in pairs:
        found[min(bins - 1, max(0, int(confidence * bins)))].append((confidence, right))
    return found


def brier(pairs: Sequence[tuple[float, bool]]) -> float:
    """Mean squared distance of confidence and outcome (Brier 1950); 0 is perfect, .25 is saying .5 always."""
    return mean([(c - float(ok)) ** 2 for c, ok in pairs])


def risk_coverage(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """(coverage, risk) when the most confident cases are answered first: the curve of selective classification
    (El-Yaniv and Wiener 2010). Cases of equal confidence come in together."""
    ordered = sorted(pairs, key=lambda p: -p[0])
    curve = list[tuple[float, float]]()
    wrong = 0
    for place, (confidence, right) in enumerate(ordered, start=1):
        wrong += not right
        if place == len(ordered) or ordered[place][0] != confidence:
            curve.append((place / len(ordered), wrong / place))
    return curve


def area_under_risk_coverage(pairs: Sequence[tuple[float, bool]]) -> float:
    """The area under that curve (AURC), by steps; 0 is perfect, the share of wrong cases is what chance gives."""
    area, before = 0.0, 0.0
    for coverage, risk in risk_coverage(pairs):
        area += (coverage - before) * risk
        before = coverage
    return area


def mcnemar(before: Sequence[bool], now: Sequence[bool]) -> float:
    """One-sided exact McNemar test (McNemar 1947) that `now` is worse on the same cases: the probability of so many
    losses among the changed ones if gains and losses were alike; 1.0 when nothing changed."""
    lost = sum(b and not n for b, n in zip(before, now, strict=True))
    gained = sum(n and not b for b, n in zip(before, now, strict=True))
    changed = lost + gained
    if not changed:
        return 1.0
    return sum(math.comb(changed, k) for k in range(lost, changed + 1)) / 2**changed
