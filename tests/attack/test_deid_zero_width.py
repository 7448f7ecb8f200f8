"""Characters nobody sees inside an identifier: zero-width, soft hyphen, fillers, controls, tag letters."""

from __future__ import annotations

import pytest
from tests.view_case import hidden, masked

UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\u180e\u2064\ufe0f\x00\x08\x7f\U000e0001\U000e0101"


@pytest.mark.parametrize("unseen", UNSEEN)
def test_a_name_with_an_unseen_character_is_masked(unseen: str) -> None:
    text = f"Seen today: Mr. Jo{unseen}hn Smi{unseen}th, doing well."
    assert hidden(text, f"Jo{unseen}hn", f"Smi{unseen}th", "hn", "th,")


@pytest.mark.parametrize("unseen", UNSEEN)
def test_a_number_with_an_unseen_character_is_masked(unseen: str) -> None:
    digits = unseen.join("482913")
    assert hidden(f"MRN: {digits} noted", digits, "4", "3")


def test_an_unseen_character_in_the_label_hides_nothing() -> None:
    assert hidden("M\u200bR\u200bN: 482913 noted", "482913")


def test_unseen_letters_that_a_model_reads_are_masked() -> None:
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "Mr. John Smith, MRN 482913")
    out = masked(f"All is well. {smuggled}")
    assert out.startswith("All is well.")
    left = "".join(chr(ord(letter) - 0xE0000) if ord(letter) > 0xE0000 else letter for letter in out)
    assert "John" not in left and "482913" not in left


def test_unseen_characters_alone_are_no_identifier() -> None:
    for text in ("\u200b" * 1000, "a\u200b" * 500, "plan\u00adning goes on"):
        assert masked(text) == text
