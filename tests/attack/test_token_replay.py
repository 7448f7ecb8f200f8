"""The token endpoint: a proof works once, for minutes, at this server, and buys no more than was registered."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass

import httpx
import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, make_tenant
from tests.make_tokens import Key, claims, ec_key, key_set, signed

from preceptor.access.clients import add_client, remove_client
from preceptor.audit.export import search
from preceptor.db.transaction import tenant_transaction
from preceptor.web.oauth import ASSERTION

LIST = "/api/v1/policy/documents"
SCOPES = "policy:read system/Observation.rs?category=laboratory"


@dataclass
class Program:
    """A registered program and its key."""

    console: Console
    tenant: Tenant
    key: Key
    client_id: str

    def proof(self, key: Key | None = None, **said: object) -> str:
        now = int(time.time())
        usual: dict[str, object] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": f"{self.console.base}/oauth/token",
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + 240,
            "scope": None,
        }
        return signed(key or self.key, claims(**{**usual, **said}))

    async def ask(self, proof: str, scope: str = SCOPES, **form: str) -> httpx.Response:
        usual = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
        async with httpx.AsyncClient(base_url=self.console.base) as client:
            sent = {**usual, "client_assertion": proof, "scope": scope, **form}
            return await client.post("/oauth/token", data=sent)

    async def list(self, token: str, path: str = LIST) -> int:
        async with httpx.AsyncClient(base_url=self.console.base) as client:
            return (await client.get(path, headers={"authorization": f"Bearer {token}"})).status_code


@pytest.fixture
async def program(console: Console, tenant: Tenant) -> Program:  # noqa: F811
    key = ec_key()
    async with tenant_transaction(console.services.database, tenant.id, "test:x") as tx:
        made = await add_client(tx, console.services.clock, "lab", key_set(key), SCOPES, ["service"])
    return Program(console, tenant, key, made.client_id)


async def test_a_proof_buys_a_token_once(program: Program) -> None:
    proof = program.proof()
    answer = await program.ask(proof)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 300)
    assert set(body["scope"].split()) == set(SCOPES.split())
    assert await program.list(body["access_token"]) == 200
    again = await program.ask(proof)
    assert (again.status_code, again.json()) == (401, {"error": "invalid_client"})
    async with tenant_transaction(program.console.services.database, program.tenant.id, "test:x", read_only=True) as tx:
        found = [(e.outcome, e.subject.get("reason")) for _, e in await search(tx, event="client:token")]
        kept = await tx.value("select string_agg(encode(digest, 'hex') || scopes, '') from access_token")
    assert sorted(found, key=str) == [("denied", "used"), ("done", None)]
    assert body["access_token"] not in kept


async def test_one_of_many_at_once_wins(program: Program) -> None:
    proof = program.proof()
    statuses = sorted(r.status_code for r in await asyncio.gather(*[program.ask(proof) for _ in range(8)]))
    assert statuses == [200] + [401] * 7


async def test_proofs_that_do_not_hold(program: Program) -> None:
    now = int(time.time())
    bad = {
        "no jti": program.proof(jti=None),
        "empty jti": program.proof(jti=""),
        "another's key": program.proof(ec_key()),
        "another server's": program.proof(aud="https://elsewhere.example/oauth/token"),
        "subject of another": program.proof(sub="sample.other"),
        "too long": program.proof(exp=now + 400),
        "long since": program.proof(exp=now - 40, iat=now - 300),
        "issued an hour ago": program.proof(iat=now - 3600),
        "unknown program": program.proof(iss=f"{program.tenant.id}.other", sub=f"{program.tenant.id}.other"),
        "unknown tenant": program.proof(iss="nowhere.lab", sub="nowhere.lab"),
        "not a token": "x",
    }
    for name, proof in bad.items():
        answer = await program.ask(proof)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"}), name
    assert (await program.ask(program.proof())).status_code == 200


async def test_the_name_of_another_server_is_not_taken_from_the_request(program: Program) -> None:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "scope": SCOPES}
    proof = program.proof(aud="http://elsewhere.example/oauth/token")
    async with httpx.AsyncClient(base_url=program.console.base, headers={"host": "elsewhere.example"}) as client:
        answer = await client.post("/oauth/token", data={**form, "client_assertion": proof})
    assert answer.status_code == 503


async def test_other_grants_are_refused(program: Program) -> None:
    for form, error in (
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_assertion_type": "x"}, "invalid_request"),
        ({"client_secret": "x"}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
    ):
        answer = await program.ask(program.proof(), **form)
        assert (answer.status_code, answer.json()) == (400, {"error": error}), form


async def test_a_removed_program_and_its_tokens_end(program: Program) -> None:
    services = program.console.services
    token = (await program.ask(program.proof())).json()["access_token"]
    async with tenant_transaction(services.database, program.tenant.id, "test:x") as tx:
        await remove_client(tx, services.clock, "lab")
    assert await program.list(token) == 401
    assert (await program.ask(program.proof())).status_code == 401


async def test_a_token_of_another_tenant_or_after_its_time_opens_nothing(program: Program) -> None:
    services, other = program.console.services, await make_tenant(program.console.services, program.tenant.id + "-b")
    token = (await program.ask(program.proof())).json()["access_token"]
    secret = token.rpartition(f"_{program.tenant.id}_")[2]
    assert await program.list(f"pcp_access_{other.id}_{secret}") == 401
    assert await program.list(f"pcp_token_{program.tenant.id}_{secret}") == 401
    async with tenant_transaction(services.database, program.tenant.id, "test:x", read_only=True) as tx:
        left = await tx.value("select max(expires_at) from access_token") - services.clock.now()
    assert left.total_seconds() <= 300


async def test_what_the_configuration_says(program: Program) -> None:
    async with httpx.AsyncClient(base_url=program.console.base) as client:
        said = (await client.get("/.well-known/smart-configuration")).json()
    assert said["token_endpoint"] == f"{program.console.base}/oauth/token"
    assert said["grant_types_supported"] == ["client_credentials"]
    assert said["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384", "ES256"]
