"""Factories: tenants, callers, documents. Everything is made through the product's own doors."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from preceptor.access.caller import Caller
from preceptor.access.credentials import caller_of, create_account
from preceptor.cli.installation import ensure_operator, ensure_tenant
from preceptor.db.transaction import tenant_transaction
from preceptor.evidence.ingest import Added, Shelf, add_document
from preceptor.evidence.metadata import Metadata
from preceptor.evidence.sealed import open_page
from preceptor.wiring import Services


@dataclass(frozen=True)
class Tenant:
    """A tenant and its operator."""

    id: str
    caller: Caller


async def make_tenant(services: Services, name: str) -> Tenant:
    """A tenant with keys and an operator."""
    await ensure_tenant(services, name, f"Test tenant {name}")
    return Tenant(name, await ensure_operator(services, name))


async def make_caller(
    services: Services, tenant: Tenant, name: str, *roles: str, departments: tuple[str, ...] = ()
) -> Caller:
    """An account with `roles`, of `departments`."""
    async with tenant_transaction(services.database, tenant.id, "system:test") as tx:
        account = await create_account(tx, services.clock, name, roles, departments=departments)
        return caller_of(tenant.id, account)


def shelf(services: Services, tenant: Tenant) -> Shelf:
    """What ingestion needs, for this tenant."""
    return Shelf(services.database, services.clock, services.keys.get(tenant.id))


async def stored_text(services: Services, tenant: Tenant, version: uuid.UUID, page: int = 1) -> str:
    """The text of a stored page, opened."""
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        sealed = await tx.value("select sealed from page where version = $1 and page = $2", version, page)
    return open_page(services.keys.get(tenant.id), version, page, bytes(sealed))


async def add_text(
    services: Services, tenant: Tenant, stem: str, text: str, *, labels: tuple[str, ...] = (), **said: object
) -> Added:
    """A Markdown document in the library."""
    metadata = Metadata(stem=stem, **said)  # type: ignore[arg-type]
    place = shelf(services, tenant)
    return await add_document(place, tenant.caller, metadata, text.encode(), "text/markdown", labels=labels)
