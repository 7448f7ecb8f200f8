"""The fitted weights of ranking and confidence, written by `python -m training.policy_question.fit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """Weights by feature name, and the confidence from which something is said."""

    ranking: Mapping[str, float]
    confidence: Mapping[str, float]
    threshold: float


@dataclass(frozen=True)
class Fitted:
    """Weights for words alone, for words and vectors, and with the cross-encoder. `uncertain`: the band of confidence,
    without it, in which it is worth asking."""

    words: Weights
    hybrid: Weights
    judged: Weights
    uncertain: tuple[float, float]


UNCERTAIN = (0.15, 0.9)

# --- fitted ---
WORDS = HYBRID = JUDGED = Weights({"score": 5.0}, {"constant": -3.0, "around": 4.0, "miss_all": -2.0}, 0.6)
FITTED = Fitted(WORDS, HYBRID, JUDGED, UNCERTAIN)
