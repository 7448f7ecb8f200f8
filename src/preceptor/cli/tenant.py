"""`preceptor tenant`: make and list tenants."""

from __future__ import annotations

from typing import Any

from preceptor.access.decide import require
from preceptor.cli.command import DONE, Context, add_command, add_group, out, show
from preceptor.cli.installation import ensure_tenant


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
