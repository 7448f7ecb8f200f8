"""Text files as pages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.evidence.parsing.plain import LONGEST_PAGE, NotText, split_pages, text_of


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfTitle\r\nline\rlast", "Title\nline\nlast"),  # byte order mark, all three line ends
        ("50 µg – “daily”".encode(), "50 µg – “daily”"),  # nothing is normalised
        ("e\u0301".encode(), "e\u0301"),  # not composed either: bytes must match
        (b"a\x07b\x1bc\x7f", "abc"),  # controls dropped
        (b"a\x0bb\xc2\x85c", "a b c"),  # controls that count as white space do not glue words
        (b"a\x0cb\tc", "a\x0cb\tc"),  # form feed and tab stay
    ],
)
def test_text_of_a_file(data, text):
    assert text_of(data) == text


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04\x00\x00",  # an archive
        b"caf\xe9",  # Latin-1
        "policy".encode("utf-16"),  # NUL bytes
        b"\xed\xa0\x80",  # a surrogate written as UTF-8
    ],
)
def test_what_is_no_text(data):
    with pytest.raises(NotText):
        text_of(data)


@given(st.text(st.sampled_from("ab# \n\n\f"), max_size=400), st.integers(5, 60))
def test_the_pages_are_the_text(text, longest):
    pages = list(split_pages(text, longest))
    assert "".join(pages) == text.replace("\f", "")
    assert all(len(page) <= longest for page in pages)
    assert len(pages) >= text.count("\f") + 1


def test_paragraphs_stay_whole_and_headings_go_with_what_they_head():
    paragraph = "word " * 300 + "\n"
    text = f"# One\n\n{paragraph}\n{paragraph}\n## Two\n\n{paragraph}\n{paragraph}"
    first, second = split_pages(text)
    assert first.endswith(paragraph + "\n")
    assert second.startswith("## Two\n")


def test_a_form_feed_ends_a_page_also_an_empty_one():
    assert list(split_pages("one\f\fthree")) == ["one", "", "three"]


@pytest.mark.parametrize(
    "text", ["x" * 2_000_000, "x " * 1_000_000, "\n" * 2_000_000, "# " * 1_000_000, "\n \t" * 600_000]
)
def test_long_lines_do_not_hang(text):
    begun = time.process_time()
    pages = list(split_pages(text))
    assert time.process_time() - begun < 2
    assert "".join(pages) == text
    assert max(map(len, pages)) <= LONGEST_PAGE
