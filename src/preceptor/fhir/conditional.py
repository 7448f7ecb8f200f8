"""Conditional create, update and delete: the condition and the act in one transaction, one at a time for a condition.

hl7.org/fhir/R4/http.html#ccreate, #cond-update, #3.1.0.7.1.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from preceptor.db.transaction import Transaction
from preceptor.errors import NotFound
from preceptor.fhir.asked import read_pairs
from preceptor.fhir.issues import Issue
from preceptor.fhir.refusals import ManyMatches, NotValid
from preceptor.fhir.search import find
from preceptor.fhir.store import Chart, Written
from preceptor.fhir.stored import Version
from preceptor.vault.seal import keyed_digest

Json: TypeAlias = dict[str, Any]


async def matching(chart: Chart, tx: Transaction, kind: str, condition: str) -> Version | None:
    """The one resource that meets a condition, None when none does. ManyMatches `many_matches` for more.

    Who asks the same condition at the same time waits: two creations cannot both find nothing.
    """
    digest = keyed_digest(chart.owners.tenant, "chart-condition", f"{kind}?{condition}".encode())
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 11))", digest)
    found = await find(chart, tx, kind, read_pairs(condition), 2)
    if len(found) > 1:
        raise ManyMatches
    return found[0] if found else None


async def create_if_none(chart: Chart, kind: str, resource: Json, condition: str) -> Written:
    """If-None-Exist: what is there already, or a new resource."""
    async with chart.transaction() as tx:
        return await create_if_none_in(chart, tx, kind, resource, condition)


async def create_if_none_in(
    chart: Chart, tx: Transaction, kind: str, resource: Json, condition: str, identity: str | None = None
) -> Written:
    """The same within a transaction."""
    chart.require_valid(resource)
    found = await matching(chart, tx, kind, condition)
    return Written(found, False, False) if found is not None else await chart.create_in(tx, resource, identity)


async def put_one(chart: Chart, kind: str, resource: Json, condition: str, match: int | None) -> Written:
    """The one that meets the condition gets a further version; when there is none the resource is created."""
    async with chart.transaction() as tx:
        found = await matching(chart, tx, kind, condition)
        return await put_found(chart, tx, kind, resource, found, match)


async def put_found(
    chart: Chart, tx: Transaction, kind: str, resource: Json, found: Version | None, match: int | None
) -> Written:
    """Write what a condition found, or anew."""
    said = resource.get("id")
    if found is None:
        if said is None:
            return await chart.create_in(tx, resource)
        return await chart.update_in(tx, kind, str(said), resource, match)
    if said not in (None, found.id):
        raise NotValid([Issue("identity", f"{kind}.id")])
    return await chart.update_in(tx, kind, found.id, {**resource, "id": found.id}, match)


async def delete_one(chart: Chart, kind: str, condition: str, match: int | None) -> None:
    """Delete the one that meets the condition. NotFound when none does."""
    async with chart.transaction() as tx:
        found = await matching(chart, tx, kind, condition)
        if found is None:
            raise NotFound("not_found")
        await chart.delete_in(tx, kind, found.id, match)
