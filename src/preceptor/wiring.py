"""Builds the rooms below into one frozen Services: the only place where parts are put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from preceptor.clock import Clock, SystemClock
from preceptor.db.migrate import check, migrate
from preceptor.db.pool import Database, connect
from preceptor.evidence.embedding.loaded import Models
from preceptor.settings import Settings
from preceptor.vault.keys import KeyFile


@dataclass(frozen=True)
class Services:
    """What a door or a command needs to serve a caller."""

    settings: Settings
    clock: Clock
    database: Database
    keys: KeyFile
    models: Models = field(default_factory=lambda: Models(off=True))


@contextlib.asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock | None = None, *, pool_size: int = 10, checked: bool = True
) -> AsyncGenerator[Services]:
    """The services of this process, closed at the end.

    The embedded database is brought up to date here, since nobody else can be using another version of it;
    an external one is only checked: `preceptor db migrate` is the operator's decision. `checked=False` is for
    the commands that repair.
    """
    database = await connect(settings, size=pool_size)
    try:
        if checked:
            if database.embedded is not None:
                await migrate(database)
            await check(database)
        models = Models(settings.embedder, settings.model_threads, off=settings.models == "off")
        yield Services(settings, clock or SystemClock(), database, KeyFile(settings.home), models)
    finally:
        await database.close()
