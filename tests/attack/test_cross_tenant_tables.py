"""Every table, every kind of statement, by the ids of another tenant's rows: nothing is read, written or removed."""

from __future__ import annotations

import uuid
from typing import Any

from tests.house.tables import TENANT_COLUMN, UNFENCED
from tests.integration.test_deid_book import put
from tests.make import Tenant, add_text, make_caller, make_tenant

from preceptor.audit.sequencer import advance
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import PreceptorError
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.vault.identifying import Stored
from preceptor.vault.identifying_rows import Indexed, write
from preceptor.wiring import Services

TEXT = "# Shower chairs\n\nEffective date: January 1, 2026\n\nA shower chair is replaced every 5 years.\n"


async def _fill(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "shower-chairs", TEXT)
    await Assistant(services).ask(tenant.caller, Question("How often is a shower chair replaced?", key="k"))
    await put(services, tenant)
    await make_caller(services, tenant, "somebody", "reader")
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        person = Indexed("Patient", "p1", {"family": [Stored("Quill")]})
        await write(tx, services.keys, services.keys.get(tenant.id), [person])
    await advance(services.database, services.clock, services.keys.get(tenant.id))


async def _rows(services: Services, tenant: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of a tenant, as the owner of the database sees it."""
    found = dict[str, list[dict[str, Any]]]()
    async with owner_connection(services.database) as owner:
        await owner.execute("select set_config('preceptor.tenant', $1, false)", tenant)
        names = await owner.fetch(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition"
        )
        for (name,) in names:
            if name not in UNFENCED:
                column = TENANT_COLUMN.get(name, "tenant")
                rows = await owner.fetch(f"select * from {name} where {column} = $1", tenant)
                found[name] = [dict(row) for row in rows]
        await owner.execute("reset preceptor.tenant")
    return found


async def test_ids_of_another_tenant_reach_nothing(services: Services, tenant: Tenant) -> None:
    victim = await make_tenant(services, tenant.id + "-victim")
    await _fill(services, victim)
    await _fill(services, tenant)
    before = await _rows(services, victim.id)
    reached = {name for name, rows in before.items() if rows}
    assert len(reached) >= 15, reached
    for name, rows in before.items():
        column = TENANT_COLUMN.get(name, "tenant")
        for row in rows[:3]:
            places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
            assert await _count(services, tenant, f"select count(*) from {name} where {column} = $1", victim.id) == 0
            for sql, given in (
                (f"delete from {name} where {column} = $1", [victim.id]),
                (f"update {name} set {column} = {column} where {column} = $1", [victim.id]),
                (f"insert into {name} select * from {name} where {column} = $1", [victim.id]),
                (f"insert into {name} ({', '.join(row)}) values ({places})", list(row.values())),
            ):
                try:
                    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
                        assert (await tx.execute(sql, *given)).endswith(" 0"), (name, sql)
                except PreceptorError:
                    pass  # refused by the rights of the role or by row-level security
            if isinstance(row.get("id"), uuid.UUID):
                assert await _count(services, tenant, f"select count(*) from {name} where id = $1", row["id"]) == 0
    assert await _rows(services, victim.id) == before


async def _count(services: Services, tenant: Tenant, sql: str, value: object) -> int:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        found: int = await tx.value(sql, value)
    return found
