"""Fuses what words found and what vectors found: one score of 0 to 1 for each passage, from both sides' scores."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Fusion:
    """The setting. `depth`: how many passages each side contributes; `dense`: the weight of similarity, 0 to 1.

    `reranked`: how many of the best the reranker reads; `judged`: the weight of its score, 0 to 1.
    """

    depth: int = 100
    dense: float = 0.55
    reranked: int = 20
    judged: float = 0.25


FUSION = Fusion()


@dataclass(frozen=True, slots=True)
class Fused(Generic[Key]):
    """A passage: its fused score (0..1), its BM25 score and its cosine, None where the passage lacks one."""

    key: Key
    score: float
    words: float | None
    similarity: float | None


def fuse(words: Mapping[Key, float], near: Mapping[Key, float], setting: Fusion = FUSION) -> list[Fused[Key]]:
    """The passages of both lists, best first: (1 - dense) · words + dense · similarity, each scaled to 0..1.

    Min-max scaling over the union of the lists (Bruch, Gai & Ingber 2023, section 3.1). Give the exact score of each
    passage on both sides: a passage missing on one side counts as the lowest there. Without any vectors the order
    is that of the words. Equal scores keep the order of `words`, then of `near`.
    """
    keys = dict.fromkeys((*words, *near))
    by_words, by_near = _scaled(words), _scaled(near)
    dense = setting.dense if near else 0.0
    fused = [
        Fused(
            key,
            (1 - dense) * by_words.get(key, 0.0) + dense * by_near.get(key, 0.0),
            words.get(key),
            near.get(key),
        )
        for key in keys
    ]
    return sorted(fused, key=lambda f: -f.score)


def rerank(fused: Sequence[Fused[Key]], scores: Sequence[float], setting: Fusion = FUSION) -> list[Fused[Key]]:
    """The first len(scores) passages in a new order: (1 - judged) · fused + judged · reranker, each scaled to 0..1.

    `scores` are the reranker's for the first of `fused`, in order. What it did not read follows as it was; every
    passage keeps its fused score.
    """
    first = list(fused[: len(scores)])
    places = range(len(first))
    before = _scaled({n: f.score for n, f in enumerate(first)})
    read = _scaled(dict(zip(places, scores, strict=False)))
    order = sorted(places, key=lambda n: -((1 - setting.judged) * before[n] + setting.judged * read[n]))
    return [*(first[n] for n in order), *fused[len(first) :]]


def _scaled(scores: Mapping[Key, float]) -> dict[Key, float]:
    """Lowest to 0, highest to 1; all equal: all 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}
