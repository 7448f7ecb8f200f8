"""Identifiers spelled letter by letter and digit by digit; scores, lists and vitals are not."""

from __future__ import annotations

import pytest
from tests.view_case import hidden, masked

SPELLED = [
    ("The caller is j o h n  s m i t h today.", "j o h n", "s m i t h"),
    ("The caller is J O H N S M I T H today.", "J O H N"),
    ("Call me at 5 5 5 - 8 6 7 - 5 3 0 9 please.", "5 5 5", "5 3 0 9"),
    ("Call me at 5-5-5 8-6-7 5-3-0-9 please.", "5-5-5", "8-6-7"),
    ("reach her: 5 5 5 8 6 7 5 3 0 9", "5 5 5 8"),
    ("M R N : 4 8 2 9 1 3 on file", "4 8 2"),
    ("SSN 0 7 8 - 0 5 - 1 1 2 0 given", "0 7 8", "1 1 2 0"),
    ("D O B : 0 4 / 1 2 / 1 9 5 7", "0 4 / 1 2"),
    ("write to j d o e @ m a i l . o r g now", "j d o e", "m a i l"),
    ("Mr. J\u00a0o\u00a0h\u00a0n S.m.i.t.h came", "J\u00a0o", "m.i.t"),
    ("patient \u043a \u0430 t h y  s m i t h", "s m i t h"),
]


@pytest.mark.parametrize("case", SPELLED, ids=lambda case: case[0][:24])
def test_what_is_spelled_out_is_masked(case: tuple[str, ...]) -> None:
    assert hidden(*case)


KEPT = [
    "Pain 0 1 2 3 4 5 6 7 8 9 10 (circled 4).",
    "PHQ-9: 2 1 0 3 2 1 1 0 0, GAD-7: 1 1 2 0 3 1 0.",
    "Strength 5 5 5 4 5 5 5 5 4 5, reflexes 2 2 2 2.",
    "T 9 8 . 6  P 7 2  R 1 6",
    "Choices: A B C D E; stage T N M; known P T S D.",
    "7 8 6 9 7 2 9 8 6 7\n6 8 9 9 7 2 3 8 6 5\n7 7 6 5 4 9 2 2 8 1",
    "Q\t1\t2\t3\nA\t7\t9\t2\t5\t8\t6\t3\t9\t1\t4",
]


@pytest.mark.parametrize("text", KEPT)
def test_scores_lists_and_tables_are_kept(text: str) -> None:
    assert masked(text) == text
