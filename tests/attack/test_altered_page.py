"""Somebody who owns the database alters a page, before or between questions: nothing is quoted from it."""

from __future__ import annotations

import pytest
from tests.make import Tenant, add_text

from preceptor.db.pool import owner_connection
from preceptor.errors import IntegrityFailure
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

TEXT = "# Hospital beds\n\nA hospital bed is rented for 10 months when the member cannot change position.\n"
OTHER = "# Hospital beds\n\nA hospital bed is rented for 99 months when the member cannot change position.\n"
ASKED = Question("For how many months is a hospital bed rented?")


@pytest.mark.parametrize("way", ["another page's bytes", "one bit", "clear text", "an index of other words"])
async def test_an_altered_page_is_noticed(services: Services, tenant: Tenant, way: str) -> None:
    ours = await add_text(services, tenant, "beds", TEXT)
    theirs = await add_text(services, tenant, "beds-of-others", OTHER)
    async with owner_connection(services.database) as owner:
        await owner.execute("alter table page no force row level security")
        await owner.execute("alter table index_segment no force row level security")
        if way == "another page's bytes":
            sql = "update page set sealed = (select sealed from page where version = $2) where version = $1"
            await owner.execute(sql, ours.version_id, theirs.version_id)
        elif way == "one bit":
            flipped = "set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)"
            await owner.execute(f"update page set sealed = {flipped} where version = $1", ours.version_id)
        elif way == "clear text":
            await owner.execute("update page set sealed = $2 where version = $1", ours.version_id, OTHER.encode())
        else:
            await owner.execute("update index_segment set terms = $2 where tenant = $1", tenant.id, b"bed\nmonth")
        await owner.execute("alter table page force row level security")
        await owner.execute("alter table index_segment force row level security")
    with pytest.raises(IntegrityFailure) as caught:
        await Assistant(services).ask(tenant.caller, ASKED)
    assert caught.value.code == "seal_broken"
