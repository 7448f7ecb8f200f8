"""Where segments are kept: stored with a version, joined by size, and rewritten without what is removed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection, Sequence

from preceptor.clock import Clock
from preceptor.db.transaction import Row, Transaction
from preceptor.evidence.bm25 import VersionIndex
from preceptor.evidence.sealed import open_terms, seal_terms
from preceptor.evidence.segments import Packed, Segment, joined, of_version, packed, to_join, unpacked, without
from preceptor.vault.keys import TenantKeys

SEGMENT_COLUMNS = "versions, passages, lengths, terms, counts, places, tfs"


async def store_index(tx: Transaction, clock: Clock, keys: TenantKeys, version: uuid.UUID, index: VersionIndex) -> None:
    """Store a version's own segment: with the transaction's commit it is searched."""
    await _insert(tx, keys, clock.new_id(), of_version(version, index))


async def join_segments(tx: Transaction, clock: Clock, keys: TenantKeys) -> int:
    """Join segments of one size until none are left to join; how many were read. Does nothing twice, loses nothing when
    broken off, and questions go on meanwhile: they see the segments of before or of after."""
    if not to_join(await _sizes(tx)):
        return 0
    await _lock(tx)
    read = 0
    while chosen := to_join(await _sizes(tx)):
        segments = await _segments(tx, keys, chosen)
        await _insert(tx, keys, clock.new_id(), await asyncio.to_thread(joined, segments))
        await _delete(tx, chosen)
        read += len(chosen)
    return read


async def drop_versions(tx: Transaction, clock: Clock, keys: TenantKeys, versions: Collection[uuid.UUID]) -> None:
    """Rewrite every segment that holds something of `versions` without it, so that nothing of them is left."""
    await _lock(tx)
    rows = await tx.rows(
        "select id from index_segment where tenant = $1 and versions && $2::uuid[]", tx.tenant, list(versions)
    )
    for row in rows:
        (segment,) = await _segments(tx, keys, [row["id"]])
        rest = await asyncio.to_thread(without, segment, frozenset(versions))
        if rest.versions:
            await _insert(tx, keys, clock.new_id(), rest)
        await _delete(tx, [row["id"]])


def segment_of(keys: TenantKeys, row: Row) -> Segment:
    """The segment in a row of `id` and SEGMENT_COLUMNS; ValueError when it is broken."""
    return unpacked(
        Packed(
            row["versions"],
            row["passages"],
            bytes(row["lengths"]),
            open_terms(keys, row["id"], row["terms"]),
            bytes(row["counts"]),
            bytes(row["places"]),
            bytes(row["tfs"]),
        )
    )


async def _lock(tx: Transaction) -> None:
    """Who deletes segments waits for who does already; inserting needs no lock."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 8))", f"segments:{tx.tenant}")


async def _sizes(tx: Transaction) -> list[tuple[uuid.UUID, int]]:
    rows = await tx.rows(
        "select id, (select coalesce(sum(n), 0) from unnest(passages) as n) as total from index_segment"
        " where tenant = $1 order by id",
        tx.tenant,
    )
    return [(row["id"], row["total"]) for row in rows]


async def _segments(tx: Transaction, keys: TenantKeys, ids: Sequence[uuid.UUID]) -> list[Segment]:
    rows = await tx.rows(
        f"select id, {SEGMENT_COLUMNS} from index_segment"  # noqa: S608 - a constant
        " where tenant = $1 and id = any($2::uuid[]) order by id",
        tx.tenant,
        list(ids),
    )
    return [segment_of(keys, row) for row in rows]


async def _insert(tx: Transaction, keys: TenantKeys, segment: uuid.UUID, contents: Segment) -> None:
    stored = packed(contents)
    await tx.execute(
        f"insert into index_segment (tenant, id, {SEGMENT_COLUMNS})"  # noqa: S608 - a constant
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.tenant,
        segment,
        stored.versions,
        stored.passages,
        stored.lengths,
        seal_terms(keys, segment, stored.terms),
        stored.counts,
        stored.places,
        stored.tfs,
    )


async def _delete(tx: Transaction, ids: Sequence[uuid.UUID]) -> None:
    await tx.execute("delete from index_segment where tenant = $1 and id = any($2::uuid[])", tx.tenant, list(ids))
