"""Canaries in every place a request has, through every route: none reaches a log line, a counter or a span.

The server is a process of its own, so that what is searched is what an operator's collector would get.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.canaries import Person, Search, people
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.doors.test_command_line import run
from tests.make import Tenant

from preceptor.journal import FIELDS, NUMBERS, journal
from preceptor.web.app import build_app
from preceptor.web.meters import Meters
from preceptor.web.routes import PUBLIC, ROUTES

WHO = people(16, seed=9)
SEARCH = Search(WHO)
FREELY = {"PRECEPTOR_REQUESTS_PER_MINUTE": "1000000"}
"""One caller sends to every route there is: more in a minute than a caller may by default."""


def put(client: httpx.Client, person: Person) -> set[str]:
    """Every route, with the person in path, query, headers, body and upload; the routes that were asked."""
    asked = set[str]()
    for route in ROUTES:
        path = re.sub(r"\{(\w+)\}", lambda m: "1" if m[1] == "page" else person.family, route.path)
        headers = {"x-request-id": person.mrn, "user-agent": person.name, "idempotency-key": person.account}
        headers |= {
            "purpose-of-use": person.family,
            "cookie": f"preceptor_session={person.given}",
            "referer": person.email,
        }
        for body in (
            {"json": {"question": person.note, "text": person.note, person.name: person.ssn, "subject": person.mrn}},
            {"content": person.note.encode()},
            {"data": {"question": person.note, "secret": person.name}},
            {"files": [("files", (person.family + ".md", person.note.encode()))]},
        ):
            if route.method == "GET" and "json" not in body:
                continue
            sent = body if route.method != "GET" else {}
            client.request(route.method, path, params={"q": person.name, "x": person.ssn}, headers=headers, **sent)  # type: ignore[arg-type]
        asked.add(f"{route.method} {route.path}")
    client.get(f"/{person.given}/{person.ssn}")
    return asked


@pytest.fixture
def served(home: Path, tenant: Tenant, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server process over the run's database, and the file of its standard error."""
    told = tmp_path / "stderr"
    with told.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "preceptor.cli.main", "serve", "--port", "0", "--no-embed", "--tenant", tenant.id],
            env={**os.environ, **FREELY, "PRECEPTOR_HOME": str(home), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdout is not None
        first = process.stdout.readline().decode()
        yield first.split()[1].partition("/sign-in")[0], told
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def test_nothing_of_these_people_reaches_log_or_counters(served: tuple[str, Path], home: Path, tenant: Tenant) -> None:
    base, told = served
    assert (
        run(home, "user", "add", "watcher", "--role", "monitor", "--role", "operator", "--tenant", tenant.id).returncode
        == 0
    )
    token = json.loads(run(home, "user", "token", "watcher", "--json", "--tenant", tenant.id).stdout)["token"]
    with httpx.Client(base_url=base, timeout=30) as client:
        for number, person in enumerate(WHO):
            headers = {"authorization": f"Bearer {token}"} if number % 2 else {"authorization": f"Bearer {person.ssn}"}
            client.headers = httpx.Headers(headers)
            assert put(client, person) == {f"{r.method} {r.path}" for r in ROUTES}
        client.headers = httpx.Headers({"authorization": f"Bearer {token}"})
        counters = client.get("/metrics")
        assert counters.status_code == 200
        assert "preceptor_requests_total{" in counters.text and "preceptor_log_waiting_seconds" in counters.text
        client.headers = httpx.Headers({})
        assert client.get("/metrics").status_code == 401
    log = told.read_text()
    assert SEARCH.found(counters.text) == set()
    assert SEARCH.found(log) == set()
    assert tenant.id not in counters.text
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    for line in lines:
        assert set(line) <= {"at", "level", "dropped", *FIELDS, *NUMBERS}
    assert len(SEARCH.found(log + WHO[3].note)) >= 7, "the search must be able to find"


def test_every_route_is_counted_under_its_template() -> None:
    assert {r.path for r in ROUTES if r.permission != PUBLIC} >= {"/metrics", "/library/{document}"}


async def test_spans_hold_templates_and_numbers_only(console: Console, tenant: Tenant) -> None:  # noqa: F811
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    person, app = WHO[0], build_app(console.services, meters=Meters(tracer=provider.get_tracer("preceptor")))
    token = await console.secret(tenant, "traced", "reader")
    headers, transport = {"authorization": f"Bearer {token}"}, httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        await client.post("/api/v1/policy/questions", json={"question": person.note[:500]}, params={"x": person.name})
        await client.get(f"/api/v1/policy/answers/{uuid.uuid4()}", params={"x": person.ssn})
        await client.get("/api/v1/policy/documents", params={"q": person.name})
    spans = exporter.get_finished_spans()
    assert {span.name for span in spans} >= {"POST /api/v1/policy/questions", "GET /api/v1/policy/documents"}
    for span in spans:
        assert set(span.attributes or {}) <= {"http.request.method", "http.route", "http.response.status_code"}
        assert not span.events
    assert SEARCH.found("\n".join(span.to_json() for span in spans)) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"question": "Is Maria covered?"},
        {"code": "a sentence about Maria"},
        {"request": "Maria Lopez"},
        {"where": "Maria; drop"},
        {"route": "/answers/Maria Lopez"},
        {"status": "Maria"},
        {"count": True},
        {"tenant": "Maria"},
    ],
)
def test_what_is_not_on_the_list_or_not_of_its_form_is_dropped_and_counted(
    fields: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        journal("test").warning("something_happened", **fields)
    line = json.loads(caplog.records[-1].getMessage())
    assert line["event"] == "something_happened" and line["dropped"] == 1
    assert "Maria" not in json.dumps(line)
