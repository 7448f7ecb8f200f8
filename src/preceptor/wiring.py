"""Builds the rooms below into one frozen Services: the only place where parts are put together."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from preceptor.access.key_sets import KeySets
from preceptor.audit.grouped import GroupedReads
from preceptor.clock import Clock, SystemClock
from preceptor.db.migrate import check, migrate
from preceptor.db.pool import Database, connect
from preceptor.errors import Invalid
from preceptor.evidence.embedding.loaded import Models
from preceptor.fhir.record import Record
from preceptor.fhir.reindexing import chart_source
from preceptor.llm.compatible import connect_model
from preceptor.llm.model import Model
from preceptor.net import Outbound
from preceptor.settings import Settings
from preceptor.vault.identifying_rows import Source
from preceptor.vault.kek import FileKek, KeyEncryptionKey
from preceptor.vault.opening import open_store
from preceptor.vault.store import KeyStore
from preceptor.vault.transit import TransitKek

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


INDEXED: dict[str, Callable[[KeyStore], Source]] = {"chart": chart_source}
"""Name → where resources with identifying values come from when the index key is rotated."""


@dataclass(frozen=True)
class Services:
    """What a door or a command needs to serve a caller."""

    settings: Settings
    clock: Clock
    database: Database
    keys: KeyStore
    reads: GroupedReads
    models: Models = field(default_factory=lambda: Models(off=True))
    llm: Model | None = None
    key_sets: KeySets = field(default_factory=lambda: KeySets(Outbound(()), time.monotonic))

    @property
    def record(self) -> Record:
        """What the clinical record is kept in."""
        return Record(self.database, self.clock, self.keys, self.reads)


@contextlib.asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock | None = None, *, pool_size: int = 10, checked: bool = True
) -> AsyncGenerator[Services]:
    """The services of this process, closed at the end.

    The embedded database is brought up to date here, since nobody else can be using another version of it;
    an external one is only checked: `preceptor db migrate` is the operator's decision. `checked=False` is for
    the commands that repair.
    """
    clock = clock or SystemClock()
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
        async with _key_store(settings, clock) as keys:
            reads = GroupedReads(database, clock)
            yield Services(settings, clock, database, keys, reads, models, llm, key_sets)
    finally:
        await outbound.close()
        await database.close()


@contextlib.asynccontextmanager
async def _key_store(settings: Settings, clock: Clock) -> AsyncGenerator[KeyStore]:
    """The key store, wrapped by Vault when one is configured; a file that wrapped it before can still be opened."""
    keks: list[KeyEncryptionKey] = [FileKek(settings.kek_file or settings.home / "kek" / "kek.json")]
    outbound = Outbound({*settings.allowed_hosts, *THIS_MACHINE}, plain=THIS_MACHINE, loopback=True)
    if (settings.vault_url is None) != (settings.vault_token is None):
        raise Invalid("invalid_setting", "PRECEPTOR_VAULT_URL and PRECEPTOR_VAULT_TOKEN are set together.")
    if settings.vault_url is not None and settings.vault_token is not None:
        token, namespace = settings.vault_token.get_secret_value(), settings.vault_namespace
        mount, name = settings.vault_mount, settings.vault_key
        keks.insert(0, TransitKek(outbound, settings.vault_url, name, token, mount=mount, namespace=namespace))
    try:
        store = await open_store(settings.key_folder or settings.home / "keys", keks, clock)
        try:
            yield store
        finally:
            store.close()
    finally:
        await outbound.close()


def configured_model(settings: Settings) -> Model | None:
    """The language model of the settings; None when none is set. Invalid when address or name stands alone."""
    if settings.llm_url is None and settings.llm_model is None:
        return None
    if settings.llm_url is None or settings.llm_model is None:
        raise Invalid("invalid_setting", "PRECEPTOR_LLM_URL and PRECEPTOR_LLM_MODEL are set together.")
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return connect_model(settings.llm_url, settings.llm_model, key, settings.allowed_hosts)
