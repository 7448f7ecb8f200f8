"""The console's page that says why an account or program may or may not do something."""

from __future__ import annotations

from fastapi import Response

from preceptor.access.caller import Caller
from preceptor.access.clients import find_client
from preceptor.access.credentials import caller_of, find_account
from preceptor.access.explain import Explanation, explain
from preceptor.access.permissions import PERMISSIONS
from preceptor.audit.events import record
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.errors import Invalid, NotFound, PreceptorError
from preceptor.web.visit import Visit
from preceptor.wiring import Services


async def subject_of(tx: Transaction, who: str) -> tuple[str, Caller]:
    """The id and the caller of an account name, or of `client:NAME`. NotFound when it is none, or is disabled."""
    if who.startswith("client:"):
        client = await find_client(tx, who.removeprefix("client:"))
        if client is None:
            raise NotFound("not_found", "There is no such program.")
        return str(client.id), Caller(tx.tenant, who, frozenset(client.roles), granted=client.scopes)
    account = await find_account(tx, who)
    if account.disabled:
        raise NotFound("not_found", "The account is disabled: it may do nothing.")
    return str(account.id), caller_of(tx.tenant, account)


async def explained(services: Services, caller: Caller, who: str, permission: str) -> Explanation:
    """Why `who` may or may not use a permission; told to `caller`, and recorded."""
    if permission not in PERMISSIONS:
        raise Invalid("invalid_request", "There is no such permission.")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        identity, subject = await subject_of(tx, who)
        said = {"caller": identity, "permission": permission}
        await record(tx, services.clock, caller, "access:explain", subject=said)
    return explain(subject, permission, tenant=caller.tenant)


async def form(visit: Visit) -> Response:
    """GET /access."""
    return _page(visit, "", "", None, None)


async def show(visit: Visit) -> Response:
    """POST /access: a form, so that names stand in no address."""
    asked = await visit.form()
    who, permission = asked.get("who", "").strip(), asked.get("permission", "")
    try:
        found = await explained(visit.services, visit.caller, who, permission)
    except PreceptorError as error:
        return _page(visit, who, permission, None, error)
    return _page(visit, who, permission, found, None)


def _page(visit: Visit, who: str, permission: str, found: Explanation | None, error: PreceptorError | None) -> Response:
    return visit.page(
        "access.html",
        error.status if error else 200,
        permissions=PERMISSIONS,
        who=who,
        permission=permission,
        found=found,
        error=error,
    )
