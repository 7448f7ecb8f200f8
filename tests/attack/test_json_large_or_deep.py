"""Bodies too large, too deep, too slow or not what they say: an answer of the documented form, and the server lives."""

from __future__ import annotations

import json

import httpx
import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant

from preceptor.web.routes import ROUTES

JSON_ROUTES = [r for r in ROUTES if r.method in ("POST", "PUT") and not r.console and r.path.startswith("/api/")]
DEEP = {
    "arrays": b"[" * 60_000,
    "closed arrays": b"[" * 30_000 + b"]" * 30_000,
    "objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "inside": b'{"question":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "many members": json.dumps({f"k{n}": n for n in range(4_000)}).encode(),
    "long number": b'{"question": ' + b"9" * 10_000 + b"}",
    "not finite": b'{"question": NaN}',
    "lone surrogate": b'{"question": "\\ud800", "text": "\\ud800"}',
    "not utf-8": b'{"question": "\xff"}',
    "null": b"null",
    "nothing": b"",
}


@pytest.mark.parametrize("route", JSON_ROUTES, ids=lambda r: f"{r.method} {r.path}")
@pytest.mark.parametrize("keyed", [False, True])
async def test_hostile_json(console: Console, tenant: Tenant, route: object, keyed: bool) -> None:  # noqa: F811
    path = route.path.format(run="0" * 8, document="0" * 8)  # type: ignore[attr-defined]
    async with await console.client(tenant, "ann", "operator", "librarian") as client:
        for name, body in DEEP.items():
            headers = {"idempotency-key": name.replace(" ", "-")} if keyed else {}
            response = await client.request(route.method, path, content=body, headers=headers)  # type: ignore[attr-defined]
            assert response.status_code in (404, 413, 422), (name, response.text)
            assert response.headers["content-type"] == "application/problem+json"
        large = await client.request(route.method, path, content=b'"' + b"x" * 5_000_000)  # type: ignore[attr-defined]
        assert large.status_code in (404, 413)
        assert (await client.get("/healthz")).status_code == 200


async def test_the_token_endpoint_takes_no_large_form(console: Console) -> None:  # noqa: F811
    async with httpx.AsyncClient(base_url=console.base) as client:
        form = {"grant_type": "client_credentials", "client_assertion": "x" * 70_000}
        assert (await client.post("/oauth/token", data=form)).status_code == 413
        many = "&".join(f"f{n}=1" for n in range(1_000))
        assert (await client.post("/oauth/token", content=many.encode())).status_code == 422
        assert (await client.post("/oauth/token", content=b"\xff\xfe")).status_code == 422
