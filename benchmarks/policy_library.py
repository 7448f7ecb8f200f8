"""A library of policies in memory, with words and vectors, and how a question goes through it: for measuring."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from preceptor.deid.mask import mask
from preceptor.evidence.acronyms import learn_acronyms
from preceptor.evidence.bm25 import Lengths, Postings, Scores, build_index
from preceptor.evidence.embed import embedded_text
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.embedding.model import Embedder, load_embedder
from preceptor.evidence.embedding.reranker import load_reranker
from preceptor.evidence.fusion import FUSION, fuse
from preceptor.evidence.metadata import Metadata, completed
from preceptor.evidence.passages import APART, Passage, build_passages, index_texts
from preceptor.evidence.titles import document_title
from preceptor.flows.policy_question.legible import legible
from preceptor.flows.policy_question.naming import DocumentInfo
from preceptor.flows.policy_question.plan import Plan, make_plan
from preceptor.flows.policy_question.select import Hit

PASSAGES = 60
Place = tuple[str, int]
Vectors = NDArray[np.float32]


class Kept:
    """Numbers that cost much to compute, kept in a folder between runs: vectors and logits by digest of their text."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.logits: dict[str, float] = {}
        self._new = 0
        if folder is not None and (folder / "logits.json").is_file():
            self.logits = json.loads((folder / "logits.json").read_text(encoding="utf-8"))
        if folder is not None and (folder / "vectors.npy").is_file():
            names = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
            self._rows: dict[str, Vectors] = dict(zip(names, np.load(folder / "vectors.npy"), strict=True))
        else:
            self._rows = {}
        self._embedder: Embedder | None = None
        self._scores: Callable[[str, Sequence[str]], Vectors] | None = None

    def vectors_of(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Rows of length 1, one a text."""
        keys = [_digest("Q:" + t if query else "P:" + t) for t in texts]
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in self._rows}
        if missing:
            model = self._model()
            made = (
                [model.query(t) for t in missing.values()]
                if query
                else list(model.passages(list(missing.values()), alone=True))
            )
            self._rows.update(zip(missing, made, strict=True))
            self._new += len(missing)
        return np.array([self._rows[k] for k in keys], np.float32)

    def judge(self, question: str, texts: Sequence[str]) -> list[float]:
        """The cross-encoder's logits."""
        keys = [_digest(f"{question}\0{t}") for t in texts]
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in self.logits}
        if missing:
            if self._scores is None:
                model = load_reranker()
                if isinstance(model, NoModel):
                    raise SystemExit(model.text)
                self._scores = model.scores
            made = self._scores(question, list(missing.values()))
            self.logits.update((k, round(float(v), 4)) for k, v in zip(missing, made, strict=True))
            self._new += len(missing)
        return [self.logits[k] for k in keys]

    def save(self) -> None:
        """Write what is new."""
        if self.folder is None or not self._new:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "logits.json").write_text(json.dumps(self.logits), encoding="utf-8")
        (self.folder / "vectors.json").write_text(json.dumps(list(self._rows)), encoding="utf-8")
        np.save(self.folder / "vectors.npy", np.array(list(self._rows.values()), np.float32))
        self._new = 0

    def _model(self) -> Embedder:
        if self._embedder is None:
            model = load_embedder(None)
            if isinstance(model, NoModel):
                raise SystemExit(model.text)
            self._embedder = model
        return self._embedder


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


@dataclass
class Library:
    """Everything the database would hold, in memory."""

    infos: list[DocumentInfo] = field(default_factory=list[DocumentInfo])
    pages: dict[str, dict[int, str]] = field(default_factory=dict[str, dict[int, str]])
    passages: dict[str, list[Passage]] = field(default_factory=dict[str, list[Passage]])
    versions: list[tuple[str, Lengths, dict[str, Postings]]] = field(
        default_factory=list[tuple[str, Lengths, dict[str, Postings]]]
    )
    counts: dict[str, int] = field(default_factory=dict[str, int])
    acronyms: dict[str, str] = field(default_factory=dict[str, str])
    places: list[Place] = field(default_factory=list[Place])
    vectors: Vectors | None = None

    def known(self, terms: Sequence[str]) -> dict[str, int]:
        """Terms that stand in some passage, with the number of those."""
        return {t: self.counts[t] for t in terms if t in self.counts}


def load(folder: Path, originals: Path | None, kept: Kept | None = None) -> Library:
    """Read `*.pages.jsonl`; titles come from the PDFs in `originals` when given, as they do in the product."""
    library = Library()
    for file in sorted(folder.glob("*.pages.jsonl")):
        _add(library, file, originals)
    if kept is not None:
        texts = list[str]()
        for stem, passages in library.passages.items():
            for passage in passages:
                if passage.kind not in APART:
                    words = library.pages[stem][passage.page][passage.start : passage.end]
                    library.places.append((stem, passage.ordinal))
                    texts.append(embedded_text(passage.heading, words))
        library.vectors = kept.vectors_of(texts)
        kept.save()
    return library


def _add(library: Library, file: Path, originals: Path | None) -> None:
    stem = file.name.removesuffix(".pages.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    pages = [(row["page"], row["text"].replace("\r\n", "\n").replace("\x02", "-")) for row in rows]
    passages = build_passages(pages)
    front = "\n".join(text for _, text in pages[:2])
    heading = next((p.heading for p in passages if p.heading), None)
    found = completed(Metadata(stem), front, document_title(_embedded(originals, stem), pages), heading)
    library.infos.append(
        DocumentInfo(stem, stem, found.title or stem, "", found.version or "", found.effective_from, found.effective_to)
    )
    library.pages[stem] = dict(pages)
    for short, long in learn_acronyms(text for _, text in pages).items():
        library.acronyms.setdefault(short, long)
    library.passages[stem] = passages
    index = build_index(index_texts(passages, dict(pages), found.title or stem))
    library.versions.append((stem, index.lengths, index.postings))
    for term, postings in index.postings.items():
        library.counts[term] = library.counts.get(term, 0) + len(postings.ordinals)


def _embedded(originals: Path | None, stem: str) -> str | None:
    path = originals / f"{stem}.pdf" if originals else None
    if path is None or not path.is_file():
        return None
    with pdfium.PdfDocument(path) as document:
        return document.get_metadata_dict().get("Title") or None


def plan_of(library: Library, question: str) -> Plan:
    """The plan for a question as it was typed."""
    return make_plan(
        legible(question, mask(question, "safe-harbor").spans, library.known),
        library.infos,
        library.known,
        library.acronyms,
    )


def find(library: Library, plan: Plan, kept: Kept | None) -> list[Hit]:
    """The passages found, by words or by words and vectors, as `evidence.search` finds them."""
    if not plan.weights:
        return []
    scope = set(plan.scope)
    scores = Scores(plan.weights, [v for v in library.versions if not scope or v[0] in scope])
    depth = PASSAGES if kept is None else max(PASSAGES, FUSION.depth)
    words: dict[Place, float] = {(r.key, r.ordinal): r.score for r in scores.best(depth)}
    similar: dict[Place, float] = {}
    if kept is not None and library.vectors is not None:
        all_similar = library.vectors @ kept.vectors_of([plan.question], query=True)[0]
        by_place = dict(zip(library.places, all_similar.tolist(), strict=True))
        inside = {p: s for p, s in by_place.items() if not scope or p[0] in scope}
        near = sorted(inside, key=lambda p: -inside[p])[: FUSION.depth]
        similar = {p: inside[p] for p in {*near, *words} if p in inside}
        for place in near:
            words.setdefault(place, scores.of(*place))
    by_key = {info.key: info for info in library.infos}
    hits = list[Hit]()
    for found in fuse(words, similar)[:PASSAGES]:
        stem, ordinal = found.key
        passage = library.passages[stem][ordinal]
        page = library.pages[stem][passage.page]
        own = page[passage.start : passage.end]
        score = found.score if similar else words[found.key]
        hits.append(Hit(by_key[stem], passage, own, page, score, words[found.key], similar.get(found.key)))
    return hits
