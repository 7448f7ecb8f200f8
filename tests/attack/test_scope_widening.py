"""A program that asks for more scopes than it was registered with gets none of them."""

from __future__ import annotations

import pytest
from tests.attack.test_token_replay import Program
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant
from tests.make_tokens import ec_key, key_set

from preceptor.access.clients import add_client
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid


async def test_scopes_are_narrowed_never_widened(program: Program) -> None:
    widened = {
        "system/*.cruds": "system/Observation.rs?category=laboratory",
        "system/Observation.rs": "system/Observation.rs?category=laboratory",
        "system/Observation.read system/Patient.read": "system/Observation.rs?category=laboratory",
        "policy:read policy:write audit:read": "policy:read",
    }
    for asked, given in widened.items():
        assert (await program.ask(program.proof(), asked)).json()["scope"] == given, asked
    for asked in ("system/Patient.rs", "user/Observation.rs", "policy:write", "nonsense", "patient/*.rs"):
        answer = await program.ask(program.proof(), asked)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_scope"}), asked
    token = (await program.ask(program.proof(), "system/Observation.rs")).json()["access_token"]
    assert await program.list(token) == 403
    token = (await program.ask(program.proof(), "policy:read")).json()["access_token"]
    assert await program.list(token, "/answers/x") == 403  # its role could ask, its scope cannot


@pytest.mark.parametrize("scopes", ["", "user/*.rs", "patient/*.rs", "policy:ask nonsense"])
async def test_unknown_scopes_are_not_registered(console: Console, tenant: Tenant, scopes: str) -> None:  # noqa: F811
    async with tenant_transaction(console.services.database, tenant.id, "test:x") as tx:
        with pytest.raises(Invalid):
            await add_client(tx, console.services.clock, "lab", key_set(ec_key()), scopes, ["service"])
