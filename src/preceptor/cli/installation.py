"""What must exist before the first call: a tenant with its keys, and the local operator account."""

from __future__ import annotations

import getpass
import re

from preceptor.access.caller import Caller, valid_tenant
from preceptor.access.credentials import authenticate, caller_of, create_account, find_account, parse_secret
from preceptor.audit.events import record
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, NotFound, Unauthenticated
from preceptor.wiring import Services

SAMPLE = "sample"
SETUP = "system:setup"


def operator_name() -> str:
    """The local operator's account name: the OS user's, so that the log says who was at the keyboard."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return "local-" + (re.sub(r"[^A-Za-z0-9._-]", "-", name)[:60] or "unknown")


async def ensure_tenant(services: Services, tenant: str, title: str, *, sample: bool = False) -> bool:
    """Make the tenant, its keys and the local operator account unless they exist; True when it was made now."""
    if not valid_tenant(tenant):
        raise Invalid("invalid_request", "A tenant id has lower-case letters, digits and hyphens, and at most 63.")
    services.keys.create(tenant)
    setup = Caller(tenant, SETUP, frozenset({"operator"}), operator=True)
    async with tenant_transaction(services.database, tenant, SETUP) as tx:
        made = await tx.value(
            "insert into tenant (id, name, sample, created_at) values ($1, $2, $3, $4)"
            " on conflict (id) do nothing returning id",
            tenant,
            title,
            sample,
            services.clock.now(),
        )
        if made is not None:
            await record(tx, services.clock, setup, "tenant:create", subject={"tenant": tenant})
    await ensure_operator(services, tenant)
    return made is not None


async def ensure_operator(services: Services, tenant: str) -> Caller:
    """The local operator of `tenant`; its account is made when this OS user calls for the first time."""
    setup = Caller(tenant, SETUP, frozenset({"operator"}), operator=True)
    async with tenant_transaction(services.database, tenant, SETUP) as tx:
        await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 3))", "operator:" + tenant)
        if await tx.value("select id from tenant where id = $1", tenant) is None:
            raise NotFound("tenant_not_found")
        try:
            account = await find_account(tx, operator_name())
        except NotFound:
            account = await create_account(tx, services.clock, operator_name(), ("operator",), operator=True)
            await record(tx, services.clock, setup, "account:create", subject={"account": str(account.id)})
    if account.disabled:
        raise Unauthenticated("unauthenticated", "The local operator account is disabled.")
    return caller_of(tenant, account)


async def default_tenant(services: Services) -> str:
    """The only tenant, or the sample tenant; the sample tenant is made when there is none on an embedded database."""
    tenants = services.keys.tenants()
    if not tenants and services.database.embedded is not None:
        await ensure_tenant(services, SAMPLE, "Sample tenant (synthetic data only)", sample=True)
        return SAMPLE
    if SAMPLE in tenants:
        return SAMPLE
    if len(tenants) == 1:
        return tenants[0]
    if not tenants:
        raise NotFound("tenant_not_found", "There is no tenant yet; make one with `preceptor tenant add NAME`.")
    raise Invalid("invalid_request", "There are several tenants; name one with --tenant.")


async def calling(services: Services, tenant: str | None) -> Caller:
    """Who the command line acts as: the account of PRECEPTOR_TOKEN, or the local operator of the tenant."""
    if services.settings.token is not None:
        secret = parse_secret(services.settings.token.get_secret_value(), "token")
        if tenant is not None and tenant != secret.tenant:
            raise NotFound("tenant_not_found")
        async with tenant_transaction(services.database, secret.tenant, "anonymous") as tx:
            return await authenticate(tx, secret, services.clock.now())
    chosen = tenant or await default_tenant(services)
    if chosen not in services.keys.tenants() and services.keys.verifier_of(chosen) is None:
        raise NotFound("tenant_not_found")
    return await ensure_operator(services, chosen)
