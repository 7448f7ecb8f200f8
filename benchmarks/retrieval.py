"""nDCG@10 of the product's search on retrieval sets in BEIR form: words, vectors, both fused, and reranked.

    python -m benchmarks.retrieval --beir DIR [--beir DIR]… [--rerank] [--json] [--cache DIR]

One setting for all sets and questions: that of `preceptor.evidence.fusion`. Each document is one passage. nDCG@10 with
linear gain. `plain` is the yardstick: min-max over the collection, dense weight .7, BM25 at k1 1.5 and b .75. Each
mode is compared with it by a paired bootstrap over questions (10,000 draws, 95 % interval of the difference).
Vectors are kept in a cache (by default below the temporary folder), so that only the first run embeds.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.retrieval_sets import Collection, Scores, Words, read_collection, vectors
from numpy.typing import NDArray

from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.embedding.model import Embedder, load_embedder
from preceptor.evidence.embedding.reranker import Reranker, load_reranker
from preceptor.evidence.fusion import FUSION, Fused, Fusion, fuse, rerank

CUT = 10
DRAWS = 10_000
PLAIN_K1, PLAIN_B, PLAIN_DENSE = 1.5, 0.75, 0.7


def ndcg(order: list[int], grades: dict[int, float]) -> float:
    """nDCG@10 of an order of documents, linear gain."""
    gained = sum(grades.get(d, 0.0) / math.log2(n + 2) for n, d in enumerate(order[:CUT]))
    best = sum(g / math.log2(n + 2) for n, g in enumerate(sorted(grades.values(), reverse=True)[:CUT]))
    return gained / best


def best(scores: Scores, k: int) -> list[int]:
    """The `k` best documents; equal scores keep their order."""
    return np.argsort(-scores, kind="stable")[:k].tolist()


def fused(words: Scores, near: Scores, setting: Fusion) -> list[Fused[int]]:
    """What the product does: the union of both lists, each passage with its exact score on both sides."""
    top = [d for d in best(words, setting.depth) if words[d] > 0]
    union = dict.fromkeys((*top, *best(near, setting.depth)))
    return fuse({d: float(words[d]) for d in union}, {d: float(near[d]) for d in union}, setting)


def plain(words: Scores, near: Scores) -> list[int]:
    """The yardstick: min-max over the whole collection."""

    def scaled(x: Scores) -> Scores:
        return (x - x.min()) / max(float(x.max() - x.min()), 1e-12)

    return best(PLAIN_DENSE * scaled(near) + (1 - PLAIN_DENSE) * scaled(words), CUT)


def runs(
    collection: Collection, form: str, embedder: Embedder, reranker: Reranker | None, setting: Fusion, cache: Path
) -> dict[str, list[float]]:
    """nDCG@10 of each judged question, by mode."""
    words, judged = Words(collection.texts), collection.judged()
    asked = [collection.questions[form][q] for q in judged]
    near = vectors(embedder, asked, cache, questions=True) @ vectors(embedder, collection.texts, cache).T
    found: dict[str, list[float]] = {"words": [], "vectors": [], "plain": [], "fused": []}
    if reranker is not None:
        found["thorough"] = []
    for n, (question, text) in enumerate(zip(judged, asked, strict=True)):
        grades, cosines = collection.grades[question], near[n].astype(np.float64)
        by_words = words.scores(text)
        order = fused(by_words, cosines, setting)
        found["words"].append(ndcg(best(by_words, CUT), grades))
        found["vectors"].append(ndcg(best(cosines, CUT), grades))
        found["plain"].append(ndcg(plain(words.scores(text, PLAIN_K1, PLAIN_B), cosines), grades))
        found["fused"].append(ndcg([f.key for f in order], grades))
        if reranker is not None:
            logits = reranker.scores(text, [collection.texts[f.key] for f in order[: setting.reranked]])
            found["thorough"].append(ndcg([f.key for f in rerank(order, logits.tolist(), setting)], grades))
    return found


def difference(mine: list[float], theirs: list[float]) -> tuple[float, float, float]:
    """Mean difference and its 95 % interval: paired bootstrap over questions."""
    gaps = np.array(mine) - np.array(theirs)
    drawn: NDArray[np.int64] = np.random.default_rng(20_260_101).integers(0, len(gaps), (DRAWS, len(gaps)))
    means = gaps[drawn].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(gaps.mean()), float(low), float(high)


def rows(collection: Collection, form: str, found: dict[str, list[float]]) -> list[dict[str, Any]]:
    """A row a mode."""
    made = list[dict[str, Any]]()
    for mode, values in found.items():
        gap, low, high = difference(values, found["plain"])
        made.append(
            {
                "set": collection.name,
                "questions": form,
                "n": len(values),
                "mode": mode,
                "ndcg_10": round(float(np.mean(values)), 4),
                "against_plain": round(gap, 4),
                "low": round(low, 4),
                "high": round(high, 4),
            }
        )
    if "thorough" in found:
        gap, low, high = difference(found["thorough"], found["fused"])
        made[-1] |= {"against_fused": [round(gap, 4), round(low, 4), round(high, 4)]}
    return made


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beir", type=Path, action="append", required=True, help="folder of a set; may be repeated")
    parser.add_argument("--rerank", action="store_true", help="the thorough mode too: about a second a question")
    parser.add_argument(
        "--dense", type=float, default=FUSION.dense, help="weight of similarity (default: the product's)"
    )
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "preceptor-vectors")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    embedder, reranker = load_embedder(None), load_reranker() if args.rerank else None
    if isinstance(embedder, NoModel) or isinstance(reranker, NoModel):
        print("The models are not installed: nothing was measured.", file=sys.stderr)
        return 2
    setting, made = replace(FUSION, dense=args.dense), list[dict[str, Any]]()
    for folder in args.beir:
        collection = read_collection(folder)
        for form in collection.questions:
            made += rows(collection, form, runs(collection, form, embedder, reranker, setting, args.cache))
    if args.json:
        print(json.dumps({"setting": vars(setting), "rows": made}, indent=1))
        return 0
    for row in made:
        interval = f"{row['against_plain']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
        print(f"{row['set']:10} {row['questions']:5} n {row['n']:4}  {row['mode']:9} {row['ndcg_10']:.4f}  {interval}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
