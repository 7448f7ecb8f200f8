"""Pages that are pictures are read by OCR with a box for every letter; without OCR each says so."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont
from tests.make_pdf import Sheet, make_pdf, text_at

from preceptor.errors import Invalid, PreceptorError
from preceptor.evidence.parsing.limits import Limits, find_ocr
from preceptor.evidence.parsing.media import PDF, PNG, TIFF
from preceptor.evidence.parsing.pages import ParsedPage, line_boxes
from preceptor.evidence.parsing.reader import read_document
from preceptor.evidence.parsing.scan import NotScanned, Scanned, read_picture

SAMPLE = Path(__file__).parents[2] / "examples" / "policies" / "lumbar-mri.pdf"
SENTENCE = "At least 6 weeks of conservative care"


def sheet(page: int = 1) -> Image.Image:
    with pypdfium2.PdfDocument(SAMPLE) as document:
        return document[page].render(scale=300 / 72).to_pil().convert("L")


def as_pdf(*sheets: Image.Image) -> bytes:
    held = io.BytesIO()
    sheets[0].save(held, "PDF", save_all=True, append_images=list(sheets[1:]), resolution=300)
    return held.getvalue()


def as_png(image: Image.Image) -> bytes:
    held = io.BytesIO()
    image.save(held, "PNG")
    return held.getvalue()


async def read(data: bytes, media_type: str, limits: Limits | None = None) -> list[ParsedPage]:
    return [page async for page in read_document(data, media_type, limits)]


def test_tesseract_is_here() -> None:
    assert find_ocr(), "tesseract is missing: run `make system` as root"


async def test_a_scanned_page_is_read_where_it_stands() -> None:
    (page,) = await read(as_pdf(sheet()), PDF)
    assert page.facts["ocr"] > 80 and page.boxes is not None and len(page.boxes) == len(page.text)
    at = " ".join(page.text.split()).find(SENTENCE)
    assert at >= 0
    start = page.text.index("At least 6")
    (x0, y0, x1, y1), *_ = line_boxes(page.boxes, start, start + 10)
    with pypdfium2.PdfDocument(SAMPLE) as document:
        layer = document[1].get_textpage()
        found = layer.search("At least 6").get_next()
        assert found is not None
        left, bottom, _, _ = layer.get_charbox(found[0])
    assert abs(x0 - left) < 3 and abs(y0 - bottom) < 4 and x1 > x0 and y1 > y0


async def test_a_page_lying_on_its_side_is_read() -> None:
    (page,) = await read(as_pdf(sheet().rotate(90, expand=True)), PDF)
    assert SENTENCE in " ".join(page.text.split())


async def test_pictures_are_documents_of_scanned_pages() -> None:
    held = io.BytesIO()
    small = [sheet(n).convert("1") for n in (1, 2)]
    small[0].save(held, "TIFF", compression="group4", save_all=True, append_images=small[1:])
    pages = await read(held.getvalue(), TIFF)
    assert [p.number for p in pages] == [1, 2] and SENTENCE in " ".join(pages[0].text.split())
    assert SENTENCE in " ".join((await read(as_png(sheet()), PNG))[0].text.split())


async def test_text_pages_and_scanned_pages_together() -> None:
    mixed = pypdfium2.PdfDocument.new()
    with pypdfium2.PdfDocument(SAMPLE) as text, pypdfium2.PdfDocument(as_pdf(sheet())) as scan:
        mixed.import_pages(text, [0])
        mixed.import_pages(scan, [0])
    held = io.BytesIO()
    mixed.save(held)
    without = await read(held.getvalue(), PDF, Limits(ocr=None))
    assert [bool(p.text.strip()) for p in without] == [True, False]
    assert without[1].facts["unread"] == "ocr_missing" and "unread" not in without[0].facts
    read_all = await read(held.getvalue(), PDF)
    assert "ocr" not in read_all[0].facts and read_all[1].facts["ocr"] > 80


async def test_without_ocr_a_scan_is_refused_with_what_to_do() -> None:
    for data, kind in ((as_pdf(sheet()), PDF), (as_png(sheet()), PNG)):
        with pytest.raises(Invalid) as caught:
            await read(data, kind, Limits(ocr=None))
        assert caught.value.code == "ocr_missing" and "tesseract" in caught.value.text


async def test_noise_a_blank_sheet_and_a_broken_picture() -> None:
    rng = np.random.default_rng(3)
    noise = Image.fromarray(rng.integers(0, 255, (900, 700), dtype=np.uint8))
    for image in (Image.new("L", (1200, 1600), 255), noise):
        with pytest.raises(PreceptorError) as caught:
            await read(as_png(image), PNG)
        assert caught.value.code == "picture_no_text"
    with pytest.raises(Invalid) as broken:
        await read(b"\x89PNG\r\n\x1a\n" + b"\0" * 40, PNG)
    assert broken.value.code == "picture_broken"
    with pytest.raises(PreceptorError) as large:
        await read(as_png(Image.new("1", (11_000, 11_000))), PNG)
    assert large.value.code == "picture_too_large"


async def test_a_picture_of_600_dots_an_inch_is_made_smaller() -> None:
    image = sheet()
    large = image.resize((image.width * 2, image.height * 2))
    held = io.BytesIO()
    large.save(held, "PNG", dpi=(600, 600))
    (page,) = await read(held.getvalue(), PNG)
    assert SENTENCE in " ".join(page.text.split()) and abs(page.width - 612) < 2 and abs(page.height - 792) < 2


async def test_a_letterhead_does_not_make_a_page_a_scan() -> None:
    logo = b"q 40 0 0 40 60 720 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x40 EI Q "
    (page,) = await read(make_pdf([Sheet(logo + text_at(72, 600, "S9123 needs O1l0 review"))]), PDF)
    assert "S9123 needs O1l0 review" in page.text and "ocr" not in page.facts


async def test_a_language_that_is_not_installed_is_named() -> None:
    with pytest.raises(PreceptorError) as caught:
        await read(as_png(sheet()), PNG, Limits(ocr_languages="xyz"))
    assert caught.value.code == "ocr_language"


def test_letters_share_the_box_of_their_word() -> None:
    image = Image.new("L", (1200, 300), 255)
    ImageDraw.Draw(image).text((60, 100), "COVERAGE LASTS", fill=0, font=ImageFont.load_default(64))
    program = find_ocr()
    assert program
    found = read_picture(as_png(image), program, "eng", 72.0, 300 / 72)
    assert isinstance(found, Scanned) and found.text.split() == ["COVERAGE", "LASTS"]
    letters = found.boxes[:8]
    assert np.all(np.diff(letters[:, 0]) > 0) and np.allclose(letters[:-1, 2], letters[1:, 0], atol=0.01)
    assert np.isnan(found.boxes[8]).all()


def test_a_program_that_fails_is_a_reason_and_not_an_error(tmp_path: Path) -> None:
    assert read_picture(b"", "/bin/false", "eng", 1.0, 1.0) == NotScanned("ocr_failed")
    assert read_picture(b"", str(tmp_path / "gone"), "eng", 1.0, 1.0) == NotScanned("ocr_failed")


READING = """
import sys
from pathlib import Path
from preceptor.evidence.parsing.scan import read_picture
read_picture(Path(sys.argv[1]).read_bytes(), sys.argv[2], "eng", 3000.0, 300 / 72)
"""


def test_the_ocr_program_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    path.write_bytes(as_png(sheet().resize((7000, 9000))))  # some seconds of work
    program = find_ocr()
    assert program is not None
    worker = subprocess.Popen([sys.executable, "-c", READING, str(path), program])
    try:
        reading = _wait_for(lambda: [child for child in _children(worker.pid) if _ticks(child) > 40])
    finally:
        worker.kill()
        worker.wait()
    assert reading
    assert _wait_for(lambda: [True] if not any(_runs(child) for child in reading) else [], seconds=1)


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _ticks(pid: int) -> int:
    """Processor time in hundredths of a second: past the reading of its input."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    except OSError:
        return 0


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait_for(look: Callable[[], list[Any]], seconds: float = 20) -> list[Any]:
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return found
