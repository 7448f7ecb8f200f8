"""`preceptor tenant`: make and list tenants."""

from __future__ import annotations

from typing import Any

from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.cli.command import DONE, Context, add_command, add_group, out, show
from preceptor.cli.installation import ensure_tenant
from preceptor.db.transaction import tenant_transaction


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "tenant", "Tenants of this installation.", "preceptor tenant add clinic-north")
    parser = add_command(
        group,
        "add",
        "Make a tenant, its keys and its operator account.",
        "preceptor tenant add clinic-north",
        _add,
    )
    parser.add_argument("name", help="lower-case letters, digits and hyphens")
    parser.add_argument("--title", default="", help="the name people read")
    parser = add_command(
        group,
        "set",
        "Change what the tenant allows.",
        "preceptor tenant set --client-ids any --tenant clinic-north",
        _set,
    )
    parser.add_argument(
        "--client-ids",
        required=True,
        choices=("uuid", "any"),
        help="forms of the ids that clients may choose; other forms than UUIDs may identify somebody and stay readable",
    )
    add_command(group, "list", "List the tenants that have keys here.", "preceptor tenant list --json", _list)


async def _add(context: Context) -> int:
    require(context.caller, "tenant:write")
    name = context.args.name
    made = await ensure_tenant(context.services, name, context.args.title or name)
    if context.args.json:
        show({"tenant": name, "created": made})
    else:
        out(f"{name}: {'created' if made else 'exists already'}")
    return DONE


async def _list(context: Context) -> int:
    require(context.caller, "account:read")
    tenants = context.services.keys.tenants()
    if context.args.json:
        show({"tenants": tenants})
    else:
        out("\n".join(tenants))
    return DONE


async def _set(context: Context) -> int:
    require(context.caller, "tenant:write")
    caller, services, form = context.caller, context.services, context.args.client_ids
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await tx.execute("update tenant set any_client_ids = $2 where id = $1", caller.tenant, form == "any")
        await record(tx, services.clock, caller, "tenant:change", subject={"client_ids": form})
    if context.args.json:
        show({"tenant": caller.tenant, "client_ids": form})
    else:
        out(f"{caller.tenant}: ids that clients choose: {form}")
    return DONE
