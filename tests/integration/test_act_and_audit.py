"""An act, its effect and its audit entry are one transaction: without the entry there is no act."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.make import Tenant, add_text

from preceptor.audit.events import EVENTS, record
from preceptor.audit.export import export_lines, head_file, search, unplaced
from preceptor.audit.sequencer import advance, read_head
from preceptor.audit.verify import verify_export
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import IntegrityFailure, PreceptorError
from preceptor.evidence.library import remove
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

TEXT = "# Hearing aids\n\nOne hearing aid for each ear is covered every 48 months for members of any age.\n"


@asynccontextmanager
async def log_cannot_be_written(services: Services) -> AsyncIterator[None]:
    """Take away the right to append to the log, really, in the database."""
    async with owner_connection(services.database) as connection:
        await connection.execute("revoke insert on audit_entry from preceptor_app")
    try:
        yield
    finally:
        async with owner_connection(services.database) as connection:
            await connection.execute("grant insert on audit_entry to preceptor_app")


async def count(services: Services, tenant: Tenant, table: str) -> int:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        return await tx.value(f"select count(*) from {table}")


async def test_no_document_without_its_entry(services: Services, tenant: Tenant) -> None:
    async with log_cannot_be_written(services):
        with pytest.raises(PreceptorError):
            await add_text(services, tenant, "hearing", TEXT)
    for table in ("document_version", "document_original", "page", "index_segment"):
        assert await count(services, tenant, table) == 0, table


async def test_no_answer_without_its_entry(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "hearing", TEXT)
    question = Question("How often is a hearing aid covered?")
    async with log_cannot_be_written(services):
        with pytest.raises(PreceptorError):
            await Assistant(services).ask(tenant.caller, question)
    assert await count(services, tenant, "policy_question") == 0
    assert not (await Assistant(services).ask(tenant.caller, question))["abstained"]


async def test_no_removal_without_its_entry(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "hearing", TEXT)
    async with log_cannot_be_written(services):
        with pytest.raises(PreceptorError):
            async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
                await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "hearing")
    assert await count(services, tenant, "page") == 1


async def test_an_event_outside_the_closed_list_cannot_be_recorded(services: Services, tenant: Tenant) -> None:
    assert "record:forge" not in EVENTS
    with pytest.raises(IntegrityFailure):
        async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
            await record(tx, services.clock, tenant.caller, "record:forge")


async def test_an_entry_takes_identifiers_and_no_sentences(services: Services, tenant: Tenant) -> None:
    with pytest.raises(PreceptorError):
        async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
            await record(
                tx, services.clock, tenant.caller, "document:view", subject={"note": "the patient has a cough"}
            )


async def test_every_entry_gets_its_place_and_the_log_verifies(services: Services, tenant: Tenant) -> None:
    keys = services.keys.get(tenant.id)
    await add_text(services, tenant, "hearing", TEXT)
    first = await advance(services.database, services.clock, keys)
    await Assistant(services).ask(tenant.caller, Question("Who gets hearing aids?"))
    head = await advance(services.database, services.clock, keys)
    again = await advance(services.database, services.clock, keys)
    assert first.size < head.size == again.size
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        stored = await read_head(tx)
        lines = [line async for line in export_lines(tx, head.size)]
        entries = await search(tx, limit=100)
        assert await unplaced(tx) == 0
    assert stored is not None and stored.root == head.root
    assert len(entries) == head.size
    report = verify_export(lines, head_file(keys, head), None, [first.note])
    assert report.ok and report.checked == head.size and report.anchors == 1


async def test_two_sequencers_at_once_give_each_entry_one_place(services: Services, tenant: Tenant) -> None:
    import asyncio

    keys = services.keys.get(tenant.id)

    async def act() -> None:
        async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
            await record(tx, services.clock, tenant.caller, "document:list")

    for _ in range(5):
        await asyncio.gather(
            *(act() for _ in range(8)), *(advance(services.database, services.clock, keys) for _ in range(3))
        )
    head = await advance(services.database, services.clock, keys)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        assert await tx.value("select count(*) from audit_entry") == head.size
        lines = [line async for line in export_lines(tx, head.size)]
    assert verify_export(lines, head_file(keys, head), None).ok
