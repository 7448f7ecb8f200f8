"""What goes to others consists of known words: whatever no list holds is hidden, whether a detector saw it or not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.deid.known_words import only_known_words


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("My son Brixqzola needs insulin", "My son [WORD] needs insulin"),
        ("SSN 718-40-2963 on file", "SSN [NUMBER] on file"),
        ("call (312) 555-0177 today", "call [NUMBER] today"),
        ("call 312 555 0177 today", "call [NUMBER] today"),
        ("born 03/14/1951", "born [NUMBER]"),
        ("MRN 00482913", "MRN [NUMBER]"),
        ("write to z.q@planted.example or https://planted.example/x", "write to [CONTACT] or [CONTACT]"),
        ("account ZX771940221", "account [NUMBER]"),
        ("[NAME] was seen", "[NAME] was seen"),
        ("[Quennethorpe] was seen", "[[WORD]] was seen"),
        ("Frau Müllerstein", "Frau [WORD]"),
    ],
)
def test_what_is_not_known_is_hidden(text: str, left: str) -> None:
    assert only_known_words(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "A hospital bed (HCPCS E0260) is rented for 10 months.",
        "2,300 mg of sodium; HbA1c 7.5 %; L4-L5 disc; BMI of 35 or more; 140/90 mm Hg",
        "Is adalimumab covered for Crohn's disease after 12 weeks of methotrexate?",
        "Medicare pays 80% after the deductible in 2026.",
    ],
)
def test_what_a_policy_says_stays(text: str) -> None:
    assert only_known_words(text) == text


@given(st.text(max_size=200))
def test_no_long_number_and_no_unknown_mark_leaves(text: str) -> None:
    left = only_known_words(text)
    assert not re.search(r"[0-9]{6,}", left)
    assert "@" not in left


@given(st.lists(st.sampled_from(["seven", "Xqzarda", "12", "the", "555-0177-33", "insulin"]), max_size=12))
def test_doing_it_twice_changes_nothing(words: list[str]) -> None:
    once = only_known_words(" ".join(words))
    assert only_known_words(once) == once
    assert "Xqzarda" not in once and "0177" not in once
