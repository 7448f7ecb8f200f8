"""The database's owner tampers with the log: as soon as it is noticed, every door refuses to act, and says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.attack.test_log_database_owner_rewrites import act, as_owner
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.doors.test_command_line import run
from tests.make import Tenant, add_text, make_caller, make_tenant

from preceptor.audit.halt import acknowledge, halted
from preceptor.audit.sequencer import advance
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Denied, IntegrityFailure, Unavailable
from preceptor.wiring import Services

TEXT = "# Shower chairs\n\nEffective date: January 1, 2026\n\nA shower chair is replaced every 5 years.\n"
CHANGED = (
    "update audit_entry set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'document:list', 'document:view'),"
    " 'UTF8') where tenant = $1 and event = 'document:list'"
)
RESTORED = CHANGED.replace("'document:list', 'document:view'", "'document:view', 'document:list'")


async def tampered(services: Services, tenant: Tenant) -> None:
    """An entry that waits for its place is changed, and the sequencer comes by."""
    await act(services, tenant)
    await as_owner(services, tenant, CHANGED, tenant.id)
    with pytest.raises(IntegrityFailure):
        await advance(services.database, services.clock, services.keys.get(tenant.id))


async def test_every_door_refuses_and_other_tenants_go_on(
    console: Console,  # noqa: F811
    home: Path,
    tenant: Tenant,
    tmp_path: Path,
) -> None:
    services = console.services
    added = await add_text(services, tenant, "shower-chairs", TEXT)
    other = await make_tenant(services, tenant.id + "-other")
    client = await console.client(tenant, "works", "operator", "reader")
    await tampered(services, tenant)
    document = tmp_path / "canes.md"
    document.write_text(TEXT)
    async with client:
        answers = [
            await client.post("/api/v1/policy/questions", json={"question": "How often is it replaced?"}),
            await client.get("/api/v1/policy/documents"),
            await client.get(f"/api/v1/policy/documents/{added.version_id}"),
            await client.post("/api/v1/deid", json={"text": "x", "patient": "p", "mode": "surrogate"}),
        ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) in {(503, "log_halted"), (404, "document_not_found")}
    assert [a.status_code for a in answers].count(503) >= 3
    for words in (("policy", "add", str(document)), ("policy", "ask", "Is it covered?"), ("key", "rotate")):
        done = run(home, *words, "--json", "--tenant", tenant.id)
        told = done.stdout + done.stderr
        assert done.returncode != 0 and ("log_halted" in told or "audit_mismatch" in told), words
    assert json.loads(run(home, "doctor", "--json").stdout)["ok"] is False
    await act(services, other)


async def test_the_mark_comes_back_when_it_is_deleted_and_goes_when_the_log_is_whole(
    services: Services, tenant: Tenant
) -> None:
    await tampered(services, tenant)
    async with owner_connection(services.database) as owner:
        await owner.execute("alter table log_halt no force row level security")
        await owner.execute("delete from log_halt where tenant = $1", tenant.id)
        await owner.execute("alter table log_halt force row level security")
    await act(services, tenant)  # the mark is gone: until the sequencer comes by
    with pytest.raises(IntegrityFailure):
        await advance(services.database, services.clock, services.keys.get(tenant.id))
    with pytest.raises(Unavailable):
        await act(services, tenant)
    keys = services.keys.get(tenant.id)
    with pytest.raises(IntegrityFailure, match="not whole"):
        async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
            await acknowledge(tx, services.clock, tenant.caller, keys)
    await as_owner(services, tenant, RESTORED, tenant.id)
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        assert await halted(tx) == "audit_mismatch"
        assert await acknowledge(tx, services.clock, tenant.caller, keys)
    await act(services, tenant)
    assert (await advance(services.database, services.clock, keys)).size > 2


async def test_only_an_operator_lets_acts_go_on(services: Services, tenant: Tenant) -> None:
    reader = await make_caller(services, tenant, "rita", "reader", "auditor", "administrator")
    with pytest.raises(Denied):
        async with tenant_transaction(services.database, tenant.id, reader.actor) as tx:
            await acknowledge(tx, services.clock, reader, services.keys.get(tenant.id))
