"""Search with access and date inside the query: exact BM25 over the versions the caller may see, in force on a day."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.access.labels import VISIBLE, label_filter
from preceptor.db.transaction import Transaction
from preceptor.evidence.embedding.model import Embedder
from preceptor.evidence.fusion import FUSION, Fused, fuse
from preceptor.evidence.library import Version
from preceptor.evidence.passages import Passage
from preceptor.evidence.reading import decode_layout
from preceptor.evidence.sealed import open_heading, open_page
from preceptor.evidence.snapshot import Scores, View
from preceptor.evidence.vectors import nearest, similarities
from preceptor.vault.keys import TenantKeys

FOLLOWED = 20


@dataclass(frozen=True)
class Found:
    """A passage that was found. `score`: fused, 0..1 with vectors, else BM25; `words`: BM25; `similarity`: the cosine
    of its vector with the question's, None without one; `page_text`: the page's reading text, in which the passage's
    offsets are; `stored_text`: the same page as it is stored, None where that is the same."""

    version: Version
    passage: Passage
    page_text: str
    score: float
    words: float = 0.0
    similarity: float | None = None
    stored_text: str | None = None

    @property
    def text(self) -> str:
        """The passage's own text."""
        return self.page_text[self.passage.start : self.passage.end]


@dataclass(frozen=True)
class Dense:
    """The question as a vector: float32 (dimensions,), length 1, of that embedder."""

    embedder: Embedder
    vector: NDArray[np.float32]


async def search(
    tx: Transaction,
    keys: TenantKeys,
    caller: Caller,
    view: View,
    terms: Mapping[str, float],
    as_of: date,
    k: int,
    *,
    only: Sequence[uuid.UUID] | None = None,
    dense: Dense | None = None,
) -> list[Found]:
    """The `k` best passages of the versions in `view`, or of `only` some of them, for weighted `terms`, and for the
    question's vector where there is one (`fusion.fuse`); document frequencies are those of exactly these versions.

    The passages that follow the very best come too, with score 0. The passages are read with tenant, state, date and
    labels in the query: a view that is out of date may narrow what is found, it never widens it.
    """
    require(caller, "policy:ask", tenant=tx.tenant)
    scores = await asyncio.to_thread(view.scores, terms, only)
    chosen = [v for v in only if v in view.by_id] if only is not None else list(view.by_id)
    ranked = await _fused(tx, scores, chosen, as_of, k, dense)
    places = {f.key: f for f in ranked}
    # What follows the best ones, unscored: a sentence may run on over a page break.
    for f in ranked[:FOLLOWED]:
        follows = (f.key[0], f.key[1] + 1)
        places.setdefault(follows, Fused(follows, 0.0, 0.0, None))
    return await _read(tx, keys, caller, view.by_id, as_of, list(places.values()))


Place = tuple[uuid.UUID, int]


async def _fused(
    tx: Transaction, scores: Scores, versions: Sequence[uuid.UUID], as_of: date, k: int, dense: Dense | None
) -> list[Fused[Place]]:
    """The `k` best by words, or by words and vectors together: each passage with its exact score on both sides."""
    if dense is None:
        return [Fused((r.key, r.ordinal), r.score, r.score, None) for r in scores.best(k)]
    words = {(r.key, r.ordinal): r.score for r in scores.best(max(k, FUSION.depth))}
    near = await nearest(tx, dense.embedder, dense.vector, versions, as_of, FUSION.depth, scores.passages)
    similar = await similarities(tx, dense.embedder, dense.vector, list(words))
    similar |= {(n.version, n.ordinal): n.similarity for n in near}
    for version, ordinal in similar:
        words.setdefault((version, ordinal), scores.of(version, ordinal))
    found = fuse(words, similar | _without_vector(words, similar))
    return [replace(f, similarity=similar.get(f.key)) for f in found[:k]]


def _without_vector(words: Mapping[Place, float], similar: Mapping[Place, float]) -> dict[Place, float]:
    """A stand-in for the similarity of passages whose vectors are still being made: as good as their words are, so
    that a new document is neither lost nor favoured meanwhile. Empty when there is no vector at all."""
    missing = [place for place in words if place not in similar]
    if not missing or not similar:
        return {}
    low, high = min(similar.values()), max(similar.values())
    top = max(words.values()) or 1.0
    return {place: low + (high - low) * words[place] / top for place in missing}


async def _read(
    tx: Transaction,
    keys: TenantKeys,
    caller: Caller,
    known: Mapping[uuid.UUID, Version],
    as_of: date,
    ranked: Sequence[Fused[Place]],
) -> list[Found]:
    rows = await tx.rows(
        "select s.version, s.ordinal, s.page, s.start_at, s.end_at, s.kind, s.heading, g.sealed, g.layout"  # noqa: S608
        " from unnest($2::uuid[], $3::integer[]) as r(version, ordinal)"
        " join passage s on s.tenant = $1 and r.version = s.version and r.ordinal = s.ordinal"
        " join document_version v on v.tenant = s.tenant and v.id = s.version and v.state = 'ready'"
        " and v.in_force_from <= $4::date and $4::date < v.in_force_until"
        " join document d on d.tenant = v.tenant and d.id = v.document"
        " join page g on g.tenant = s.tenant and g.version = s.version and g.page = s.page"
        f" where {VISIBLE.format('$5')}",
        tx.tenant,
        [f.key[0] for f in ranked],
        [f.key[1] for f in ranked],
        as_of,
        label_filter(caller),
    )
    by_place = {(row["version"], row["ordinal"]): row for row in rows}
    found, pages = list[Found](), dict[Place, str]()
    for place in ranked:
        row = by_place.get(place.key)
        if row is None:
            continue
        version, ordinal = place.key
        layout = decode_layout(row["layout"])
        heading = open_heading(keys, version, ordinal, row["heading"])
        passage = Passage(row["page"], row["start_at"], row["end_at"], row["kind"], heading, ordinal, layout)
        at = version, row["page"]
        if at not in pages:
            pages[at] = open_page(keys, *at, row["sealed"])
        text = layout.text(pages[at])
        words = place.words or 0.0
        found.append(Found(known[version], passage, text, place.score, words, place.similarity, pages[at]))
    return found


async def page_texts(
    tx: Transaction, keys: TenantKeys, caller: Caller, places: Sequence[tuple[uuid.UUID, int]]
) -> dict[tuple[uuid.UUID, int], str]:
    """The stored text of pages of ready versions the caller may see, for the check at release."""
    rows = await tx.rows(
        "select g.version, g.page, g.sealed from page g"  # noqa: S608 - a constant
        " join document_version v on v.tenant = g.tenant and v.id = g.version and v.state = 'ready'"
        " join document d on d.tenant = v.tenant and d.id = v.document"
        " join unnest($2::uuid[], $3::integer[]) as r(version, page) on r.version = g.version and r.page = g.page"
        f" where g.tenant = $1 and {VISIBLE.format('$4')}",
        tx.tenant,
        [version for version, _ in places],
        [page for _, page in places],
        label_filter(caller),
    )
    return {(row["version"], row["page"]): open_page(keys, row["version"], row["page"], row["sealed"]) for row in rows}
