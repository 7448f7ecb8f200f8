"""Retrieval sets in BEIR form, and what the product makes of them: passages, word scores, cosines (kept in a cache)."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.bm25 import K1, B, Lengths, Postings, analyze, build_index, idf
from preceptor.evidence.embedding.model import Embedder

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Collection:
    """Documents (title and text), questions by form (`text`, and `raw` where the set has it), grades by question."""

    name: str
    ids: list[str]
    texts: list[str]
    questions: dict[str, dict[str, str]]
    grades: dict[str, dict[int, float]]

    def judged(self) -> list[str]:
        """The questions with at least one judged document of the corpus, in order."""
        return [q for q in next(iter(self.questions.values())) if self.grades.get(q)]


def read_collection(folder: Path) -> Collection:
    """`corpus.jsonl[.gz]`, `queries.jsonl`, and `test.tsv` or `qrels/test.tsv` (question, document, grade)."""
    corpus = _lines(folder / "corpus.jsonl.gz") or _lines(folder / "corpus.jsonl")
    ids = [str(row["_id"]) for row in corpus]
    place = {key: n for n, key in enumerate(ids)}
    questions: dict[str, dict[str, str]] = {}
    for row in _lines(folder / "queries.jsonl"):
        for form in ("text", "raw"):
            if row.get(form):
                questions.setdefault(form, {})[str(row["_id"])] = row[form]
    grades: dict[str, dict[int, float]] = {}
    judged = next(p for p in (folder / "test.tsv", folder / "qrels" / "test.tsv") if p.is_file())
    with judged.open(encoding="utf-8", newline="") as file:
        for row in list(csv.reader(file, delimiter="\t"))[1:]:
            if row[1] in place and float(row[2]) > 0:
                grades.setdefault(row[0], {})[place[row[1]]] = float(row[2])
    return Collection(
        folder.name, ids, [f"{r.get('title', '')}\n{r['text']}".strip() for r in corpus], questions, grades
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


class Words:
    """The product's BM25 over one text a document, giving every document's score."""

    def __init__(self, texts: list[str]) -> None:
        index = build_index(texts)
        self._postings: dict[str, Postings] = index.postings
        self._lengths = _floats(index.lengths)
        self._count = int(np.count_nonzero(self._lengths))

    def scores(self, question: str, k1: float = K1, b: float = B) -> Scores:
        """BM25 of every document, 0 where no term of the question stands."""
        found = np.zeros(len(self._lengths))
        norms = k1 * (1 - b + b * self._lengths / (self._lengths.sum() / self._count))
        for term, weight in Counter(analyze(question)).items():
            postings = self._postings.get(term)
            if postings is not None:
                tf = postings.tfs.astype(np.float64)
                gain = weight * idf(self._count, len(tf)) * (k1 + 1)
                found[postings.ordinals] += gain * tf / (tf + norms[postings.ordinals])
        return found


def _floats(lengths: Lengths) -> Scores:
    return lengths.terms.astype(np.float64)


def vectors(embedder: Embedder, texts: list[str], cache: Path, *, questions: bool = False) -> NDArray[np.float32]:
    """The vectors of `texts`, kept in `cache` under a digest of model and texts."""
    digest = hashlib.sha256("\x00".join([embedder.name, str(questions), *texts]).encode()).hexdigest()[:24]
    path = cache / f"{digest}.npy"
    if path.is_file():
        found: NDArray[np.float32] = np.load(path)
        return found
    cache.mkdir(parents=True, exist_ok=True)
    parts = list[NDArray[np.float32]]()
    for start in range(0, len(texts), 256):
        part = texts[start : start + 256]
        parts.append(np.stack([embedder.query(t) for t in part]) if questions else embedder.passages(part))
        print(f"\r{start + len(part)}/{len(texts)} texts embedded", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    np.save(path, np.concatenate(parts))
    return np.concatenate(parts)
