"""A picture with any bytes changed is read or refused by a code; the decoder's own errors reach nobody."""

from __future__ import annotations

import io
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from preceptor.errors import CODES
from preceptor.evidence.parsing import pictures
from preceptor.evidence.parsing.job import Job

# `true` stands for an OCR program that finds nothing: what is tested is what happens before it is asked.
JOB = Job("scan", 0, 1 << 29, 30, 5, 10_000, 10_000, 1_000_000, ocr="/bin/true")


@cache
def picture(form: str) -> bytes:
    image = Image.new("RGB", (60, 40), "white")
    ImageDraw.Draw(image).text((4, 10), "Oxygen", fill="black")
    held = io.BytesIO()
    extra = {"save_all": True, "append_images": [image.copy()], "compression": "tiff_lzw"} if form == "TIFF" else {}
    image.save(held, form, dpi=(300, 300), **extra)
    return held.getvalue()


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "TIFF"]), st.data())
def test_damaged_pictures_are_refused_by_a_code(form: str, data: st.DataObject) -> None:
    content = bytearray(picture(form))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    kept = data.draw(st.integers(1, len(content)))
    try:
        assert list(pictures.pages(JOB, bytes(content[:kept])))
    except pictures.Unreadable as error:
        assert error.code in CODES
