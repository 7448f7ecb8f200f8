"""Two linear models fitted by Newton's method with an L2 penalty: logistic, and a choice among alternatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS = 60


def logistic(rows: Floats, right: Floats, penalty: float, counts: Floats | None = None) -> Floats:
    """Weights (features,) of rows (n, features) whose first column is 1; the others are scaled inside and the weights
    scaled back. `penalty` counts per standard deviation; the constant is free. `counts` (n,): how much each row
    counts, 1 where left out."""
    count = np.ones(len(rows)) if counts is None else counts
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    middle[0], spread[0] = 0.0, 1.0
    used = spread > 1e-9
    spread[~used] = 1.0
    z = np.where(used, (rows - middle) / spread, 0.0)
    z[:, 0] = 1.0
    w = np.zeros(z.shape[1])
    free = np.full(len(w), penalty)
    free[0] = 1e-6
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        curve = (z * (count * p * (1 - p))[:, None]).T @ z + np.diag(free)
        w -= np.linalg.solve(curve, z.T @ (count * (p - right)) + free * w)
    scaled = w / spread
    scaled[0] = w[0] - float((w[1:] * middle[1:] / spread[1:]).sum())
    return scaled


def rescaled(weights: Floats, rows: Floats, right: Floats) -> Floats:
    """The weights, stretched and shifted so that the logistic of `rows @ weights` is the share of `right` ones (Platt,
    "Probabilistic outputs for support vector machines", 1999). The order of the rows stays."""
    score = rows @ weights
    shift, stretch = logistic(np.column_stack([np.ones(len(score)), score]), right, 1e-3)
    found = weights * stretch
    found[0] += shift
    return found


def choice(questions: Sequence[tuple[Floats, Floats]], penalty: float) -> Floats:
    """Weights (features,) under which the right one of each question's alternatives (n, features) is likely: softmax
    within the question, targets (n,) of any sum above 0."""
    everything = np.vstack([x - x.mean(axis=0) for x, _ in questions])
    spread = everything.std(axis=0)
    spread[spread < 1e-9] = 1.0
    scaled = [((x - x.mean(axis=0)) / spread, t / t.sum()) for x, t in questions]
    w = np.zeros(everything.shape[1])
    for _ in range(STEPS):
        slope, curve = penalty * w, penalty * np.eye(len(w))
        for z, target in scaled:
            a = z @ w
            p = np.exp(a - a.max())
            p /= p.sum()
            slope += z.T @ (p - target)
            around = z - p @ z
            curve += (around * p[:, None]).T @ around
        w -= np.linalg.solve(curve, slope)
    return np.asarray(w / spread, np.float64)
