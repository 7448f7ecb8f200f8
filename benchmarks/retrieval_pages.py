"""How often a page that holds the answer is among the first passages: words, vectors, and both fused.

    python -m benchmarks.retrieval_pages --pages DIR --questions FILE.jsonl [--originals DIR] [--json] [--cache DIR]

`--pages` holds `*.pages.jsonl` (page, text); a question names its gold pages (`gold`: doc, page, group, also). It
counts by the share of its groups of which a page is found. Plan, passages and word weights are the product's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.policyqa import Library, load
from benchmarks.retrieval_sets import vectors

from preceptor.evidence.bm25 import Scores
from preceptor.evidence.embed import UNSEARCHED, embedded_text
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.embedding.model import load_embedder
from preceptor.evidence.fusion import FUSION, Fusion, fuse
from preceptor.flows.policy_question.plan import make_plan

DEPTHS = (1, 5, 10, 20, 60)
Place = tuple[str, int]


def places(library: Library) -> dict[Place, str]:
    """Every passage that can be found: (document, ordinal) → what the model reads of it."""
    return {
        (key, passage.ordinal): embedded_text(
            passage.heading, library.pages[key][passage.page][passage.start : passage.end]
        )
        for key, passages in library.passages.items()
        for passage in passages
        if passage.kind not in UNSEARCHED
    }


def orders(library: Library, question: str, near: dict[Place, float], setting: Fusion) -> dict[str, list[Place]]:
    """The passages of a question's scope, best first, by each way."""
    plan = make_plan(question, library.infos, library.known, library.acronyms)
    scope = set(plan.scope)
    versions = [v for v in library.versions if not scope or v[0] in scope]
    scores = Scores(plan.weights, versions)
    by_words = [(r.key, r.ordinal) for r in scores.best(len(near))]
    by_near = sorted((p for p in near if not scope or p[0] in scope), key=lambda p: -near[p])
    union = dict.fromkeys((*by_words[: setting.depth], *by_near[: setting.depth]))
    fused = fuse({p: scores.of(*p) for p in union}, {p: near[p] for p in union}, setting)
    return {"words": by_words, "vectors": by_near, "fused": [f.key for f in fused]}


def found(library: Library, order: list[Place], gold: list[dict[str, Any]], depth: int) -> float:
    """The share of gold groups with a page among the first `depth` passages."""
    seen = {(key, library.passages[key][ordinal].page) for key, ordinal in order[:depth]}
    groups: dict[int, set[tuple[str, int]]] = {}
    for g in gold:
        pages = {(g["doc"], page) for page in (g["page"], *g.get("also", ()))}
        groups.setdefault(g.get("group", 0), set()).update(pages)
    return sum(bool(pages & seen) for pages in groups.values()) / len(groups)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--originals", type=Path)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--dense", type=float, default=FUSION.dense)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "preceptor-vectors")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    embedder = load_embedder(None)
    if isinstance(embedder, NoModel):
        print("The embedder is not installed: nothing was measured.", file=sys.stderr)
        return 2
    library = load(args.pages, args.originals)
    rows = [json.loads(line) for line in args.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row.get("gold")]
    passages = places(library)
    stored = vectors(embedder, list(passages.values()), args.cache)
    asked = vectors(embedder, [row["question"] for row in rows], args.cache, questions=True)
    setting, recall = replace(FUSION, dense=args.dense), dict[str, list[list[float]]]()
    for row, cosines in zip(rows, asked @ stored.T, strict=True):
        near = dict(zip(passages, map(float, cosines), strict=True))
        for way, order in orders(library, row["question"], near, setting).items():
            recall.setdefault(way, []).append([found(library, order, row["gold"], d) for d in DEPTHS])
    table = {
        way: dict(zip(DEPTHS, np.mean(values, axis=0).round(3).tolist(), strict=True)) for way, values in recall.items()
    }
    if args.json:
        print(json.dumps({"n": len(rows), "setting": vars(setting), "page_found_among_first": table}, indent=1))
        return 0
    print(f"n {len(rows)}; a gold page among the first " + ", ".join(map(str, DEPTHS)))
    for way, values in table.items():
        print(f"{way:8}", *(f"{v:.3f}" for v in values.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
