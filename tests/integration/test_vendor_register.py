"""The register in the database: rights, its checks, its entries, and what the door records."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.make import Tenant, make_caller, make_tenant

from preceptor.access.caller import Caller
from preceptor.db.transaction import Row, tenant_transaction
from preceptor.egress.decide import Cleared, Refused
from preceptor.egress.endpoint import Endpoint, Review, Terms
from preceptor.egress.leave import ask_leave
from preceptor.egress.output import Leak, withheld
from preceptor.egress.register import (
    add_endpoint,
    change_terms,
    list_endpoints,
    review_endpoint,
    set_suspended,
)
from preceptor.errors import Conflict, Denied, Invalid, NotFound, PreceptorError
from preceptor.wiring import Services

TERMS = Terms("points at lines", "Informatics", "deidentified", 0, False, "US")
ADDRESS = "https://models.example/v1"
URL = ADDRESS + "/chat/completions"


async def entries(services: Services, tenant: Tenant) -> list[dict[str, object]]:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows: list[Row] = await tx.rows(
            "select leaf from audit_entry where tenant = $1 and (event like 'vendor:%' or event like 'egress:%'"
            " or event like 'output:%') order by at, id",
            tenant.id,
        )
    return [json.loads(bytes(row["leaf"])) for row in rows]


async def registered(services: Services, tenant: Tenant, terms: Terms = TERMS) -> Endpoint:
    keys = services.keys.get(tenant.id)
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        return await add_endpoint(tx, services.clock, tenant.caller, keys, "model", ADDRESS, "model", terms)


async def reviewed(services: Services, tenant: Tenant) -> Endpoint:
    keys, today = services.keys.get(tenant.id), services.clock.now().date()
    review = Review(today, today + timedelta(days=30))
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        return await review_endpoint(tx, services.clock, tenant.caller, keys, "model", review)


async def leave(services: Services, tenant: Tenant, url: str = URL) -> Cleared | Refused:
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        return await ask_leave(tx, services.clock, tenant.caller, url, "model", "deidentified", {"prompt": "ab" * 32})


async def test_nothing_leaves_before_registration_and_review(services: Services, tenant: Tenant) -> None:
    assert await leave(services, tenant) == Refused("unregistered")
    made = await registered(services, tenant)
    assert await leave(services, tenant) == Refused("unreviewed", made)
    known = await reviewed(services, tenant)
    assert await leave(services, tenant) == Cleared(known)
    told = [(e["event"], e["outcome"]) for e in await entries(services, tenant)]
    assert told == [
        ("egress:refuse", "denied"),
        ("vendor:add", "done"),
        ("egress:refuse", "denied"),
        ("vendor:review", "done"),
        ("egress:send", "done"),
    ]
    last = (await entries(services, tenant))[-1]
    assert last["subject"] == {"kind": "model", "content": "deidentified", "endpoint": str(made.id), "name": "model"}
    assert last["digests"] == {"prompt": "ab" * 32}


async def test_other_terms_and_a_suspension_stop_it_at_once(services: Services, tenant: Tenant) -> None:
    await registered(services, tenant)
    await reviewed(services, tenant)
    keys = services.keys.get(tenant.id)
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await change_terms(tx, services.clock, tenant.caller, keys, "model", replace(TERMS, retention_days=30))
    decision = await leave(services, tenant)
    assert isinstance(decision, Refused)
    assert decision.reason == "unreviewed"
    await reviewed(services, tenant)
    for suspended, reason in ((True, "suspended"), (False, None)):
        async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
            await set_suspended(tx, services.clock, tenant.caller, keys, "model", suspended)
        decision = await leave(services, tenant)
        assert (decision.reason if isinstance(decision, Refused) else None) == reason
    digests = [e["digests"] for e in await entries(services, tenant) if str(e["event"]).startswith("vendor:")]
    assert len({json.dumps(d) for d in digests}) == len(digests) - 1  # suspended and resumed: the same row again


async def test_rights_names_and_other_tenants(services: Services, tenant: Tenant) -> None:
    await registered(services, tenant)
    with pytest.raises(Conflict):
        await registered(services, tenant)
    keys = services.keys.get(tenant.id)
    reader: Caller = await make_caller(services, tenant, "rita", "reader")
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        with pytest.raises(Denied):
            await list_endpoints(tx, reader)
        with pytest.raises(Denied):
            await add_endpoint(tx, services.clock, reader, keys, "b", "https://b.example", "model", TERMS)
        with pytest.raises(NotFound):
            await set_suspended(tx, services.clock, tenant.caller, keys, "nobody", True)
        with pytest.raises(Invalid):
            today = services.clock.now().date()
            later = Review(today + timedelta(days=1), today + timedelta(days=2))
            await review_endpoint(tx, services.clock, tenant.caller, keys, "model", later)
    other = await make_tenant(services, tenant.id + "-other")
    assert await leave(services, other) == Refused("unregistered")


async def test_the_table_itself_refuses_phi_without_an_agreement(services: Services, tenant: Tenant) -> None:
    await registered(services, tenant)
    for change in ("phi = 'allowed'", "baa_date = '2026-01-01'", "reviewed_on = '2026-01-01'", "address = 'https://x'"):
        with pytest.raises(PreceptorError):
            async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
                await tx.execute(f"update endpoint set {change} where tenant = $1", tenant.id)


async def test_what_was_withheld_is_told_by_kind_and_count(services: Services, tenant: Tenant) -> None:
    found = [Leak("NAME", 0, 4), Leak("NAME", 9, 12), Leak("secret:web_token", 20, 90)]
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await withheld(tx, services.clock, tenant.caller, found, {"run": "r1"})
    entry = (await entries(services, tenant))[-1]
    assert entry["event"] == "output:withhold"
    assert entry["subject"] == {"run": "r1", "found_name": "2", "found_secret_web_token": "1"}
