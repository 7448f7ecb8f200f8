"""Pictures of pages: what is marked, and what is gone."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.make_pdf import Sheet, make_pdf, text_at

from preceptor.errors import Invalid, NotFound
from preceptor.evidence.parsing.limits import Limits
from preceptor.evidence.parsing.media import MARKDOWN, PDF
from preceptor.evidence.parsing.pages import line_boxes
from preceptor.evidence.parsing.picture import render_page
from preceptor.evidence.parsing.reader import read_document

TEXT = "Coverage requires a visit"


def _pixels(png: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.mode) == ("PNG", "RGB")
    return np.asarray(image).astype(int)


def _cut(pixels: np.ndarray, box, height: float, scale: float, margin: float = 0.0) -> np.ndarray:
    x0, y0, x1, y1 = box
    rows = slice(round((height - y1 - margin) * scale), round((height - y0 + margin) * scale))
    return pixels[rows, round((x0 - margin) * scale) : round((x1 + margin) * scale)]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 130, 450, 530)])
async def test_boxes_and_picture_agree(rotate, crop):
    sheet = Sheet(text_at(100, 400, TEXT), media=(0, 0, 600, 800), crop=crop, rotate=rotate)
    data = make_pdf([sheet])
    (page,) = [page async for page in read_document(data, PDF)]
    (line,) = line_boxes(page.boxes, 0, len(TEXT)) if rotate % 180 == 0 else [_hull(page.boxes)]
    plain = _pixels(await render_page(data, 1, scale=2))
    assert plain.shape == (round(page.height * 2), round(page.width * 2), 3)
    assert (_cut(plain, line, page.height, 2) < 100).any()  # the ink is in the box
    outside = plain.copy()
    _cut(outside, line, page.height, 2, margin=1)[:] = 255
    assert (outside > 250).all()  # and nowhere else
    black = _pixels(await render_page(data, 1, scale=2, highlight=[line], blackout=[line]))
    assert (_cut(black, line, page.height, 2, margin=1) == 0).all()


def _hull(boxes: np.ndarray) -> tuple[float, ...]:
    lows, highs = np.nanmin(boxes, axis=0), np.nanmax(boxes, axis=0)
    return (float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3]))


async def test_a_blackout_leaves_no_trace_of_what_was_under_it():
    box = (90.0, 690.0, 300.0, 715.0)
    pictures = {
        await render_page(make_pdf([Sheet(text_at(100, 700, name))]), 1, blackout=[box])
        for name in ("Jane Miller", "John Smithers", "")
    }
    assert len(pictures) == 1


async def test_a_highlight_keeps_the_text_readable_and_has_a_border():
    data = make_pdf([Sheet(text_at(100, 700, TEXT))])
    box = (100.0, 698.0, 240.0, 710.0)
    marked = _pixels(await render_page(data, 1, highlight=[box], scale=2))
    inside = _cut(marked, box, 792, 2)
    assert (inside.sum(axis=2) < 60).any()  # the letters are still black
    assert ((inside[:, :, 0] > 240) & (inside[:, :, 2] < 100)).mean() > 0.5  # on yellow
    assert (marked.reshape(-1, 3) == (179, 64, 0)).all(axis=1).any()


async def test_the_same_page_gives_the_same_bytes():
    data = make_pdf([Sheet(text_at(100, 700, TEXT))])
    box = (100.0, 698.0, 240.0, 710.0)
    assert await render_page(data, 1, highlight=[box]) == await render_page(data, 1, highlight=[box])


async def test_a_poster_is_drawn_smaller_and_boxes_off_the_page_do_no_harm():
    data = make_pdf([Sheet(text_at(100, 700, TEXT), media=(0, 0, 14000, 14000))])
    box = (-500.0, 13_900.0, 20_000.0, 15_000.0)
    pixels = _pixels(await render_page(data, 1, highlight=[box], blackout=[box], limits=Limits(max_pixels=250_000)))
    assert pixels.shape[0] * pixels.shape[1] <= 250_000
    assert (pixels[0] == 0).all()


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        ({"page": 2}, NotFound, "not_found"),
        ({"page": 0}, NotFound, "not_found"),
        ({"page": 1, "scale": 60}, Invalid, "invalid_request"),
        ({"page": 1, "media_type": MARKDOWN}, Invalid, "unsupported_media_type"),
    ],
)
async def test_what_cannot_be_drawn(arguments, kind, code):
    data = make_pdf([Sheet(text_at(100, 700, TEXT))])
    with pytest.raises(kind) as caught:
        await render_page(data, **arguments)
    assert caught.value.code == code
