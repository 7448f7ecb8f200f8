"""SQL in every text that reaches a statement: it is a value there, and changes nothing."""

from __future__ import annotations

import uuid
from urllib.parse import quote

import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, add_text, make_tenant

from preceptor.db.transaction import tenant_transaction
from preceptor.errors import PreceptorError

TEXT = "# Shower chairs\n\nEffective date: January 1, 2026\n\nA shower chair is replaced every 5 years.\n"
SQL = (
    "'; drop table document; --",
    "' or '1'='1",
    "\\'; select pg_sleep(5); --",
    "x' union select leaf from audit_entry --",
    "$$; reset role; $$",
    "%' escape '",
    "1; set preceptor.tenant = 'other'",
    "x\u02bc or 1=1 --",
    "\u0000' or 1=1",
)


async def _counts(console: Console, tenant: Tenant) -> list[int]:  # noqa: F811
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        return [
            await tx.value(f"select count(*) from {t}") for t in ("document", "document_version", "page", "account")
        ]


@pytest.mark.parametrize("text", SQL)
async def test_every_parameter_is_a_value(console: Console, tenant: Tenant, text: str) -> None:  # noqa: F811
    await add_text(console.services, tenant, "shower-chairs", TEXT)
    other = await make_tenant(console.services, tenant.id + "-other")
    await add_text(console.services, other, "secret-chairs", TEXT)
    async with await console.client(tenant, "tries", "operator", "reader") as client:
        before = await _counts(console, tenant)
        answers = [
            await client.post("/api/v1/policy/questions", json={"question": text}),
            await client.post("/api/v1/policy/questions", json={"question": "Is it covered?", "document": text}),
            await client.post("/api/v1/policy/questions", json={"question": "Is it covered?", "as_of": text}),
            await client.get("/api/v1/policy/documents", params={"search": text, "owner": text, "state": text}),
            await client.get(f"/api/v1/policy/answers/{uuid.uuid4()}", params={"x": text}),
            await client.get("/api/v1/policy/documents/" + quote(text, safe="")),
            await client.put(f"/api/v1/policy/documents/{uuid.uuid4()}/labels", json={"labels": [text]}),
            await client.post("/api/v1/deid", json={"text": text, "patient": text, "mode": "surrogate", "id": text}),
            await client.post(
                "/api/v1/deid",
                json={"text": "x", "known": {"names": [text]}},
                headers={"idempotency-key": "k-" + text.encode().hex()},
            ),
        ]
        assert all(answer.status_code < 500 for answer in answers), [a.status_code for a in answers]
        assert not any("secret-chairs" in answer.text for answer in answers)
        assert await _counts(console, tenant) == before


@pytest.mark.parametrize("text", SQL)
async def test_a_tenant_or_actor_of_another_form_is_a_value_too(console: Console, tenant: Tenant, text: str) -> None:  # noqa: F811
    try:
        async with tenant_transaction(console.services.database, text, text, read_only=True) as tx:
            assert await tx.value("select count(*) from document") == 0
            assert await tx.value("select current_setting('preceptor.tenant')") == text
    except PreceptorError as error:
        assert "\u0000" in text and error.code
