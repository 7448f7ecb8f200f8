"""`preceptor explain`: may this account or program do that, and which rule says so."""

from __future__ import annotations

from typing import Any

from preceptor.access.decide import require
from preceptor.access.permissions import PERMISSIONS
from preceptor.cli.command import DONE, FAILED, Context, add_command, out, show
from preceptor.errors import Invalid
from preceptor.web.access_pages import explained
from preceptor.web.routes import PUBLIC, ROUTES


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "explain",
        "May this account or program do that? Says which rule decides; exit 1 when not.",
        'preceptor explain maria policy:write\npreceptor explain client:scheduler "GET /library"',
        _run,
    )
    parser.add_argument("who", help="an account, or client:NAME for a program")
    parser.add_argument("what", help='a permission, or a route: "METHOD /path"')


def wanted_permission(what: str) -> str:
    """The permission a permission or a route needs; Invalid when there is no such thing."""
    if what in PERMISSIONS:
        return what
    method, _, path = what.partition(" ")
    for route in ROUTES:
        if route.method == method.upper() and (route.path == path or route.matches(path)):
            if route.permission == PUBLIC:
                raise Invalid("invalid_request", "The route is public: whoever calls, and nobody, may use it.")
            return route.permission
    raise Invalid("invalid_request", "There is no such permission or route; permissions: docs/permissions.md.")


async def _run(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    require(caller, "access:explain")
    permission = wanted_permission(args.what)
    found = await explained(services, caller, args.who, permission)
    if args.json:
        show({"allowed": found.allowed, "permission": permission, "rule": found.rule, "steps": found.steps})
    else:
        out("\n".join((("yes" if found.allowed else "no") + f": {found.rule}", *(f"  {s}" for s in found.steps))))
    return DONE if found.allowed else FAILED
