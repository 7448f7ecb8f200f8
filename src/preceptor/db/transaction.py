"""One act, one transaction: the tenant and the actor are set for row-level security, then the statements run."""

# asyncpg ships no types: what comes out of it is unknown to the checker in this room only.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from preceptor.db.pool import Database
from preceptor.db.translate import translated

Row = Mapping[str, Any]


class Transaction:
    """Statements of one tenant's transaction. Errors are the product's; rows are records read by column name."""

    def __init__(self, connection: Any, tenant: str, actor: str) -> None:
        self._connection = connection
        self.tenant = tenant
        self.actor = actor

    async def execute(self, sql: str, *values: object) -> str:
        """Run a statement; the command tag."""
        with translated():
            tag: str = await self._connection.execute(sql, *values)
            return tag

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each row, in one round trip."""
        with translated():
            await self._connection.executemany(sql, rows)

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows."""
        with translated():
            found: list[Row] = await self._connection.fetch(sql, *values)
            return found

    async def row(self, sql: str, *values: object) -> Row | None:
        """The first row, or None."""
        with translated():
            found: Row | None = await self._connection.fetchrow(sql, *values)
            return found

    async def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        with translated():
            return await self._connection.fetchval(sql, *values)


@contextlib.asynccontextmanager
async def tenant_transaction(
    database: Database, tenant: str, actor: str, *, read_only: bool = False, snapshot: bool = False
) -> AsyncGenerator[Transaction]:
    """A transaction that sees the rows of `tenant` only.

    The settings are local to the transaction; outside one, row-level security sees the empty tenant,
    which owns no row. Leaving by an exception rolls everything back. `snapshot` makes every statement see the
    database as it was at the first one (repeatable read).
    """
    with translated():
        async with (
            database.pool.acquire() as connection,
            connection.transaction(readonly=read_only, isolation="repeatable_read" if snapshot else None),
        ):
            await connection.execute(
                "select set_config('preceptor.tenant', $1, true), set_config('preceptor.actor', $2, true)",
                tenant,
                actor,
            )
            yield Transaction(connection, tenant, actor)
