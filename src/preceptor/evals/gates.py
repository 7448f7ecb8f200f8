"""Gates: what a result must hold. What was not measured does not hold; a gate nobody can read is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from preceptor.errors import Invalid
from preceptor.evals.metrics import METRICS, MORE_IS_BETTER
from preceptor.evals.statistics import Metric, mcnemar

WORSE = "worse_than_baseline"


@dataclass(frozen=True)
class Gate:
    """A bound on a metric, and why it stands where it stands."""

    metric: str
    op: Literal[">=", "<="]
    threshold: float
    reason: str


@dataclass(frozen=True)
class Held:
    """A gate and whether the result holds it."""

    gate: Gate
    held: bool
    value: float | None

    def as_json(self) -> dict[str, Any]:
        """The contract's form, with the reason and the value."""
        return {
            "metric": self.gate.metric,
            "op": self.gate.op,
            "threshold": self.gate.threshold,
            "held": self.held,
            "value": self.value,
            "reason": self.gate.reason,
        }


ALWAYS = ("citation_validity", "errors")
"""Figures that every suite bounds. Which others a suite needs depends on its cases: `eval run --known-bad` shows it."""


def read_gates(path: Path) -> tuple[Gate, ...]:
    """The gates of a thresholds.toml: `[metric]` with `op`, `threshold`, `reason`.

    Invalid `invalid_suite` for anything else, for a bound on the wrong side of its figure, and where a gate of `ALWAYS`
    is missing.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        gates = tuple(_gate(name, row) for name, row in table.items())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise Invalid("invalid_suite", "thresholds.toml cannot be read as gates.") from None
    if not gates:
        raise Invalid("invalid_suite", "thresholds.toml has no gate: everything would pass.")
    missing = [name for name in ALWAYS if name not in {gate.metric for gate in gates}]
    if missing:
        raise Invalid("invalid_suite", f"thresholds.toml has no gate for {', '.join(missing)}.")
    return gates


def _gate(name: str, row: Any) -> Gate:
    if name not in METRICS and name != WORSE:
        raise ValueError(name)
    if set(row) != {"op", "threshold", "reason"} or row["op"] not in (">=", "<=") or not row["reason"].strip():
        raise ValueError(name)
    if row["op"] != (">=" if name in MORE_IS_BETTER or name == WORSE else "<="):
        raise ValueError(name)
    return Gate(name, row["op"], float(row["threshold"]), row["reason"])


def hold(gates: Sequence[Gate], metrics: Mapping[str, Metric]) -> list[Held]:
    """Each gate against the figures; a figure that is missing or over no case does not hold."""
    found = list[Held]()
    for gate in gates:
        metric = metrics.get(gate.metric)
        if metric is None or not metric.n:
            found.append(Held(gate, False, None))
            continue
        held = metric.value >= gate.threshold if gate.op == ">=" else metric.value <= gate.threshold
        found.append(Held(gate, held, metric.value))
    return found


def against_baseline(right: Mapping[str, bool], baseline: Mapping[str, bool]) -> Metric:
    """Probability that the losses against a baseline are chance (McNemar, one-sided), over the cases both have.

    Low means worse. Not measured when the two share no case.
    """
    shared = sorted(set(right) & set(baseline))
    if not shared:
        return Metric(0.0, 0.0, 0.0, 0)
    p = mcnemar([baseline[i] for i in shared], [right[i] for i in shared])
    return Metric(p, p, p, len(shared))
