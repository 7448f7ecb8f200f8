"""A real server on a free port of loopback, over the run's database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from preceptor.access.credentials import find_account, issue
from preceptor.cli.serve import serve
from preceptor.db.transaction import tenant_transaction
from preceptor.wiring import Services
from tests.make import Tenant, make_caller


@dataclass
class Console:
    """A running server, and credentials for it."""

    base: str
    services: Services

    async def secret(self, tenant: Tenant, name: str, *roles: str, kind: str = "token", life: int = 60) -> str:
        """A fresh secret for an account that is made when it is new; `life` in minutes, negative for an expired one."""
        async with tenant_transaction(self.services.database, tenant.id, "system:test") as tx:
            known = await tx.value("select count(*) from account where name = $1", name)
        if not known:
            await make_caller(self.services, tenant, name, *roles)
        async with tenant_transaction(self.services.database, tenant.id, "system:test") as tx:
            account = await find_account(tx, name)
            return await issue(tx, self.services.clock, account.id, kind, timedelta(minutes=life))  # type: ignore[arg-type]

    async def client(self, tenant: Tenant, name: str = "maria", *roles: str) -> httpx.AsyncClient:
        """An HTTP client that carries a token of a reader, or of `roles`."""
        token = await self.secret(tenant, name, *(roles or ("reader",)))
        return httpx.AsyncClient(base_url=self.base, headers={"authorization": f"Bearer {token}"}, timeout=30)


@pytest.fixture(scope="session")
async def console(services: Services) -> AsyncIterator[Console]:
    """The server of this test process."""
    base: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    from tests.make import make_tenant

    tenant, stop = await make_tenant(services, "served"), asyncio.Event()
    task = asyncio.create_task(
        serve(services, "127.0.0.1", 0, tenant=tenant.id, ready=base.set_result, stop=stop, embed=False)
    )
    yield Console(await asyncio.wait_for(base, 20), services)
    stop.set()
    await task
