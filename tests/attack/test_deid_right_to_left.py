"""Text turned round: override and isolate characters that make stored and shown order differ."""

from __future__ import annotations

import pytest
from tests.view_case import hidden, masked

TURNED = [
    ("Seen: \u202ehtimS nhoJ .rM\u202c today", "htimS", "nhoJ"),
    ("Seen: \u202ehtimS nhoJ .rM", "htimS", "nhoJ"),
    ("MRN: \u202e319284\u202c noted", "319284"),
    ("\u202e\u202ehtimS nhoJ .rM\u202c\u202c", "htimS"),
    ("Mr. \u2067John\u2069 \u202bSm\u200fith\u202c", "John", "Sm\u200fith"),
    ("MRN: \u200f482\u200e913", "482", "913"),
    ("\u05d4\u05d7\u05d5\u05dc\u05d4 Mr. Jo\u200fhn Smith \u05d4\u05d2\u05d9\u05e2", "Jo\u200fhn", "Smith"),
]


@pytest.mark.parametrize("case", TURNED, ids=lambda case: ascii(case[0])[:24])
def test_what_is_turned_round_is_masked(case: tuple[str, ...]) -> None:
    assert hidden(*case)


def test_an_override_ends_with_its_line() -> None:
    out = masked("\u202egnileef llew\nMr. John Smith")
    assert "gnileef llew" in out and "John" not in out


def test_right_to_left_writing_alone_is_kept() -> None:
    text = "\u05d4\u05d7\u05d5\u05dc\u05d4 \u05de\u05e8\u05d2\u05d9\u05e9 \u05d8\u05d5\u05d1 \u200f(120/80)"
    assert masked(text) == text
