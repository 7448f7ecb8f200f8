"""`preceptor issuer`: the SMART servers whose tokens this tenant believes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from preceptor.access.decide import require
from preceptor.access.issuers import add_issuer, list_issuers, remove_issuer
from preceptor.audit.events import record
from preceptor.cli.command import DONE, Context, add_command, add_group, out, read_input, show
from preceptor.db.transaction import tenant_transaction


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "issuer", "The issuers whose tokens are believed.", "preceptor issuer list")
    example = (
        "preceptor issuer add hospital --address https://smart.hospital.example \\\n"
        "    --audience https://preceptor.hospital.example --keys https://smart.hospital.example/jwks --role clinician"
    )
    parser = add_command(group, "add", "Believe the tokens of a SMART server.", example, _add)
    parser.add_argument("name", help="lower-case letters, digits and hyphens")
    parser.add_argument("--address", required=True, help="`iss` of its tokens, exactly")
    parser.add_argument("--audience", required=True, help="`aud` of the tokens meant for this tenant, exactly")
    parser.add_argument("--keys", required=True, help="https address of its JWK Set, or a file with one")
    parser.add_argument("--role", action="append", required=True, help="a role of its callers; may be repeated")
    add_command(group, "list", "All issuers in use.", "preceptor issuer list --json", _list)
    parser = add_command(group, "remove", "Believe it no more, at once.", "preceptor issuer remove hospital", _remove)
    parser.add_argument("name")


def key_source(given: str) -> str:
    """The address of keys, or the text of the file that holds them."""
    return read_input(given) if given == "-" or Path(given).is_file() else given


async def _add(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    require(caller, "issuer:write")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        made = await add_issuer(
            tx, services.clock, args.name, args.address, args.audience, key_source(args.keys), args.role
        )
        subject = {"issuer": str(made.id)} | {f"role_{n}": role for n, role in enumerate(made.roles)}
        await record(tx, services.clock, caller, "issuer:add", subject=subject)
    if args.json:
        show({"id": str(made.id), "name": made.name})
    else:
        out(f"{made.name}: its tokens are believed as {', '.join(made.roles)}")
    return DONE


async def _list(context: Context) -> int:
    caller, services = context.caller, context.services
    require(caller, "issuer:read")
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        found = await list_issuers(tx)
    if context.args.json:
        rows = [
            {"name": i.name, "address": i.address, "audience": i.audience, "jwks_url": i.jwks_url, "roles": i.roles}
            for i in found
        ]
        show({"issuers": rows})
    else:
        for one in found:
            out(f"{one.name:24} {one.address}  for {one.audience}  as {', '.join(one.roles)}")
    return DONE


async def _remove(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    require(caller, "issuer:write")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await remove_issuer(tx, services.clock, args.name)
        await record(tx, services.clock, caller, "issuer:remove", subject={"issuer": str(found)})
    if args.json:
        show({"id": str(found), "removed": True})
    else:
        out(f"{args.name}: removed")
    return DONE
