"""Small pictures of a result as inline SVG: no script, a title and a description for those who cannot see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from preceptor.evals.statistics import binned, mean, risk_coverage

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 360, 260, 48, 40, 12, 12
Point = tuple[float, float]


def reliability(pairs: Sequence[tuple[float, bool]]) -> str:
    """Stated confidence against the share that was right, in ten bins; on the dashed line it means what it says."""
    bars, said = list[str](), list[str]()
    for inside in binned(pairs):
        if not inside:
            continue
        confidence, right = mean([c for c, _ in inside]), mean([float(ok) for _, ok in inside])
        x, y = _at(confidence, right)
        bars.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 + math.sqrt(len(inside)):.1f}" class="mark"/>')
        said.append(f"{confidence:.2f} said, {right:.2f} right, {len(inside)} answers")
    line = _polyline([(0, 0), (1, 1)], "dashed")
    described = "; ".join(said) or "no answer was given"
    return _frame("Reliability of confidence", described, "confidence", "share right", line + "".join(bars))


def risk(pairs: Sequence[tuple[float, bool]]) -> str:
    """Risk against coverage when the most confident are answered first."""
    curve = risk_coverage(pairs)
    some = [curve[round(n * (len(curve) - 1) / 4)] for n in range(5)] if curve else []
    said = "; ".join(f"{r:.2f} wrong at {c:.2f} answered" for c, r in some)
    return _frame("Risk and coverage", said or "no case", "share answered", "share wrong", _polyline(curve, "line"))


def latency(times: Sequence[float]) -> str:
    """How many answers took how long, in twelve equal steps up to the slowest."""
    top = max(times, default=0.0) or 1.0
    counts = [0] * 12
    for t in times:
        counts[min(11, int(t / top * 12))] += 1
    most = max(counts) or 1
    bars = list[str]()
    for place, n in enumerate(counts):
        x0, y = _at(place / 12, n / most)
        x1, y0 = _at((place + 1) / 12, 0)
        bars.append(
            f'<rect x="{x0 + 1:.1f}" y="{y:.1f}" width="{x1 - x0 - 2:.1f}" height="{y0 - y:.1f}" class="mark"/>'
        )
    said = f"{len(times)} answers, the slowest {top:.0f} ms, the fullest step {most} answers"
    return _frame("Time an answer took", said, f"0 to {top:.0f} ms", f"answers, up to {most}", "".join(bars), False)


def _at(x: float, y: float) -> Point:
    """Plot coordinates of a point of the unit square."""
    return LEFT + x * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - TOP)


def _polyline(points: Sequence[Point], style: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(*p) for p in points))
    return f'<polyline points="{places}" class="{style}"/>'


def _frame(title: str, said: str, x_name: str, y_name: str, inside: str, ticks: bool = True) -> str:
    (x0, y0), (x1, y1) = _at(0, 0), _at(1, 1)
    axes = f'<path d="M{x0} {y1} V{y0} H{x1}" class="axis"/>'
    marks = ""
    for n in range(0, 11, 5) if ticks else ():
        x, y = _at(n / 10, n / 10)
        marks += f'<text x="{x:.0f}" y="{y0 + 15:.0f}" text-anchor="middle">{n / 10:g}</text>'
        marks += f'<text x="{x0 - 6:.0f}" y="{y + 4:.0f}" text-anchor="end">{n / 10:g}</text>'
    middle = (y0 + y1) / 2
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}: {escape(said)}">'
        f"{axes}{marks}{inside}"
        f'<text x="{(x0 + x1) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_name)}</text>'
        f'<text x="12" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 12 {middle:.0f})">'
        f"{escape(y_name)}</text>"
        f"</svg><figcaption>{escape(title)}</figcaption></figure>"
    )
