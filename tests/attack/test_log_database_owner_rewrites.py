"""Attack: the database's owner rewrites entries and the stored head, hoping that the next head is signed over it."""

from __future__ import annotations

import pytest
from tests.make import Tenant

from preceptor.audit.events import record
from preceptor.audit.export import export_lines, head_file
from preceptor.audit.merkle import Frontier
from preceptor.audit.sequencer import advance, read_head
from preceptor.audit.verify import verify_export
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import IntegrityFailure
from preceptor.wiring import Services


async def act(services: Services, tenant: Tenant) -> None:
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        await record(tx, services.clock, tenant.caller, "document:list")


async def as_owner(services: Services, tenant: Tenant, sql: str, *values: object) -> None:
    """As the owner, past the append-only triggers, which an owner can disable."""
    async with owner_connection(services.database) as connection, connection.transaction():
        await connection.execute("select set_config('preceptor.tenant', $1, true)", tenant.id)
        for table in ("audit_entry", "audit_checkpoint"):
            await connection.execute(f"alter table {table} disable trigger append_only")
        await connection.execute(sql, *values)
        for table in ("audit_entry", "audit_checkpoint"):
            await connection.execute(f"alter table {table} enable trigger append_only")


async def test_a_rewritten_entry_is_found_and_located(services: Services, tenant: Tenant) -> None:
    keys = services.keys.get(tenant.id)
    for _ in range(5):
        await act(services, tenant)
    head = await advance(services.database, services.clock, keys)
    await as_owner(
        services, tenant,
        "update audit_entry"
        " set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'document:list', 'document:view'), 'UTF8')"
        " where tenant = $1 and id = (select entry from audit_leaf where tenant = $1 and leaf = 3)",
        tenant.id,
    )  # fmt: skip
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        lines = [line async for line in export_lines(tx, head.size)]
    report = verify_export(lines, head_file(keys, head), None)
    assert not report.ok and report.first_bad == 3


async def test_a_forged_head_is_not_built_upon(services: Services, tenant: Tenant) -> None:
    keys = services.keys.get(tenant.id)
    await act(services, tenant)
    head = await advance(services.database, services.clock, keys)
    forged = Frontier().extend([b"\x07" * 32] * head.size)
    await as_owner(
        services, tenant,
        "update audit_checkpoint set frontier = $2, root = $3 where tenant = $1",
        tenant.id, forged.to_bytes(), forged.root(),
    )  # fmt: skip
    await act(services, tenant)
    with pytest.raises(IntegrityFailure) as caught:
        await advance(services.database, services.clock, keys)
    assert caught.value.code == "audit_mismatch"
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        stored = await read_head(tx)
    assert stored is not None and stored.size == head.size


async def test_an_entry_changed_while_it_waits_is_not_placed(services: Services, tenant: Tenant) -> None:
    keys = services.keys.get(tenant.id)
    await act(services, tenant)
    await as_owner(services, tenant, "update audit_entry set leaf = leaf || ' '::bytea where tenant = $1", tenant.id)
    with pytest.raises(IntegrityFailure):
        await advance(services.database, services.clock, keys)
