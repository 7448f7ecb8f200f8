"""The HTTP interface: default deny, one shape of error, nothing of a question where it does not belong."""

from __future__ import annotations

import json
import logging
import uuid

import httpx
import pytest

from preceptor.audit.export import search
from preceptor.db.transaction import tenant_transaction
from preceptor.web.routes import PUBLIC, ROUTES, Route
from tests.doors.conftest import Console
from tests.make import Tenant, add_text, make_tenant

TEXT = "# Crutches\n\nEffective date: January 1, 2026\n\nCrutches are replaced every 2 years when they are worn out.\n"
ASKED = "How often are crutches replaced?"
QUESTIONS = "/api/v1/policy/questions"


def address(route: Route) -> str:
    made = {"version": uuid.UUID(int=1), "run": uuid.UUID(int=2), "document": uuid.UUID(int=3), "page": 1}
    made |= {"type": "Patient", "id": uuid.UUID(int=4), "number": 1}
    made |= {"name": "console.css", "secret": "pcp_signin_x_" + "a" * 43}
    return route.path.format(**made)


def is_problem(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["code"] == code and document["status"] == status
    assert set(document) >= {"type", "title", "detail", "request_id"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
async def test_without_a_credential_only_public_routes_answer(console: Console, route: Route) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        response = await client.request(route.method, address(route))
    if route.permission == PUBLIC:
        assert response.status_code != 403 or response.request.method == "POST"  # forms refuse a missing Origin
    else:
        assert response.status_code == 401, response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "unsafe-inline" not in response.headers["content-security-policy"]
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_a_role_without_the_permission_is_refused_and_recorded(console: Console, tenant: Tenant) -> None:
    async with await console.client(tenant, "ada", "auditor") as client:
        is_problem(await client.post(QUESTIONS, json={"question": ASKED}), 403, "denied")
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        entries = await search(tx, event="access:deny")
    assert [e.actor for _, e in entries] == ["account:ada"]


async def test_a_question_gets_the_contract_s_answer(console: Console, tenant: Tenant) -> None:
    await add_text(console.services, tenant, "crutches", TEXT)
    async with await console.client(tenant) as client:
        response = await client.post(QUESTIONS, json={"question": ASKED, "as_of": "2026-06-01", "document": "crutches"})
        assert response.status_code == 200, response.text
        answer = response.json()
        assert not answer["abstained"] and "2 years" in answer["statements"][0]["citations"][0]["quote"]
        assert answer["audit"]["entry"]
        before = await client.post(QUESTIONS, json={"question": ASKED, "as_of": "2025-06-01"})
        assert before.json()["reason"] == "no_documents"


async def test_a_repeated_key_is_one_act(console: Console, tenant: Tenant) -> None:
    await add_text(console.services, tenant, "crutches", TEXT)
    async with await console.client(tenant) as client:
        headers = {"idempotency-key": "abc-1"}
        first = await client.post(QUESTIONS, json={"question": ASKED}, headers=headers)
        assert first.json() == (await client.post(QUESTIONS, json={"question": ASKED}, headers=headers)).json()
        other = await client.post(QUESTIONS, json={"question": "Something else?"}, headers=headers)
        is_problem(other, 409, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "invalid_json"),
        (b"[]", 422, "invalid_json"),
        (b"\xff\xfe", 422, "invalid_json"),
        (b"[" * 60_000, 422, "invalid_json"),  # deep nesting
        (b"{}", 422, "invalid_request"),
        (b'{"question": 7}', 422, "invalid_request"),
        (b'{"question": ""}', 422, "question_empty"),
        (b'{"question": "a\\u0000b"}', 422, "question_not_text"),
        (json.dumps({"question": "x" * 9_000}).encode(), 422, "question_too_long"),
        (json.dumps({"question": "x" * 100_000}).encode(), 413, "request_too_large"),
        (json.dumps({"question": ASKED, "document": "nowhere"}).encode(), 404, "document_not_found"),
        (json.dumps({"question": ASKED, "as_of": "31.12.2026"}).encode(), 422, "invalid_date"),
    ],
)
async def test_a_bad_request_has_its_code(
    console: Console, tenant: Tenant, body: bytes, status: int, code: str
) -> None:
    async with await console.client(tenant) as client:
        response = await client.post(QUESTIONS, content=body, headers={"content-type": "application/json"})
    is_problem(response, status, code)
    assert "xxxx" not in response.text


@pytest.mark.parametrize("token", ["", "rubbish", "pcp_token_nowhere_" + "a" * 43, "pcp_session_x_" + "a" * 43, "é"])
async def test_a_malformed_token_is_nobody(console: Console, token: str) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        headers = {"authorization": f"Bearer {token}".strip().encode()}
        response = await client.post(QUESTIONS, json={"question": ASKED}, headers=headers)
    is_problem(response, 401, "unauthenticated")
    assert "Bearer" in response.headers["www-authenticate"]


async def test_unknown_address_and_method(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        is_problem(await client.get("/api/v1/nothing"), 404, "not_found")
        assert (await client.delete(QUESTIONS)).status_code == 405
        assert (await client.get("/docs")).status_code == 404  # no third-party scripts


async def test_another_tenant_s_page_is_not_found(console: Console, tenant: Tenant) -> None:
    added = await add_text(console.services, tenant, "crutches", TEXT)
    other = await make_tenant(console.services, tenant.id + "-other")
    for who, status in ((tenant, 200), (other, 404)):
        async with httpx.AsyncClient(base_url=console.base, follow_redirects=False) as client:
            await signed_in(console, who, client)
            assert (await client.get(f"/pages/{added.version_id}/1")).status_code == status
            assert (await client.get(f"/pages/{added.version_id}/99")).status_code == 404


async def signed_in(console: Console, tenant: Tenant, client: httpx.AsyncClient) -> str:
    link = await console.secret(tenant, "maria", "reader", kind="signin")
    assert (await client.get(f"/sign-in/{link}")).status_code == 200  # looking at the link does not use it up
    done = await client.post(
        "/sign-in", data={"secret": link}, headers={"origin": console.base}, follow_redirects=False
    )
    assert done.status_code == 303, done.text
    cookie = done.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    return link


async def test_a_sign_in_link_works_once_and_a_session_ends(console: Console, tenant: Tenant) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        link = await signed_in(console, tenant, client)
        assert (await client.get("/")).status_code == 200
        async with httpx.AsyncClient(base_url=console.base) as again:
            assert (
                await again.post("/sign-in", data={"secret": link}, headers={"origin": console.base})
            ).status_code == 401
        kept = dict(client.cookies)
        assert (await client.post("/sign-out", headers={"origin": console.base})).status_code == 200
        async with httpx.AsyncClient(base_url=console.base, cookies=kept) as stale:
            assert (await stale.get("/")).status_code == 401
    expired = await console.secret(tenant, "maria", "reader", kind="session", life=-1)
    async with httpx.AsyncClient(base_url=console.base, cookies={"preceptor_session": expired}) as late:
        assert (await late.get("/")).status_code == 401


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
async def test_another_site_cannot_make_a_visitor_ask(
    console: Console, tenant: Tenant, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        await signed_in(console, tenant, client)
        response = await client.post("/ask", data={"question": ASKED, "key": "k"}, headers=headers)
        assert response.status_code == 403


async def test_a_console_question_and_its_page(console: Console, tenant: Tenant) -> None:
    added = await add_text(console.services, tenant, "crutches", TEXT)
    async with httpx.AsyncClient(base_url=console.base, follow_redirects=True) as client:
        await signed_in(console, tenant, client)
        form = {"question": ASKED, "key": str(uuid.uuid4()), "as_of": "2026-06-01", "document": ""}
        page = await client.post("/ask", data=form, headers={"origin": console.base})
        assert page.status_code == 200 and "Verified against the stored page" in page.text
        assert ASKED.rsplit(maxsplit=1)[-1] not in str(page.url)  # no question in an address
        shown = await client.get(f"/pages/{added.version_id}/1?start=0&end=8")
        assert "<mark" in shown.text
        hostile = await client.post(
            "/ask",
            data={**form, "question": "<script>alert(1)</script> crutches?", "key": str(uuid.uuid4())},
            headers={"origin": console.base},
        )
        assert "<script>alert" not in hostile.text


async def test_the_log_holds_no_question(console: Console, tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with await console.client(tenant) as client:
            await client.post(QUESTIONS, json={"question": "Is Wilhelmina Ostrander entitled to crutches?"})
            await client.post(QUESTIONS, content=b'{"question": "Ostrander')
    told = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(("httpcore", "httpx")))
    assert "Ostrander" not in told and "crutches" not in told


async def test_health_and_description(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
        description = (await client.get("/openapi.json")).json()
    operation = description["paths"][QUESTIONS]["post"]
    assert operation["requestBody"] and "200" in operation["responses"]
    assert any(p["name"].lower() == "idempotency-key" for p in operation["parameters"])


async def test_an_entry_gets_its_place_within_a_second_or_so(console: Console, tenant: Tenant) -> None:
    import asyncio

    async with await console.client(tenant) as client:
        answer = (await client.post(QUESTIONS, json={"question": ASKED})).json()
    for _ in range(30):
        async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
            entry = uuid.UUID(answer["audit"]["entry"])
            if await tx.value("select leaf from audit_leaf where entry = $1", entry) is not None:
                return
        await asyncio.sleep(0.1)
    raise AssertionError("the sequencer did not come")
