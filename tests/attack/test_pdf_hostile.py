"""Hostile and broken PDFs: each ends in one clear error, soon, and takes nothing else with it."""

import time

import pytest
from tests.make_pdf import Sheet, make_pdf, text_at, write

from preceptor.errors import Invalid, LimitReached, PreceptorError
from preceptor.evidence.parsing.limits import MIB, Limits
from preceptor.evidence.parsing.media import PDF
from preceptor.evidence.parsing.picture import render_page
from preceptor.evidence.parsing.reader import open_document, read_document

LINE = text_at(72, 700, "Prior authorization is required.")
GOOD = make_pdf([Sheet(LINE)])
TIGHT = Limits(memory=160 * MIB, cpu_seconds=20, max_pages=50)
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def _laughing(levels: int, width: int) -> list[tuple[bytes, bytes]]:
    """Forms that each draw the next one `width` times: width ** levels objects from a few kilobytes."""
    calls = [b"".join(b"/X%d Do " % (level + 1) for _ in range(width)) for level in range(levels)]
    return [(call, b"") for call in calls] + [(LINE, b"")]


def _tree_loop() -> bytes:
    return write([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>", FONT], 1)


def _no_pages() -> bytes:
    return write([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"], 1)


CASES = {
    # a page's content is 300 MB of blanks, 300 kB in the file
    "bomb_blanks": (lambda: make_pdf([Sheet(b" " * (300 << 20), deflated=1)]), LimitReached, "parse_memory"),
    # eight million drawing operators, deflated twice: a kilobyte
    "bomb_operators": (
        lambda: make_pdf([Sheet(b"0 0 1 1 re f " * (8 << 20), deflated=2)]),
        LimitReached,
        "parse_memory",
    ),
    # graphics states saved and never restored
    "deep_states": (lambda: make_pdf([Sheet(b"q " * 2_000_000, deflated=1)]), LimitReached, "parse_memory"),
    # forms that multiply
    "laughs": (lambda: make_pdf([Sheet(b"/X0 Do")], forms=_laughing(25, 2)), LimitReached, "parse_memory"),
    # the page tree is its own child
    "tree_loop": (_tree_loop, Invalid, "pdf_broken"),
    "no_pages": (_no_pages, Invalid, "pdf_broken"),
    # an honest file cut in the middle
    "truncated": (lambda: GOOD[: len(GOOD) // 2], Invalid, "pdf_broken"),
    "header_only": (lambda: b"%PDF-1.7\n", Invalid, "pdf_broken"),
    "not_pdf": (lambda: b"GIF89a" + bytes(2000), Invalid, "pdf_not_pdf"),
    "words": (lambda: b"This is a policy.", Invalid, "pdf_not_pdf"),
    "password": (lambda: make_pdf([Sheet(LINE)], user_password=b"secret"), Invalid, "pdf_encrypted"),
    "picture_only": (lambda: make_pdf([Sheet(b"0 0 100 100 re f")] * 2), Invalid, "pdf_no_text"),
    "all_hidden": (lambda: make_pdf([Sheet(text_at(72, 700, "Order", before="3 Tr"))]), Invalid, "pdf_no_text"),
    "many_pages": (lambda: make_pdf([Sheet(LINE)] * 51), LimitReached, "parse_pages"),
}


@pytest.mark.parametrize("name", CASES)
async def test_one_clear_error(name):
    build, kind, code = CASES[name]
    data = build()
    begun = time.monotonic()
    with pytest.raises(PreceptorError) as caught:
        [page async for page in read_document(data, PDF, TIGHT)]
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert time.monotonic() - begun < 15
    assert [page.number async for page in read_document(GOOD, PDF, TIGHT)] == [1]


@pytest.mark.parametrize("name", ["bomb_operators", "laughs", "truncated", "password", "tree_loop"])
async def test_a_picture_of_it_ends_the_same_way(name):
    build, kind, code = CASES[name]
    with pytest.raises(kind) as caught:
        await render_page(build(), 1, limits=TIGHT)
    assert caught.value.code == code


async def test_a_good_page_before_a_bomb_is_read_and_the_bomb_is_told():
    data = make_pdf([Sheet(LINE), Sheet(b"0 0 1 1 re f " * (8 << 20), deflated=2)])
    seen = []
    with pytest.raises(LimitReached):
        async for page in read_document(data, PDF, TIGHT):
            seen.append(page.number)  # noqa: PERF401  what was seen before the error is the point
    assert seen == [1]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # encrypted for the owner only: everybody may read it
        (make_pdf([Sheet(LINE)], user_password=b""), "Prior authorization is required."),
        # a form that draws itself
        (make_pdf([Sheet(LINE + b"/X0 Do")], forms=[(b"/X0 Do", b"")]), "Prior authorization is required."),
        # bytes before the header, as mail gateways leave them
        (b"\r\n\r\n" + GOOD, "Prior authorization is required."),
        # operators that are none, and a number beyond range
        (make_pdf([Sheet(b"foo 1e99999 bar ] >> " + LINE)]), "Prior authorization is required."),
    ],
)
async def test_odd_files_that_can_be_read(data, text):
    assert [page.text async for page in read_document(data, PDF, TIGHT)] == [text]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(wall_seconds=0.02), "parse_time"),  # shorter than the process takes to start
        (Limits(cpu_seconds=1, memory=2048 * MIB), "parse_time"),  # the kernel ends it
        (Limits(max_chars_per_page=10), "parse_text"),
        (Limits(max_bytes=100), "file_too_large"),
    ],
)
async def test_each_limit_has_its_name(limits, code):
    slow = make_pdf([Sheet(LINE + text_at(72, 600, "x"))] + [Sheet(b"/X0 Do")] * 3, forms=_laughing(19, 2))
    with pytest.raises(LimitReached) as caught:
        [page async for page in read_document(slow, PDF, limits)]
    assert caught.value.code == code


async def test_a_title_is_cut_and_holds_no_controls():
    async with open_document(make_pdf([Sheet(LINE)], title="A\u202e\x07[31m\n" + "x" * 5000), PDF) as reading:
        assert reading.title is not None
        assert len(reading.title) == 300
        assert reading.title.isprintable()
