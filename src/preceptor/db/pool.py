"""The pool of connections, as the role that owns nothing; the only place that knows where the database is."""

# asyncpg ships no types: what comes out of it is unknown to the checker in this room only.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import asyncpg

from preceptor.db.embedded import APP, OWNER, SUPER, Membership, join
from preceptor.db.translate import translated
from preceptor.errors import Invalid, Unavailable
from preceptor.settings import Settings

MINIMUM_VERSION = 15
ATTEMPTS, PAUSE_SECONDS = 40, 0.25  # after a crash the old postmaster is reaped within some seconds

# The pool prints a traceback for each connection it cannot restore; ours say `database_unavailable` once.
logging.getLogger("asyncpg").setLevel(logging.CRITICAL)


@dataclass
class Database:
    """A pool as `preceptor_app`, and how to reach the owner for migrations."""

    pool: asyncpg.Pool
    owner_dsn: str
    embedded: Membership | None

    async def close(self) -> None:
        """Close the pool and let go of the embedded server."""
        try:
            await asyncio.wait_for(self.pool.close(), timeout=10)
        except TimeoutError:
            self.pool.terminate()
        if self.embedded is not None:
            self.embedded.leave()


def check_transport(url: str) -> str:
    """An external address is used only with `sslmode=verify-full`, over loopback, or over a socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = (query.get("host") or [parts.hostname or ""])[0]
    local = host == "" or host.startswith("/") or host in ("localhost", "127.0.0.1", "::1")
    if not local and query.get("sslmode") != ["verify-full"]:
        raise Invalid(
            "invalid_setting", "PRECEPTOR_DATABASE_URL: an address that is not local needs ?sslmode=verify-full."
        )
    return url


async def connect(settings: Settings, *, size: int = 10) -> Database:
    """Open the database of `settings`. Unavailable when it does not answer or is too old."""
    member: Membership | None = None
    options: dict[str, str] = {}
    if settings.database_url is None:
        member = await join(settings.home)
        app_dsn, owner_dsn = member.dsn(APP), member.dsn(OWNER)
    else:
        app_dsn = check_transport(settings.database_url.get_secret_value())
        owner = settings.owner_database_url or settings.database_url
        owner_dsn = check_transport(owner.get_secret_value())
        # Whoever logs in, the session is the role that owns nothing.
        options = {"role": APP}
    try:
        pool = await _open(app_dsn, options, size)
    except BaseException:  # the share in the server must not outlive a failed opening
        if member is not None:
            member.leave()
        raise
    return Database(pool, owner_dsn, member)


async def _open(dsn: str, options: dict[str, str], size: int) -> asyncpg.Pool:
    for attempt in range(ATTEMPTS):
        try:
            with translated():
                pool = await asyncpg.create_pool(
                    dsn, min_size=1, max_size=size, timeout=10, command_timeout=120, server_settings=options
                )
        except Unavailable:
            if attempt + 1 == ATTEMPTS:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        with translated():
            async with pool.acquire() as connection:
                version = connection.get_server_version().major
        if version < MINIMUM_VERSION:
            raise Unavailable("database_unavailable", f"PostgreSQL {MINIMUM_VERSION} or newer is needed.")
        return pool
    raise Unavailable("database_unavailable")


@contextlib.asynccontextmanager
async def owner_connection(database: Database) -> AsyncGenerator[asyncpg.Connection]:
    """A single connection as the role that owns the schema; for migrations and `doctor` only."""
    with translated():
        connection = await asyncpg.connect(database.owner_dsn, timeout=10)
        try:
            yield connection
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def super_connection(member: Membership) -> AsyncGenerator[asyncpg.Connection]:
    """A single connection to the embedded server as its superuser; only for what no other role may make."""
    with translated():
        connection = await asyncpg.connect(member.dsn(SUPER), timeout=10)
        try:
            yield connection
        finally:
            await connection.close()
