"""Search with access and date inside the query: exact BM25 over the versions the caller may see, in force on a day."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.db.transaction import Transaction
from preceptor.evidence.bm25 import Lengths, Postings, rank
from preceptor.evidence.library import VERSION_COLUMNS, Version, version_of
from preceptor.evidence.passages import Passage

CACHED_VERSIONS = 4_000
FOLLOWED = 20


@dataclass(frozen=True)
class Found:
    """A passage that was found: its version, its place, the text of its page, its BM25 score."""

    version: Version
    passage: Passage
    page_text: str
    score: float

    @property
    def text(self) -> str:
        """The passage's own text."""
        return self.page_text[self.passage.start : self.passage.end]


class LengthCache:
    """Passage lengths by (tenant, version): immutable once a version is ready, so they are read once a process."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, uuid.UUID], Lengths] = OrderedDict()

    async def get(self, tx: Transaction, versions: Sequence[uuid.UUID]) -> dict[uuid.UUID, Lengths]:
        """Lengths of `versions`, read under the caller's tenant where not held."""
        missing = [v for v in versions if (tx.tenant, v) not in self._held]
        if missing:
            rows = await tx.rows(
                "select version, lengths from version_index where tenant = $1 and version = any($2::uuid[])",
                tx.tenant,
                missing,
            )
            for row in rows:
                self._held[tx.tenant, row["version"]] = Lengths.from_bytes(bytes(row["lengths"]))
        found = {v: self._held[tx.tenant, v] for v in versions if (tx.tenant, v) in self._held}
        while len(self._held) > CACHED_VERSIONS:
            self._held.popitem(last=False)
        return found


async def in_force(
    tx: Transaction, caller: Caller, as_of: date, documents: Sequence[uuid.UUID] | None = None
) -> list[Version]:
    """The versions the caller may search that are in force on `as_of`, of `documents` where given."""
    require(caller, "policy:ask", tenant=tx.tenant)
    rows = await tx.rows(
        f"select {VERSION_COLUMNS} from document_version v"  # noqa: S608 - a constant
        " join document d on d.tenant = v.tenant and d.id = v.document"
        " where v.tenant = $1 and v.state = 'ready' and v.in_force_from <= $2::date and $2::date < v.in_force_until"
        " and ($3::uuid[] is null or v.document = any($3::uuid[])) order by d.owner, d.stem, v.id",
        tx.tenant,
        as_of,
        list(documents) if documents is not None else None,
    )
    return [version_of(row) for row in rows]


async def search(
    tx: Transaction,
    caller: Caller,
    cache: LengthCache,
    terms: Mapping[str, float],
    versions: Sequence[Version],
    as_of: date,
    k: int,
) -> list[Found]:
    """The `k` best passages for weighted `terms`; document frequencies are those of exactly these versions.

    The passages that follow the very best come too, with score 0. The query itself asks again for tenant, state and
    date: `versions` narrows, it never widens.
    """
    require(caller, "policy:ask", tenant=tx.tenant)
    known = {v.id: v for v in versions}
    rows = await tx.rows(
        "select p.term, p.version, p.packed from posting p"
        " join document_version v on v.tenant = p.tenant and v.id = p.version"
        " where p.tenant = $1 and p.term = any($2::text[]) and p.version = any($3::uuid[])"
        " and v.state = 'ready' and v.in_force_from <= $4::date and $4::date < v.in_force_until",
        tx.tenant,
        list(terms),
        list(known),
        as_of,
    )
    postings: dict[uuid.UUID, dict[str, Postings]] = {v: {} for v in known}
    for row in rows:
        postings[row["version"]][row["term"]] = Postings.from_bytes(bytes(row["packed"]))
    lengths = await cache.get(tx, list(known))
    ranked = rank(terms, [(v, lengths[v], postings[v]) for v in known if v in lengths], k)
    places = {(r.key, r.ordinal): r.score for r in ranked}
    # What follows the best ones, unscored: a sentence may run on over a page break.
    for r in ranked[:FOLLOWED]:
        places.setdefault((r.key, r.ordinal + 1), 0.0)
    return await _read(tx, known, [(version, ordinal, score) for (version, ordinal), score in places.items()])


async def _read(
    tx: Transaction, known: Mapping[uuid.UUID, Version], ranked: Sequence[tuple[uuid.UUID, int, float]]
) -> list[Found]:
    rows = await tx.rows(
        "select s.version, s.ordinal, s.page, s.start_at, s.end_at, s.kind, s.heading, g.text from passage s"
        " join unnest($2::uuid[], $3::integer[]) as r(version, ordinal)"
        " on r.version = s.version and r.ordinal = s.ordinal"
        " join page g on g.tenant = s.tenant and g.version = s.version and g.page = s.page where s.tenant = $1",
        tx.tenant,
        [version for version, _, _ in ranked],
        [ordinal for _, ordinal, _ in ranked],
    )
    by_place = {(row["version"], row["ordinal"]): row for row in rows}
    found = list[Found]()
    for version, ordinal, score in ranked:
        row = by_place.get((version, ordinal))
        if row is None:
            continue
        passage = Passage(row["page"], row["start_at"], row["end_at"], row["kind"], row["heading"], ordinal)
        found.append(Found(known[version], passage, row["text"], score))
    return found


async def page_texts(tx: Transaction, places: Sequence[tuple[uuid.UUID, int]]) -> dict[tuple[uuid.UUID, int], str]:
    """The stored text of pages of ready versions, for the check at release."""
    rows = await tx.rows(
        "select g.version, g.page, g.text from page g"
        " join document_version v on v.tenant = g.tenant and v.id = g.version and v.state = 'ready'"
        " join unnest($2::uuid[], $3::integer[]) as r(version, page) on r.version = g.version and r.page = g.page"
        " where g.tenant = $1",
        tx.tenant,
        [version for version, _ in places],
        [page for _, page in places],
    )
    return {(row["version"], row["page"]): row["text"] for row in rows}
