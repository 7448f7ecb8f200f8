"""Lone and paired surrogates, broken UTF-8 and text decoded with the wrong table."""

from __future__ import annotations

import pytest
from tests.view_case import hidden, masked

from preceptor.deid.view_bytes import read_text

BROKEN = [
    ("Mr. Jo\ud800hn Smi\udfffth came", "Jo\ud800hn", "Smi\udfffth"),
    ("MRN: 482\udc80913 noted", "482", "913"),
    ("Mr. \ud835\udc09ohn Smith came", "\ud835\udc09ohn", "Smith"),
    ("Mr. Jos\u00c3\u00a9 Garc\u00c3\u00ada came", "Jos\u00c3\u00a9", "Garc\u00c3\u00ada"),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: ascii(case[0])[:24])
def test_surrogates_and_wrong_tables_hide_nothing(case: tuple[str, ...]) -> None:
    assert hidden(*case)


@pytest.mark.parametrize("data", [b"Mr. Jos\xe9 Gonz\xe1lez came", b"Mr. Jos\xc3 Gonz\xc3\xa1lez came"])
def test_broken_bytes_inside_a_name_are_masked(data: bytes) -> None:
    out = masked(read_text(data))
    assert "Jos" not in out and "lez" not in out and out.endswith(" came")


def test_a_pair_is_never_cut() -> None:
    out = masked("Mr. John Smith\ud83d\ude00 MRN: 482913\ud83d\ude00")
    assert out.count("\ud83d") == out.count("\ude00") == out.count("\ud83d\ude00")


@pytest.mark.parametrize("text", ["", "\ud800", "\udfff\ud800" * 500, "\ufffd" * 500, "\x00" * 500])
def test_nothing_but_damage_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_every_pair_of_bytes_is_read() -> None:
    for first in range(256):
        out = read_text(b"Mr. John Smith " + bytes((first, 0x41)))
        assert "John" in out and masked(out).startswith("Mr. [NAME]")
