"""A real browser, a server over the sample policies, and a page that is signed in."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright
from tests.make import Tenant, add_text, make_tenant, shelf

from preceptor.cli.policy_files import collect
from preceptor.cli.serve import serve, sign_in_secret
from preceptor.evidence.embed import embed_pending
from preceptor.evidence.embedding.model import Embedder
from preceptor.evidence.ingest import add_document
from preceptor.wiring import Services

EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
FLAGS += " --disable-sync --no-first-run"


BATH = """Shower chairs are covered for members who cannot stand safely for the time that a shower takes.

A shower chair is replaced every 5 years, or earlier when it was damaged in ordinary use and cannot be repaired.
"""


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "chromium is not installed: run `make system`"
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
async def library(services: Services) -> Tenant:
    """A tenant with the sample policies and one more."""
    tenant = await make_tenant(services, f"browser-{os.getpid()}")
    for file in collect(
        [str(EXAMPLES)], title=None, version=None, effective_from=None, effective_to=None, owner="", supersedes=False
    ):
        place = shelf(services, tenant)
        data, media_type = file.read(place.limits)
        added = await add_document(place, tenant.caller, file.said, data, media_type)
        assert added.status in ("added", "superseded"), file.path
    said = {"title": "Bath Safety Equipment", "version": "2026.1", "effective_from": date(2026, 1, 1)}
    await add_text(services, tenant, "bath", BATH, **said)
    embedder = services.models.embedder()
    assert isinstance(embedder, Embedder)
    await embed_pending(services.database, services.clock, services.keys.get(tenant.id), tenant.caller, embedder)
    return tenant


@pytest.fixture(scope="session")
async def base(services: Services, library: Tenant) -> AsyncIterator[str]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(
        serve(services, "127.0.0.1", 0, tenant=library.id, ready=ready.set_result, stop=stop, embed=False)
    )
    yield await asyncio.wait_for(ready, 20)
    stop.set()
    await task


@pytest.fixture
async def page(services: Services, library: Tenant, browser: Browser, base: str) -> AsyncIterator[Page]:
    """A signed-in page; anything the content policy blocks or a script complains of fails the test."""
    context = await browser.new_context(viewport={"width": 1180, "height": 900})
    opened = await context.new_page()
    opened.set_default_timeout(15_000)
    complaints = list[str]()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    await opened.goto(f"{base}/sign-in/{await sign_in_secret(services, library.id)}")
    await opened.get_by_role("button", name="Sign in to the console").click()
    yield opened
    await context.close()
    assert complaints == []
