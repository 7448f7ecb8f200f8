"""The fitting of linear models: counts stand for copies, and rescaling keeps the order and sets the scale."""

from __future__ import annotations

import numpy as np
from training.policy_question.regress import logistic, rescaled

DRAW = np.random.default_rng(5)
ROWS = np.column_stack([np.ones(300), DRAW.normal(size=(300, 3))])
RIGHT = (1 / (1 + np.exp(-(ROWS @ np.array([0.4, 1.5, -0.7, 0.0])))) > DRAW.random(300)).astype(float)


def share(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-scores))


def test_a_row_that_counts_twice_is_a_row_given_twice() -> None:
    counts = np.ones(300)
    counts[:40] = 2.0
    doubled = logistic(np.vstack([ROWS, ROWS[:40]]), np.concatenate([RIGHT, RIGHT[:40]]), 1e-6)
    assert np.allclose(logistic(ROWS, RIGHT, 1e-6, counts), doubled, atol=1e-4)


def test_rescaling_keeps_the_order_and_says_the_share() -> None:
    weights = logistic(ROWS, RIGHT, 10.0, np.where(RIGHT > 0, 1.0, 0.3))
    found = rescaled(weights, ROWS, RIGHT)
    before, after = ROWS @ weights, ROWS @ found
    assert np.array_equal(np.argsort(before), np.argsort(after))
    assert abs(share(before).mean() - RIGHT.mean()) > 0.05, "the lighter rows had moved it"
    assert abs(share(after).mean() - RIGHT.mean()) < 1e-3
