"""The rows of the identifying index: written with the resource they belong to, found, removed, and indexed anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from preceptor.db.pool import Database
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.errors import IntegrityFailure
from preceptor.vault.identifying import Sought, Stored, digests
from preceptor.vault.keys import TenantKeys
from preceptor.vault.store import KeyStore

BATCH = 500
ACTOR = "system:index"
Values = Mapping[str, Sequence[Stored]]
"""Search parameter → values of a resource."""


@dataclass(frozen=True)
class Indexed:
    """A resource and its identifying values."""

    resource_type: str
    resource: str
    values: Values


Source = Callable[[Transaction, str | None, int], Awaitable[Sequence[Indexed]]]
"""Resources after a place (`Type/id`, None: from the start), in the order of these, at most so many; within a tenant's
transaction, and locked in it (`for share`): a writer that comes meanwhile waits, and writes its newer values after us.
Whoever stores resources registers one (`wiring.INDEXED`)."""


async def versions(tx: Transaction) -> tuple[int, list[int]]:
    """The version that answers, and all that are written. Held until the transaction ends: no rotation begins or ends
    meanwhile."""
    await tx.execute("select pg_advisory_xact_lock_shared(hashtextextended($1, 6))", "identifying:" + tx.tenant)
    rows = await tx.rows("select version, ready from identifying_version where tenant = $1 order by version", tx.tenant)
    if not rows:
        return 1, [1]
    ready = [int(row["version"]) for row in rows if row["ready"]]
    return ready[0], [int(row["version"]) for row in rows]


def _key(keys: TenantKeys, store: KeyStore, version: int) -> bytes:
    """The index key of a version, also when it is younger than the keys in hand."""
    key = keys.index.get(version) or store.get(keys.tenant).index.get(version)
    if key is None:
        raise IntegrityFailure("key_missing", tenant=keys.tenant)
    return key


async def index_key(tx: Transaction, store: KeyStore, keys: TenantKeys) -> tuple[int, bytes]:
    """The version that answers and its key, for a search that joins `identifying_value` with rows of its own."""
    answering, _ = await versions(tx)
    return answering, _key(keys, store, answering)


async def write(tx: Transaction, store: KeyStore, keys: TenantKeys, resources: Iterable[Indexed]) -> None:
    """Replace the rows of these resources, under every version that is kept; in the transaction that stores them."""
    _, kept = await versions(tx)
    await _put(tx, store, keys, list(resources), kept)


async def _put(
    tx: Transaction, store: KeyStore, keys: TenantKeys, resources: Sequence[Indexed], kept: Sequence[int]
) -> None:
    rows = list[tuple[str, int, UUID, str, str]]()
    for version in kept:
        key = _key(keys, store, version)
        for one in resources:
            found = set[UUID]()
            for parameter, values in one.values.items():
                found |= digests(key, one.resource_type, parameter, values)
            rows += [(tx.tenant, version, value, one.resource_type, one.resource) for value in sorted(found)]
    await tx.execute(
        "delete from identifying_value v using unnest($2::text[], $3::text[]) as gone (type, resource)"
        " where v.tenant = $1 and v.resource_type = gone.type and v.resource = gone.resource and v.version = any($4)",
        tx.tenant,
        [one.resource_type for one in resources],
        [one.resource for one in resources],
        list(kept),
    )
    await tx.execute(
        "insert into identifying_value (tenant, version, digest, resource_type, resource)"
        " select $1, v, d, t, r from unnest($2::int[], $3::uuid[], $4::text[], $5::text[]) as new (v, d, t, r)",
        tx.tenant,
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        [row[4] for row in rows],
    )


async def remove(tx: Transaction, resource_type: str, resource: str) -> None:
    """Delete the rows of a resource, of every version."""
    await tx.execute(
        "delete from identifying_value where tenant = $1 and resource_type = $2 and resource = $3",
        tx.tenant,
        resource_type,
        resource,
    )


async def find(
    tx: Transaction,
    store: KeyStore,
    keys: TenantKeys,
    resource_type: str,
    ask: Callable[[bytes], Sought],
    *,
    after: str = "",
    limit: int = 1_000,
) -> tuple[list[str], bool]:
    """The ids of the resources that have the value, in order, and whether all are certain to match.

    `ask` makes the digest from the index key (`identifying.sought`). `after` and `limit` page.
    """
    answering, _ = await versions(tx)
    wanted = ask(_key(keys, store, answering))
    rows = await tx.rows(
        "select resource from identifying_value where tenant = $1 and version = $2 and digest = $3"
        " and resource_type = $4 and resource > $5 order by resource limit $6",
        tx.tenant,
        answering,
        wanted.digest,
        resource_type,
        after,
        limit,
    )
    return [str(row["resource"]) for row in rows], wanted.certain


async def begin(database: Database, store: KeyStore, tenant: str) -> int:
    """A new index key; from now on writes go under both. The version that is being built, also when a run before this
    one began it."""
    async with tenant_transaction(database, tenant, ACTOR) as tx:
        await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 6))", "identifying:" + tenant)
        rows = await tx.rows("select version, ready from identifying_version where tenant = $1", tenant)
        building = [int(row["version"]) for row in rows if not row["ready"]]
        if building:
            return building[0]
        fresh = await store.rotate(tenant, "index")
        if not rows:
            await tx.execute("insert into identifying_version (tenant, version, ready) values ($1, 1, true)", tenant)
        await tx.execute(
            "insert into identifying_version (tenant, version, ready) values ($1, $2, false)", tenant, fresh
        )
    return fresh


async def build(database: Database, store: KeyStore, tenant: str, source: Source, version: int, name: str) -> int:
    """One batch of a source under the version being built, with the place it ended at; how many, 0 at the end.

    `name` tells sources apart. A crash loses at most the batch; the next run goes on after the last one.
    """
    async with tenant_transaction(database, tenant, ACTOR) as tx:
        await versions(tx)
        place = "select place from identifying_progress where tenant = $1 and version = $2 and source = $3"
        after = await tx.value(place, tenant, version, name)
        batch = await source(tx, after, BATCH)
        if not batch:
            return 0
        await _put(tx, store, store.get(tenant), batch, [version])
        await tx.execute(
            "insert into identifying_progress (tenant, version, source, place) values ($1, $2, $3, $4)"
            " on conflict (tenant, version, source) do update set place = excluded.place",
            tenant,
            version,
            name,
            f"{batch[-1].resource_type}/{batch[-1].resource}",
        )
    return len(batch)


async def finish(database: Database, store: KeyStore, tenant: str, version: int) -> None:
    """Answer with the new version, then forget the older ones and their rows and keys."""
    async with tenant_transaction(database, tenant, ACTOR) as tx:
        await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 6))", "identifying:" + tenant)
        await tx.execute(
            "update identifying_version set ready = true where tenant = $1 and version = $2", tenant, version
        )
        await tx.execute("delete from identifying_version where tenant = $1 and version < $2", tenant, version)
        await tx.execute("delete from identifying_value where tenant = $1 and version < $2", tenant, version)
        await tx.execute("delete from identifying_progress where tenant = $1", tenant)
    await store.forget(tenant, "index", version)
