"""The attempts: each takes a log of 40 entries with anchors after 10, 20 and 30, and an export taken afterwards.

The attacker owns the database: triggers and row-level security are switched off for it. Some attackers hold the
signing key of the log as well, some the anchors too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from preceptor.audit.checkpoint import sign, verifier_key
from preceptor.audit.events import record
from preceptor.audit.export import export_lines
from preceptor.audit.formats import checkpoint_file
from preceptor.audit.leaf import leaf_hash
from preceptor.audit.merkle import root_of
from preceptor.audit.sequencer import Head, advance, origin
from preceptor.audit.verify import Report, verify_export
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.wiring import Services
from tests.make import Tenant

ENTRIES, ROW = 40, 24
"""Entries of the log, and the one that is tampered with: between the anchors after 20 and after 30."""
ANCHORED = (10, 20, 30)


@dataclass
class Log:
    """The log under attack, and what an honest reader keeps elsewhere: the key and the anchors."""

    services: Services
    tenant: Tenant
    pinned: str
    anchors: list[str]
    owner: asyncpg.Connection
    head_note: str = ""
    vkey: str = ""
    kept: list[str] = field(default_factory=list)

    async def sql(self, text: str, *values: object) -> None:
        """Run as the owner of the database."""
        await self.owner.execute(text, self.tenant.id, *values)

    async def hashes(self) -> list[bytes]:
        """The leaf hashes as the tree now has them."""
        rows = await self.owner.fetch(
            "select e.leaf_hash from audit_leaf l join audit_entry e on e.tenant = l.tenant and e.id = l.entry"
            " where l.tenant = $1 order by l.leaf",
            self.tenant.id,
        )
        return [bytes(row["leaf_hash"]) for row in rows]

    async def rewrite(self, row: int = ROW) -> None:
        """Another actor in an entry, with the hash that fits it."""
        leaf = await self.owner.fetchval(_ENTRY.format("leaf"), self.tenant.id, row)
        other = bytes(leaf).replace(b'"actor":"operator:', b'"actor":"account:')
        assert other != bytes(leaf)
        await self.sql(_CHANGE.format("leaf = $3, leaf_hash = $4"), row, other, leaf_hash(other))

    async def sign_again(self, key: Ed25519PrivateKey) -> None:
        """A head over the log as it stands now, by this key."""
        hashes, name = await self.hashes(), origin(self.tenant.id)
        self.head_note = sign(key, name, len(hashes), root_of(hashes))
        self.vkey = verifier_key(name, key.public_key())


_OF = "(select entry from audit_leaf where tenant = $1 and leaf = $2)"
_ENTRY = "select {} from audit_entry where tenant = $1 and id = " + _OF
_CHANGE = "update audit_entry set {} where tenant = $1 and id = " + _OF


async def changed(log: Log) -> None:
    """An entry is changed"""
    leaf = bytes(await log.owner.fetchval(_ENTRY.format("leaf"), log.tenant.id, ROW))
    await log.sql(_CHANGE.format("leaf = $3"), ROW, leaf.replace(b'"actor":"operator:', b'"actor":"account:'))


async def changed_with_hash(log: Log) -> None:
    """An entry is changed, and its stored hash with it"""
    await log.rewrite()


async def removed(log: Log) -> None:
    """An entry is taken out of the tree"""
    await log.sql("delete from audit_leaf where tenant = $1 and leaf = $2", ROW)


async def removed_and_renumbered(log: Log) -> None:
    """An entry is taken out, and all later ones move up"""
    await removed(log)
    for number in range(ROW + 1, ENTRIES):
        await log.sql("update audit_leaf set leaf = leaf - 1 where tenant = $1 and leaf = $2", number)


async def doubled(log: Log) -> None:
    """An entry is put in twice, and all later ones move down"""
    for number in range(ENTRIES - 1, ROW, -1):
        await log.sql("update audit_leaf set leaf = leaf + 1 where tenant = $1 and leaf = $2", number)
    await log.owner.execute("alter table audit_leaf drop constraint audit_leaf_tenant_entry_key")
    await log.sql(
        "insert into audit_leaf (tenant, leaf, entry)"
        " select tenant, leaf + 1, entry from audit_leaf where tenant = $1 and leaf = $2",
        ROW,
    )


async def swapped(log: Log) -> None:
    """Two entries change places"""
    await log.sql("update audit_leaf set leaf = $2 where tenant = $1 and leaf = $3", 1_000, ROW)
    await log.sql("update audit_leaf set leaf = $2 where tenant = $1 and leaf = $3", ROW, ROW + 3)
    await log.sql("update audit_leaf set leaf = $2 where tenant = $1 and leaf = $3", ROW + 3, 1_000)


async def tail_cut(log: Log) -> None:
    """The newest entries are taken out"""
    await log.sql("delete from audit_leaf where tenant = $1 and leaf >= $2", ROW)


async def set_back(log: Log) -> None:
    """The newest entries are taken out, and an older signed head is shown"""
    await tail_cut(log)
    log.head_note = log.anchors[1]
    await log.sql("delete from audit_leaf where tenant = $1 and leaf >= $2", ANCHORED[1])


async def forked(log: Log) -> None:
    """With the stolen signing key: an entry is rewritten and a head over it signed"""
    await log.rewrite()
    await log.sign_again(log.services.keys.get(log.tenant.id).signing)


async def forked_and_cut(log: Log) -> None:
    """With the stolen signing key: the newest entries are taken out and a head over the rest signed"""
    await tail_cut(log)
    await log.sign_again(log.services.keys.get(log.tenant.id).signing)


async def new_key(log: Log) -> None:
    """Everything is rewritten and signed by a new key, which the export names"""
    await log.rewrite()
    await log.sign_again(Ed25519PrivateKey.generate())


async def newer_than_anchor(log: Log) -> None:
    """With the stolen signing key: an entry newer than the newest anchor is rewritten, a head over it signed"""
    await log.rewrite(ANCHORED[-1] + 4)
    await log.sign_again(log.services.keys.get(log.tenant.id).signing)


async def everything_in_one_hand(log: Log) -> None:
    """With the stolen signing key and all anchors replaced: an entry is rewritten, heads over it signed"""
    await forked(log)
    hashes, key = await log.hashes(), log.services.keys.get(log.tenant.id).signing
    log.kept = [sign(key, origin(log.tenant.id), size, root_of(hashes[:size])) for size in ANCHORED]


ATTEMPTS: tuple[Callable[[Log], Awaitable[None]], ...] = (
    changed,
    changed_with_hash,
    removed,
    removed_and_renumbered,
    doubled,
    swapped,
    tail_cut,
    set_back,
    forked,
    forked_and_cut,
    new_key,
    newer_than_anchor,
    everything_in_one_hand,
)


async def attempt(services: Services, tenant: Tenant, act: Callable[[Log], Awaitable[None]]) -> dict[str, Report]:
    """What the verifier says of the export after the attempt: with key and anchors, and with the key alone.

    Everything the attempt did to the schema is undone; the tenant's log stays as it was left.
    """
    keys, anchors = services.keys.get(tenant.id), list[str]()
    head: Head | None = None
    first = await advance(services.database, services.clock, keys)  # what making the tenant has left
    for number in range(first.size, ENTRIES):
        async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
            await record(tx, services.clock, tenant.caller, "document:list")
        if number + 1 in (*ANCHORED, ENTRIES):
            head = await advance(services.database, services.clock, keys)
            anchors.append(head.note)
    assert head is not None
    pinned = verifier_key(origin(tenant.id), keys.signing.public_key())
    async with owner_connection(services.database) as owner:
        made = owner.transaction()
        await made.start()
        try:
            # In the order in which a sequencer that may run beside us takes them: nobody waits for each other.
            await owner.execute("lock table audit_checkpoint, audit_entry, audit_leaf in access exclusive mode")
            for table in ("audit_entry", "audit_leaf", "audit_checkpoint"):
                await owner.execute(f"alter table {table} disable trigger user")
                await owner.execute(f"alter table {table} no force row level security")
            await owner.execute("select set_config('preceptor.tenant', $1, true)", tenant.id)
            log = Log(services, tenant, pinned, anchors[:-1], owner, head.note, pinned)
            await act(log)
            size = max(await owner.fetchval("select count(*) from audit_leaf where tenant = $1", tenant.id), head.size)
            lines = [line async for line in export_lines(Transaction(owner, tenant.id, "owner"), size + 5)]
        finally:
            await made.rollback()
    checkpoint = checkpoint_file(log.vkey, log.head_note)
    kept = log.kept or log.anchors
    return {
        "key and anchors": verify_export(lines, checkpoint, log.pinned, kept),
        "key alone": verify_export(lines, checkpoint, log.pinned),
        "neither": verify_export(lines, checkpoint, None),
    }
