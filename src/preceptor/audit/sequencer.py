"""Gives committed entries their place in the tenant's tree, in batches, and signs the new head.

Commits arrive out of order, so no serial number is drawn by the acting transaction; one sequencer a
tenant at a time (a transaction-level advisory lock) takes what waits, oldest id first.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from preceptor.audit.checkpoint import sign, verifier_key, verify_note
from preceptor.audit.leaf import leaf_hash
from preceptor.audit.merkle import Frontier
from preceptor.clock import Clock
from preceptor.db.pool import Database
from preceptor.db.transaction import Row, Transaction, tenant_transaction
from preceptor.errors import IntegrityFailure
from preceptor.vault.keys import TenantKeys

ACTOR = "system:sequencer"
BATCH = 5_000


@dataclass(frozen=True)
class Head:
    """The newest signed head of a tenant's tree."""

    size: int
    root: bytes
    note: str
    frontier: Frontier


def origin(tenant: str) -> str:
    """The checkpoint's origin line: names the log for whoever verifies it."""
    return f"preceptor.local/{tenant}"


async def read_head(tx: Transaction) -> Head | None:
    """The newest head, or None before the first."""
    row = await tx.row(
        "select size, root, note, frontier from audit_checkpoint where tenant = $1 order by size desc limit 1",
        tx.tenant,
    )
    if row is None:
        return None
    return Head(row["size"], bytes(row["root"]), row["note"], Frontier.from_bytes(row["frontier"]))


def require_own(head: Head, keys: TenantKeys) -> None:
    """IntegrityFailure unless the stored head is one that this tenant's key signed, over this very frontier.

    Without it, whoever can write the database could have a forged tree signed by the next `advance`.
    """
    signed = verify_note(head.note, verifier_key(origin(keys.tenant), keys.signing.public_key()))
    stored = (head.size, head.root)
    if (signed.size, signed.root) != stored or (head.frontier.size, head.frontier.root()) != stored:
        raise IntegrityFailure("audit_mismatch", "The stored head of the log is not the one that was signed.")


async def halt(database: Database, clock: Clock, tenant: str, code: str) -> None:
    """Refuse every act of the tenant from now on; `code` is that of the failure."""
    async with tenant_transaction(database, tenant, ACTOR) as tx:
        await tx.execute(
            "insert into log_halt (tenant, code, at) values ($1, $2, $3) on conflict (tenant)"
            " do update set code = excluded.code, at = excluded.at, cleared_at = null"
            " where log_halt.cleared_at is not null",
            tenant,
            code,
            clock.now(),
        )


async def advance(database: Database, clock: Clock, keys: TenantKeys) -> Head:
    """Place everything that waits and return the head. Safe to call from several processes at once.

    IntegrityFailure when head or waiting entries are not what they were: then every further act is refused (`halt`).
    """
    while True:
        async with _halting(database, clock, keys.tenant), tenant_transaction(database, keys.tenant, ACTOR) as tx:
            head, placed = await _advance_once(tx, clock, keys)
        if placed < BATCH:
            return head


@contextlib.asynccontextmanager
async def _halting(database: Database, clock: Clock, tenant: str) -> AsyncGenerator[None]:
    """A log that fails its check is halted, in a transaction of its own: the failing one leaves nothing."""
    try:
        yield
    except IntegrityFailure as failure:
        await halt(database, clock, tenant, failure.code)
        raise


async def advance_if_free(database: Database, clock: Clock, keys: TenantKeys) -> None:
    """Place what waits unless another process is doing so: then it is left to that one, or to the next that comes."""
    async with _halting(database, clock, keys.tenant), tenant_transaction(database, keys.tenant, ACTOR) as tx:
        if not await tx.value("select pg_try_advisory_xact_lock(hashtextextended($1, 5))", "audit:" + tx.tenant):
            return
        _, placed = await _placed(tx, clock, keys)
    if placed == BATCH:
        await advance(database, clock, keys)


async def _advance_once(tx: Transaction, clock: Clock, keys: TenantKeys) -> tuple[Head, int]:
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 5))", "audit:" + tx.tenant)
    return await _placed(tx, clock, keys)


async def _placed(tx: Transaction, clock: Clock, keys: TenantKeys) -> tuple[Head, int]:
    """One batch placed, under the tenant's lock."""
    head, waiting = await check_whole(tx, keys)
    frontier = head.frontier if head else Frontier()
    if head is not None and not waiting:
        return head, 0
    first = frontier.size
    frontier = frontier.extend(bytes(row["leaf_hash"]) for row in waiting)
    entries = [row["entry"] for row in waiting]
    await tx.execute(
        "insert into audit_leaf (tenant, leaf, entry)"
        " select $1, $2 + n - 1, entry from unnest($3::uuid[]) with ordinality as t(entry, n)",
        tx.tenant,
        first,
        entries,
    )
    await tx.execute("delete from audit_pending where tenant = $1 and entry = any($2::uuid[])", tx.tenant, entries)
    note = sign(keys.signing, origin(tx.tenant), frontier.size, frontier.root())
    head = Head(frontier.size, frontier.root(), note, frontier)
    await tx.execute(
        "insert into audit_checkpoint (tenant, size, at, frontier, root, note) values ($1, $2, $3, $4, $5, $6)",
        tx.tenant,
        head.size,
        clock.now(),
        frontier.to_bytes(),
        head.root,
        head.note,
    )
    return head, len(waiting)


async def check_whole(tx: Transaction, keys: TenantKeys) -> tuple[Head | None, list[Row]]:
    """The newest head and the entries that wait, at most a batch; IntegrityFailure when one of them was changed."""
    head = await read_head(tx)
    if head is not None:
        require_own(head, keys)
    waiting = await tx.rows(
        "select p.entry, e.leaf, e.leaf_hash from audit_pending p"
        " join audit_entry e on e.tenant = p.tenant and e.id = p.entry"
        " where p.tenant = $1 order by p.entry limit $2",
        tx.tenant,
        BATCH,
    )
    for row in waiting:
        if leaf_hash(bytes(row["leaf"])) != bytes(row["leaf_hash"]):
            raise IntegrityFailure(
                "audit_mismatch", "An entry that waits for its place was changed.", entry=str(row["entry"])
            )
    return head, waiting
