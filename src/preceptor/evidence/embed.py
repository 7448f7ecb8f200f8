"""Gives passages their vectors in the background: words are searchable at once, vectors follow, version by version."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.clock import Clock
from preceptor.db.pool import Database
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.evidence.embedding.model import Embedder
from preceptor.evidence.library import raise_generation
from preceptor.evidence.reading import decode_layout
from preceptor.evidence.sealed import open_heading, open_page
from preceptor.vault.keys import TenantKeys

BATCH = 32  # passages a transaction: what a kill loses, two or three seconds of one core
UNSEARCHED = ("contents", "reference", "instruction")  # found neither by words (`passages.index_texts`) nor by vectors

Progress = Callable[[int, int], None]
"""Called with (passages done, passages in all) of this run."""


@dataclass(frozen=True)
class Embedded:
    """What a run did: versions that became complete, and passages that got a vector."""

    versions: int
    passages: int


async def pending(tx: Transaction, embedder: Embedder) -> list[uuid.UUID]:
    """The ready versions whose vectors of this model are not complete, oldest first."""
    rows = await tx.rows(
        "select v.id from document_version v left join version_vectors w on w.tenant = v.tenant and w.version = v.id"
        " and w.model = $2 where v.tenant = $1 and v.state = 'ready' and w.version is null"
        " order by v.created_at, v.id",
        tx.tenant,
        embedder.name,
    )
    return [row["id"] for row in rows]


async def embed_pending(
    database: Database,
    clock: Clock,
    keys: TenantKeys,
    caller: Caller,
    embedder: Embedder,
    progress: Progress | None = None,
    *,
    alone: bool = False,
) -> Embedded:
    """Embed what has no vectors yet. Resumable and idempotent; several processes may run it at once.

    A batch is one transaction: killed, it leaves whole batches, and the next run goes on after them. A version
    another process works on is left to it. The entry `document:embed` stands in the transaction that completes a
    version, once a version and model. `alone` keeps to one core: for a process that answers questions meanwhile.
    """
    require(caller, "policy:write")
    async with tenant_transaction(database, caller.tenant, caller.actor) as tx:
        versions = await pending(tx, embedder)
        if not versions:
            return Embedded(0, 0)
        await tx.execute("select make_vector_partition($1)", embedder.dimensions)
        total = await _missing(tx, embedder, versions)
    done = complete = 0
    for version in versions:
        while True:
            async with tenant_transaction(database, caller.tenant, caller.actor) as tx:
                count = await _batch(tx, clock, keys, caller, embedder, version, alone)
            if not count:
                complete += count is not None
                break
            done += count
            if progress is not None:
                progress(done, max(total, done))
    return Embedded(complete, done)


async def _batch(
    tx: Transaction,
    clock: Clock,
    keys: TenantKeys,
    caller: Caller,
    embedder: Embedder,
    version: uuid.UUID,
    alone: bool,
) -> int | None:
    """Embed the next passages of a version: how many; 0 when it became complete; None when it is not ours to do."""
    if not await tx.value("select pg_try_advisory_xact_lock(hashtextextended($1, 5))", f"{tx.tenant}:{version}"):
        return None
    rows = await tx.rows(
        "select p.ordinal, p.heading, p.start_at, p.end_at, p.page, g.sealed, g.layout from passage p"
        " join page g on g.tenant = p.tenant and g.version = p.version and g.page = p.page"
        " where p.tenant = $1 and p.version = $2 and p.kind <> all($3::text[])"
        " and not exists (select from passage_vector e where e.tenant = p.tenant and e.version = p.version"
        " and e.ordinal = p.ordinal and e.model = $4) order by p.ordinal limit $5",
        tx.tenant,
        version,
        list(UNSEARCHED),
        embedder.name,
        BATCH,
    )
    texts = [
        embedded_text(
            open_heading(keys, version, row["ordinal"], row["heading"]),
            decode_layout(row["layout"]).text(open_page(keys, version, row["page"], row["sealed"]))[
                row["start_at"] : row["end_at"]
            ],
        )
        for row in rows
    ]
    vectors = await asyncio.to_thread(embedder.passages, texts, alone=alone)
    # Taken only now: a removal need not wait for the model, and after it nothing is put back.
    ready = await tx.value(
        "select state = 'ready' from document_version where tenant = $1 and id = $2 for share", tx.tenant, version
    )
    if not ready:
        return None
    if not rows:
        return await _complete(tx, clock, caller, embedder, version)
    await tx.execute_many(
        "insert into passage_vector (tenant, version, ordinal, model, dimensions, embedding)"
        " values ($1, $2, $3, $4, $5, $6::real[]::halfvec) on conflict do nothing",
        [
            (tx.tenant, version, row["ordinal"], embedder.name, embedder.dimensions, vector.tolist())
            for row, vector in zip(rows, vectors, strict=True)
        ],
    )
    return len(rows)


async def _complete(
    tx: Transaction, clock: Clock, caller: Caller, embedder: Embedder, version: uuid.UUID
) -> int | None:
    """Say that all passages of the version have vectors, and drop those of an earlier model."""
    if await tx.value(
        "select true from version_vectors where tenant = $1 and version = $2 and model = $3",
        tx.tenant,
        version,
        embedder.name,
    ):
        return None  # another process was first
    for table in ("passage_vector", "version_vectors"):
        await tx.execute(
            f"delete from {table} where tenant = $1 and version = $2 and model <> $3",  # noqa: S608 - two constants
            tx.tenant,
            version,
            embedder.name,
        )
    document = await tx.value(
        "insert into version_vectors (tenant, version, model, passages, ready_at)"
        " select $1, $2, $3, (select count(*) from passage_vector where tenant = $1 and version = $2), $4"
        " returning (select document from document_version where tenant = $1 and id = $2)",
        tx.tenant,
        version,
        embedder.name,
        clock.now(),
    )
    await raise_generation(tx)
    await record(tx, clock, caller, "document:embed", subject={"document": str(document), "version": str(version)})
    return 0


async def _missing(tx: Transaction, embedder: Embedder, versions: list[uuid.UUID]) -> int:
    """How many passages of `versions` have no vector yet."""
    found: int = await tx.value(
        "select (select count(*) from passage where tenant = $1 and version = any($2::uuid[])"
        " and kind <> all($3::text[])) - (select count(*) from passage_vector where tenant = $1"
        " and version = any($2::uuid[]) and model = $4)",
        tx.tenant,
        versions,
        list(UNSEARCHED),
        embedder.name,
    )
    return max(0, found)


def embedded_text(heading: str, words: str) -> str:
    """What the model reads of a passage: its heading path, then its words."""
    return f"{heading}\n{words}" if heading else words
