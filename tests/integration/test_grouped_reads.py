"""Reads recorded together: nobody is answered before the commit, a failure fails its own readers only."""

from __future__ import annotations

import asyncio

import pytest
from tests.make import Tenant, make_tenant

from preceptor.audit.grouped import GroupedReads
from preceptor.audit.sequencer import halt
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, PreceptorError, Unavailable
from preceptor.wiring import Services


async def count(services: Services, tenant: Tenant) -> int:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        found: int = await tx.value("select count(*) from audit_entry where event = 'document:view'")
    return found


async def test_every_reader_finds_its_entry_committed(services: Services, tenant: Tenant) -> None:
    reads = GroupedReads(services.database, services.clock)
    seen = set[str]()

    async def one(number: int) -> None:
        recorded = await reads.record(tenant.caller, "document:view", subject={"page": str(number)})
        async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
            assert await tx.value("select true from audit_entry where id = $1", recorded.id)
        seen.add(str(recorded.id))

    await asyncio.gather(*[one(n) for n in range(300)])
    assert len(seen) == 300 == await count(services, tenant)


async def test_a_bad_entry_fails_its_own_reader(services: Services, tenant: Tenant) -> None:
    reads = GroupedReads(services.database, services.clock)
    good = [reads.record(tenant.caller, "document:view", subject={"page": str(n)}) for n in range(5)]
    bad = reads.record(tenant.caller, "document:view", subject={"page": "not an identifier"})
    unknown = reads.record(tenant.caller, "no:event")
    results = await asyncio.gather(*good[:3], bad, *good[3:], unknown, return_exceptions=True)
    assert [isinstance(r, BaseException) for r in results] == [False, False, False, True, False, False, True]
    assert isinstance(results[3], Invalid)
    assert await count(services, tenant) == 5


async def test_nobody_is_answered_while_the_log_is_halted(services: Services, tenant: Tenant) -> None:
    other = await make_tenant(services, tenant.id + "-other")
    reads = GroupedReads(services.database, services.clock)
    await halt(services.database, services.clock, tenant.id, "audit_mismatch")
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            await reads.record(tenant.caller, "document:view")
        assert caught.value.code == "log_halted"
    await reads.record(other.caller, "document:view")
    assert await count(services, tenant) == 0


async def test_a_reader_that_leaves_holds_up_nobody(services: Services, tenant: Tenant) -> None:
    reads = GroupedReads(services.database, services.clock)
    leaving = [asyncio.create_task(reads.record(tenant.caller, "document:view")) for _ in range(10)]
    await asyncio.sleep(0)
    for task in leaving[::2]:
        task.cancel()
    done = await asyncio.gather(*leaving, reads.record(tenant.caller, "document:view"), return_exceptions=True)
    assert sum(isinstance(one, asyncio.CancelledError) for one in done) == 5
    assert not any(isinstance(one, PreceptorError) for one in done)
