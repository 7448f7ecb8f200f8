"""The HTTP interface where things go wrong: every permission refused, bodies too long, the database away, the stop."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from opentelemetry import trace

from preceptor.access.permissions import ROLES
from preceptor.audit.export import search
from preceptor.cli.serve import address as base_address
from preceptor.cli.serve import bind
from preceptor.db.pool import connect
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Unavailable
from preceptor.web.app import build_app
from preceptor.web.routes import PUBLIC, ROUTES, Route
from preceptor.wiring import Services
from tests.doors.conftest import Console
from tests.doors.test_http import ASKED, QUESTIONS, TEXT, address, is_problem, signed_in
from tests.make import Tenant, add_text, make_tenant

GUARDED = [route for route in ROUTES if route.permission != PUBLIC]


@pytest.mark.parametrize("route", GUARDED, ids=lambda r: f"{r.method} {r.path}")
async def test_every_guarded_route_refuses_a_role_without_its_permission(
    console: Console, tenant: Tenant, route: Route
) -> None:
    role = next(role for role, granted in ROLES.items() if route.permission not in granted)
    async with await console.client(tenant, "ada", role) as client:
        response = await client.request(route.method, address(route), json={"question": ASKED})
    assert response.status_code == 403, response.text
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        entries = await search(tx, event="access:deny")
    assert [(e.actor, e.subject["permission"]) for _, e in entries] == [("account:ada", route.permission)]


async def test_pictures_and_answers_of_others_are_not_found(console: Console, tenant: Tenant) -> None:
    added = await add_text(console.services, tenant, "crutches", TEXT)
    async with await console.client(tenant, "maria") as client:
        run = (await client.post(QUESTIONS, json={"question": ASKED})).json()["run"]
        assert (await client.get(f"/answers/{run}")).status_code == 200
        assert (await client.get(f"/pages/{added.version_id}/1/picture")).status_code == 404  # Markdown has no layout
        for place in ("start=0", "start=5&end=2", "start=0&end=99999", "start=a&end=b", "start=-1&end=4"):
            assert (await client.get(f"/pages/{added.version_id}/1?{place}")).status_code == 422, place
        for page in ("0", "-1", "x", "99999999999999999999", "1%00"):
            assert (await client.get(f"/pages/{added.version_id}/{page}")).status_code == 404, page
    async with await console.client(tenant, "joan") as colleague:
        assert (await colleague.get(f"/answers/{run}")).status_code == 404  # another account's question
    other = await make_tenant(console.services, tenant.id + "-b")
    async with await console.client(other, "maria") as stranger:
        for path in (f"/answers/{run}", f"/pages/{added.version_id}/1", f"/pages/{added.version_id}/1/picture"):
            assert (await stranger.get(path)).status_code == 404, path


async def test_looking_at_a_page_is_recorded(console: Console, tenant: Tenant) -> None:
    added = await add_text(console.services, tenant, "crutches", TEXT)
    async with await console.client(tenant) as client:
        assert (await client.get(f"/pages/{added.version_id}/1")).status_code == 200
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        entries = await search(tx, event="document:view")
    assert [(e.actor, e.subject["version"], e.subject["page"]) for _, e in entries] == [
        ("account:maria", str(added.version_id), "1")
    ]


async def test_a_body_without_a_length_is_counted_as_it_comes(console: Console, tenant: Tenant) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 8_000

    async with await console.client(tenant) as client:
        is_problem(await client.post(QUESTIONS, content=endless()), 413, "request_too_large")


async def test_a_document_that_can_be_no_name_does_not_exist(console: Console, tenant: Tenant) -> None:
    async with await console.client(tenant) as client:
        for name in ("a\0b", "\n"):
            body = json.dumps({"question": ASKED, "document": name}).encode()
            is_problem(await client.post(QUESTIONS, content=body), 404, "document_not_found")


async def test_a_session_does_not_open_the_json_interface(console: Console, tenant: Tenant) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        await signed_in(console, tenant, client)
        is_problem(await client.post(QUESTIONS, json={"question": ASKED}), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),  # no browser says where this comes from
        ({"origin": "null"}, 403),  # a sandboxed frame
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 401),  # our form under no-referrer: goes on to the link
        ({"sec-fetch-site": "same-site"}, 403),  # a neighbour on the same domain
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, 403),  # contradiction
    ],
)
async def test_a_form_comes_from_our_own_page(console: Console, headers: dict[str, str], status: int) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        used = {"secret": "pcp_signin_nowhere_" + "a" * 43}
        response = await client.post("/sign-in", data=used, headers=headers)
    assert response.status_code == status
    assert "evil" not in response.text


async def test_an_unknown_address_is_a_page_for_a_browser(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.base, headers={"accept": "text/html"}) as client:
        page = await client.get("/nothing-here")
        assert page.status_code == 404 and "<h1>Not Found</h1>" in page.text
        is_problem(await client.put(QUESTIONS), 405, "invalid_request")
        assert (await client.put(QUESTIONS)).headers["allow"] == "POST"
        for path in ("/static/../app.py", "/static/%2e%2e%2fapp.py", "/static/app.py"):
            assert (await client.get(path)).status_code == 404


async def test_without_a_database_answers_are_503_and_name_nothing(
    services: Services, capfd: pytest.CaptureFixture[str]
) -> None:
    gone = await connect(services.settings, size=1)
    await gone.close()
    app = build_app(dataclasses.replace(services, database=gone))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.get("/healthz")).status_code == 200
        is_problem(await client.get("/readyz"), 503, "database_unavailable")
        token = "pcp_token_served_" + "a" * 43
        asked = {"question": "Is Wilhelmina Ostrander covered?"}
        response = await client.post(QUESTIONS, json=asked, headers={"authorization": f"Bearer {token}"})
    is_problem(response, 503, "database_unavailable")
    assert response.headers["retry-after"] and response.headers["x-request-id"] == response.json()["request_id"]
    told = response.text + "".join(capfd.readouterr())
    assert "Ostrander" not in told and token not in told and "Traceback" not in told


class Eavesdropper(trace.TracerProvider):
    """Notes who asks for a tracer."""

    def __init__(self) -> None:
        self.asked = list[str]()

    def get_tracer(self, instrumenting_module_name: str, *args: object, **kwargs: object) -> trace.Tracer:
        self.asked.append(instrumenting_module_name)
        return trace.NoOpTracer()


async def test_no_library_offers_a_request_to_telemetry(services: Services) -> None:
    provider = Eavesdropper()
    trace.set_tracer_provider(provider)
    app = build_app(services)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.get("/healthz")).status_code == 200
    # Ours alone, whose spans hold a route, a method and a status (`tests/attack/test_logs_metrics_traces.py`).
    assert set(provider.asked) <= {"preceptor"}


def test_an_address_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Unavailable, match="cannot be used"):
        bind(uvicorn.Config("", host="127.0.0.1", port=taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8420"),
        ("0.0.0.0", "http://127.0.0.1:8420"),  # a browser cannot open a wildcard
        ("::1", "http://[::1]:8420"),
        ("records.example", "http://records.example:8420"),
    ],
)
def test_the_printed_address_opens(host: str, shown: str) -> None:
    assert base_address(host, 8420) == shown


async def test_the_command_prints_a_link_and_stops_on_a_signal(services: Services) -> None:
    environment = {**os.environ, "PRECEPTOR_HOME": str(services.settings.home), "PRECEPTOR_PORT": "0"}
    tenant = await make_tenant(services, f"stops-{os.getpid()}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "preceptor.cli.main", "serve", "--tenant", tenant.id),
        env=environment,
        cwd=Path(services.settings.home),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    match = re.fullmatch(r"console: (http://127\.0\.0\.1:\d+)(/sign-in/pcp_signin_\S+)\n", line)
    assert match is not None, line
    async with httpx.AsyncClient(base_url=match[1]) as client:
        assert (await client.get(match[2])).status_code == 200
        assert (await client.get(f"/answers/{uuid.uuid4()}")).status_code == 401
    process.send_signal(signal.SIGTERM)
    _, told = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, told
    assert b"pcp_" not in told and b"Traceback" not in told
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        assert await tx.value("select count(*) from audit_pending where tenant = $1", tenant.id) == 0
