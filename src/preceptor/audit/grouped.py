"""Reads recorded together: entries that wait share one transaction, and no reader is answered before it has committed.

A read changes nothing, so that it needs no transaction of its own; what it needs is that nobody sees its answer without
the entry. The group takes what has come while the one before it was being written: alone, an entry waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from preceptor.access.caller import Caller
from preceptor.audit.events import Recorded, prepare, record_all
from preceptor.audit.leaf import Entry, encode
from preceptor.clock import Clock
from preceptor.db.pool import Database
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import PreceptorError, Unavailable

MOST = 500
"""Entries of one transaction at most."""


@dataclass
class _Queue:
    waiting: list[tuple[Entry, asyncio.Future[Recorded]]] = field(
        default_factory=list[tuple[Entry, asyncio.Future[Recorded]]]
    )
    writer: asyncio.Task[None] | None = None


class GroupedReads:
    """Of one process and its event loop. An entry that cannot be written fails its reader and nobody else's act."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._queues = defaultdict[str, _Queue](_Queue)

    async def record(
        self,
        caller: Caller,
        event: str,
        *,
        subject: Mapping[str, str] | None = None,
        digests: Mapping[str, str] | None = None,
    ) -> Recorded:
        """Record a read; returns when the entry is committed. Errors as of `events.record`.

        Call it when the answer is made and before any byte of it is given out.
        """
        entry = prepare(self._clock, caller, caller.tenant, event, subject=subject, digests=digests)
        encode(entry)  # what cannot be written fails here, and not with those it would have been written with
        queue = self._queues[caller.tenant]
        done = asyncio.get_running_loop().create_future()
        queue.waiting.append((entry, done))
        if queue.writer is None or queue.writer.done():
            queue.writer = asyncio.create_task(self._write(caller.tenant, queue))
        return await done

    async def _write(self, tenant: str, queue: _Queue) -> None:
        while queue.waiting:
            group, queue.waiting = queue.waiting[:MOST], queue.waiting[MOST:]
            try:
                async with tenant_transaction(self._database, tenant, "system:reads") as tx:
                    recorded = await record_all(tx, [entry for entry, _ in group])
            except PreceptorError as error:
                _fail(group, error)
            except BaseException:  # stopped from outside: nobody may wait for ever, and nobody is answered
                _fail([*group, *queue.waiting], Unavailable())
                raise
            else:
                for (_, done), one in zip(group, recorded, strict=True):
                    if not done.done():
                        done.set_result(one)


def _fail(group: list[tuple[Entry, asyncio.Future[Recorded]]], error: PreceptorError) -> None:
    for _, done in group:
        if not done.done():
            done.set_exception(error)
