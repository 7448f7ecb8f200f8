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


UNCERTAIN = (0.3, 0.8)

# --- fitted ---
# 2026-11-25: 391 questions over 40 documents, 125 of them without an answer there.
WORDS = Weights(
    {
        "score": 2.575,
        "inside": 0.429,
        "around": 2.258,
        "answers": 1.707,
        "numbers": 1.066,
        "miss": -2.961,
        "miss_held": 1.239,
        "against": -0.869,
        "words": -0.4,
        "length": -0.029,
        "place": -0.28,
        "row": -0.185,
        "list": 0.561,
        "pair": -0.353,
        "heading": 0.0,
        "item": -0.102,
    },
    {
        "constant": -1.173,
        "score": 0.839,
        "inside": -1.792,
        "around": -0.26,
        "answers": 0.846,
        "numbers": 0.528,
        "miss": -1.813,
        "miss_all": -2.032,
        "miss_held_all": -1.695,
        "miss_rarest": 0.047,
        "against": -4.657,
        "words": 2.086,
        "best_form": -0.397,
        "unknown": 0.052,
        "strangers": -0.599,
        "subjects": 1.801,
        "scoped": -0.719,
        "compare": -0.306,
        "parts": -1.449,
        "numeric": 0.148,
        "listed": -0.677,
        "yes_no": 1.185,
        "defined": 2.116,
        "other_year": 2.599,
        "other_version": 0.0,
        "claims": 0.28,
        "share": -0.187,
        "share_all": 0.97,
        "count": -0.307,
        "of_words": 0.408,
    },
    0.57,
)
HYBRID = Weights(
    {
        "score": 2.703,
        "inside": 0.189,
        "around": 3.227,
        "answers": 1.499,
        "numbers": 1.175,
        "miss": -2.705,
        "miss_held": 1.538,
        "against": -0.448,
        "words": -1.376,
        "length": -0.012,
        "place": -0.198,
        "row": -0.065,
        "list": 0.473,
        "pair": -0.335,
        "heading": 0.0,
        "item": -0.112,
        "similarity": 9.073,
    },
    {
        "constant": -5.258,
        "score": 0.918,
        "inside": -1.371,
        "around": -0.332,
        "answers": 0.189,
        "numbers": 0.986,
        "miss": -1.119,
        "miss_all": -1.853,
        "miss_held_all": -0.467,
        "miss_rarest": 0.158,
        "against": -5.618,
        "words": 0.793,
        "best_form": -0.177,
        "unknown": 0.162,
        "strangers": -0.789,
        "subjects": 0.683,
        "scoped": -0.733,
        "compare": -0.71,
        "parts": -1.619,
        "numeric": 0.036,
        "listed": -0.893,
        "yes_no": 0.683,
        "defined": 2.203,
        "other_year": 1.876,
        "other_version": 0.0,
        "claims": -0.247,
        "share": 0.219,
        "share_all": 1.936,
        "count": -0.123,
        "of_words": 0.444,
        "similarity": 5.477,
        "similar_top": 1.737,
    },
    0.6,
)
JUDGED = Weights(
    {
        "score": 2.009,
        "inside": -1.082,
        "around": 2.165,
        "answers": 1.306,
        "numbers": 1.083,
        "miss": -2.619,
        "miss_held": 1.793,
        "against": -0.241,
        "words": -0.58,
        "length": 0.049,
        "place": -0.093,
        "row": 0.212,
        "list": 0.575,
        "pair": -0.308,
        "heading": 0.0,
        "item": 0.075,
        "similarity": 4.453,
        "judged": 0.226,
    },
    {
        "constant": -0.81,
        "score": 0.61,
        "inside": -1.704,
        "around": -0.413,
        "answers": -1.61,
        "numbers": 1.086,
        "miss": -0.538,
        "miss_all": -2.726,
        "miss_held_all": 0.28,
        "miss_rarest": -0.148,
        "against": -7.348,
        "words": -0.07,
        "best_form": 1.535,
        "unknown": -0.007,
        "strangers": -1.041,
        "subjects": 1.264,
        "scoped": -0.73,
        "compare": -0.0,
        "parts": -1.094,
        "numeric": -0.118,
        "listed": -0.444,
        "yes_no": 1.223,
        "defined": 2.282,
        "other_year": 2.057,
        "other_version": 0.0,
        "claims": -0.006,
        "share": 0.502,
        "share_all": 1.433,
        "count": -0.259,
        "of_words": 0.121,
        "similarity": 3.8,
        "similar_top": -1.273,
        "judged": 0.124,
        "judged_top": 0.028,
        "judged_four": -0.085,
        "judged_chosen": 0.069,
    },
    0.57,
)
FITTED = Fitted(WORDS, HYBRID, JUDGED, UNCERTAIN)
