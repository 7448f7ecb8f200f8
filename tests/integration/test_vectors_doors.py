"""Vectors through commands and `serve`; a damaged model; a database without pgvector."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from tests.make import Tenant, add_text

from preceptor.cli.serve import keep_embedding
from preceptor.db.embedded import OWNER, SUPER
from preceptor.db.migrate import migrate
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Unavailable
from preceptor.evidence.embedding.files import MODEL, TOKENIZER, carried
from preceptor.evidence.embedding.model import BGE_SMALL, DESCRIPTION
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services

TEXT = "# Shower chairs\n\nEffective date: January 1, 2026\n\nA shower chair is replaced every 5 years.\n"
ASKED = "How often is a shower chair replaced?"


def run(home: Path, tenant: Tenant, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PRECEPTOR_")}
    return subprocess.run(
        [sys.executable, "-m", "preceptor.cli.main", *words, "--json", "--tenant", tenant.id],
        env={**kept, "PRECEPTOR_HOME": str(home), **extra},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "chairs.md"
    path.write_text(TEXT)
    return path


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A model's folder in which one byte is another."""
    place, folder = carried("bge_small_en"), tmp_path / "model"
    assert place is not None
    folder.mkdir()
    for file in (MODEL, TOKENIZER):
        shutil.copy(place / file, folder / file)
    said = {"name": "mine", "pooling": "cls", "dimensions": 384, "sha256": BGE_SMALL.digests}
    (folder / DESCRIPTION).write_text(json.dumps(said))
    with (folder / MODEL).open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte[0] ^ 1]))
    return folder


async def ready(services: Services, tenant: Tenant) -> int:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        found: int = await tx.value("select count(*) from version_vectors")
        return found


async def test_adding_embeds_unless_told_not_to(services: Services, tenant: Tenant, home: Path, document: Path) -> None:
    done = run(home, tenant, "policy", "add", str(document), "--no-embed")
    assert json.loads(done.stdout)[0]["status"] == "added"
    assert await ready(services, tenant) == 0
    assert json.loads(run(home, tenant, "policy", "embed").stdout) == {"versions": 1, "passages": 1}
    assert json.loads(run(home, tenant, "policy", "embed").stdout) == {"versions": 0, "passages": 0}
    other = document.with_name("canes.md")
    other.write_text("# Canes\n\nA cane is replaced when it breaks.\n")
    assert json.loads(run(home, tenant, "policy", "add", str(other)).stdout)[0]["status"] == "added"
    assert await ready(services, tenant) == 2


async def test_a_damaged_model_is_refused_and_words_go_on(
    services: Services, tenant: Tenant, home: Path, document: Path, damaged: Path
) -> None:
    setting = {"PRECEPTOR_EMBEDDER": str(damaged)}
    added = run(home, tenant, "policy", "add", str(document), **setting)
    assert added.returncode == 0 and "model_digest" in added.stderr
    answer = json.loads(run(home, tenant, "policy", "ask", ASKED, **setting).stdout)
    assert not answer["abstained"] and "5 years" in answer["statements"][0]["text"]
    embedded = run(home, tenant, "policy", "embed", **setting)
    assert embedded.returncode == 1
    assert json.loads(embedded.stdout)["error"]["code"] == "model_digest"
    assert await ready(services, tenant) == 0
    doctor = run(home, tenant, "doctor", **setting)
    assert doctor.returncode == 1
    check = next(c for c in json.loads(doctor.stdout)["checks"] if c["name"] == "embedder")
    assert not check["ok"] and "model_digest" in check["detail"] and "words alone" in check["detail"]


def test_models_can_be_off(services: Services, tenant: Tenant, home: Path, document: Path) -> None:
    added = run(home, tenant, "policy", "add", str(document), PRECEPTOR_MODELS="off")
    assert added.returncode == 0 and "model_off" in added.stderr
    checks = json.loads(run(home, tenant, "doctor", PRECEPTOR_MODELS="off").stdout)["checks"]
    assert all(one["ok"] for one in checks if one["name"] in ("embedder", "reranker"))
    answer = json.loads(run(home, tenant, "policy", "ask", ASKED, PRECEPTOR_MODELS="off").stdout)
    assert not answer["abstained"]


async def test_the_serving_process_embeds_in_the_background(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "chairs", TEXT)
    task = asyncio.create_task(keep_embedding(services))
    try:
        async with asyncio.timeout(120):
            while not await ready(services, tenant):
                assert not task.done()
                await asyncio.sleep(0.1)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_database_without_pgvector_says_what_to_do(services: Services, tmp_path: Path) -> None:
    """The owner of an external database may not make the extension: a superuser has to, once."""
    member = services.database.embedded
    assert member is not None
    name = "external_without_vectors"
    connection = await asyncpg.connect(member.dsn(SUPER, "postgres"))
    try:
        await connection.execute(f"drop database if exists {name}")
        await connection.execute(f"create database {name} owner {OWNER}")
    finally:
        await connection.close()
    settings = Settings(
        home=tmp_path,
        database_url=SecretStr(member.dsn(SUPER, name)),
        owner_database_url=SecretStr(member.dsn(OWNER, name)),
    )
    async with open_services(settings, checked=False) as external:
        with pytest.raises(Unavailable) as caught:
            await migrate(external.database)
        assert caught.value.code == "vectors_missing"
        connection = await asyncpg.connect(member.dsn(SUPER, name))
        try:
            await connection.execute("create extension vector")
        finally:
            await connection.close()
        assert await migrate(external.database)
