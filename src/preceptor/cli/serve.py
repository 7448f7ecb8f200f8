"""`preceptor serve`: the HTTP server, with the sequencer of the log beside it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import uvicorn

from preceptor.access.caller import Caller
from preceptor.access.credentials import find_account, issue
from preceptor.audit.events import record
from preceptor.audit.sequencer import advance
from preceptor.cli.command import DONE, Context, add_command, note, out
from preceptor.cli.installation import ensure_operator, operator_name
from preceptor.cli.policy_files import limits_of
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, PreceptorError
from preceptor.evidence.ingest import Shelf, resume
from preceptor.web.app import build_app
from preceptor.wiring import Services

SIGNIN_LIFE = timedelta(minutes=15)
SEQUENCE_SECONDS = 0.5


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "serve",
        "Serve the console and the HTTP interface; prints a one-time sign-in link.",
        "preceptor serve\npreceptor serve --port 8500",
        _run,
    )
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on; 0 takes a free one")


async def _run(context: Context) -> int:
    args, settings = context.args, context.services.settings
    port = settings.port if args.port is None else args.port
    if not 0 <= port <= 65_535:
        raise Invalid("invalid_request", "A port lies between 0 and 65535.")
    await serve(context.services, args.host or settings.host, port, tenant=context.caller.tenant)
    return DONE


async def serve(
    services: Services, host: str, port: int, *, tenant: str, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is called with the base address once connections are accepted."""
    configuration = uvicorn.Config(
        build_app(services), host=host, port=port, log_level="warning", access_log=False, server_header=False
    )
    server = uvicorn.Server(configuration)
    beside = [asyncio.create_task(_sequence(services)), asyncio.create_task(_resume(services))]
    announcing = asyncio.create_task(_announce(services, server, host, tenant, ready))
    try:
        await server.serve()
    finally:
        for task in [*beside, announcing]:
            task.cancel()
        await asyncio.gather(*beside, announcing, return_exceptions=True)


async def _announce(
    services: Services, server: uvicorn.Server, host: str, tenant: str, ready: Callable[[str], None] | None
) -> None:
    while not server.started:
        await asyncio.sleep(0.05)
    bound = server.servers[0].sockets[0].getsockname()[1]
    base = services.settings.public_url or f"http://{host}:{bound}"
    if ready is not None:
        ready(base)
    out(f"console: {base.rstrip('/')}/sign-in/{await sign_in_secret(services, tenant)}")
    note("stop with Ctrl-C; a new link: preceptor user link NAME")


async def sign_in_secret(services: Services, tenant: str) -> str:
    """A one-time sign-in secret of the local operator."""
    caller = await ensure_operator(services, tenant)
    async with tenant_transaction(services.database, tenant, caller.actor) as tx:
        account = await find_account(tx, operator_name())
        secret = await issue(tx, services.clock, account.id, "signin", SIGNIN_LIFE)
        subject = {"account": str(account.id), "kind": "signin"}
        await record(tx, services.clock, caller, "credential:issue", subject=subject)
    return secret


async def _sequence(services: Services) -> None:
    """Give entries their place within a second, for every tenant; outlives a restart of the database."""
    while True:
        for tenant in services.keys.tenants():
            try:
                await advance(services.database, services.clock, services.keys.get(tenant))
            except PreceptorError as error:
                logging.getLogger("preceptor").warning("sequencer of %s: %s", tenant, error.code)
        await asyncio.sleep(SEQUENCE_SECONDS)


async def _resume(services: Services) -> None:
    """Finish the readings that a crash broke off."""
    for tenant in services.keys.tenants():
        caller = Caller(tenant, "system:resume", frozenset({"librarian"}))
        shelf = Shelf(services.database, services.clock, services.keys.get(tenant), limits_of(services.settings))
        with contextlib.suppress(PreceptorError):
            await resume(shelf, caller)
