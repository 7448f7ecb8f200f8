"""A page that holds what it should not (masking missed it, or somebody put it there): it is not given out."""

from __future__ import annotations

import pytest
from tests.make import Tenant, add_text, stored_text

from preceptor.audit.export import search
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.evidence.sealed import seal_page
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

TEXT = (
    "# Hospital beds\n\nA hospital bed is rented for 10 months when the member cannot change position,"
    " as shown in {}.\n"
)
ASKED = Question("For how many months is a hospital bed rented?")


@pytest.mark.parametrize(
    "planted", ["718-40-2963", "ghp_0123456789abcdefghijABCDEFGHIJ012345"], ids=["number", "secret"]
)
async def test_it_is_withheld_recorded_and_not_quoted(services: Services, tenant: Tenant, planted: str) -> None:
    shown = await Assistant(services).ask(tenant.caller, ASKED)
    assert shown["abstained"]
    mark = "q" * len(planted)
    added = await add_text(services, tenant, "beds", TEXT.format(mark))
    assert added.version_id is not None
    spoiled = (await stored_text(services, tenant, added.version_id)).replace(mark, planted)
    assert planted in spoiled
    async with owner_connection(services.database) as owner:
        await owner.execute("alter table page no force row level security")
        keys = services.keys.get(tenant.id)
        sealed = seal_page(keys, added.version_id, 1, spoiled)
        await owner.execute("update page set sealed = $2 where version = $1", added.version_id, sealed)
        await owner.execute("alter table page force row level security")
    answer = await Assistant(services).ask(tenant.caller, ASKED)
    assert planted not in str(answer)
    assert answer["abstained"], answer
    assert answer["reason"] in ("withheld", "below_threshold")
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        withheld = [e for _, e in await search(tx, event="output:withhold")]
    assert withheld and any(name.startswith("found_") for name in withheld[0].subject)
