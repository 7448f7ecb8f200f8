"""`preceptor issuer`, `client`, `explain` and the page beside it: what they say, and that they stand in the log."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

from tests.doors import test_command_line
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, make_caller
from tests.make_tokens import ec_key, key_set

from preceptor.audit.export import search
from preceptor.db.transaction import tenant_transaction
from preceptor.wiring import Services


async def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command, beside a server of this process that may hold a lock it waits for."""
    return await asyncio.to_thread(test_command_line.run, home, *words)


async def events(services: Services, tenant: Tenant) -> list[str]:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        return sorted({e.event for _, e in await search(tx)})


async def test_the_commands(services: Services, tenant: Tenant, home: Path, tmp_path: Path) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_text(key_set(ec_key()))
    at = ("--tenant", tenant.id, "--json")
    issuer = ("--address", "https://smart.example", "--audience", "https://us.example", "--keys", str(keys))
    assert (await run(home, "issuer", "add", "hospital", *issuer, "--role", "clinician", *at)).returncode == 0
    assert (await run(home, "issuer", "add", "hospital", *issuer, "--role", "clinician", *at)).returncode == 1
    assert (await run(home, "issuer", "add", "other", *issuer, "--role", "operator", *at)).returncode == 2
    listed = json.loads((await run(home, "issuer", "list", *at)).stdout)["issuers"]
    assert [(i["name"], i["roles"]) for i in listed] == [("hospital", ["clinician"])]
    added = await run(
        home, "client", "add", "lab", "--keys", str(keys), "--scopes", "policy:ask", "--role", "service", *at
    )
    assert json.loads(added.stdout)["client_id"] == f"{tenant.id}.lab"
    may = await run(home, "explain", "client:lab", "policy:ask", *at)
    assert may.returncode == 0 and json.loads(may.stdout)["rule"] == "role:service"
    may_not = await run(home, "explain", "client:lab", "GET /library", *at)
    assert may_not.returncode == 1 and json.loads(may_not.stdout)["rule"] == "no_scope"
    assert (await run(home, "explain", "nobody", "policy:ask", *at)).returncode == 3
    assert (await run(home, "client", "remove", "lab", *at)).returncode == 0
    assert (await run(home, "client", "remove", "lab", *at)).returncode == 3
    assert (await run(home, "issuer", "remove", "hospital", *at)).returncode == 0
    assert json.loads((await run(home, "issuer", "list", *at)).stdout) == {"issuers": []}
    wanted = {"issuer:add", "issuer:remove", "client:add", "client:remove", "access:explain"}
    assert wanted <= set(await events(services, tenant))


async def test_the_page(console: Console, tenant: Tenant) -> None:  # noqa: F811
    await make_caller(console.services, tenant, "rita", "reader")
    async with await console.client(tenant, "sam", "support") as client:
        assert "Account" in (await client.get("/access")).text
        said = await client.post("/access", data={"who": "rita", "permission": "policy:write"})
        assert said.status_code == 200 and "Denied" in said.text and "not_granted" in said.text
        said = await client.post("/access", data={"who": "rita", "permission": "policy:ask"})
        assert "Allowed" in said.text and "role:reader" in said.text
        gone = await client.post("/access", data={"who": "<b>x</b>", "permission": "policy:ask"})
        assert gone.status_code == 404 and "<b>x</b>" not in gone.text
    async with await console.client(tenant, "rita") as client:
        assert (await client.get("/access")).status_code == 403
        asked = {"question": "Is a ramp covered?"}
        stated = await client.post("/api/v1/policy/questions", json=asked, headers={"purpose-of-use": "HPAYMT"})
        assert stated.status_code == 200
        unknown = await client.post("/api/v1/policy/questions", json=asked, headers={"purpose-of-use": "x"})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "purpose_required")
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        purposes = {e.purpose for _, e in await search(tx) if e.event.startswith("policy:")}
    assert purposes == {"payment"}
