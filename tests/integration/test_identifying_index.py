"""The identifying index over real rows: found, removed, indexed anew while writers go on, broken off and taken up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from tests.make import Tenant, make_tenant
from tests.make_chart import chart, patient

from preceptor.db.pool import owner_connection
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.fhir.search import search
from preceptor.vault.identifying import Sought, Stored, sought
from preceptor.vault.identifying_rows import Indexed, begin, build, find, finish, remove, write
from preceptor.wiring import INDEXED, Services

FAMILIES = ("Quennethorpe", "Quill", "Müller", "Zyxwolda")


def person(number: int, family: str) -> Indexed:
    return Indexed("Patient", f"p{number:05}", {"family": [Stored(family)], "birthdate": [Stored("1951-03-14")]})


async def store(services: Services, tenant: Tenant, people: Sequence[Indexed]) -> None:
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await write(tx, services.keys, services.keys.get(tenant.id), people)


async def found(services: Services, tenant: Tenant, typed: str, parameter: str = "family") -> list[str]:
    def ask(key: bytes) -> Sought:
        made = sought(key, "Patient", parameter, "", typed)
        assert made is not None
        return made

    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        ids, _ = await find(tx, services.keys, services.keys.get(tenant.id), "Patient", ask)
    return ids


async def test_found_changed_removed_and_of_one_tenant_only(services: Services, tenant: Tenant) -> None:
    other = await make_tenant(services, tenant.id + "-other")
    await store(services, tenant, [person(n, family) for n, family in enumerate(FAMILIES)])
    await store(services, other, [person(9, "Quill")])
    assert await found(services, tenant, "qu") == ["p00000", "p00001"]
    assert await found(services, tenant, "MULLER") == ["p00002"]
    assert await found(services, tenant, "1951-03", "birthdate") == [f"p0000{n}" for n in range(4)]
    assert await found(services, other, "quill") == ["p00009"]
    await store(services, tenant, [person(1, "Harrow")])
    assert await found(services, tenant, "quill") == []
    assert await found(services, tenant, "harrow") == ["p00001"]
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await remove(tx, "Patient", "p00001")
    assert await found(services, tenant, "harrow") == []


async def test_the_rows_hold_no_letter_of_the_values(services: Services, tenant: Tenant) -> None:
    await store(services, tenant, [person(1, "Quennethorpe")])
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows("select * from identifying_value where tenant = $1", tenant.id)
    assert len(rows) == 1 + 1 + 11 + 3  # exact, whole, beginnings of 2 to 12 letters, day, month, year
    assert "quenne" not in str([dict(row) for row in rows]).lower()


@pytest.fixture
async def people_table(services: Services) -> AsyncIterator[None]:
    """Where the people stand that a source gives; not part of the product's schema."""
    async with owner_connection(services.database) as connection:
        await connection.execute("create table test_person (tenant text, id text, family text)")
        await connection.execute("grant select, insert, update on test_person to preceptor_app")
    yield
    async with owner_connection(services.database) as connection:
        await connection.execute("drop table test_person")


@pytest.mark.parametrize("broken_off", [False, True])
@pytest.mark.usefixtures("people_table")
async def test_a_new_index_key_answers_when_everything_is_indexed(
    services: Services, tenant: Tenant, broken_off: bool
) -> None:
    async def put(numbers: Sequence[int], family: str | None = None) -> None:
        async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
            people = [person(n, family or FAMILIES[n % 4]) for n in numbers]
            for one in people:
                given = tenant.id, one.resource, one.values["family"][0].text
                changed = "update test_person set family = $3 where tenant = $1 and id = $2 returning id"
                if not await tx.rows(changed, *given):
                    await tx.execute("insert into test_person values ($1, $2, $3)", *given)
            await write(tx, services.keys, services.keys.get(tenant.id), people)

    async def source(tx: Transaction, after: str | None, limit: int) -> Sequence[Indexed]:
        rows = await tx.rows(
            "select id, family from test_person where tenant = $1 and 'Patient/' || id > $2 order by id limit $3"
            " for share",
            tenant.id,
            after or "",
            limit,
        )
        return [Indexed("Patient", r["id"], {"family": [Stored(r["family"])]}) for r in rows]

    async def rebuild(version: int) -> None:
        while await build(services.database, services.keys, tenant.id, source, version, "test"):
            await asyncio.sleep(0)

    async def write_meanwhile() -> None:
        for n in range(1_200, 1_230):
            await put([n], "Quill")
        for n in range(0, 1_200, 40):
            await put([n], "Harrow")

    await put(range(1_200))
    wanted = await found(services, tenant, "quill")
    version = await begin(services.database, services.keys, tenant.id)
    assert version == 2
    if broken_off:  # the first batch is in; the next run goes on after it
        assert await build(services.database, services.keys, tenant.id, source, version, "test") == 500
        assert await begin(services.database, services.keys, tenant.id) == version
    assert await found(services, tenant, "quill") == wanted  # the old one answers until the new one is whole
    await asyncio.gather(rebuild(version), write_meanwhile())
    await finish(services.database, services.keys, tenant.id, version)
    assert await found(services, tenant, "quill") == sorted([*wanted, *(f"p{n:05}" for n in range(1_200, 1_230))])
    assert await found(services, tenant, "harrow") == [f"p{n:05}" for n in range(0, 1_200, 40)]
    assert list(services.keys.get(tenant.id).index) == [2]
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        kept = await tx.rows("select distinct version from identifying_value where tenant = $1", tenant.id)
    assert [row["version"] for row in kept] == [2]
    assert await begin(services.database, services.keys, tenant.id) == 3


async def test_the_index_is_used_under_row_level_security(services: Services, tenant: Tenant) -> None:
    await store(services, tenant, [person(n, f"Name{n}") for n in range(3_000)])
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await tx.execute("set local enable_seqscan = off")
        plan = await tx.rows(
            "explain select resource from identifying_value where tenant = $1 and version = 1"
            " and digest = '019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10' and resource_type = 'Patient'",
            tenant.id,
        )
    text = "\n".join(str(row[0]) for row in plan)
    assert "Index" in text
    assert "digest = " in text.partition("Index Cond")[2].partition("\n")[0]


async def test_the_record_is_indexed_anew(services: Services, tenant: Tenant) -> None:
    """Resources are found under a new index key once their rows are made, and what was erased or deleted is not."""
    mine = chart(services, tenant)
    made = (await mine.create(patient("Gomez"))).version
    gone = (await mine.create(patient("Gomez"))).version
    erased = (await mine.create(patient("Gomez"))).version
    await mine.delete("Patient", gone.id)
    await services.keys.destroy_patient(tenant.id, erased.id)
    version = await begin(services.database, services.keys, tenant.id)
    late = (await mine.create(patient("Gomez"))).version
    source = INDEXED["chart"](services.keys)
    while await build(services.database, services.keys, tenant.id, source, version, "chart"):
        pass
    await finish(services.database, services.keys, tenant.id, version)
    found = (await search(chart(services, tenant), "Patient", [("family", "gomez")])).matches
    assert [one.id for one in found] == sorted([made.id, late.id])
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows("select distinct version, resource from identifying_value where tenant = $1", tenant.id)
    assert {(row["version"], row["resource"]) for row in rows} == {(version, made.id), (version, late.id)}
