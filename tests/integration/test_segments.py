"""Segments in the database: joined as the library grows, thinned at removal, seen as they stand by every process."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from datetime import date
from pathlib import Path

import pytest
from tests.make import Tenant, add_text, make_caller, make_tenant

from preceptor.db.migrate import FOLDER
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Denied
from preceptor.evidence.bm25 import build_index
from preceptor.evidence.library import raise_generation, remove, set_labels
from preceptor.evidence.search import search
from preceptor.evidence.segment_store import SEGMENT_COLUMNS, join_segments, segment_of, store_index
from preceptor.evidence.segments import WIDTH, Packed, unpacked
from preceptor.evidence.snapshot import Snapshots
from preceptor.wiring import Services

TODAY = date(2026, 6, 1)
ITEMS = ("walker", "cane", "crutch", "splint", "brace", "wheelchair", "mattress", "pump", "glove", "sling")


def text(item: str) -> str:
    return f"# About {item}s\n\nEffective date: January 1, 2026\n\nA {item} is replaced every 5 years after a review.\n"


async def held(services: Services, tenant: Tenant) -> list[list[uuid.UUID]]:
    """The versions of each segment."""
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        return [row["versions"] for row in await tx.rows("select versions from index_segment order by id")]


async def found(services: Services, snapshots: Snapshots, tenant: Tenant, term: str, caller=None) -> set[str]:
    """The stems of documents found for one term."""
    caller = caller or tenant.caller
    async with tenant_transaction(services.database, tenant.id, caller.actor) as tx:
        view = await snapshots.view(tx, caller, TODAY)
        return {
            f.version.stem for f in await search(tx, services.keys.get(tenant.id), caller, view, {term: 1.0}, TODAY, 50)
        }


async def test_a_version_is_found_at_once_and_segments_are_joined(services: Services, tenant: Tenant) -> None:
    snapshots = Snapshots(services.keys.get)
    for number, item in enumerate(ITEMS, 1):
        await add_text(services, tenant, item, text(item))
        assert await found(services, snapshots, tenant, item) == {item}
        assert len(await held(services, tenant)) < WIDTH, number
    versions = [v for segment in await held(services, tenant) for v in segment]
    assert len(versions) == len(set(versions)) == len(ITEMS)
    assert await found(services, Snapshots(services.keys.get), tenant, "review") == set(ITEMS)  # another process
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        assert await join_segments(tx, services.clock, services.keys.get(tenant.id)) == 0


async def test_a_removal_rewrites_the_segment(services: Services, tenant: Tenant) -> None:
    snapshots = Snapshots(services.keys.get)
    for item in ITEMS:
        await add_text(services, tenant, item, text(item))
    assert await found(services, snapshots, tenant, "splint") == {"splint"}
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        gone = {v.id for v in await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "splint")}
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows(f"select id, {SEGMENT_COLUMNS} from index_segment")
    segments = [segment_of(services.keys.get(tenant.id), row) for row in rows]
    assert not any(gone & set(s.versions) or {"splint", "splints"} & set(s.terms) for s in segments)
    assert {t for s in segments for t in s.terms} >= {"walker", "sling", "review"}
    assert sum(len(s.versions) for s in segments) == len(ITEMS) - 1
    assert await found(services, snapshots, tenant, "splint") == set()
    assert await found(services, snapshots, tenant, "review") == set(ITEMS) - {"splint"}


async def test_a_question_sees_the_library_while_it_is_joined_and_thinned(services: Services, tenant: Tenant) -> None:
    """Writers and readers at once: no document is ever missing that is there, none is found twice."""
    for item in ITEMS:
        await add_text(services, tenant, item, text(item))
    done = asyncio.Event()

    async def write() -> None:
        for number in range(12):
            await add_text(services, tenant, f"more-{number}", text(f"thing{number}"))
            async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
                await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, f"more-{number}")
        done.set()

    async def read() -> int:
        asked, snapshots = 0, Snapshots(services.keys.get)
        while not done.is_set():
            async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
                view = await snapshots.view(tx, tenant.caller, TODAY)
                hits = [
                    f
                    for f in await search(
                        tx, services.keys.get(tenant.id), tenant.caller, view, {"review": 1.0}, TODAY, 99
                    )
                    if f.score
                ]
            assert {f.version.stem for f in hits} >= set(ITEMS)
            assert len({(f.version.id, f.passage.ordinal) for f in hits}) == len(hits)
            asked += 1
        return asked

    _, asked = await asyncio.gather(write(), read())
    assert asked > 3


async def test_two_writers_lose_nothing(services: Services, tenant: Tenant) -> None:
    async def write(name: str) -> None:
        for number in range(WIDTH + 2):
            await add_text(services, tenant, f"{name}-{number}", text(f"{name}{number}"))

    await asyncio.gather(write("left"), write("right"))
    versions = [v for segment in await held(services, tenant) for v in segment]
    assert len(versions) == len(set(versions)) == 2 * (WIDTH + 2)


async def test_joining_that_breaks_off_changes_nothing(services: Services, tenant: Tenant) -> None:
    for item in ITEMS[: WIDTH - 1]:
        await add_text(services, tenant, item, text(item))
    before = await held(services, tenant)
    with pytest.raises(RuntimeError):
        async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
            keys = services.keys.get(tenant.id)
            await store_index(tx, services.clock, keys, uuid.uuid4(), build_index([text("walker")]))
            assert await join_segments(tx, services.clock, services.keys.get(tenant.id)) == WIDTH
            raise RuntimeError
    assert await held(services, tenant) == before


async def test_labels_and_removal_hold_for_a_process_with_an_old_snapshot(services: Services, tenant: Tenant) -> None:
    """The passages are read with state, date and labels in the query: an old view narrows, it never widens."""
    await add_text(services, tenant, "walker", text("walker"))
    await add_text(services, tenant, "cane", text("cane"))
    reader = await make_caller(services, tenant, "ada", "reader")
    snapshots = Snapshots(services.keys.get)
    async with tenant_transaction(services.database, tenant.id, reader.actor) as tx:
        old = await snapshots.view(tx, reader, TODAY)
    assert len(old.versions) == 2
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        await set_labels(tx, services.clock, tenant.caller, "walker", ("department:billing",))
        await remove(tx, services.clock, services.keys.get(tenant.id), tenant.caller, "cane")
    async with tenant_transaction(services.database, tenant.id, reader.actor) as tx:
        assert await search(tx, services.keys.get(tenant.id), reader, old, {"replac": 1.0}, TODAY, 10) == []
        new = await snapshots.view(tx, reader, TODAY)
        assert new.versions == [] and new.known(["walker", "cane"]) == {}
    biller = await make_caller(services, tenant, "bo", "reader", departments=("billing",))
    assert await found(services, snapshots, tenant, "walker", biller) == {"walker"}


async def test_a_snapshot_is_of_one_tenant(services: Services, tenant: Tenant) -> None:
    other = await make_tenant(services, f"{tenant.id}-other")
    await add_text(services, other, "walker", text("walker"))
    snapshots = Snapshots(services.keys.get)
    assert await found(services, snapshots, other, "walker") == {"walker"}
    assert await found(services, snapshots, tenant, "walker") == set()
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        with pytest.raises(Denied):
            await snapshots.view(tx, other.caller, TODAY)
        assert await tx.value("select count(*) from index_segment") == 0


async def test_what_changes_nothing_that_is_kept_keeps_the_snapshot(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "walker", text("walker"))
    snapshots = Snapshots(services.keys.get)
    kept = list[object]()
    for change in (False, True, False):
        async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
            await raise_generation(tx)
            if change:
                await set_labels(tx, services.clock, tenant.caller, "walker", ("role:auditor",))
            kept.append((await snapshots.view(tx, tenant.caller, TODAY)).snapshot)
            assert await snapshots.get(tx) is kept[-1]
    assert kept[0] is not kept[1] and kept[1] is kept[2]


async def test_a_small_room_forgets_other_tenants_and_still_answers(services: Services, tenant: Tenant) -> None:
    other = await make_tenant(services, f"{tenant.id}-other")
    for owner in (tenant, other):
        await add_text(services, owner, "walker", text("walker"))
    snapshots = Snapshots(services.keys.get, room=1)
    for owner in (tenant, other, tenant, other):
        assert await found(services, snapshots, owner, "walker") == {"walker"}


async def test_what_was_stored_before_segments_is_moved(services: Services, tmp_path: Path) -> None:
    """The migration makes the same segment of old rows as the product makes of the same texts."""
    index = build_index(["oxygen saturation 2,300 oxygen", "", "renewal of oxygen"])
    version, schema = uuid.uuid4(), f"old_{uuid.uuid4().hex[:8]}"
    shutil.copytree(FOLDER, tmp_path / "all")
    async with owner_connection(services.database) as connection:
        made = connection.transaction()
        await made.start()
        try:
            await connection.execute(f"create schema {schema}")
            await connection.execute(f"set local search_path = {schema}, public")
            await connection.execute(
                "create table tenant (id text primary key); insert into tenant values ('t');"
                "create table posting (tenant text, term text, version uuid, passages integer, packed bytea);"
                "create table version_index (tenant text, version uuid, lengths bytea, acronyms jsonb);"
                "alter table posting enable row level security; alter table posting force row level security;"
                "alter table version_index enable row level security;"
                "alter table version_index force row level security"
            )
            await connection.execute("alter table posting no force row level security")
            await connection.execute("alter table version_index no force row level security")
            await connection.execute(
                "insert into version_index values ('t', $1, $2, '{}')", version, index.lengths.to_bytes()
            )
            await connection.executemany(
                "insert into posting values ('t', $2, $1, $3, $4)",
                [(version, term, len(p.ordinals), p.to_bytes()) for term, p in index.postings.items()],
            )
            await connection.execute("alter table posting force row level security")
            await connection.execute("alter table version_index force row level security")
            await connection.execute((tmp_path / "all" / "0005_segments.sql").read_text())
            await connection.execute("alter table index_segment no force row level security")
            row = await connection.fetchrow(f"select {SEGMENT_COLUMNS} from {schema}.index_segment")
        finally:
            await made.rollback()
    moved = unpacked(Packed(**{name: row[name] for name in SEGMENT_COLUMNS.split(", ")}))
    assert moved.versions == (version,) and moved.lengths.tolist() == index.lengths.terms.tolist()
    assert moved.terms == tuple(sorted(index.postings))
    for slot, term in enumerate(moved.terms):
        own = slice(moved.ends[slot], moved.ends[slot + 1])
        assert moved.places[own].tolist() == index.postings[term].ordinals.tolist(), term
        assert moved.tfs[own].tolist() == index.postings[term].tfs.tolist(), term
