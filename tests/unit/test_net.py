"""The only way out: the allow-list, the addresses that are never called, the caps; against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from preceptor.errors import LimitReached, Unavailable
from preceptor.net import Outbound, forbidden


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("127.0.0.1", True),
        ("10.0.0.7", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", True),  # cloud metadata
        ("100.64.0.1", True),  # carrier-grade NAT
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("255.255.255.255", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("::ffff:10.0.0.1", True),  # IPv4 inside IPv6
        ("64:ff9b::a9fe:a9fe", True),  # NAT64 of the metadata address
        ("2002:0a00:0001::", True),  # 6to4 of 10.0.0.1
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
    ],
)
def test_addresses(address: str, refused: bool) -> None:
    assert forbidden(address) is refused


@asynccontextmanager
async def answering(
    body: bytes, status: str = "200 OK", extra: str = "", delay: float = 0
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A real HTTP server on loopback that says one thing."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        await asyncio.sleep(delay)
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{extra}connection: close\r\n\r\n".encode() + body
        )
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


@asynccontextmanager
async def client(**options: object) -> AsyncIterator[Outbound]:
    made = Outbound(["localhost"], plain=["localhost"], **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


async def test_an_allowed_host_is_called_once_at_its_resolved_address() -> None:
    async with answering(b"hello") as (port, seen), client(loopback=True) as out:
        response = await out.request("GET", f"http://localhost:{port}/x")
        assert (response.status, response.body) == (200, b"hello")
        assert f"host: localhost:{port}".encode() in seen[0].lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/",  # not on the list
        "https://localhost.evil.example/",
        "http://user:pw@localhost/",  # credentials in the address
        "ftp://localhost/",
        "file:///etc/passwd",
        "//localhost/",
    ],
)
async def test_refused_before_anything_is_sent(url: str) -> None:
    async with client(loopback=True) as out:
        with pytest.raises(Unavailable) as caught:
            await out.request("GET", url)
        assert caught.value.code == "address_refused"


async def test_a_listed_name_that_resolves_inside_is_refused() -> None:
    async with answering(b"secret") as (port, seen), client() as out:
        with pytest.raises(Unavailable) as caught:
            await out.request("GET", f"http://localhost:{port}/")
        assert caught.value.code == "address_refused"
        assert seen == []


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with (
        answering(b"", "302 Found", "location: http://169.254.169.254/\r\n") as (port, _),
        client(loopback=True) as out,
    ):
        assert (await out.request("GET", f"http://localhost:{port}/")).status == 302


async def test_size_and_time_are_capped() -> None:
    async with answering(b"x" * 5000) as (port, _), client(loopback=True) as out:
        with pytest.raises(LimitReached):
            await out.request("GET", f"http://localhost:{port}/", max_bytes=1000)
    async with answering(b"late", delay=2) as (port, _), client(loopback=True) as out:
        with pytest.raises(Unavailable):
            await out.request("GET", f"http://localhost:{port}/", deadline=0.2)
