"""A multinomial logistic regression over named features, learned with Adagrad; seeded, the same on every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = Sequence[Sequence[int]]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn: passes over the rows, rows a step, the first step's length, the pull of weights to zero."""

    epochs: int = 10
    batch: int = 256
    rate: float = 0.25
    decay: float = 1e-4
    seed: int = 5


def learn(rows: Rows, labels: Sequence[int], size: int, plan: Plan) -> Matrix:
    """Weights (`size` features x 3 labels) of rows of feature numbers; a row may be empty."""
    truth = np.asarray(labels, dtype=np.int64)
    flat = np.fromiter((one for row in rows for one in row), dtype=np.int64)
    lengths = np.fromiter(map(len, rows), dtype=np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    weights, squares = np.zeros((size, 3)), np.full((size, 3), 1e-2)
    rng = np.random.default_rng(plan.seed)
    for _ in range(plan.epochs):
        order = rng.permutation(len(rows))
        for first in range(0, len(rows), plan.batch):
            chosen = order[first : first + plan.batch]
            _step(weights, squares, _gather(flat, starts, lengths, chosen), truth[chosen], plan)
    return weights


def _gather(
    flat: NDArray[np.int64], starts: NDArray[np.int64], lengths: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The features of the chosen rows in one array, and for each the place of its row in the batch."""
    sizes = lengths[chosen]
    owner = np.repeat(np.arange(len(chosen)), sizes)
    inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return flat[np.repeat(starts[chosen], sizes) + inside], owner


def _step(
    weights: Matrix,
    squares: Matrix,
    found: tuple[NDArray[np.int64], NDArray[np.int64]],
    truth: NDArray[np.int64],
    plan: Plan,
) -> None:
    """One step of Adagrad on one batch, in place."""
    features, owner = found
    scores = np.stack([np.bincount(owner, weights[features, k], len(truth)) for k in range(3)], axis=1)
    scores -= scores.max(axis=1, keepdims=True)
    chances = np.exp(scores)
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(truth)), truth] -= 1.0
    used, place = np.unique(features, return_inverse=True)
    pull = np.stack([np.bincount(place, chances[owner, k], len(used)) for k in range(3)], axis=1)
    slope = pull / len(truth) + plan.decay * weights[used]
    squares[used] += slope**2
    weights[used] -= plan.rate * slope / np.sqrt(squares[used])
