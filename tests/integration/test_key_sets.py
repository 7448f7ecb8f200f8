"""Keys of others: fetched over a real connection, kept, fetched anew for an unknown key, never in a flood."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.make import Tenant
from tests.make_tokens import Key, claims, ec_key, key_set, signed

from preceptor.access.key_sets import AGAIN_SECONDS, KEPT_SECONDS, KeySets
from preceptor.access.signed import Expected, Parsed, Proven, Refused, parse_token
from preceptor.db.transaction import tenant_transaction
from preceptor.egress.endpoint import Review, Terms
from preceptor.egress.register import add_endpoint, review_endpoint
from preceptor.errors import Unavailable
from preceptor.net import Outbound
from preceptor.web.outside_tokens import prove
from preceptor.wiring import Services


class Server:
    """A key server that says what it is told, and counts."""

    def __init__(self) -> None:
        self.body, self.status, self.count = b"", "200 OK", 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.count += 1
        head = f"HTTP/1.1 {self.status}\r\ncontent-length: {len(self.body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + self.body)
        writer.close()


class Seconds:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Server, KeySets, Seconds, str]]:
    server, seconds = Server(), Seconds()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    out = Outbound(["localhost"], plain=["localhost"], loopback=True)
    async with listening:
        address = f"http://localhost:{listening.sockets[0].getsockname()[1]}/jwks"
        yield server, KeySets(out, seconds), seconds, address
    await out.close()


async def free() -> None:
    """The register lets everything pass."""


def kids(keys: object) -> list[str]:
    return [key["kid"] for key in keys]  # type: ignore[attr-defined]


async def test_keys_are_kept_and_rotate() -> None:
    async with running() as (server, sets, seconds, address):
        server.body = key_set(ec_key("a")).encode()
        found = await asyncio.gather(*[sets.keys(address, free) for _ in range(20)])
        assert kids(found[0]) == ["a"] and server.count == 1
        server.body = key_set(ec_key("b")).encode()
        assert kids(await sets.keys(address, free, unknown=True)) == ["a"], "too soon to ask again"
        seconds.now += AGAIN_SECONDS
        await asyncio.gather(*[sets.keys(address, free, unknown=True) for _ in range(20)])
        assert kids(await sets.keys(address, free)) == ["b"] and server.count == 2
        server.body = key_set(ec_key("c")).encode()
        seconds.now += KEPT_SECONDS
        assert kids(await sets.keys(address, free)) == ["c"], "a key taken back is not believed for longer"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys": []}', b"\xff", b"[" * 60_000, b"x" * 100_000])
async def test_what_is_no_key_set_changes_nothing_until_the_keys_are_old(body: bytes) -> None:
    async with running() as (server, sets, seconds, address):
        server.body = key_set(ec_key("a")).encode()
        await sets.keys(address, free)
        server.body = body
        seconds.now += AGAIN_SECONDS
        assert kids(await sets.keys(address, free, unknown=True)) == ["a"]
        seconds.now += KEPT_SECONDS
        with pytest.raises(Unavailable):
            await sets.keys(address, free)


async def registered(services: Services, tenant: Tenant, address: str) -> None:
    keys, on = services.keys.get(tenant.id), services.clock.now().date()
    terms = Terms("keys of the hospital's SMART server", "Identity", "nothing", 0, False, "here")
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        await add_endpoint(tx, services.clock, tenant.caller, keys, "smart", address, "identity", terms)
        review = Review(on, on + timedelta(days=100))
        await review_endpoint(tx, services.clock, tenant.caller, keys, "smart", review)


async def test_an_unregistered_key_server_is_not_asked(services: Services, tenant: Tenant) -> None:
    async with running() as (server, sets, seconds, address):
        server.body = key_set(ec_key("a")).encode()
        parsed = parse_token(signed(ec_key("a"), claims()))
        assert isinstance(parsed, Parsed)
        expected = Expected("https://smart.hospital.example", "https://preceptor.example")
        asking = replace(services, key_sets=sets)
        with pytest.raises(Unavailable):
            await prove(asking, tenant.id, parsed, None, address, expected)
        assert server.count == 0
        await registered(services, tenant, address)
        seconds.now += AGAIN_SECONDS
        await prove(asking, tenant.id, parsed, None, address, expected)
        assert server.count == 1
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows("select event from audit_entry where event like 'egress:%' order by id")
    assert [row["event"] for row in rows] == ["egress:refuse", "egress:send"]


async def test_a_token_of_a_new_key_is_taken_after_one_look(services: Services, tenant: Tenant) -> None:
    async with running() as (server, sets, seconds, address):
        await registered(services, tenant, address)
        asking = replace(services, key_sets=sets)
        old, new = ec_key("a"), ec_key("b")
        server.body = key_set(old).encode()
        expected = Expected("https://smart.hospital.example", "https://preceptor.example")

        async def verdict(key: Key) -> object:
            parsed = parse_token(signed(key, claims()))
            assert isinstance(parsed, Parsed)
            return await prove(asking, tenant.id, parsed, None, address, expected)

        assert isinstance(await verdict(old), Proven)
        server.body = key_set(new).encode()
        assert [await verdict(new) for _ in range(10)] == [Refused("key_unknown")] * 10 and server.count == 1
        seconds.now += AGAIN_SECONDS
        assert isinstance(await verdict(new), Proven) and server.count == 2
        assert await verdict(old) == Refused("key_unknown") and server.count == 2


async def test_an_error_or_a_redirect_gives_no_keys() -> None:
    async with running() as (server, sets, seconds, address):
        server.body, server.status = json.dumps({"keys": []}).encode(), "302 Found"
        with pytest.raises(Unavailable):
            await sets.keys(address, free)
        with pytest.raises(Unavailable):
            await sets.keys(address, free)
        assert server.count == 1, "a failing server is not asked by every token"
        seconds.now += AGAIN_SECONDS
        server.body, server.status = key_set(ec_key("a")).encode(), "200 OK"
        assert kids(await sets.keys(address, free)) == ["a"]
