"""`preceptor serve`: the HTTP server, with the sequencer of the log beside it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn

from preceptor.access.caller import Caller
from preceptor.access.credentials import find_account, issue
from preceptor.audit.events import record
from preceptor.audit.halt import LATE_SECONDS, waiting_seconds
from preceptor.audit.sequencer import advance
from preceptor.cli.anchoring import anchor_heads
from preceptor.cli.command import DONE, Context, add_command, note, out
from preceptor.cli.installation import ensure_operator, operator_name
from preceptor.cli.policy_files import limits_of
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, PreceptorError, Unavailable
from preceptor.evidence.embed import embed_pending
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.ingest import Shelf, resume
from preceptor.journal import journal, listen
from preceptor.net import send_at_once
from preceptor.web.app import build_app
from preceptor.web.exposure import Exposure, checked
from preceptor.wiring import Services

SIGNIN_LIFE = timedelta(minutes=15)
SEQUENCE_SECONDS = 0.5
EMBED_SECONDS = 5.0  # how long a new document waits at most before its vectors are begun
GRACE_SECONDS = 10  # what a request may still take after the stop
LOG = journal("serve")


class Server(uvicorn.Server):
    """A server that says when it accepts connections, and leaves the signals to us: its own way raises them again
    when it has stopped, which would end the process before the database is closed."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets=sockets)
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture nothing."""
        yield


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "serve",
        "Serve the console and the HTTP interface; prints a one-time sign-in link.",
        "preceptor serve\npreceptor serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem",
        _run,
    )
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on; 0 takes a free one")
    parser.add_argument("--tls-cert", type=Path, help="certificate chain, PEM; needed beyond loopback")
    parser.add_argument("--tls-key", type=Path, help="its private key, PEM")
    parser.add_argument("--no-embed", action="store_true", help="leave the vectors to `policy embed`, run elsewhere")


async def _run(context: Context) -> int:
    args, settings = context.args, context.services.settings
    port = settings.port if args.port is None else args.port
    if not 0 <= port <= 65_535:
        raise Invalid("invalid_request", "A port lies between 0 and 65535.")
    host = args.host or settings.host
    listen()
    exposure = checked(host, args.tls_cert or settings.tls_cert, args.tls_key or settings.tls_key, settings)
    await serve(context.services, host, port, tenant=context.caller.tenant, embed=not args.no_embed, exposure=exposure)
    return DONE


async def serve(
    services: Services,
    host: str,
    port: int,
    *,
    tenant: str,
    ready: Callable[[str], None] | None = None,
    stop: asyncio.Event | None = None,
    embed: bool = True,
    exposure: Exposure | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; requests under way are finished and new entries get their place.

    `port` 0 takes a free one. `ready` is called with the base address once connections are accepted. `embed=False`
    makes no vectors here. Unavailable when the address is taken.
    """
    exposure = exposure or checked(host, None, None, services.settings)
    configuration = uvicorn.Config(
        build_app(services, exposure=exposure),
        host=host,
        port=port,
        log_config=None,  # see journal.py
        access_log=False,  # a request line may hold a sign-in secret
        server_header=False,
        proxy_headers=bool(exposure.proxies),  # a forwarded address is believed from a declared proxy only
        forwarded_allow_ips=list(exposure.proxies),
        ssl_certfile=exposure.certificate,
        ssl_keyfile=exposure.key,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    listening = bind(configuration)
    base = services.settings.public_url or address(
        host, listening.getsockname()[1], tls=exposure.certificate is not None
    )
    server = Server(configuration)
    stopping = stop or asyncio.Event()
    beside = [asyncio.create_task(task(services)) for task in (_sequence, _resume, *[keep_embedding] * embed)]
    serving: asyncio.Task[Any] = asyncio.create_task(server.serve(sockets=[listening]))
    starting: asyncio.Task[Any] = asyncio.create_task(server.accepting.wait())
    waiting: asyncio.Task[Any] = asyncio.create_task(stopping.wait())
    try:
        with _signals(stopping):
            await asyncio.wait({serving, starting}, return_when=asyncio.FIRST_COMPLETED)
            if ready is not None:
                ready(base)
            out(f"console: {base.rstrip('/')}/sign-in/{await sign_in_secret(services, tenant)}")
            note("stop with Ctrl-C; a new link: preceptor user link NAME")
            sys.stdout.flush()
            await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        for task in (*beside, starting, waiting):
            task.cancel()
        await asyncio.gather(*beside, starting, waiting, return_exceptions=True)
        await asyncio.gather(serving, return_exceptions=True)
        listening.close()
        await place_waiting(services)  # what cannot be placed now is placed at the next start
    if serving.done() and not serving.cancelled():
        serving.result()


def bind(configuration: uvicorn.Config) -> Any:
    """The socket to listen on; Unavailable when the address cannot be had."""
    try:
        listening = configuration.bind_socket()
        send_at_once(listening)
        return listening
    except SystemExit:  # the server's own way to fail, which would leave the database open
        taken = f"{configuration.host} port {configuration.port} cannot be used; name another with --port."
        raise Unavailable("unavailable", taken) from None


def address(host: str, port: int, *, tls: bool = False) -> str:
    """The address to open in a browser of this machine; a wildcard is not one."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - recognised, not listened on
    name = f"[{reachable}]" if ":" in reachable else reachable
    return f"{'https' if tls else 'http'}://{name}:{port}"


@contextlib.contextmanager
def _signals(stopping: asyncio.Event) -> Generator[None]:
    """SIGTERM and SIGINT set `stopping`; outside the main thread whoever started us has to."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, handled = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in handled]
    for number in handled:
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number, handler in zip(handled, before, strict=True):
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


async def sign_in_secret(services: Services, tenant: str) -> str:
    """A one-time sign-in secret of the local operator."""
    caller = await ensure_operator(services, tenant)
    async with tenant_transaction(services.database, tenant, caller.actor) as tx:
        account = await find_account(tx, operator_name())
        secret = await issue(tx, services.clock, account.id, "signin", SIGNIN_LIFE)
        subject = {"account": str(account.id), "kind": "signin"}
        await record(tx, services.clock, caller, "credential:issue", subject=subject)
    return secret


async def place_waiting(services: Services) -> set[str]:
    """Give waiting entries of every tenant their place in the tree, anchor the heads, and return the codes of what went
    wrong.

    A tenant where none waits costs one look; one that fails does not hold up the others.
    """
    failed = set[str]()
    try:
        await services.keys.refresh()
        tenants = services.keys.tenants()
    except PreceptorError as error:
        return {error.code}
    for tenant in tenants:
        try:
            async with tenant_transaction(services.database, tenant, "system:sequencer", read_only=True) as tx:
                waits = await tx.value("select exists (select from audit_pending where tenant = $1)", tenant)
                late = await waiting_seconds(tx, services.clock) if waits else 0.0
            if waits:
                await advance(services.database, services.clock, services.keys.get(tenant))
            if late > LATE_SECONDS:
                failed.add("audit_late")
        except PreceptorError as error:
            failed.add(error.code)
    return failed | await anchor_heads(services)


async def _sequence(services: Services) -> None:
    """Place entries within a second; outlives a restart of the database, and says once that it is away."""
    before = set[str]()
    while True:
        failed = await place_waiting(services)
        for code in sorted(failed - before):
            LOG.warning("sequencer_waits", code=code)
        before = failed
        await asyncio.sleep(SEQUENCE_SECONDS)


async def _resume(services: Services) -> None:
    """Finish the readings that a crash broke off. What fails again stays as it is for `preceptor policy resume`."""
    for tenant in services.keys.tenants():
        caller = Caller(tenant, "system:resume", frozenset({"librarian"}))
        shelf = Shelf(services.database, services.clock, services.keys.get(tenant), limits_of(services.settings))
        try:
            await resume(shelf, caller)
        except PreceptorError as error:
            LOG.warning("documents_wait", tenant=tenant, code=error.code)


async def keep_embedding(services: Services) -> None:
    """Give new documents their vectors while words already find them; says once when there is no model."""
    embedder = await asyncio.to_thread(services.models.embedder)
    if isinstance(embedder, NoModel):
        LOG.warning("words_alone", code=embedder.code)
        return
    before = set[str]()
    while True:
        failed = set[str]()
        for tenant in services.keys.tenants():
            caller = Caller(tenant, "system:embed", frozenset({"librarian"}))
            try:
                keys = services.keys.get(tenant)
                await embed_pending(services.database, services.clock, keys, caller, embedder, alone=True)
            except PreceptorError as error:
                failed.add(error.code)
        for code in sorted(failed - before):
            LOG.warning("vectors_wait", code=code)
        before = failed
        await asyncio.sleep(EMBED_SECONDS)
