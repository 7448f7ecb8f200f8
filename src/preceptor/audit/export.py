"""The log as files that a stranger can verify, and the database's own rows put through the same verifier."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime

from preceptor.audit.checkpoint import verifier_key
from preceptor.audit.formats import checkpoint_file, export_line
from preceptor.audit.leaf import Entry, decode
from preceptor.audit.sequencer import Head, origin
from preceptor.db.transaction import Transaction
from preceptor.vault.keys import TenantKeys

CHUNK = 5_000


def head_file(keys: TenantKeys, head: Head) -> str:
    """The checkpoint file of an export: the verifier key on the first line, then the signed head."""
    return checkpoint_file(verifier_key(origin(keys.tenant), keys.signing.public_key()), head.note)


async def export_lines(tx: Transaction, size: int) -> AsyncGenerator[str]:
    """The first `size` leaves, a line each, in the order of the tree; constant memory."""
    after = -1
    while after + 1 < size:
        rows = await tx.rows(
            "select l.leaf, e.leaf as bytes, e.leaf_hash from audit_leaf l"
            " join audit_entry e on e.tenant = l.tenant and e.id = l.entry"
            " where l.tenant = $1 and l.leaf > $2 and l.leaf < $3 order by l.leaf limit $4",
            tx.tenant,
            after,
            size,
            CHUNK,
        )
        for row in rows:
            yield export_line(row["leaf"], bytes(row["bytes"]), bytes(row["leaf_hash"]))
        if not rows:
            return
        after = rows[-1]["leaf"]


@dataclass(frozen=True)
class Placed:
    """Where an entry stands: its leaf number, or None while it waits for the sequencer."""

    entry: uuid.UUID
    leaf: int | None
    tree_size: int | None


async def place_of(tx: Transaction, entry: uuid.UUID) -> Placed:
    """The place of an entry in the tree."""
    leaf = await tx.value("select leaf from audit_leaf where tenant = $1 and entry = $2", tx.tenant, entry)
    size = await tx.value("select max(size) from audit_checkpoint where tenant = $1", tx.tenant)
    return Placed(entry, leaf, size if leaf is not None else None)


async def search(
    tx: Transaction,
    *,
    event: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[tuple[int | None, Entry]]:
    """Entries newest first, with their leaf number; `event` and `actor` are exact."""
    rows = await tx.rows(
        "select l.leaf, e.leaf as bytes from audit_entry e"
        " left join audit_leaf l on l.tenant = e.tenant and l.entry = e.id"
        " where e.tenant = $1 and ($2::text is null or e.event = $2) and ($3::text is null or e.actor = $3)"
        " and ($4::timestamptz is null or e.at >= $4) order by e.id desc limit $5",
        tx.tenant,
        event,
        actor,
        since,
        limit,
    )
    return [(row["leaf"], decode(row["bytes"])) for row in rows]


async def unplaced(tx: Transaction) -> int:
    """Entries that neither stand in the tree nor wait for it: 0 in a log nobody touched."""
    count: int = await tx.value(
        "select (select count(*) from audit_entry where tenant = $1)"
        " - (select count(*) from audit_leaf where tenant = $1)"
        " - (select count(*) from audit_pending where tenant = $1)",
        tx.tenant,
    )
    return count
