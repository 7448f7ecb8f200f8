"""A picture of somebody's card on a page that has text of its own: nobody read it, so its pixels do not leave."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.make import Tenant, shelf
from tests.make_pdf import Sheet, make_pdf, text_at

from preceptor.evidence.ingest import add_document
from preceptor.evidence.metadata import Metadata
from preceptor.evidence.page_view import draw, read_drawing
from preceptor.evidence.parsing.media import PDF
from preceptor.evidence.parsing.picture import render_page
from preceptor.wiring import Services

CARD = b"q 200 0 0 50 100 300 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \0\0\0\0 EI Q\n"  # a black picture, 200 by 50 points
WORDS = "".join(f"Line {n} of the policy says what is covered and for how many months it is.\n" for n in range(8))
TEXT = b"".join(text_at(72, 700 - 16 * n, line) for n, line in enumerate(WORDS.splitlines()))
PAGES = {
    "on the page": make_pdf([Sheet(TEXT + CARD)]),
    "in a form": make_pdf([Sheet(TEXT + b"/X0 Do\n")], forms=[(CARD, b"")]),
    "in a form in a form": make_pdf([Sheet(TEXT + b"/X1 Do\n")], forms=[(CARD, b""), (b"/X0 Do\n", b"")]),
}


def ink(png: bytes, x0: float, y0: float, x1: float, y1: float) -> int:
    """Dark pixels in a box of points, origin bottom left."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    scale = pixels.shape[0] / 792
    rows = slice(round((792 - y1) * scale), round((792 - y0) * scale))
    return int((pixels[rows, round(x0 * scale) : round(x1 * scale)] < 128).sum())


@pytest.mark.parametrize("where", sorted(PAGES))
async def test_the_picture_is_left_out_and_the_text_stays(services: Services, tenant: Tenant, where: str) -> None:
    whole = await render_page(PAGES[where], 1)
    assert ink(whole, 100, 300, 300, 350) > 10_000, "the picture is there"
    added = await add_document(shelf(services, tenant), tenant.caller, Metadata(stem="card"), PAGES[where], PDF)
    assert added.version_id is not None
    keys = services.keys.get(tenant.id)
    drawing = await read_drawing(services.database, services.reads, keys, tenant.caller, added.version_id, 1)
    assert not drawing.images
    shown = await draw(drawing, shelf(services, tenant).limits)
    assert ink(shown, 95, 295, 305, 355) == 0
    assert ink(shown, 60, 580, 560, 720) == ink(whole, 60, 580, 560, 720) > 0
    assert ink(await draw(replace(drawing, images=True), shelf(services, tenant).limits), 100, 300, 300, 350) > 10_000
