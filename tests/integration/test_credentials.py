"""Tokens, sign-in links and sessions against the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.make import Tenant, make_tenant

from preceptor.access.credentials import (
    authenticate,
    create_account,
    issue,
    parse_secret,
    redeem_signin,
    revoke,
)
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Unauthenticated
from preceptor.wiring import Services


async def test_a_token_is_its_account_until_it_ends(services: Services, tenant: Tenant) -> None:
    clock = services.clock
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        account = await create_account(tx, clock, "maria", ("reader",))
        secret = parse_secret(await issue(tx, clock, account.id, "token", timedelta(days=1)), "token")
        caller = await authenticate(tx, secret, clock.now())
        assert (caller.tenant, caller.actor, caller.roles) == (tenant.id, "account:maria", frozenset({"reader"}))
        with pytest.raises(Unauthenticated) as caught:
            await authenticate(tx, secret, clock.now() + timedelta(days=2))
        assert caught.value.reason == "expired"
        await revoke(tx, secret, clock.now())
        with pytest.raises(Unauthenticated):
            await authenticate(tx, secret, clock.now())


async def test_only_a_digest_is_stored(services: Services, tenant: Tenant) -> None:
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        account = await create_account(tx, services.clock, "maria", ("reader",))
        secret = await issue(tx, services.clock, account.id, "token", None)
        rows = await tx.rows("select to_jsonb(c)::text as whole from credential c")
    assert rows and all(secret not in row["whole"] and secret[-20:] not in row["whole"] for row in rows)


async def test_a_sign_in_link_works_once_and_is_no_token(services: Services, tenant: Tenant) -> None:
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        account = await create_account(tx, services.clock, "maria", ("reader",))
        text = await issue(tx, services.clock, account.id, "signin", timedelta(minutes=15))
    secret = parse_secret(text, "signin")
    with pytest.raises(Unauthenticated):
        parse_secret(text, "token")
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        assert (await redeem_signin(tx, secret, services.clock.now())).name == "maria"
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        with pytest.raises(Unauthenticated):
            await redeem_signin(tx, secret, services.clock.now())


async def test_a_token_with_another_tenant_s_name_is_nobody(services: Services, tenant: Tenant) -> None:
    other = await make_tenant(services, tenant.id + "-other")
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        account = await create_account(tx, services.clock, "maria", ("reader",))
        text = await issue(tx, services.clock, account.id, "token", None)
    forged = parse_secret(text.replace(f"_{tenant.id}_", f"_{other.id}_"), "token")
    async with tenant_transaction(services.database, forged.tenant, "anonymous") as tx:
        with pytest.raises(Unauthenticated):
            await authenticate(tx, forged, services.clock.now())
