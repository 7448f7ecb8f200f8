"""`preceptor user`: accounts, their roles, tokens and sign-in links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from preceptor.access.credentials import Account, change_account, create_account, find_account, issue, list_accounts
from preceptor.access.decide import require
from preceptor.access.permissions import ROLES
from preceptor.audit.events import record
from preceptor.cli.command import DONE, Context, add_command, add_group, out, show
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid

SIGNIN_LIFE = timedelta(minutes=15)


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "user", "Accounts of a tenant.", "preceptor user show")
    add_command(group, "show", "Who the command line acts as, with its roles.", "preceptor user show --json", _show)
    add_command(group, "list", "All accounts of the tenant.", "preceptor user list", _list)
    parser = add_command(group, "add", "Make an account.", "preceptor user add maria --role librarian", _add)
    parser.add_argument("name")
    parser.add_argument("--role", action="append", default=[], choices=sorted(ROLES), help="may be given several times")
    parser.add_argument("--department", action="append", default=[], help="whose labelled documents it may see")
    parser = add_command(
        group,
        "set",
        "Change what an account may do or see; what is not named stays.",
        "preceptor user set maria --role reader --department pharmacy\npreceptor user set maria --no-department",
        _set,
    )
    parser.add_argument("name")
    parser.add_argument("--role", action="append", choices=sorted(ROLES), help="its only roles from now on")
    parser.add_argument("--department", action="append", help="its only departments from now on")
    parser.add_argument("--no-department", action="store_true", help="it is of no department")
    parser = add_command(group, "token", "Issue an API token.", "preceptor user token maria --days 90", _token)
    parser.add_argument("name")
    parser.add_argument("--days", type=int, default=90, help="how long it lasts")
    parser = add_command(
        group,
        "link",
        "Issue a one-time sign-in link (15 minutes).",
        "preceptor user link maria",
        _link,
    )
    parser.add_argument("name")


def _as_json(account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "name": account.name,
        "roles": list(account.roles),
        "operator": account.operator,
        "departments": list(account.departments),
    }


async def _show(context: Context) -> int:
    caller = context.caller
    document = {"tenant": caller.tenant, "actor": caller.actor, "roles": sorted(caller.roles)}
    document["departments"] = sorted(caller.departments)
    if context.args.json:
        show(document)
    else:
        out(f"{caller.actor} in tenant {caller.tenant}; roles: {', '.join(sorted(caller.roles))}")
    return DONE


async def _list(context: Context) -> int:
    require(context.caller, "account:read")
    caller = context.caller
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        accounts = await list_accounts(tx)
    if context.args.json:
        show({"accounts": [_as_json(a) for a in accounts]})
    else:
        out("\n".join(f"{a.name:30} {', '.join(a.roles)}" for a in accounts))
    return DONE


async def _add(context: Context) -> int:
    require(context.caller, "account:write")
    if not context.args.role:
        raise Invalid("invalid_request", "Name at least one role with --role; an account without one may do nothing.")
    caller, clock = context.caller, context.services.clock
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        account = await create_account(
            tx, clock, context.args.name, tuple(context.args.role), departments=tuple(context.args.department)
        )
        await record(tx, clock, caller, "account:create", subject={"account": str(account.id)})
    if context.args.json:
        show(_as_json(account))
    else:
        out(f"{account.name}: created with {', '.join(account.roles)}")
    return DONE


async def _set(context: Context) -> int:
    require(context.caller, "account:write")
    args, caller, clock = context.args, context.caller, context.services.clock
    if args.department and args.no_department:
        raise Invalid("invalid_request", "Name departments, or say --no-department, not both.")
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        account = await find_account(tx, args.name)
        if account.operator:
            raise Invalid("invalid_request", "The operator's account is the installation's and is not changed.")
        departments = () if args.no_department else tuple(args.department or account.departments)
        changed = await change_account(tx, account, tuple(args.role or account.roles), departments)
        await record(tx, clock, caller, "account:change", subject={"account": str(account.id)})
    if context.args.json:
        show(_as_json(changed))
    else:
        of = f" of {', '.join(changed.departments)}" if changed.departments else ""
        out(f"{changed.name}: {', '.join(changed.roles)}{of}")
    return DONE


async def _link(context: Context) -> int:
    require(context.caller, "account:write")
    caller, services = context.caller, context.services
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        account = await find_account(tx, context.args.name)
        secret = await issue(tx, services.clock, account.id, "signin", SIGNIN_LIFE)
        subject = {"account": str(account.id), "kind": "signin"}
        await record(tx, services.clock, caller, "credential:issue", subject=subject)
    base = services.settings.public_url or f"http://{services.settings.host}:{services.settings.port}"
    link = f"{base.rstrip('/')}/sign-in/{secret}"
    if context.args.json:
        show({"account": account.name, "link": link})
    else:
        out(link)
    return DONE


async def _token(context: Context) -> int:
    require(context.caller, "account:write")
    if not 1 <= context.args.days <= 366:
        raise Invalid("invalid_request", "A token lasts between 1 and 366 days.")
    caller, clock = context.caller, context.services.clock
    async with tenant_transaction(context.services.database, caller.tenant, caller.actor) as tx:
        account = await find_account(tx, context.args.name)
        token = await issue(tx, clock, account.id, "token", timedelta(days=context.args.days))
        await record(tx, clock, caller, "credential:issue", subject={"account": str(account.id), "kind": "token"})
    if context.args.json:
        show({"account": account.name, "token": token})
    else:
        out(token)
    return DONE
