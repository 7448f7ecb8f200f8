"""Erasing a patient by the command: the record neither shows nor counts what was the patient's."""

from __future__ import annotations

import asyncio
from pathlib import Path

from preceptor.db.transaction import tenant_transaction
from preceptor.fhir.search import search
from preceptor.wiring import Services
from tests.doors.test_command_line import run
from tests.make import Tenant
from tests.make_chart import chart, observation, patient


async def test_an_erased_patient_is_not_even_counted(home: Path, services: Services, tenant: Tenant) -> None:
    """What the resources were found by is taken away: a search that only counts says nothing either."""
    mine = chart(services, tenant)
    gone, stays = (await mine.create(patient("Gone"))).version.id, (await mine.create(patient("Stays"))).version.id
    await mine.create(observation(gone))
    kept = (await mine.create(observation(stays))).version.id
    words = ("key", "destroy", "--patient", gone, "--confirm", gone, "--tenant", tenant.id)
    done = await asyncio.to_thread(run, home, *words)
    assert done.returncode == 0, done.stderr
    await services.keys.refresh()
    fresh = chart(services, tenant)
    for kind in ("Patient", "Observation"):
        assert (await search(fresh, kind, [("_summary", "count")])).total == 1
    assert (await search(fresh, "Observation", [("patient", gone), ("_summary", "count")])).total == 0
    assert (await search(fresh, "Observation", [("code", "8480-6"), ("_total", "accurate")])).total == 1
    assert [one.id for one in (await search(fresh, "Observation", [])).matches] == [kept]
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        for table in ("chart_token", "chart_reference", "chart_time", "chart_amount", "chart_compartment"):
            others = f"select count(*) from {table} where tenant = $1 and id <> all($2)"
            assert await tx.value(others, tenant.id, [kept, stays]) == 0, table
        digests = "select count(*) from identifying_value where tenant = $1 and resource = $2"
        assert await tx.value(digests, tenant.id, gone) == 0
