"""`preceptor client`: the programs that prove who they are with keys of their own."""

from __future__ import annotations

from typing import Any

from preceptor.access.clients import add_client, list_clients, remove_client
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.cli.command import DONE, Context, add_command, add_group, out, show
from preceptor.cli.issuer import key_source
from preceptor.db.transaction import tenant_transaction


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "client", "Programs with keys of their own.", "preceptor client list")
    example = (
        "preceptor client add scheduler --keys jwks.json --role service \\\n"
        '    --scopes "policy:ask system/Appointment.rs"'
    )
    parser = add_command(group, "add", "Register a program; prints its client id.", example, _add)
    parser.add_argument("name", help="lower-case letters, digits and hyphens")
    parser.add_argument("--keys", required=True, help="https address of its JWK Set, or a file with one")
    parser.add_argument("--scopes", required=True, help="what it may ask for: permissions and system/ scopes")
    parser.add_argument("--role", action="append", required=True, help="a role it has; may be repeated")
    add_command(group, "list", "All programs in use.", "preceptor client list --json", _list)
    parser = add_command(
        group, "remove", "End it and its tokens, at once.", "preceptor client remove scheduler", _remove
    )
    parser.add_argument("name")


async def _add(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    require(caller, "issuer:write")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        made = await add_client(tx, services.clock, args.name, key_source(args.keys), args.scopes, args.role)
        subject = {"client": str(made.id)} | {f"role_{n}": role for n, role in enumerate(made.roles)}
        await record(tx, services.clock, caller, "client:add", subject=subject)
    if args.json:
        show({"id": str(made.id), "client_id": made.client_id, "scope": str(made.scopes)})
    else:
        out(f"client id: {made.client_id}")
    return DONE


async def _list(context: Context) -> int:
    caller, services = context.caller, context.services
    require(caller, "issuer:read")
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        found = await list_clients(tx)
    if context.args.json:
        show({"clients": [{"client_id": c.client_id, "scope": str(c.scopes), "roles": c.roles} for c in found]})
    else:
        for one in found:
            out(f"{one.client_id:40} {one.scopes}  as {', '.join(one.roles)}")
    return DONE


async def _remove(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    require(caller, "issuer:write")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await remove_client(tx, services.clock, args.name)
        await record(tx, services.clock, caller, "client:remove", subject={"client": str(found)})
    if args.json:
        show({"id": str(found), "removed": True})
    else:
        out(f"{args.name}: removed")
    return DONE
