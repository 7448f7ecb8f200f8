"""Builds the rooms below into one frozen Services: the only place where parts are put together."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from preceptor.access.key_sets import KeySets
from preceptor.clock import Clock, SystemClock
from preceptor.db.migrate import check, migrate
from preceptor.db.pool import Database, connect
from preceptor.errors import Invalid
from preceptor.evidence.embedding.loaded import Models
from preceptor.llm.compatible import connect_model
from preceptor.llm.model import Model
from preceptor.net import Outbound
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
    llm: Model | None = None
    key_sets: KeySets = field(default_factory=lambda: KeySets(Outbound(()), time.monotonic))


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
    outbound = Outbound(settings.allowed_hosts)
    try:
        if checked:
            if database.embedded is not None:
                await migrate(database)
            await check(database)
        models = Models(settings.embedder, settings.model_threads, off=settings.models == "off")
        llm = configured_model(settings)
        key_sets = KeySets(outbound, time.monotonic)
        yield Services(settings, clock or SystemClock(), database, KeyFile(settings.home), models, llm, key_sets)
    finally:
        await outbound.close()
        await database.close()


def configured_model(settings: Settings) -> Model | None:
    """The language model of the settings; None when none is set. Invalid when address or name stands alone."""
    if settings.llm_url is None and settings.llm_model is None:
        return None
    if settings.llm_url is None or settings.llm_model is None:
        raise Invalid("invalid_setting", "PRECEPTOR_LLM_URL and PRECEPTOR_LLM_MODEL are set together.")
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return connect_model(settings.llm_url, settings.llm_model, key, settings.allowed_hosts)
