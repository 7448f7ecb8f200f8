"""What a process keeps of a tenant's library: its versions and segments, as of a generation, seen by one caller."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.access.labels import may_see
from preceptor.db.transaction import Row, Transaction
from preceptor.evidence.bm25 import K1, B, Ranked, idf
from preceptor.evidence.library import VERSION_COLUMNS, Version, version_of
from preceptor.evidence.sealed import open_acronyms
from preceptor.evidence.segment_store import SEGMENT_COLUMNS, segment_of
from preceptor.evidence.segments import Segment
from preceptor.evidence.vocabulary import ShortForms
from preceptor.vault.keys import TenantKeys

ROOM = 512 * 1024 * 1024  # bytes of segments kept, of all tenants together; the one in use stays in any case
VIEWS = 8  # sets of versions remembered a snapshot


class Snapshot:
    """A tenant's ready versions, ordered by name and id, and their postings, as they stood at `generation`."""

    def __init__(
        self,
        generation: int,
        versions: Sequence[Version],
        segments: Mapping[uuid.UUID, Segment],
        acronyms: Mapping[uuid.UUID, Mapping[str, str]],
    ) -> None:
        self.generation = generation
        self.versions = sorted(versions, key=lambda v: (v.owner, v.stem, v.id))
        self.segments = dict(segments)
        self.acronyms = acronyms
        self.rows = {v.id: row for row, v in enumerate(self.versions)}
        self._from = np.array([v.in_force_from.toordinal() for v in self.versions], np.int64)
        self._until = np.array([v.in_force_until.toordinal() for v in self.versions], np.int64)
        labels = {labels: n for n, labels in enumerate(dict.fromkeys(v.labels for v in self.versions))}
        self._labels = list(labels)
        self._labelled = np.array([labels[v.labels] for v in self.versions], np.int64)
        self.parts = list[tuple[int, Segment]]()  # with the number of its first passage
        self.starts = np.full(len(self.versions), -1, np.int64)  # the number of each version's first passage
        self._lay_out()
        self._views: OrderedDict[bytes, View] = OrderedDict()

    def _lay_out(self) -> None:
        owners, lengths, base = [np.empty(0, np.int32)], [np.empty(0, np.uint16)], 0
        for segment in self.segments.values():
            rows = np.array([self.rows.get(version, -1) for version in segment.versions], np.int32)
            owners.append(np.repeat(rows, np.diff(segment.starts)))
            self.starts[rows[rows >= 0]] = base + segment.starts[:-1][rows >= 0]
            lengths.append(segment.lengths)
            self.parts.append((base, segment))
            base += len(segment.lengths)
        self.owners = np.concatenate(owners)  # the version's row, -1 for one that is not ready
        self.lengths = np.concatenate(lengths)

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return sum(s.size for s in self.segments.values()) + 6 * len(self.owners) + 1_500 * len(self.versions)

    def view(self, caller: Caller, as_of: date, documents: Collection[uuid.UUID] | None = None) -> View:
        """What the caller may search of what is in force on `as_of`, of `documents` where given."""
        day = as_of.toordinal()
        visible = np.array([may_see(caller, labels) for labels in self._labels], bool)
        allowed = (self._from <= day) & (day < self._until)
        if len(allowed):
            allowed &= visible[self._labelled]
        if documents is not None:
            allowed &= np.array([v.document in documents for v in self.versions], bool)
        key = allowed.tobytes()
        found = self._views.get(key)
        if found is None:
            found = self._views[key] = View(self, allowed)
            while len(self._views) > VIEWS:
                self._views.popitem(last=False)
        self._views.move_to_end(key)
        return found

    def postings(self, term: str) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
        """The numbers of all passages in which a term stands, and how often it stands there."""
        places, tfs = [np.empty(0, np.int64)], [np.empty(0, np.uint16)]
        for base, segment in self.parts:
            slot = segment.slots.get(term)
            if slot is not None:
                own = slice(segment.ends[slot], segment.ends[slot + 1])
                places.append(segment.places[own] + np.int64(base))
                tfs.append(segment.tfs[own])
        return np.concatenate(places), np.concatenate(tfs)


class View:
    """The versions one search is about. Everything counted is counted in exactly these: nothing that the caller may not
    see, and nothing out of force, changes a weight, a spelling or an order."""

    def __init__(self, snapshot: Snapshot, allowed: NDArray[np.bool_]) -> None:
        self.snapshot = snapshot
        self.versions = [snapshot.versions[row] for row in np.flatnonzero(allowed).tolist()]
        self._allowed = allowed
        self._known: dict[str, int] = {}

    @cached_property
    def by_id(self) -> dict[uuid.UUID, Version]:
        """Its versions by id."""
        return {v.id: v for v in self.versions}

    @cached_property
    def passages(self) -> NDArray[np.bool_]:
        """Which passages of the snapshot are in it."""
        return np.append(self._allowed, False)[self.snapshot.owners]  # -1, not ready: the last

    def known(self, terms: Sequence[str]) -> Mapping[str, int]:
        """Those of `terms` that stand in some passage of it, with the number of these passages."""
        found: dict[str, int] = {}
        for term in terms:
            count = self._known.get(term)
            if count is None:
                places, _ = self.snapshot.postings(term)
                count = int(np.count_nonzero(self.passages[places]))
                if count:
                    self._known[term] = count
            if count:
                found[term] = count
        return found

    @cached_property
    def acronyms(self) -> ShortForms:
        """Short form → long form as its versions explain them; where they differ, the oldest version's."""
        found = dict[str, str]()
        for version in sorted(v.id for v in self.versions):
            for short, long in self.snapshot.acronyms.get(version, {}).items():
                found.setdefault(short, long)
        return ShortForms(found)

    def scores(self, query: Mapping[str, float], only: Collection[uuid.UUID] | None = None) -> Scores:
        """BM25 of its passages, or of `only` some of its versions."""
        if only is None:
            return Scores(self.snapshot, self.passages, query)
        chosen = np.zeros(len(self._allowed) + 1, bool)
        rows = [self.snapshot.rows[v] for v in only if v in self.by_id]
        chosen[rows] = True
        return Scores(self.snapshot, chosen[self.snapshot.owners], query)


class Scores:
    """The BM25 score of every passage in `chosen` (bool, by passage number); see `bm25.Scores`, which it equals.

    N, document frequencies and the average length are those of the chosen passages, empty ones left out.
    """

    def __init__(
        self, snapshot: Snapshot, chosen: NDArray[np.bool_], query: Mapping[str, float], k1: float = K1, b: float = B
    ) -> None:
        self._snapshot = snapshot
        self._chosen = chosen
        self._all = np.zeros(len(chosen))
        lengths = snapshot.lengths[chosen]
        total = int(np.count_nonzero(lengths))
        if not total:
            return
        average = int(lengths.sum(dtype=np.int64)) / total
        for term, weight in sorted(query.items()):
            if weight <= 0:
                continue
            places, tfs = snapshot.postings(term)
            own = chosen[places]
            places, tf = places[own], tfs[own].astype(np.float64)
            if not len(places):
                continue
            gain = weight * idf(total, len(places))
            norms = k1 * (1 - b + b * snapshot.lengths[places].astype(np.float64) / average)
            self._all[places] += gain * tf * (k1 + 1) / (tf + norms)

    @property
    def passages(self) -> int:
        """How many passages are scored, empty ones among them."""
        return int(np.count_nonzero(self._chosen))

    def of(self, version: uuid.UUID, ordinal: int) -> float:
        """The score of one passage; 0.0 where none of the terms stands, or it is not chosen."""
        row = self._snapshot.rows.get(version)
        place = int(self._snapshot.starts[row]) + ordinal if row is not None else -1
        if row is None or not 0 <= place < len(self._all) or self._snapshot.owners[place] != row:
            return 0.0
        return float(self._all[place])

    def best(self, k: int) -> list[Ranked[uuid.UUID]]:
        """The `k` best passages with a score; equal scores keep the order of versions, then ordinals."""
        hits = np.flatnonzero(self._all > 0)
        if len(hits) > 4 * k > 0:  # sort only what can be among the best, ties at the edge included
            edge = np.partition(self._all[hits], len(hits) - k)[len(hits) - k]
            hits = hits[self._all[hits] >= edge]
        rows = self._snapshot.owners[hits]
        ordinals = hits - self._snapshot.starts[rows]
        order = np.lexsort((ordinals, rows, -self._all[hits]))[: max(k, 0)]
        return [
            Ranked(self._snapshot.versions[int(rows[n])].id, int(ordinals[n]), float(self._all[hits[n]])) for n in order
        ]


class Snapshots:
    """The snapshots of a process, one a tenant; one cheap read a question says whether one is still true.

    `keys` gives the keys of a tenant: what is stored is sealed.
    """

    def __init__(self, keys: Callable[[str], TenantKeys], room: int = ROOM) -> None:
        self._keys = keys
        self._room = room
        self._held: OrderedDict[str, Snapshot] = OrderedDict()
        self._loading: dict[str, asyncio.Lock] = {}

    async def get(self, tx: Transaction) -> Snapshot:
        """The tenant's snapshot, as new as this transaction's begin at least."""
        generation = await self._generation(tx)
        held = self._held.get(tx.tenant)
        if held is None or held.generation < generation:
            async with self._loading.setdefault(tx.tenant, asyncio.Lock()):
                held = self._held.get(tx.tenant)
                if held is None or held.generation < generation:
                    held = self._held[tx.tenant] = await _load(
                        tx, self._keys(tx.tenant), await self._generation(tx), held
                    )
                    self._make_room(tx.tenant)
        self._held.move_to_end(tx.tenant)
        return held

    async def view(
        self, tx: Transaction, caller: Caller, as_of: date, documents: Collection[uuid.UUID] | None = None
    ) -> View:
        """What the caller may search that is in force on `as_of`, of `documents` where given."""
        require(caller, "policy:ask", tenant=tx.tenant)
        return (await self.get(tx)).view(caller, as_of, documents)

    async def _generation(self, tx: Transaction) -> int:
        found: int | None = await tx.value("select generation from library_state where tenant = $1", tx.tenant)
        return found or 0

    def _make_room(self, tenant: str) -> None:
        while len(self._held) > 1 and sum(s.size for s in self._held.values()) > self._room:
            oldest = next(t for t in self._held if t != tenant)
            del self._held[oldest]


async def _load(tx: Transaction, keys: TenantKeys, generation: int, before: Snapshot | None) -> Snapshot:
    """The library as it is now, which is `generation` or later; what `before` holds and cannot change is not read."""
    held = {v.id: v for v in before.versions} if before else {}
    rows = await tx.rows(
        "select v.id, v.in_force_from, v.in_force_until, d.labels from document_version v"
        " join document d on d.tenant = v.tenant and d.id = v.document where v.tenant = $1 and v.state = 'ready'",
        tx.tenant,
    )
    new = [row["id"] for row in rows if row["id"] not in held]
    segments = await _segments(tx, keys, before.segments if before else {})
    versions = [_renewed(held[row["id"]], row) for row in rows if row["id"] in held]
    if before and not new and before.segments.keys() == segments.keys() and _same(versions, held):
        before.generation = generation  # what changed is none of what is kept: vectors, or what was taken back
        return before
    versions += [
        version_of(row)
        for row in await tx.rows(
            f"select {VERSION_COLUMNS} from document_version v"  # noqa: S608 - a constant
            " join document d on d.tenant = v.tenant and d.id = v.document"
            " where v.tenant = $1 and v.state = 'ready' and v.id = any($2::uuid[])",
            tx.tenant,
            new,
        )
    ]
    learned = await tx.rows(
        "select version, acronyms from version_index where tenant = $1 and version = any($2::uuid[])"
        " and acronyms is not null",
        tx.tenant,
        new,
    )
    acronyms = dict(before.acronyms) if before else {}
    acronyms |= {row["version"]: open_acronyms(keys, row["version"], row["acronyms"]) for row in learned}
    ready = {v.id for v in versions}
    return await asyncio.to_thread(
        Snapshot, generation, versions, segments, {v: a for v, a in acronyms.items() if v in ready}
    )


def _same(versions: Sequence[Version], held: Mapping[uuid.UUID, Version]) -> bool:
    """Whether these are the versions held, unchanged."""
    return len(versions) == len(held) and all(held[v.id] is v for v in versions)


def _renewed(version: Version, row: Row) -> Version:
    """The version with what may change while it is ready: its last day, and who may see it."""
    begins, ends, labels = row["in_force_from"], row["in_force_until"], tuple(row["labels"])
    if (begins, ends, labels) == (version.in_force_from, version.in_force_until, version.labels):
        return version
    return replace(version, in_force_from=begins, in_force_until=ends, labels=labels)


async def _segments(tx: Transaction, keys: TenantKeys, held: Mapping[uuid.UUID, Segment]) -> dict[uuid.UUID, Segment]:
    """All segments, in the order of their ids; those held are not read again. One statement: a segment that replaces
    others while this runs is seen instead of them, never beside them."""
    columns = ", ".join(
        f"case when id = any($2::uuid[]) then null else {c} end as {c}" for c in SEGMENT_COLUMNS.split(", ")
    )
    rows = await tx.rows(
        f"select id, {columns} from index_segment where tenant = $1 order by id",  # noqa: S608 - constants
        tx.tenant,
        list(held),
    )
    return await asyncio.to_thread(
        lambda: {row["id"]: held[row["id"]] if row["id"] in held else _shared(segment_of(keys, row)) for row in rows}
    )


def _shared(segment: Segment) -> Segment:
    """The segment with its terms held once a process, however many segments hold them."""
    return replace(segment, terms=tuple(sys.intern(term) for term in segment.terms))
