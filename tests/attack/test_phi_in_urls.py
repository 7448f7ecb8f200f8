"""What identifies a person travels in bodies only: no route takes it in its address, nothing sends it on in one."""

from __future__ import annotations

import re

import httpx
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant

from preceptor.web.routes import ROUTES

NAMES = {"document", "version", "run", "page", "name", "secret", "type", "id", "number"}
"""What may stand in a path: ids of ours, a resource type, a page or version number, the name of a style sheet, a
one-time secret."""
PERSON = re.compile(r"patient|person|member|mrn|ssn|birth|question|text|note|phone|email|address")


def test_no_path_takes_what_identifies_a_person() -> None:
    for route in ROUTES:
        names = set(re.findall(r"\{(\w+)\}", route.path))
        assert names <= NAMES, route.path
        assert not any(PERSON.search(name) for name in names), route.path


async def test_no_query_of_the_api_takes_it_and_no_answer_lets_an_address_be_passed_on(
    console: Console,  # noqa: F811
    tenant: Tenant,
) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        described = (await client.get("/openapi.json")).json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if parameter["in"] in ("query", "path"):
                    assert not PERSON.search(parameter["name"].lower()), (method, path, parameter["name"])
    link = await console.secret(tenant, "urls", "reader", kind="signin")
    async with httpx.AsyncClient(base_url=console.base) as client:
        signed = await client.post("/sign-in", data={"secret": link}, headers={"origin": console.base})
        assert link not in signed.headers.get("location", "")
        for path in ("/", "/library", "/nowhere", "/api/v1/policy/documents", "/healthz"):
            answer = await client.get(path)
            assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin"), path
            assert "no-store" in answer.headers.get("cache-control", "no-store"), path


async def test_a_question_in_an_address_is_not_taken(console: Console, tenant: Tenant) -> None:  # noqa: F811
    async with await console.client(tenant, "asks", "reader") as client:
        answer = await client.post("/api/v1/policy/questions?question=Is+Maria+Lopez+covered", json={})
        assert answer.status_code == 422
        assert "Lopez" not in answer.text
        assert (await client.get("/api/v1/policy/questions?question=Is+Maria+Lopez+covered")).status_code in (404, 405)
