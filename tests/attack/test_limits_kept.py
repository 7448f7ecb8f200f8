"""A caller that asks too often waits, one that repeats a keyed request gets the same answer, nobody else is touched."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, add_text, make_tenant

from preceptor.cli.serve import serve
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import TooMany
from preceptor.web.limits import Gauge
from preceptor.wiring import Services

DEID = "/api/v1/deid"


class Seconds:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def admitted(gauge: Gauge, tenant: str, actor: str) -> int:
    """How many requests, one after another, are let in; and none more."""
    for count in range(100_000):
        try:
            with gauge.admitted(tenant, actor):
                pass
        except TooMany as error:
            assert error.retry_after >= 1 and error.status == 429
            return count
    raise AssertionError("no limit")


def test_a_caller_is_slowed_and_its_colleague_is_not() -> None:
    time = Seconds()
    gauge = Gauge(per_minute=60, at_once=4, time=time)
    assert admitted(gauge, "north", "account:a") == 15
    assert admitted(gauge, "north", "account:b") == 15
    assert admitted(gauge, "south", "account:a") == 15
    time.now += 3.0
    assert admitted(gauge, "north", "account:a") == 3
    time.now += 1_000
    assert admitted(gauge, "north", "account:a") == 15


def test_a_tenant_with_many_callers_is_slowed() -> None:
    gauge = Gauge(per_minute=60, at_once=4, time=Seconds())
    assert sum(admitted(gauge, "north", f"account:{n}") for n in range(40)) == 150
    assert admitted(gauge, "south", "account:1") == 15


def test_requests_at_once() -> None:
    gauge = Gauge(per_minute=6_000, at_once=2, time=Seconds())
    with gauge.admitted("north", "a"), gauge.admitted("north", "a"):
        with pytest.raises(TooMany), gauge.admitted("north", "a"):
            pass
        with gauge.admitted("north", "b"):
            pass
    with gauge.admitted("north", "a"):
        assert sum(gauge.running.values()) == 2
    assert not gauge.running


async def test_a_flood_over_http_is_told_when_to_come_back(services: Services, tenant: Tenant) -> None:
    """A server of few requests a minute: known callers by name, unknown ones by address."""
    few = dataclasses.replace(services, settings=services.settings.model_copy(update={"requests_per_minute": 20}))
    base: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(
        serve(few, "127.0.0.1", 0, tenant=tenant.id, ready=base.set_result, stop=stop, embed=False)
    )
    server = Console(await asyncio.wait_for(base, 20), few)
    try:
        async with await server.client(tenant, "ann") as client:
            answers = [await client.get("/api/v1/policy/documents") for _ in range(8)]
            forms = [await client.post("/oauth/token", data={"grant_type": "x"}) for _ in range(8)]
            for found in (answers, forms):
                assert found[0].status_code in (200, 400) and found[-1].status_code == 429
                assert found[-1].json()["code"] == "too_many_requests" and int(found[-1].headers["retry-after"]) >= 1
            assert (await client.get("/healthz")).status_code == 200
        async with await server.client(tenant, "bob") as client:
            assert (await client.get("/api/v1/policy/documents")).status_code == 200
    finally:
        stop.set()
        await task


async def test_a_keyed_request_is_carried_out_once(console: Console, tenant: Tenant) -> None:  # noqa: F811
    document = await _document(console, tenant)
    path, key = f"/api/v1/policy/documents/{document}/labels", {"idempotency-key": "set-labels-1"}
    async with await console.client(tenant, "lib", "librarian") as client:
        first = await client.put(path, json={"labels": ["role:auditor"]}, headers=key)
        assert first.status_code == 200 and "idempotency-replayed" not in first.headers
        await client.put(path, json={"labels": []})
        again = await client.put(path, json={"labels": ["role:auditor"]}, headers=key)
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
            labels = await tx.value("select labels from document where id = $1", document)
        assert labels == [], "the repeated request did not set the labels again"
        other = await client.put(path, json={"labels": ["role:reader"]}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
        elsewhere = await client.post(DEID.replace("deid", "policy/answers/x/feedback"), json={}, headers=key)
        assert elsewhere.status_code == 422  # another address under the same key
    async with await console.client(tenant, "lib2", "librarian") as colleague:
        assert (await colleague.put(path, json={"labels": []}, headers=key)).status_code == 200  # keys are a caller's


async def test_a_failed_request_frees_its_key(console: Console, tenant: Tenant) -> None:  # noqa: F811
    document = await _document(console, tenant)
    path, key = f"/api/v1/policy/documents/{document}/labels", {"idempotency-key": "k"}
    async with await console.client(tenant, "lib", "librarian") as client:
        assert (await client.put(path, json={"labels": ["nonsense"]}, headers=key)).status_code == 422
        sent = [client.put(path, json={"labels": ["role:auditor"]}, headers=key) for _ in range(6)]
        statuses = sorted(r.status_code for r in await asyncio.gather(*sent))
    assert statuses[0] == 200 and set(statuses) <= {200, 409}
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        count = await tx.value("select count(*) from audit_entry where event = 'document:label'")
        sealed = await tx.value("select sealed from idempotent_reply")
    assert count == 1 and b"auditor" not in sealed


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "é"])
async def test_a_key_of_another_form_is_refused(console: Console, tenant: Tenant, key: str) -> None:  # noqa: F811
    async with await console.client(tenant, "ann", "privacy-officer") as client:
        response = await client.post(DEID, json={"text": "x"}, headers={"idempotency-key": key.encode()})
    assert response.status_code == 422


async def test_another_tenant_does_not_meet_the_key(console: Console, tenant: Tenant) -> None:  # noqa: F811
    other = await make_tenant(console.services, tenant.id + "-b")
    for one, text in ((tenant, "one"), (other, "two")):
        async with await console.client(one, "ann", "privacy-officer") as client:
            response = await client.post(DEID, json={"text": text}, headers={"idempotency-key": "same"})
        assert response.status_code == 200 and text in response.text and "idempotency-replayed" not in response.headers


async def _document(console: Console, tenant: Tenant) -> str:  # noqa: F811
    added = await add_text(console.services, tenant, "ramps", "# Ramps\n\nEffective date: January 1, 2026\n\nA ramp.\n")
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        return str(await tx.value("select document from document_version where id = $1", added.version_id))
