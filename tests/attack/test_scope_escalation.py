"""A token does what its scopes and the roles of its caller both allow, and nothing that one of them does not."""

from __future__ import annotations

import httpx
from tests.attack.test_token_forged import Hospital, believed
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make_tokens import signed


async def test_scopes_bound_what_roles_allow(hospital: Hospital) -> None:
    await believed(hospital)
    ask = "/answers/x"
    for scope in (
        "",
        "policy:ask",
        "user/*.cruds",
        "POLICY:READ",
        "policy:*",
        "*",
        "operator",
        "policy:read,policy:ask",
    ):
        assert await hospital.status(signed(hospital.ec, hospital.claims(scope=scope))) == 403, scope
    assert await hospital.status(signed(hospital.ec, hospital.claims(scope=["policy:read"]))) == 403
    # A scope beyond the roles gives nothing: readers do not de-identify, whatever the token was given.
    token = signed(hospital.ec, hospital.claims(scope="deid:use audit:read", roles=["operator"]))
    async with httpx.AsyncClient(base_url=hospital.console.base) as client:
        denied = await client.post("/api/v1/deid", json={"text": "x"}, headers={"authorization": f"Bearer {token}"})
    assert denied.status_code == 403
    assert await hospital.status(signed(hospital.ec, hospital.claims(scope="policy:ask")), ask) == 404
