"""The record: versions, conditions of writes, what identifies stays sealed, scopes and compartments."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.make import Tenant, make_caller, make_tenant
from tests.make_chart import chart, new_id, observation, patient, scoped

from preceptor.access.caller import Caller
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Denied, Invalid, NotFound, PreceptorError
from preceptor.fhir.lossless import read
from preceptor.fhir.refusals import Gone, NotValid, VersionMismatch
from preceptor.fhir.search import search
from preceptor.wiring import Services

Json = dict[str, Any]


async def test_versions_follow_each_other(services: Services, tenant: Tenant) -> None:
    """Create, change, delete, bring back; each version stays and can be read."""
    mine = chart(services, tenant)
    made = (await mine.create(patient())).version
    assert made.version == 1 and json.loads(made.content or b"")["meta"]["versionId"] == "1"
    changed = {**made.resource, "gender": "other"}
    second = (await mine.update("Patient", made.id, changed, 1)).version
    assert second.version == 2 and (await mine.read("Patient", made.id)).content == second.content
    with pytest.raises(VersionMismatch):
        await mine.update("Patient", made.id, changed, 1)
    assert await mine.delete("Patient", made.id, 2)
    assert not await mine.delete("Patient", made.id)
    with pytest.raises(Gone):
        await mine.read("Patient", made.id)
    assert (await mine.version("Patient", made.id, 1)).content == made.content
    again = await mine.update("Patient", made.id, changed)
    assert again.version.version == 4 and not again.made
    methods = [(one.version, one.method) for one in await mine.history("Patient", made.id)]
    assert methods == [(4, "PUT"), (3, "DELETE"), (2, "PUT"), (1, "POST")]
    with pytest.raises(NotFound):
        await mine.version("Patient", made.id, 9)


async def test_json_is_kept_as_it_came(services: Services, tenant: Tenant) -> None:
    """Digits of decimals, unknown extensions, halves of primitives, the order of members."""
    text = (
        '{"resourceType":"Observation","extension":[{"url":"http://example.org/odd","valueDecimal":1.500}],'
        '"status":"final","code":{"text":"caf\\u00e9 \\ud83d\\ude00"},"valueQuantity":{"value":0.010,"unit":"g"},'
        '"_status":{"extension":[{"url":"http://example.org/why","valueString":"x"}]}}'
    )
    made = (await chart(services, tenant).create(read(text.encode()))).version
    content = (made.content or b"").decode()
    assert '"valueDecimal":1.500' in content and '"value":0.010' in content and "café 😀" in content
    kept = (await chart(services, tenant).read("Observation", made.id)).resource
    assert kept["valueQuantity"]["value"] == Decimal("0.010")
    assert [name for name in kept if name not in ("id", "meta")] == list(json.loads(text))


async def test_refused_resources_leave_nothing(services: Services, tenant: Tenant) -> None:
    """A refusal names the place; no row, no entry."""
    mine = chart(services, tenant)
    with pytest.raises(NotValid) as caught:
        await mine.create({**patient(), "gender": "none", "birthDate": "1951-02-30"})
    assert [issue.expression for issue in caught.value.issues] == ["Patient.birthDate", "Patient.gender"]
    for wrong in ({"resourceType": "AuditEvent"}, {"resourceType": "Nothing"}, {}, {"resourceType": ["Patient"]}):
        with pytest.raises(Invalid, match="fhir_type"):
            await mine.create(wrong)
    with pytest.raises(NotValid):
        await mine.update("Patient", new_id(), {**patient(), "id": new_id()})
    with pytest.raises(Invalid, match="client_id"):
        await mine.update("Patient", "maria-gomez", {**patient(), "id": "maria-gomez"})
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        for table in ("chart_resource", "chart_version", "chart_token", "chart_compartment"):
            assert await tx.value(f"select count(*) from {table} where tenant = $1", tenant.id) == 0
        assert await tx.value("select count(*) from audit_entry where event like 'chart:%'") == 0


async def test_rows_hold_nothing_that_identifies(services: Services, tenant: Tenant) -> None:
    """Names, dates of birth, identifiers, free texts and foreign ids are not in the tables; codes are."""
    mine = chart(services, tenant)
    said = {
        "identifier": [{"system": "http://example.org/mrn", "value": "MRN-00417"}],
        "telecom": [{"system": "phone", "value": "555-0142"}],
        "address": [{"city": "Quimby", "line": ["12 Elm Lane"]}],
        "generalPractitioner": [{"reference": "Practitioner/doctor-zebedee"}],
    }
    made = (await mine.create(patient("Zebedee", **said))).version
    observed = {**observation(made.id), "note": [{"text": "Zebedee said so"}], "valueString": "call Zebedee"}
    del observed["valueQuantity"]
    await mine.create(observed)
    elsewhere = scoped(tenant, "patient/Observation.rs", "zebedee-1951")
    stray = (await mine.create(observation("zebedee-1951"))).version.id  # a patient of another server, by its id there
    assert [v.id for v in (await search(chart(services, tenant, elsewhere), "Observation", [])).matches] == [stray]
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = list[str]()
        names = ("version", "resource", "compartment", "token", "reference", "time", "amount")
        for table in ("identifying_value", *(f"chart_{name}" for name in names)):
            rows += [str(dict(row)) for row in await tx.rows(f"select * from {table} where tenant = $1", tenant.id)]
    whole = "\n".join(rows).lower()
    for hidden in ("zebedee", "maria", "1951", "00417", "0142", "quimby", "elm lane"):
        assert hidden not in whole, hidden
    assert "8480-6" in whole and made.id in whole


async def test_who_may_not_finds_nothing(services: Services, tenant: Tenant) -> None:
    """Roles first, then scopes, then the compartment: in the query, and for each resource again."""
    mine = chart(services, tenant)
    one, other = (await mine.create(patient("One"))).version.id, (await mine.create(patient("Other"))).version.id
    own, foreign = (await mine.create(observation(one))).version.id, (await mine.create(observation(other))).version.id
    reader = chart(services, tenant, await make_caller(services, tenant, "reads", "reader"))
    with pytest.raises(Denied):
        await reader.read("Patient", one)
    held = chart(services, tenant, scoped(tenant, "patient/Observation.rs patient/Patient.r", one))
    assert (await held.read("Observation", own)).id == own
    for kind, identity in (("Observation", foreign), ("Patient", other)):
        with pytest.raises(NotFound):
            await held.read(kind, identity)
    assert [v.id for v in (await search(held, "Observation", [])).matches] == [own]
    assert (await search(held, "Observation", [("patient", other)])).matches == ()
    assert (await search(held, "Observation", [("_id", foreign)])).matches == ()
    assert (await search(held, "Observation", [("_id", foreign), ("_summary", "count")])).total == 0
    assert [v.id for v in await held.history("Observation", None)] == [own]
    for attempt in (held.create(observation(one)), held.delete("Observation", own), held.read("Condition", own)):
        with pytest.raises(Denied):
            await attempt
    with pytest.raises(Denied):
        await search(held, "Patient", [])  # patient/Patient.r does not let anybody search


async def test_writes_stay_inside_the_compartment(services: Services, tenant: Tenant) -> None:
    """A resource can be moved neither into nor out of a patient's compartment by who may act in one only."""
    mine = chart(services, tenant)
    one, other = (await mine.create(patient("One"))).version.id, (await mine.create(patient("Other"))).version.id
    foreign = (await mine.create(observation(other))).version
    held = chart(services, tenant, scoped(tenant, "patient/Observation.cruds", one))
    own = (await held.create(observation(one))).version
    with pytest.raises(Denied):
        await held.create(observation(other))
    with pytest.raises(Denied):
        await held.update("Observation", own.id, {**own.resource, "subject": {"reference": f"Patient/{other}"}})
    moved = {**foreign.resource, "subject": {"reference": f"Patient/{one}"}}
    with pytest.raises(NotFound):
        await held.update("Observation", foreign.id, moved)
    with pytest.raises(NotFound):
        await held.delete("Observation", foreign.id)
    assert (await mine.read("Observation", own.id)).version == 1


async def test_limits_of_scopes_hold_in_the_query_and_on_leaving(services: Services, tenant: Tenant) -> None:
    """`?category=` narrows reads, searches and writes alike; several scopes are alternatives."""
    mine = chart(services, tenant)
    one = (await mine.create(patient())).version.id
    vital = (await mine.create(observation(one))).version.id
    lab = {"category": [{"coding": [{"system": "http://example.org/category", "code": "laboratory"}]}]}
    labs = (await mine.create(observation(one, "2345-7", **lab))).version.id
    limit = "user/Observation.cruds?category=http://example.org/category|vital-signs"
    held = chart(services, tenant, scoped(tenant, limit))
    assert [v.id for v in (await search(held, "Observation", [])).matches] == [vital]
    assert (await search(held, "Observation", [("_total", "accurate")])).total == 1
    with pytest.raises(NotFound):
        await held.read("Observation", labs)
    with pytest.raises(Denied):
        await held.create(observation(one, **lab))
    both = chart(services, tenant, scoped(tenant, limit + " " + limit.replace("vital-signs", "laboratory")))
    assert len((await search(both, "Observation", [])).matches) == 2
    broken = chart(services, tenant, scoped(tenant, "user/Observation.rs?nonsense=1"))
    with pytest.raises(Invalid, match="search_parameter"):
        await search(broken, "Observation", [])


async def test_tenants_and_programs(services: Services, tenant: Tenant) -> None:
    """Another tenant's record does not exist; system scopes are for programs, user scopes for people."""
    made = (await chart(services, tenant).create(patient())).version.id
    stranger = await make_tenant(services, tenant.id + "-x")
    with pytest.raises(NotFound):
        await chart(services, stranger).read("Patient", made)
    assert (await search(chart(services, stranger), "Patient", [])).matches == ()
    program: Caller = scoped(tenant, "system/Patient.rs", program=True)
    assert (await chart(services, tenant, program).read("Patient", made)).id == made
    for caller in (scoped(tenant, "system/Patient.rs"), scoped(tenant, "user/Patient.rs", program=True)):
        with pytest.raises(Denied):
            await chart(services, tenant, caller).read("Patient", made)


async def test_an_erased_patient_is_gone_from_everywhere(services: Services, tenant: Tenant) -> None:
    """After the key is destroyed nothing of the patient can be read, found or brought back; others stay."""
    mine = chart(services, tenant)
    one, other = (await mine.create(patient("One"))).version.id, (await mine.create(patient("Other"))).version.id
    await mine.create(observation(one))
    await services.keys.destroy_patient(tenant.id, one)
    fresh = chart(services, tenant)
    with pytest.raises(NotFound):
        await fresh.read("Patient", one)
    assert [v.id for v in (await search(fresh, "Patient", [])).matches] == [other]
    assert (await search(fresh, "Observation", [("patient", one)])).matches == ()
    with pytest.raises(NotFound, match="key_destroyed"):
        await fresh.create(observation(one))


async def test_every_act_has_its_entry(services: Services, tenant: Tenant) -> None:
    """Writes with them, reads before they are answered; ids and numbers only."""
    mine = chart(services, tenant)
    made = (await mine.create(patient())).version
    await mine.update("Patient", made.id, made.resource)
    await mine.read("Patient", made.id)
    await mine.history("Patient", made.id)
    await search(mine, "Patient", [("family", "Gomez")])
    await mine.delete("Patient", made.id)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows("select event, leaf from audit_entry where event like 'chart:%' order by at")
    events = ["chart:create", "chart:update", "chart:read", "chart:history", "chart:search", "chart:delete"]
    assert sorted(row["event"] for row in rows) == sorted(events)
    assert not any(b"Gomez" in bytes(row["leaf"]) for row in rows)


async def test_concurrent_writers_do_not_overwrite(services: Services, tenant: Tenant) -> None:
    """Two updates at once: versions 2 and 3; with a version named, one is refused."""
    import asyncio

    made = (await chart(services, tenant).create(patient())).version

    async def change(match: int | None) -> int | str:
        try:
            return (await chart(services, tenant).update("Patient", made.id, made.resource, match)).version.version
        except PreceptorError as error:
            return error.code

    assert sorted(map(str, await asyncio.gather(*(change(None) for _ in range(5))))) == ["2", "3", "4", "5", "6"]
    answers = await asyncio.gather(*(change(6) for _ in range(3)))
    assert sorted(map(str, answers)) == ["7", "version_mismatch", "version_mismatch"]


async def test_a_deleted_resource_is_brought_back_by_who_could_see_it(services: Services, tenant: Tenant) -> None:
    """An id that was another patient's does not become free when its resource is deleted."""
    mine = chart(services, tenant)
    one, other = (await mine.create(patient("One"))).version.id, (await mine.create(patient("Other"))).version.id
    foreign = (await mine.create(observation(other))).version
    await mine.delete("Observation", foreign.id)
    held = chart(services, tenant, scoped(tenant, "patient/Observation.cruds", one))
    with pytest.raises(NotFound):
        await held.update("Observation", foreign.id, {**observation(one), "id": foreign.id})
    again = await mine.update("Observation", foreign.id, {**observation(other), "id": foreign.id})
    assert again.version.version == 3
