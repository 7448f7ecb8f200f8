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
        "score": 2.569,
        "inside": 0.427,
        "around": 2.252,
        "answers": 1.711,
        "numbers": 1.065,
        "miss": -2.963,
        "miss_held": 1.227,
        "against": -0.875,
        "words": -0.448,
        "length": -0.028,
        "place": -0.292,
        "row": -0.186,
        "list": 0.562,
        "pair": -0.353,
        "heading": 0.0,
        "item": -0.104,
    },
    {
        "constant": -1.192,
        "score": 0.836,
        "inside": -1.79,
        "around": -0.265,
        "answers": 0.827,
        "numbers": 0.529,
        "miss": -1.783,
        "miss_all": -2.072,
        "miss_held_all": -1.719,
        "miss_rarest": 0.061,
        "against": -4.661,
        "words": 2.094,
        "best_form": -0.37,
        "unknown": 0.058,
        "strangers": -0.61,
        "subjects": 1.793,
        "scoped": -0.721,
        "compare": -0.305,
        "parts": -1.451,
        "numeric": 0.143,
        "listed": -0.68,
        "yes_no": 1.18,
        "defined": 2.114,
        "other_year": 2.601,
        "other_version": 0.0,
        "claims": 0.279,
        "share": -0.163,
        "share_all": 0.958,
        "count": -0.305,
        "of_words": 0.407,
    },
    0.56,
)
HYBRID = Weights(
    {
        "score": 2.702,
        "inside": 0.192,
        "around": 3.217,
        "answers": 1.499,
        "numbers": 1.177,
        "miss": -2.705,
        "miss_held": 1.537,
        "against": -0.456,
        "words": -1.36,
        "length": -0.012,
        "place": -0.197,
        "row": -0.066,
        "list": 0.474,
        "pair": -0.334,
        "heading": 0.0,
        "item": -0.112,
        "similarity": 9.077,
    },
    {
        "constant": -5.205,
        "score": 0.93,
        "inside": -1.387,
        "around": -0.323,
        "answers": 0.271,
        "numbers": 0.984,
        "miss": -1.123,
        "miss_all": -1.871,
        "miss_held_all": -0.467,
        "miss_rarest": 0.169,
        "against": -5.606,
        "words": 0.695,
        "best_form": -0.251,
        "unknown": 0.162,
        "strangers": -0.79,
        "subjects": 0.69,
        "scoped": -0.737,
        "compare": -0.719,
        "parts": -1.62,
        "numeric": 0.035,
        "listed": -0.895,
        "yes_no": 0.688,
        "defined": 2.204,
        "other_year": 1.889,
        "other_version": 0.0,
        "claims": -0.237,
        "share": 0.242,
        "share_all": 1.938,
        "count": -0.118,
        "of_words": 0.454,
        "similarity": 5.213,
        "similar_top": 1.961,
    },
    0.6,
)
JUDGED = Weights(
    {
        "score": 2.008,
        "inside": -1.083,
        "around": 2.158,
        "answers": 1.305,
        "numbers": 1.085,
        "miss": -2.617,
        "miss_held": 1.789,
        "against": -0.261,
        "words": -0.561,
        "length": 0.05,
        "place": -0.091,
        "row": 0.212,
        "list": 0.578,
        "pair": -0.305,
        "heading": 0.0,
        "item": 0.076,
        "similarity": 4.484,
        "judged": 0.225,
    },
    {
        "constant": -0.81,
        "score": 0.608,
        "inside": -1.704,
        "around": -0.416,
        "answers": -1.61,
        "numbers": 1.086,
        "miss": -0.543,
        "miss_all": -2.725,
        "miss_held_all": 0.277,
        "miss_rarest": -0.147,
        "against": -7.349,
        "words": -0.075,
        "best_form": 1.534,
        "unknown": -0.007,
        "strangers": -1.039,
        "subjects": 1.263,
        "scoped": -0.729,
        "compare": 0.006,
        "parts": -1.095,
        "numeric": -0.118,
        "listed": -0.444,
        "yes_no": 1.226,
        "defined": 2.282,
        "other_year": 2.055,
        "other_version": 0.0,
        "claims": -0.007,
        "share": 0.51,
        "share_all": 1.43,
        "count": -0.257,
        "of_words": 0.121,
        "similarity": 3.808,
        "similar_top": -1.274,
        "judged": 0.123,
        "judged_top": 0.029,
        "judged_four": -0.085,
        "judged_chosen": 0.069,
    },
    0.57,
)
FITTED = Fitted(WORDS, HYBRID, JUDGED, UNCERTAIN)
