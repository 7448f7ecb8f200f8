"""A model endpoint that nobody registered, reviewed or cleared gets no word, and every refusal stands in the log."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.make import Tenant, add_text

from preceptor.clock import SystemClock
from preceptor.db.transaction import tenant_transaction
from preceptor.egress.endpoint import Review, Terms
from preceptor.egress.register import add_endpoint, review_endpoint, set_suspended
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.llm.model import Prompt, Reply, Unusable
from preceptor.settings import Settings
from preceptor.wiring import Services, configured_model, open_services

BEDS = "# Hospital beds\n\nA hospital bed is rented for 10 months when the member cannot change position.\n"
ASKED = "For how many months is a hospital bed rented?"


class Receiver(BaseHTTPRequestHandler):
    """A chat-completions endpoint that keeps what it is sent."""

    received: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append(body)
        reply = json.dumps({"choices": [{"message": {"content": '{"lines": [1]}'}, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[bytes]]]:
    received = list[bytes]()
    handler = type("Kept", (Receiver,), {"received": received})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1", received
    server.shutdown()
    thread.join()
    server.server_close()


async def register(services: Services, tenant: Tenant, address: str, **terms: Any) -> None:
    keys = services.keys.get(tenant.id)
    said = replace(Terms("points at lines", "Informatics", "deidentified", 0, False, "here"), **terms)
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await add_endpoint(tx, services.clock, tenant.caller, keys, "model", address, "model", said)


async def review(services: Services, tenant: Tenant, days_ago: int, days: int) -> None:
    keys, on = services.keys.get(tenant.id), services.clock.now().date() - timedelta(days=days_ago)
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        done = Review(on, on + timedelta(days=days))
        await review_endpoint(tx, services.clock, tenant.caller, keys, "model", done)


async def refusals(services: Services, tenant: Tenant) -> list[str]:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows(
            "select leaf from audit_entry where tenant = $1 and event = 'egress:refuse' order by at, id", tenant.id
        )
    return [json.loads(bytes(row["leaf"]))["subject"]["reason"] for row in rows]


async def test_only_a_registered_reviewed_and_cleared_model_is_asked(
    services: Services, tenant: Tenant, endpoint: tuple[str, list[bytes]]
) -> None:
    address, received = endpoint
    await add_text(services, tenant, "beds", BEDS)
    model = configured_model(Settings(llm_url=address, llm_model="small"))
    assistant = Assistant(replace(services, llm=model))

    async def ask() -> dict[str, Any]:
        return await assistant.ask(tenant.caller, Question(ASKED))

    answer = await ask()
    assert not answer["abstained"], "without the model the question is answered all the same"
    assert received == []
    await register(services, tenant, address)
    await ask()
    await review(services, tenant, days_ago=40, days=30)
    await ask()
    assert received == []
    await review(services, tenant, days_ago=0, days=30)
    answer = await ask()
    assert len(received) == 1
    assert "model_pointed" in answer["notes"]
    keys = services.keys.get(tenant.id)
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await set_suspended(tx, services.clock, tenant.caller, keys, "model", True)
    await ask()
    assert len(received) == 1
    assert await refusals(services, tenant) == ["unregistered", "unreviewed", "review_overdue", "suspended"]


async def test_a_model_cleared_for_no_text_about_people_is_not_asked(
    services: Services, tenant: Tenant, endpoint: tuple[str, list[bytes]]
) -> None:
    address, received = endpoint
    await add_text(services, tenant, "beds", BEDS)
    await register(services, tenant, address, phi="nothing")
    await review(services, tenant, days_ago=0, days=30)
    model = configured_model(Settings(llm_url=address, llm_model="small"))
    await Assistant(replace(services, llm=model)).ask(tenant.caller, Question(ASKED))
    assert received == []
    assert await refusals(services, tenant) == ["not_cleared"]


class Asking:
    """A model that needs the only connection of the product while it is asked."""

    name = "scripted/asking"
    address = None

    def __init__(self, services: Services, tenant: Tenant) -> None:
        self.services, self.tenant, self.asked = services, tenant, 0

    async def ask(self, prompt: Prompt) -> Reply | Unusable:
        """Points at the first line, after a transaction."""
        async with asyncio.timeout(10):
            async with tenant_transaction(self.services.database, self.tenant.id, "test:x", read_only=True) as tx:
                await tx.value("select 1")
        self.asked += 1
        return Reply({"lines": [1]}, 1, 1)


async def test_nobody_s_connection_waits_for_a_model(home: Path, services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "beds", BEDS)
    async with open_services(Settings(home=home), SystemClock(), pool_size=1) as narrow:
        model = Asking(narrow, tenant)
        await Assistant(replace(narrow, llm=model)).ask(tenant.caller, Question(ASKED))
    assert model.asked == 1
