"""Clients that send a byte and wait are let go, and others are served meanwhile."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant

from preceptor.web.visit import BODY_SECONDS


async def test_slow_clients_do_not_hold_up_others(console: Console, tenant: Tenant) -> None:  # noqa: F811
    """Clients that send a byte and wait: others are served meanwhile, and the slow are let go."""
    token = await console.secret(tenant, "slow", "operator")
    where = urlsplit(console.base)
    head = f"POST /api/v1/deid HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 100\r\n\r\n{{"
    slow = [await asyncio.open_connection(where.hostname, where.port) for _ in range(20)]
    for _, writer in slow:
        writer.write(head.encode())
        await writer.drain()
    async with await console.client(tenant, "quick", "operator") as client:
        for _ in range(5):
            response = await asyncio.wait_for(client.post("/api/v1/deid", json={"text": "x"}), 10)
            assert response.status_code == 200
    answers = await asyncio.wait_for(asyncio.gather(*[reader.readline() for reader, _ in slow]), BODY_SECONDS + 20)
    assert all(answer.startswith(b"HTTP/1.1 422") for answer in answers), answers[0]
    for _, writer in slow:
        writer.close()
