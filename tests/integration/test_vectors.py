"""Vectors in the database: fenced like words, near means near, nothing lost by a kill, nothing left by a removal."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from datetime import date
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.make import Tenant, add_text, make_caller, make_tenant, stored_text

from preceptor.cli.policy_files import collect
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Denied, PreceptorError
from preceptor.evidence.embed import embed_pending, embedded_text, pending
from preceptor.evidence.embedding.model import Embedder, load_embedder
from preceptor.evidence.ingest import Added
from preceptor.evidence.library import remove
from preceptor.evidence.sealed import open_heading
from preceptor.evidence.vectors import EXACT, Near, nearest, similarities
from preceptor.wiring import Services

TODAY = date(2026, 6, 1)
CANES = (
    "# Canes\n\nA walking cane is renewed after five years of use.\n\n"
    "# Ambulance\n\nTransport claims name the departure.\n"
)
QUESTION = "How often is a walking aid replaced?"


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    found = load_embedder(None, 2)
    assert isinstance(found, Embedder), found
    return found


async def embed(services: Services, tenant: Tenant, embedder: Embedder) -> tuple[int, int]:
    done = await embed_pending(services.database, services.clock, services.keys.get(tenant.id), tenant.caller, embedder)
    return done.versions, done.passages


async def near(
    services: Services, tenant: Tenant, embedder: Embedder, versions: list[uuid.UUID], as_of: date = TODAY, k: int = 10
) -> list[Near]:
    vector = embedder.query(QUESTION)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        return await nearest(tx, embedder, vector, versions, as_of, k)


async def count(services: Services, tenant: Tenant, table: str, version: uuid.UUID | None) -> int:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        found: int = await tx.value(f"select count(*) from {table} where version = $1", version)
        return found


async def events(services: Services, tenant: Tenant, event: str) -> int:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        found: int = await tx.value("select count(*) from audit_entry where event = $1", event)
        return found


def long_text(sections: int) -> str:
    """A document of about so many passages, no two lines alike (repeated lines would be taken for page headers)."""
    draw = np.random.default_rng(sections)
    parts = [a + b for a in "bdfgklmnprst" for b in ("a", "el", "or", "um")]
    word = lambda: "".join(draw.choice(parts, draw.integers(2, 4)))  # noqa: E731
    return "".join(
        f"# {word().title()} {word()}\n\n"
        + " ".join(f"The {word()} {word()} is covered for the {word()} of {word()}." for _ in range(8))
        + "\n\n"
        for _ in range(sections)
    )


def version_of(added: Added) -> uuid.UUID:
    assert added.version_id is not None
    return added.version_id


async def test_words_first_then_vectors_once(services: Services, tenant: Tenant, embedder: Embedder) -> None:
    version = version_of(await add_text(services, tenant, "canes", CANES))
    assert await near(services, tenant, embedder, [version]) == []  # no vectors yet, no error
    versions, passages = await embed(services, tenant, embedder)
    assert (versions, passages) == (1, await count(services, tenant, "passage", version))
    assert await embed(services, tenant, embedder) == (0, 0)
    assert await events(services, tenant, "document:embed") == 1
    found = await near(services, tenant, embedder, [version])
    assert len(found) == passages
    assert [n.similarity for n in found] == sorted((n.similarity for n in found), reverse=True)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        place = await tx.row(
            "select page, start_at, end_at from passage where version = $1 and ordinal = $2", version, found[0].ordinal
        )
    assert place is not None
    text = await stored_text(services, tenant, version, place["page"])
    assert "cane" in text[place["start_at"] : place["end_at"]]


async def test_the_stored_vector_is_that_of_the_passage(services: Services, tenant: Tenant, embedder: Embedder) -> None:
    version = version_of(await add_text(services, tenant, "canes", CANES))
    await embed(services, tenant, embedder)
    vector = embedder.query(QUESTION)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows(
            "select ordinal, page, heading, start_at, end_at from passage where version = $1",
            version,
        )
        places = [(version, row["ordinal"]) for row in rows]
        exact = await similarities(tx, embedder, vector, [*places, (version, 9_999), (uuid.uuid4(), 0)])
        found = await nearest(tx, embedder, vector, [version], TODAY, 100)
    keys, texts = services.keys.get(tenant.id), list[str]()
    for row in rows:
        text = await stored_text(services, tenant, version, row["page"])
        heading = open_heading(keys, version, row["ordinal"], row["heading"])
        texts.append(embedded_text(heading, text[row["start_at"] : row["end_at"]]))
    own = embedder.passages(texts) @ vector
    assert exact == pytest.approx(dict(zip(places, map(float, own), strict=True)), abs=2e-3)  # half precision
    assert {(n.version, n.ordinal): n.similarity for n in found} == pytest.approx(exact)


async def test_another_tenant_and_another_day_find_nothing(
    services: Services, tenant: Tenant, embedder: Embedder
) -> None:
    version = version_of(await add_text(services, tenant, "canes", CANES, effective_from=date(2026, 1, 1)))
    await embed(services, tenant, embedder)
    assert await near(services, tenant, embedder, [version])
    assert await near(services, tenant, embedder, [version], as_of=date(2025, 12, 31)) == []
    assert await near(services, tenant, embedder, []) == []
    other = await make_tenant(services, tenant.id + "-other")
    assert await near(services, other, embedder, [version]) == []
    vector = embedder.query(QUESTION)
    async with tenant_transaction(services.database, other.id, "test:x") as tx:
        assert await similarities(tx, embedder, vector, [(version, 0)]) == {}
        assert await pending(tx, embedder) == []
        with pytest.raises(PreceptorError):
            await tx.execute(
                "insert into passage_vector (tenant, version, ordinal, model, dimensions, embedding)"
                " values ($1, $2, 77, 'm', 2, '[1,0]'::halfvec)",
                tenant.id,
                version,
            )


async def test_partitions_are_out_of_reach(services: Services, tenant: Tenant, embedder: Embedder) -> None:
    await add_text(services, tenant, "canes", CANES)
    await embed(services, tenant, embedder)
    name = "passage_vector_" + md5(tenant.id.encode()).hexdigest()
    for statement in (
        f"select count(*) from {name}",
        f"delete from {name}",
        f"drop table {name}",
        "select make_vector_partition(1)",
        "select make_vector_partition(5000)",
        "alter table passage_vector disable row level security",
    ):
        with pytest.raises(PreceptorError):
            async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
                await tx.execute(statement)
    with pytest.raises(PreceptorError):
        async with tenant_transaction(services.database, "no-such-tenant", "test:x") as tx:
            await tx.execute("select make_vector_partition(384)")
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await tx.execute("select make_vector_partition(384)")  # again: nothing happens


async def test_only_who_may_write_may_embed(services: Services, tenant: Tenant, embedder: Embedder) -> None:
    reader = await make_caller(services, tenant, "reader", "staff")
    with pytest.raises(Denied):
        await embed_pending(services.database, services.clock, services.keys.get(tenant.id), reader, embedder)


async def test_removal_takes_the_vectors_even_while_they_are_made(
    services: Services, tenant: Tenant, embedder: Embedder
) -> None:
    version = version_of(await add_text(services, tenant, "long", long_text(70)))
    begun = asyncio.Event()
    task = asyncio.create_task(
        embed_pending(
            services.database,
            services.clock,
            services.keys.get(tenant.id),
            tenant.caller,
            embedder,
            lambda *_: begun.set(),
        )
    )
    await asyncio.wait({task, asyncio.create_task(begun.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert begun.is_set() and not task.done()
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "long")
    await task
    assert await count(services, tenant, "passage_vector", version) == 0
    assert await count(services, tenant, "version_vectors", version) == 0
    assert await events(services, tenant, "document:embed") == 0


async def test_two_at_once_do_the_work_once(services: Services, tenant: Tenant, embedder: Embedder) -> None:
    versions = [version_of(await add_text(services, tenant, f"d{n}", long_text(3 + n))) for n in range(4)]
    done = await asyncio.gather(*(embed(services, tenant, embedder) for _ in range(3)))
    await embed(services, tenant, embedder)  # what one left to another that had just ended
    assert sum(passages for _, passages in done) == sum(
        [await count(services, tenant, "passage_vector", v) for v in versions]
    )
    assert await events(services, tenant, "document:embed") == 4


async def test_another_model_replaces_the_vectors(
    services: Services, tenant: Tenant, embedder: Embedder, tmp_path: Path
) -> None:
    version = version_of(await add_text(services, tenant, "canes", CANES))
    await embed(services, tenant, embedder)
    before = await count(services, tenant, "passage_vector", version)
    renamed = load_embedder(None, 1)
    assert isinstance(renamed, Embedder)
    renamed.name = "another@1"
    assert await near(services, tenant, renamed, [version]) == []  # vectors of two models are never compared
    assert await embed(services, tenant, renamed) == (1, before)
    assert await count(services, tenant, "passage_vector", version) == before
    assert await near(services, tenant, embedder, [version]) == []
    assert len(await near(services, tenant, renamed, [version])) == before


async def test_a_kill_loses_nothing(services: Services, tenant: Tenant, embedder: Embedder, home: Path) -> None:
    version = version_of(await add_text(services, tenant, "long", long_text(80)))
    passages = await count(services, tenant, "passage", version)
    command = [sys.executable, "-m", "preceptor.cli.main", "policy", "embed", "--tenant", tenant.id]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PRECEPTOR_")} | {
        "PRECEPTOR_HOME": str(home)
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    kept = 0
    while process.poll() is None and not kept:
        kept = await count(services, tenant, "passage_vector", version)
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = await count(services, tenant, "passage_vector", version)
    assert 0 < kept < passages
    assert await count(services, tenant, "version_vectors", version) == 0
    assert await embed(services, tenant, embedder) == (1, passages - kept)
    assert await count(services, tenant, "passage_vector", version) == passages
    assert await events(services, tenant, "document:embed") == 1


def noisy(vectors: NDArray[np.float32], copies: int) -> NDArray[np.float32]:
    """Real vectors, each `copies` times with small noise."""
    drawn = np.random.default_rng(7).normal(0, 0.02, (len(vectors) * copies, vectors.shape[1]))
    found = np.repeat(vectors, copies, axis=0) + drawn.astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


async def test_the_index_finds_what_comparing_all_finds(services: Services, tenant: Tenant, embedder: Embedder) -> None:
    """Above EXACT passages the HNSW index is walked: recall against the exact order, over all and over a part."""
    texts = list[str]()
    for file in collect(
        ["examples/policies"], title=None, version=None, effective_from=None, effective_to=None, owner="",
        supersedes=False,
    ):  # fmt: skip
        if file.path.suffix == ".md":
            texts += [part for part in file.path.read_text(encoding="utf-8").split("\n\n") if len(part) > 40]
    texts += [f"{word} is covered for {n} months." for n in range(8) for word in ("Oxygen", "A walker", "Insulin")]
    per, documents = 100, 40
    vectors = noisy(embedder.passages(texts), -(-per * documents // len(texts)))[: per * documents]
    vectors = vectors[np.random.default_rng(3).permutation(len(vectors))]
    assert len(vectors) > EXACT
    versions = [
        version_of(await add_text(services, tenant, f"d{n}", f"# Item {n}\n\nText of it.\n")) for n in range(documents)
    ]
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await tx.execute("select make_vector_partition(384)")
        await tx.execute("update document_version set passages = $2 where tenant = $1", tenant.id, per)
        await tx.execute_many(
            "insert into passage_vector (tenant, version, ordinal, model, dimensions, embedding)"
            " values ($1, $2, $3, $4, 384, $5::real[]::halfvec)",
            [
                (tenant.id, versions[n // per], n % per, embedder.name, vector.tolist())
                for n, vector in enumerate(vectors)
            ],
        )
    for part in (versions, versions[:30]):
        recalls = list[float]()
        for question in ("How long is oxygen paid?", "Which walkers are covered?", "insulin pump criteria", QUESTION):
            vector = embedder.query(question)
            async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
                found = await nearest(tx, embedder, vector, part, TODAY, 50)
            scope = vectors[: len(part) * per] @ vector
            best = set(np.argsort(-scope)[:50].tolist())
            got = {versions.index(n.version) * per + n.ordinal for n in found}
            assert len(found) == 50
            recalls.append(len(best & got) / 50)
        assert np.mean(recalls) >= 0.95
