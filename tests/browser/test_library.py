"""The library in the real browser: seen, filtered, compared, added to and taken out of; JavaScript is not needed."""

from __future__ import annotations

import asyncio
import os
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from tests.make import Tenant, add_text

from preceptor.cli.serve import sign_in_secret
from preceptor.db.transaction import tenant_transaction
from preceptor.evidence.library import remove
from preceptor.wiring import Services

CANES = "# Walking canes\n\nVersion 1.0\n\nEffective date: January 1, 2026\n\nA cane is replaced every 2 years.\n"
REPLACED = "How often is a shower chair replaced?"
CONTRAST = """() => {
  const parse = text => {
    const n = (text.match(/[\\d.]+/g) || []).map(Number);
    const scaled = text.startsWith('color(') ? n.slice(0, 3).map(v => v * 255) : n.slice(0, 3);
    return [...scaled, n.length > 3 ? n[3] : 1];
  };
  const luminance = c => c.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, c) => below.map((v, i) => v * (1 - c[3]) + c[i] * c[3]), [255, 255, 255]);
  };
  return [...document.querySelectorAll('body *')]
    .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .map(e => {
      const [a, b] = [luminance(parse(getComputedStyle(e).color)), luminance(ground(e))].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), e.tagName + '.' + e.className];
    })
    .filter(([ratio]) => ratio < 4.5);
}"""


async def picture(page: Page, name: str) -> None:
    """Keep a picture of the page where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=name != "diff")


async def test_find_a_document_and_see_what_changed_in_it(page: Page, base: str) -> None:
    await page.get_by_role("link", name="Library").click()
    await page.get_by_role("heading", name="Library").wait_for()
    await picture(page, "library")
    await page.get_by_label("Title, name or version").fill("glucose 2025.1")
    await page.get_by_role("button", name="Show").click()
    await page.locator(".library tbody").first.wait_for()
    assert await page.locator(".library tbody").count() == 1
    await page.get_by_role("link", name="Continuous Glucose Monitors").click()
    await page.get_by_role("heading", level=2, name="Version 2026.1").wait_for()
    assert await page.get_by_role("heading", level=2, name="Version 2026.1").count() == 1
    assert "follows 2025.1" in await page.inner_text("main")
    await page.get_by_role("link", name="What changed since 2025.1").click()
    await page.get_by_role("heading", name="What changed").wait_for()
    changed = page.locator("tr.changed", has_text="Policy number")
    assert (
        await changed.locator("del").inner_text() == "2025.1" and await changed.locator("ins").inner_text() == "2026.1"
    )
    assert await changed.locator(".number").inner_text() == "2025.1 → 2026.1"
    await picture(page, "diff")
    await changed.get_by_role("link", name="page 1").last.click()
    assert "2026.1" in await page.locator("mark").inner_text()


async def test_an_answer_names_its_version_and_takes_a_judgement(page: Page, base: str) -> None:
    await page.get_by_label("Your question").fill(REPLACED)
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_text("Verified against the stored page").wait_for()
    assert "Confidence 0." in await page.inner_text(".sure")
    assert "in force since Jan 1, 2026" in await page.inner_text(".answer")
    await picture(page, "answer")
    await page.get_by_label("Why").fill("the table says so")
    await page.get_by_role("button", name="Wrong citation").click()
    await page.get_by_role("heading", name="You said that a citation is wrong").wait_for()


async def test_silence_is_explained_and_nothing_near_looks_like_an_answer(page: Page, base: str) -> None:
    await page.get_by_label("Your question").fill("Does the plan cover acupuncture for migraine?")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_role("heading", name="No answer").wait_for()
    assert await page.get_by_role("heading", name="Not an answer").count() == 1
    assert await page.locator(".statement").count() == 0
    await picture(page, "abstention")


FALLS = """The program is for members who are 65 or older and had one fall or more in the past 12 months.

A shower chair is replaced every 3 years for members of the program, without a new order.
"""


async def test_documents_that_disagree_stand_side_by_side(page: Page, services: Services, library: Tenant) -> None:
    said = {"title": "Fall Prevention Program", "version": "3.0", "effective_from": date(2026, 3, 1)}
    assert (await add_text(services, library, "falls", FALLS, **said)).status == "added"
    await page.get_by_label("Your question").fill(REPLACED)
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_role("heading", name="The sources disagree").wait_for()
    sides = [await side.inner_text() for side in await page.locator(".side").all()]
    assert sorted(side.splitlines()[0] for side in sides) == ["Bath Safety Equipment", "Fall Prevention Program"]
    assert ["5 years" in side for side in sides] != ["3 years" in side for side in sides]
    await picture(page, "conflict")
    async with tenant_transaction(services.database, library.id, "test:x") as tx:
        await remove(tx, services.clock, services.keys.get(library.caller.tenant), library.caller, "falls")


async def test_a_version_no_longer_in_force_is_marked(page: Page, base: str) -> None:
    await page.get_by_label("Your question").fill("For how many months is a renewal of a CGM approved?")
    await page.get_by_label("Policies in force on").fill("2025-06-01")
    await page.get_by_label("Search in").select_option(label="Continuous Glucose Monitors")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_text("Not the current version.").wait_for()
    assert "no longer in force since Jan 1, 2026" in await page.inner_text(".answer")


async def test_add_label_and_remove_without_javascript(
    browser: Browser, services: Services, library: Tenant, base: str
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{base}/sign-in/{await sign_in_secret(services, library.id)}")
    await page.get_by_role("button", name="Sign in to the console").click()
    await page.goto(base + "/library")
    await page.get_by_label("Files").set_input_files(
        {"name": "walking-canes.md", "mimeType": "text/markdown", "buffer": CANES.encode()}
    )
    await page.get_by_label("Payer or department (optional)").fill("Orthotics")
    await page.get_by_label("Who may see it (optional)").fill("department:ortho")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("heading", level=1, name="Walking canes").wait_for()
    for _ in range(50):
        if not await page.get_by_role("link", name="Look again").count():
            break
        await asyncio.sleep(0.2)
        await page.get_by_role("link", name="Look again").click()
    assert "seen only by department:ortho" in " ".join((await page.inner_text(".lead")).split())
    await page.get_by_label("Labels, separated by blanks").fill("")
    await page.get_by_role("button", name="Save").click()
    assert "seen by everyone" in await page.inner_text(".lead")
    await page.get_by_label("Remove 1 version of Orthotics/walking-canes").check()
    await page.get_by_role("button", name="Remove", exact=True).click()
    await page.get_by_role("heading", level=1, name="Library").wait_for()
    assert "Walking canes" not in await page.inner_text("main")
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1180])
async def test_every_page_of_the_library_is_accessible(page: Page, base: str, width: int, scheme: str) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(base + "/library")
    document = await page.get_by_role("link", name="Continuous Glucose Monitors").get_attribute("href")
    await page.goto(base + "/")
    await page.get_by_label("Your question").fill(REPLACED)
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_role("heading", name="What the sources say").wait_for()
    answer = page.url.removeprefix(base)
    for path in ("/", "/library", document, f"{document}/differences", answer):
        await page.goto(f"{base}{path}")
        assert await page.locator("h1").count() == 1
        unlabelled = await page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')]"
            ".filter(e => !e.labels.length).map(e => e.name)"
        )
        assert unlabelled == [], path
        ids = await page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids)), path
        named = await page.evaluate(
            "[...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].map(e =>"
            " e.getAttribute('aria-labelledby') || e.getAttribute('aria-describedby'))"
        )
        assert set(named) <= set(ids), path
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert await page.evaluate(CONTRAST) == [], path
