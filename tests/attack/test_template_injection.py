"""Template and markup code in every text a page shows: it is shown, not run (Jinja2, HTML, script)."""

from __future__ import annotations

import uuid

import httpx
import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, add_text

CODE = (
    "{{ 7 * 193 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*193}#{7*193}<%= 7*193 %>",
    "<script>alert(1337)</script>",
    '"><img src=x onerror=alert(1337)>',
    "</textarea><svg onload=alert(1337)>",
    "javascript:alert(1337)//",
)
TEXT = "# Canes {code}\n\nA cane {code} is replaced every 3 years when it is still needed for walking.\n"


@pytest.mark.parametrize("code", CODE)
async def test_it_is_text_wherever_it_is_shown(console: Console, tenant: Tenant, code: str) -> None:  # noqa: F811
    added = await add_text(console.services, tenant, "canes", TEXT.replace("{code}", code))
    link = await console.secret(tenant, "looks", "operator", "reader", kind="signin")
    sent = {"origin": console.base}
    async with httpx.AsyncClient(base_url=console.base, follow_redirects=True, timeout=30) as client:
        await client.post("/sign-in", data={"secret": link}, headers=sent)
        form = {
            "question": f"How often is a cane replaced? {code}",
            "key": str(uuid.uuid4()),
            "as_of": "",
            "document": "",
        }
        pages = [
            await client.post("/ask", data=form, headers=sent),
            await client.post("/ask", data={**form, "as_of": code}, headers=sent),
            await client.get("/library", params={"search": code}),
            await client.get(f"/pages/{added.version_id}/1"),
            await client.get("/" + code.replace("/", "").replace("?", "").replace("#", "").replace("%", "")),
            await client.post("/access", data={"account": code, "permission": code}, headers=sent),
        ]
    for page in pages:
        assert page.status_code < 500
        shown = page.text
        assert "1337)</script>" not in shown and "<img src=x" not in shown and "<svg onload" not in shown
        assert str(7 * 193) not in shown
        assert "subclasses" not in shown or "<class" not in shown
        policy = page.headers.get("content-security-policy", "")
        assert ("'unsafe-inline'" not in policy and "script-src" in policy) or "default-src 'none'" in policy
