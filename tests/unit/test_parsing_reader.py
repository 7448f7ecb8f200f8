"""Pages of real PDFs made here: the words, the boxes, from any page on, and nothing left running."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import typst
from tests.make_pdf import Sheet, make_pdf, text_at

from preceptor.errors import Invalid, LimitReached, NotFound
from preceptor.evidence.parsing.limits import Limits
from preceptor.evidence.parsing.media import MARKDOWN, PDF, PLAIN
from preceptor.evidence.parsing.pages import line_boxes
from preceptor.evidence.parsing.reader import open_document, read_document

POLICY = """
#set page(width: 500pt, height: 400pt, columns: 2)
#set text(hyphenate: true, size: 11pt)
#set par(justify: true)
= Prior authorization
Continuous glucose monitors are covered for members who take insulin at least three times a day, unless the
prescriber documents an individualized determination. #lorem(120)
#table(columns: 3, [Code], [Service], [Limit], [A9277], [Transmitter], [1 a quarter], [K0554], [Receiver], [1])
#pagebreak()
= Exceptions
Effective first of March. The officer’s “final” decision: 5 µg ≤ dose. #lorem(60)
"""


@pytest.fixture(scope="module")
def policy() -> bytes:
    return typst.compile(POLICY.encode())


async def _pages(data: bytes | Path, media_type: str = PDF, **more):
    return [page async for page in read_document(data, media_type, **more)]


def _bounded(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [document[i].get_textpage().get_text_bounded() for i in range(len(document))]


def _same(text: str) -> str:
    return " ".join(text.replace("\x02", "-").split())


async def test_the_words_are_those_of_the_engine(policy):
    pages = await _pages(policy)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert [_same(page.text) for page in pages] == [_same(text) for text in _bounded(policy)]
    assert "\x02" in "".join(_bounded(policy))  # the document has a line-end hyphen
    assert not any(c in page.text for page in pages for c in "\x02\r\0")
    assert {(page.width, page.height, page.hidden_count) for page in pages} == {(500.0, 400.0, 0)}


async def test_boxes_belong_to_their_characters(policy):
    document = pypdfium2.PdfDocument(policy)
    for page in await _pages(policy):
        assert page.boxes is not None and page.boxes.shape == (len(page.text), 4)
        layer = document[page.number - 1].get_textpage()
        boxed = 0
        for place, (char, box) in enumerate(zip(page.text, page.boxes.tolist(), strict=True)):
            if np.isnan(box[0]):
                assert char in "\n "
                continue
            boxed += 1
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            found = layer.get_text_bounded(middle[0] - 0.01, middle[1] - 0.01, middle[0] + 0.01, middle[1] + 0.01)
            assert char.replace("-", "\x02") in found.replace("-", "\x02"), (page.number, place)
        assert boxed > 100


async def test_words_read_from_left_to_right(policy):
    for page in await _pages(policy):
        place = 0
        for word in page.text.split():
            place = page.text.index(word, place)
            lines = line_boxes(page.boxes, place, place + len(word))
            assert len(lines) <= 1 + word.count("-"), word
            lefts = page.boxes[place : place + len(word), 0]
            if len(lines) == 1:
                assert (np.diff(lefts) > -1).all(), word
            place += len(word)


async def test_head_and_first_page(policy):
    async with open_document(
        make_pdf([Sheet(text_at(72, 700, f"Page {n}")) for n in "123"], title="A b\x00 ü"), PDF
    ) as d:
        assert (d.total, d.title) == (3, "A b ü")
    sheets = [Sheet(text_at(72, 700, f"Page {n}")) for n in range(1, 6)]
    pages = await _pages(make_pdf(sheets), first_page=4)
    assert [(page.number, page.text) for page in pages] == [(4, "Page 4"), (5, "Page 5")]
    assert await _pages(make_pdf(sheets), first_page=6) == []
    assert await _pages(make_pdf(sheets), first_page=9) == []


# A word whose left bottom corner stands at (100, 200) of user space, crop box from (50, 30) to (450, 530).
@pytest.mark.parametrize(
    ("rotate", "crop", "size", "corner"),
    [
        (0, None, (600, 800), (100, 200)),
        (0, (50, 30, 450, 530), (400, 500), (50, 170)),
        (90, (50, 30, 450, 530), (500, 400), (170, 350)),  # clockwise: the left edge is on top
        (180, (50, 30, 450, 530), (400, 500), (350, 330)),
        (270, (50, 30, 450, 530), (500, 400), (330, 50)),
    ],
)
async def test_boxes_are_of_the_displayed_page(rotate, crop, size, corner):
    data = make_pdf([Sheet(text_at(100, 200, "H"), media=(0, 0, 600, 800), crop=crop, rotate=rotate)])
    (page,) = await _pages(data)
    assert (page.width, page.height) == size
    x0, y0, x1, y1 = page.boxes[0].tolist()
    nearest = (min((x0, x1), key=lambda x: abs(x - corner[0])), min((y0, y1), key=lambda y: abs(y - corner[1])))
    assert nearest == pytest.approx(corner, abs=1.2)
    assert 0 <= x0 < x1 <= size[0] and 0 <= y0 < y1 <= size[1]


SEEN = text_at(72, 700, "Visible policy text.")
SECRET = "Secret order"


@pytest.mark.parametrize(
    "content",
    [
        text_at(72, 600, SECRET, before="3 Tr"),  # render mode: neither filled nor stroked
        text_at(72, 600, SECRET, before="1 g"),  # white on white
        b"q 0 0 .6 rg 60 590 400 30 re f Q " + text_at(72, 600, SECRET, before="0 0 .6 rg"),  # blue on blue
        text_at(72, 600, SECRET) + b"q 60 590 400 30 re f Q ",  # a black bar over it: the redaction that is none
        text_at(72, 600, SECRET, size=1),  # one point
        b"q .1 0 0 .1 0 0 cm " + text_at(720, 6000, SECRET) + b"Q ",  # one point by its matrix
        text_at(72, 900, SECRET),  # above the page
        b"q 0 0 10 10 re W n " + text_at(72, 600, SECRET) + b"Q ",  # clipped away
        text_at(72, 600, SECRET, before="/G0 gs"),  # no opacity
        b"/X0 Do ",  # white on white inside a form
    ],
)
async def test_text_nobody_sees_is_left_out_and_counted(content):
    form = (text_at(72, 600, SECRET, before="1 g"), b"")
    data = make_pdf([Sheet(SEEN + content, resources=b"/ExtGState<</G0<</ca 0>>>>")], forms=[form])
    (page,) = await _pages(data)
    assert page.text.strip() == "Visible policy text."
    assert page.hidden_count == len(SECRET.replace(" ", ""))
    assert len(page.boxes) == len(page.text)


@pytest.mark.parametrize(
    "content",
    [
        b"q 0 0 .6 rg 60 590 400 30 re f Q " + text_at(72, 600, "Table head", before="1 g"),  # white on a dark bar
        b"q 12 0 0 12 0 0 cm " + text_at(6, 50, "Table head", size=1) + b"Q ",  # size 1, made 12 by its matrix
        text_at(72, 600, "Table head", before=".8 g"),  # pale is still seen
        text_at(72, 600, "Table head", before="1 Tr"),  # outlines only
        text_at(72, 600, "Table head", size=4),  # small print
        text_at(72, 600, "Table head") + b"q 72 597 60 1 re f Q ",  # underlined
    ],
)
async def test_unusual_text_that_is_seen_stays(content):
    (page,) = await _pages(make_pdf([Sheet(SEEN + content)]))
    assert (page.text.split("\n")[-1].strip(), page.hidden_count) == ("Table head", 0)


async def test_a_mark_covered_inside_a_seen_word_stays():
    (page,) = await _pages(make_pdf([Sheet(text_at(72, 600, "patient_portal") + b"q 72 596 90 3 re f Q ")]))
    assert (page.text, page.hidden_count) == ("patient_portal", 0)


async def test_text_files(tmp_path):
    file = tmp_path / "policy.md"
    file.write_bytes(b"# Policy\r\n\r\nCovered.\fSecond")
    async with open_document(file, MARKDOWN) as reading:
        assert (reading.total, reading.title) == (2, None)
        pages = [page async for page in reading.pages()]
    assert [(page.number, page.text, page.boxes) for page in pages] == [
        (1, "# Policy\n\nCovered.", None),
        (2, "Second", None),
    ]
    assert [page.text for page in await _pages(file, PLAIN, first_page=2)] == ["Second"]


@pytest.mark.parametrize(
    ("data", "media_type", "kind", "code"),
    [
        (b"", PDF, Invalid, "file_empty"),
        (b" \n\f\n", PLAIN, Invalid, "file_empty"),
        (b"\xff\xfe\0", MARKDOWN, Invalid, "text_not_utf8"),
        (b"x", "text/csv", Invalid, "unsupported_media_type"),
        (b"x" * 101, PLAIN, LimitReached, "file_too_large"),
        (b"a\fb\fc\fd", PLAIN, LimitReached, "parse_pages"),
        (b"a b c d e f g h i j k l m", PLAIN, LimitReached, "parse_text"),
        (Path("no/such/file.txt"), PLAIN, NotFound, "file_not_found"),
    ],
)
async def test_one_clear_error(data, media_type, kind, code):
    with pytest.raises(kind) as caught:
        await _pages(data, media_type, limits=Limits(max_bytes=100, max_pages=3, max_chars=20))
    assert caught.value.code == code


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_no_process_is_left_after_a_break_or_a_cancel():
    data = make_pdf([Sheet(text_at(72, 700, f"Page {n}")) for n in range(300)])
    async with open_document(data, PDF) as reading:
        first = reading.process
        async for _ in reading.pages():
            assert _runs(first)
            break
    assert not _runs(first)

    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def read_slowly() -> None:
        async with open_document(data, PDF) as reading:
            async for _ in reading.pages():
                started.set_result(reading.process)
                await asyncio.sleep(60)

    task = asyncio.create_task(read_slowly())
    second = await started
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not _runs(second)
