"""Somebody puts back a database from before a person was erased: the person does not come back, the log verifies."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from tests.integration.test_deid_book import TEXT, back, officer, put
from tests.integration.test_external_database import fresh_database
from tests.make import Tenant
from tests.make_dump import dump, restore

from preceptor.audit.checkpoint import verifier_key
from preceptor.audit.export import export_lines, head_file
from preceptor.audit.sequencer import advance, origin, read_head
from preceptor.audit.verify import verify_export
from preceptor.db.transaction import tenant_transaction
from preceptor.deid.book import subject_digest
from preceptor.errors import IntegrityFailure, NotFound
from preceptor.settings import Settings
from preceptor.vault.keys import SealingKeys
from preceptor.vault.seal import unseal
from preceptor.wiring import Services, open_services


async def _verifies(services: Services, tenant: str, pinned: str) -> bool:
    async with tenant_transaction(services.database, tenant, "test:x", read_only=True, snapshot=True) as tx:
        head = await read_head(tx)
        assert head is not None
        lines = [line async for line in export_lines(tx, head.size)]
    checkpoint = f"vkey {pinned}\n{head.note}"
    return verify_export(lines, checkpoint, pinned, []).ok


async def test_an_erased_person_stays_erased_in_an_older_database(
    services: Services, tenant: Tenant, home: Path, tmp_path: Path
) -> None:
    made, kept = await put(services, tenant), await put(services, tenant, "subject-78")
    keys = services.keys.get(tenant.id)
    head = await advance(services.database, services.clock, keys)
    dump(services, tmp_path / "before.sql")
    await services.keys.destroy_patient(tenant.id, "subject-77")
    dsn = await fresh_database(services, "restored_person")
    restore(services, tmp_path / "before.sql", dsn)
    async with open_services(Settings(home=home, database_url=SecretStr(dsn))) as older:
        who = await officer(older, tenant)
        async with tenant_transaction(older.database, tenant.id, "test:x", read_only=True) as tx:
            digest = subject_digest(keys, "subject-77")
            sealed = bytes(await tx.value("select sealed from surrogate_book where subject = $1", digest))
        with pytest.raises(NotFound) as caught:
            await back(older, tenant, who, made)  # the row is there, and nobody can read it
        assert caught.value.code == "key_destroyed"
        others = await older.keys.patients(tenant.id, ["subject-78"])
        everything: list[SealingKeys] = [keys, *others.values()]
        for one in everything:
            with pytest.raises(IntegrityFailure):
                unseal(one, "surrogate-book", digest, sealed)
        found = await back(older, tenant, who, kept, "subject-78")
        assert "Lopez" in str(getattr(found, "text", ""))
        assert await _verifies(older, tenant.id, verifier_key(origin(tenant.id), keys.signing.public_key()))
        assert head_file(keys, head).startswith("vkey ")


async def test_an_erased_tenant_stays_erased_and_its_log_verifies_without_its_keys(
    services: Services, tenant: Tenant, home: Path, tmp_path: Path
) -> None:
    await put(services, tenant)
    keys = services.keys.get(tenant.id)
    await advance(services.database, services.clock, keys)
    dump(services, tmp_path / "before.sql")
    pinned = verifier_key(origin(tenant.id), keys.signing.public_key())
    await services.keys.destroy_tenant(tenant.id, pinned)
    dsn = await fresh_database(services, "restored_tenant")
    restore(services, tmp_path / "before.sql", dsn)
    async with open_services(Settings(home=home, database_url=SecretStr(dsn))) as older:
        with pytest.raises(NotFound):
            older.keys.get(tenant.id)
        with pytest.raises(NotFound):
            older.keys.create(tenant.id)
        assert older.keys.verifier_of(tenant.id) == pinned
        assert await _verifies(older, tenant.id, pinned)
    connection = await asyncpg.connect(dsn)
    try:
        assert await connection.fetchval("select count(*) from surrogate_book where tenant = $1", tenant.id) == 1
    finally:
        await connection.close()
    assert TEXT.split()[1] not in (tmp_path / "before.sql").read_text()
