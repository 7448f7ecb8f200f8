"""The check of a quotation, against pages it stands in and pages it does not."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.evidence.citations import Place, Quotation, Refused, Verified, verify, verify_all

VERSION = uuid.UUID(int=7)
PAGE = "Coverage ends after 36 months.\nÄrzte und µg: ≥ 3 é e\u0301"
PAGES = {(VERSION, 1): PAGE}


def quotation(text: str, start: int, end: int, page: int = 1, version: uuid.UUID = VERSION) -> Quotation:
    return Quotation(Place(version, page, start, end), text)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (quotation("Coverage ends", 0, 13, page=2), "no_page"),
        (quotation("Coverage ends", 0, 13, version=uuid.UUID(int=8)), "no_page"),
        (quotation("Coverage ends", 0, 13_000), "out_of_range"),
        (quotation("x", -1, 0), "out_of_range"),
        (quotation("", 5, 5), "out_of_range"),
        (quotation(" ", 8, 9), "empty"),
        (quotation("Coverage Ends", 0, 13), "other_bytes"),  # one letter's case
        (quotation("Coverage ends ", 0, 13), "other_bytes"),  # one blank more
        (quotation("Coverage  ends", 0, 13), "other_bytes"),
        (quotation("after 63 months", 14, 29), "other_bytes"),  # swapped digits
        (quotation("é", PAGE.index("e\u0301"), PAGE.index("e\u0301") + 2), "other_bytes"),  # same look, other bytes
        (quotation("\ud800", 0, 1), "other_bytes"),  # a lone surrogate does not crash the check
    ],
)
def test_refused(asked: Quotation, reason: str) -> None:
    assert verify(asked, PAGES) == Refused(asked, reason)


@given(st.text(min_size=1), st.data())
def test_every_slice_of_a_page_stands_in_it(page: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(page) - 1))
    end = data.draw(st.integers(start + 1, len(page)))
    asked = quotation(page[start:end], start, end)
    outcome = verify(asked, {(VERSION, 1): page})
    assert isinstance(outcome, Verified) == bool(page[start:end].strip())


@given(st.text(min_size=2), st.text(min_size=1))
def test_other_words_never_pass(page: str, words: str) -> None:
    asked = quotation(words, 0, len(words))
    outcome = verify(asked, {(VERSION, 1): page})
    assert isinstance(outcome, Verified) == (page.startswith(words) and bool(words.strip()))


def test_one_bad_quotation_does_not_hide_among_good_ones() -> None:
    good, bad = quotation("Coverage", 0, 8), quotation("coverage", 0, 8)
    held, refused = verify_all([good, bad], PAGES)
    assert [v.quotation for v in held] == [good]
    assert [r.quotation for r in refused] == [bad]
