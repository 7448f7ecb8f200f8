"""Every attempt on the log, tried on a real one: the table in the documentation is what the verifier says today."""

from __future__ import annotations

from tests.make import Tenant
from tests.tampering.table import table, written

from preceptor.wiring import Services


async def test_the_table_is_what_the_verifier_says(services: Services, tenant: Tenant) -> None:
    made = await table(services, tenant.id)
    assert made == written(), "python -m tests.tampering.table"
    rows = [line.split(" | ") for line in made.splitlines()[2:]]
    assert [row[0] for row in rows if "not found" in row[1]] == [row[0] for row in rows[-2:]]
