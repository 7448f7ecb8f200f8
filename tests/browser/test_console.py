"""The console in the real browser: sign in, ask, click a citation, see the quotation boxed and the patient black."""

from __future__ import annotations

import io
import json
import os
import re
import uuid
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Browser, Page
from tests.make import Tenant, stored_text

from preceptor.db.transaction import tenant_transaction
from preceptor.evidence.parsing.pages import decode_boxes, line_boxes
from preceptor.wiring import Services

EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"
ASKED = "How often can I ship A7030 full face masks?"


async def test_ask_read_click_and_see_the_quotation_boxed(page: Page, services: Services, library: Tenant) -> None:
    await page.get_by_label("Your question").fill(ASKED)
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_text("Verified against the stored page").first.wait_for()
    quotation = await page.locator("blockquote").first.text_content() or ""
    assert "A7030 Full face mask 1 per 3 months" in quotation.splitlines()  # a row of a table stays a row
    assert "masks" not in page.url
    await page.locator(".statement figcaption a").first.click()
    picture = page.locator(".sheet img")
    await picture.wait_for()
    assert await picture.evaluate("i => i.decode().then(() => i.naturalWidth > 500)")
    assert " ".join((await page.locator("mark").inner_text()).split()) == " ".join(quotation.split())
    source = await picture.get_attribute("src")
    assert source is not None
    marked = await pixels(page, source)
    plain = await pixels(page, source.split("?")[0])
    changed, yellow = (marked != plain).any(axis=2), is_yellow(marked)
    boxes = await quotation_boxes(services, library, source, marked.shape[0])
    assert len(boxes) >= 3
    for top, bottom, left, right in boxes:
        assert yellow[top:bottom, left:right].mean() > 0.4  # the rest is the ink of the letters and the frame
        changed[top - 4 : bottom + 4, left - 4 : right + 4] = False
    assert not changed.any()  # nothing else on the page is touched
    assert not is_yellow(plain).any()
    if target := os.environ.get("SCREENSHOT"):
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=target)


def is_yellow(picture: np.ndarray) -> np.ndarray:
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return (red > 200) & (green > 150) & (blue < 140)


async def quotation_boxes(
    services: Services, library: Tenant, source: str, height: int
) -> list[tuple[int, int, int, int]]:
    """Top, bottom, left, right in pixels of each line of the quotation that a picture's address names."""
    match = re.search(r"/pages/([0-9a-f-]+)/(\d+)/picture\?start=(\d+)&end=(\d+)", source)
    assert match is not None
    async with tenant_transaction(services.database, library.id, "test:x", read_only=True) as tx:
        row = await tx.row(
            "select boxes, height from page where version = $1 and page = $2", uuid.UUID(match[1]), int(match[2])
        )
    assert row is not None
    scale = height / row["height"]
    return [
        (round((row["height"] - y1) * scale), round((row["height"] - y0) * scale), round(x0 * scale), round(x1 * scale))
        for x0, y0, x1, y1 in line_boxes(decode_boxes(row["boxes"]), int(match[3]), int(match[4]))
    ]


async def pixels(page: Page, path: str) -> np.ndarray:
    response = await page.request.get(path if path.startswith("http") else page.url.split("/pages/")[0] + path)
    assert response.status == 200
    return np.asarray(Image.open(io.BytesIO(await response.body())).convert("RGB"))


async def test_the_planted_patient_is_black_in_the_pixels(
    page: Page, services: Services, library: Tenant, base: str
) -> None:
    planted = json.loads((EXAMPLES / "planted.json").read_text())
    async with tenant_transaction(services.database, library.id, "test:x", read_only=True) as tx:
        row = await tx.row(
            "select g.version, g.blackout, g.height from page g join document_version v on v.id = g.version"
            " join document d on d.id = v.document where d.stem = $1 and g.page = $2",
            Path(planted["path"]).stem,
            planted["page"],
        )
    assert row is not None
    boxes = json.loads(row["blackout"])
    assert len(boxes) >= len(planted["identifiers"])
    picture = await pixels(page, f"{base}/pages/{row['version']}/{planted['page']}/picture")
    scale = picture.shape[0] / row["height"]
    for x0, y0, x1, y1 in boxes:
        top, bottom = round((row["height"] - y1) * scale), round((row["height"] - y0) * scale)
        inside = picture[top:bottom, round(x0 * scale) : round(x1 * scale)]
        assert inside.size and inside.max() == 0, (x0, y0, x1, y1)
    text = await stored_text(services, library, row["version"], planted["page"])
    for values in planted["identifiers"].values():
        for value in values:
            assert value not in text, value


async def test_a_question_that_is_not_answered_says_so(page: Page) -> None:
    await page.get_by_label("Your question").fill("What is the boiling point of acetone at sea level?")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_role("heading", name="No answer").wait_for()
    assert await page.locator(".statement").count() == 0


@pytest.mark.parametrize("width", [320, 1180])
async def test_pages_are_accessible(page: Page, base: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(base + "/")
    assert await page.locator("html").get_attribute("lang") == "en"
    assert await page.locator("h1").count() == 1
    assert await page.get_by_role("main").count() == 1
    unlabelled = await page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')]"
        ".filter(e => !e.labels.length).length"
    )
    assert unlabelled == 0
    assert await page.evaluate("[...document.images].every(i => i.alt)")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"


async def test_without_a_session_the_console_says_how_to_get_in(browser: Browser, base: str) -> None:
    context = await browser.new_context()
    opened = await context.new_page()
    response = await opened.goto(base + "/")
    assert response is not None and response.status == 401
    assert "preceptor user link" in await opened.inner_text("main")
    await context.close()
