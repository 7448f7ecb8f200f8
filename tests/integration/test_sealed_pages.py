"""A library from before its texts were sealed is read anew, and every version keeps its place."""

from __future__ import annotations

from datetime import date

from tests.make import Tenant, add_text, shelf

from preceptor.db.migrate import FOLDER
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.evidence.ingest import resume
from preceptor.evidence.library import list_versions
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

TEXT = "# Canes\n\nEffective date: January 1, {}\n\nA cane is replaced every {} years when it is still needed.\n"
ASKED = "How often is a cane replaced?"


async def test_versions_read_anew_keep_their_place_and_answer(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "canes", TEXT.format(2024, 3))
    await add_text(services, tenant, "canes", TEXT.format(2025, 7))
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        before = await list_versions(tx, tenant.caller)
    text = (FOLDER / "0009_sealed_pages.sql").read_text()
    emptied = [line for line in text.splitlines() if line.startswith(("delete from", "update document_version"))]
    assert len(emptied) == 7, "the migration changed: so must this test"
    async with owner_connection(services.database) as owner:
        for line in emptied:  # as the migration does, for this tenant
            table = line.split()[2].strip(";") if line.startswith("delete") else "document_version"
            await owner.execute(f"alter table {table} no force row level security")
            where = "and" if " where " in line else "where"
            await owner.execute(line.partition(";")[0] + f" {where} tenant = '{tenant.id}'")
            await owner.execute(f"alter table {table} force row level security")
    answer = await Assistant(services).ask(tenant.caller, Question(ASKED))
    assert answer["abstained"]
    assert len(await resume(shelf(services, tenant), tenant.caller)) == 2
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        after = await list_versions(tx, tenant.caller)
    assert after == before
    for day, years in ((date(2024, 6, 1), "3 years"), (date(2025, 6, 1), "7 years")):
        answer = await Assistant(services).ask(tenant.caller, Question(ASKED, as_of=day))
        assert years in str(answer["statements"])
