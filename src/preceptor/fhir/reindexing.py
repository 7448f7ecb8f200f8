"""The record as a source of identifying values: when the index key is rotated, its rows are made anew."""

from __future__ import annotations

from collections.abc import Sequence

from preceptor.db.transaction import Transaction
from preceptor.fhir.search_values import found_by
from preceptor.fhir.stored import Owners, opened
from preceptor.vault.identifying_rows import Indexed, Source
from preceptor.vault.store import KeyStore


def chart_source(store: KeyStore) -> Source:
    """Live resources in the order of type and id, locked so that a writer who comes meanwhile writes after us."""

    async def batch(tx: Transaction, after: str | None, most: int) -> Sequence[Indexed]:
        type_, _, identity = (after or "/").partition("/")
        rows = await tx.rows(
            "select v.type, v.id, v.version, v.at, v.method, v.patient, v.body"
            " from chart_resource r join chart_version v"
            " on v.tenant = r.tenant and v.type = r.type and v.id = r.id and v.version = r.version"
            " where r.tenant = $1 and (r.type, r.id) > ($2, $3) and not r.deleted"
            " order by r.type, r.id limit $4 for share of r",
            *(tx.tenant, type_, identity, most),
        )
        versions = {(v.type, v.id): v for v in await opened(Owners(store, store.get(tx.tenant)), rows)}
        found = list[Indexed]()
        for row in rows:
            one = versions.get((row["type"], row["id"]))  # None: erased, nothing of it can be indexed
            values = found_by(one.resource).digests if one is not None else {}
            found.append(Indexed(row["type"], row["id"], values))
        return found

    return batch
