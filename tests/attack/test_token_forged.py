"""Tokens that were made up, altered or signed by somebody else open no door."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, make_tenant
from tests.make_tokens import Key, b64, claims, ec_key, key_set, raw, rsa_key, signed

from preceptor.access.issuers import add_issuer, remove_issuer
from preceptor.access.signed import Expected, Parsed, Refused, check, parse_keys, parse_token
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid

LIST = "/api/v1/policy/documents"


@dataclass
class Hospital:
    """A registered issuer of its own address, its keys, and a server that believes it."""

    console: Console
    tenant: Tenant
    ec: Key
    rsa: Key
    address: str

    def claims(self, **said: object) -> dict[str, object]:
        return claims(**{"iss": self.address, **said})

    async def status(self, token: str, path: str = LIST) -> int:
        async with httpx.AsyncClient(base_url=self.console.base) as client:
            response = await client.get(path, headers={"authorization": f"Bearer {token}"})
        if response.status_code == 401:
            assert response.json()["code"] == "unauthenticated" and "WWW-Authenticate" in response.headers
        return response.status_code


@pytest.fixture
async def hospital(console: Console, tenant: Tenant) -> Hospital:  # noqa: F811
    made = Hospital(console, tenant, ec_key(), rsa_key(), f"https://{tenant.id}.hospital.example")
    async with tenant_transaction(console.services.database, tenant.id, "test:x") as tx:
        source = key_set(made.ec, made.rsa)
        arguments = ("hospital", made.address, "https://preceptor.example", source, ["reader"])
        await add_issuer(tx, console.services.clock, *arguments)
    return made


async def believed(hospital: Hospital) -> None:
    """A token that holds is taken: the look at all tenants is at most two seconds old."""
    for _ in range(30):
        if await hospital.status(signed(hospital.ec, hospital.claims())) == 200:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("a good token is refused")


async def test_every_forgery_is_refused(hospital: Hospital) -> None:
    await believed(hospital)
    good = signed(hospital.ec, hospital.claims())
    head, body, signature = good.split(".")
    stranger = ec_key()  # the same kid, another key
    public = json.loads(key_set(hospital.rsa))["keys"][0]
    forged = {
        "another key of the same name": signed(stranger, hospital.claims()),
        "unknown key": signed(ec_key("other"), hospital.claims()),
        "changed claims": f"{head}.{b64(json.dumps(hospital.claims(scope='audit:read')).encode())}.{signature}",
        "no signature": f"{head}.{body}.",
        "cut signature": f"{head}.{body}.{signature[:-4]}",
        "zero signature": f"{head}.{body}.{b64(bytes(96))}",
        "key in the header": signed(stranger, hospital.claims(), jwk=stranger.as_dict(private=False), kid="k1"),
        "address in the header": signed(stranger, hospital.claims(), jku="https://attacker.example/jwks"),
        "no kid": raw({"alg": "ES384"}, hospital.claims(), b"x" * 96),
        "other issuer": signed(hospital.ec, hospital.claims(iss="https://attacker.example")),
        "no subject": signed(hospital.ec, hospital.claims(sub=None)),
        "five parts": good + ".x.y",
        "not base64": "a b.c.d",
        "doubled claim": ".".join((head, b64(b'{"iss":"x","iss":"' + hospital.address.encode() + b'"}'), signature)),
        "long": good + "A" * 20_000,
        "key's other algorithm": raw({"alg": "ES256", "kid": "k1"}, hospital.claims(), b"x" * 64),
        "rsa key for an ec algorithm": raw({"alg": "ES384", "kid": public["kid"]}, hospital.claims(), b"x" * 96),
    }
    for name, token in forged.items():
        assert await hospital.status(token) == 401, name
    assert await hospital.status(signed(hospital.rsa, hospital.claims(), algorithm="RS384")) == 200


async def test_a_removed_issuer_is_not_believed(hospital: Hospital) -> None:
    await believed(hospital)
    services = hospital.console.services
    async with tenant_transaction(services.database, hospital.tenant.id, "test:x") as tx:
        await remove_issuer(tx, services.clock, "hospital")
    assert await hospital.status(signed(hospital.ec, hospital.claims())) == 401


async def test_an_issuer_two_tenants_believe_names_neither(hospital: Hospital) -> None:
    await believed(hospital)
    services, other = hospital.console.services, await make_tenant(hospital.console.services, hospital.tenant.id + "-b")
    async with tenant_transaction(services.database, other.id, "test:x") as tx:
        arguments = ("hospital", hospital.address, "https://other.example", key_set(ec_key()), ["reader"])
        await add_issuer(tx, services.clock, *arguments)
    assert await hospital.status(signed(hospital.ec, hospital.claims())) == 200  # the audience tells them apart
    # Another tenant's audience is signed by our issuer's key: the other tenant holds another key.
    assert await hospital.status(signed(hospital.ec, hospital.claims(aud="https://other.example"))) == 401


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}])
def test_an_extension_that_must_be_understood_is_refused(header: dict[str, object]) -> None:
    assert parse_token(raw({"alg": "ES384", "kid": "k1", **header}, claims(), b"x")) == Refused("critical")
    assert isinstance(parse_token(raw({"alg": "ES384", "kid": "k1"}, claims(), b"x")), Parsed)


def test_a_set_with_a_private_key_is_not_registered() -> None:
    for text in (
        json.dumps({"keys": [ec_key().as_dict(private=True)]}),
        json.dumps({"keys": [{"kty": "oct", "kid": "s", "k": "c2VjcmV0"}]}),
        json.dumps({"keys": []}),
        json.dumps({"keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB"}]}),
        "[]",
        "{",
        "[" * 5_000,
    ):
        with pytest.raises(Invalid):
            parse_keys(text)


@pytest.mark.parametrize(
    ("issuer", "audience", "reason"),
    [
        ("https://smart.hospital.example", "https://elsewhere.example", "audience"),
        ("https://smart.hospital.example/", "https://preceptor.example", "issuer"),
    ],
)
def test_the_check_itself_looks_at_issuer_and_audience(issuer: str, audience: str, reason: str) -> None:
    key = ec_key()
    parsed = parse_token(signed(key, claims()))
    assert isinstance(parsed, Parsed)
    found = check(parsed, parse_keys(key_set(key)), Expected(issuer, audience), datetime.now(UTC))
    assert isinstance(found, Refused) and found.reason == reason


def test_a_short_rsa_key_signs_nothing() -> None:
    key = rsa_key(bits=1024)
    parsed = parse_token(signed(key, claims(), algorithm="RS384"))
    assert isinstance(parsed, Parsed)
    expected = Expected("https://smart.hospital.example", "https://preceptor.example")
    assert check(parsed, parse_keys(key_set(key)), expected, datetime.now(UTC)) == Refused("key_unfit")
