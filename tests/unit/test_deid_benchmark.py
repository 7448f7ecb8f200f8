"""The scores of the de-identification benchmark, its messages, and the growth exponent of its slow texts."""

from __future__ import annotations

import math

import pytest
from benchmarks.deid_adversarial import KINDS, slope
from benchmarks.deid_run import messages
from benchmarks.deid_score import redactions, redactions_per_1000_words, score, wilson

TEXT = "Ann Lee, seen at Oak Hall in 2021, takes Tylenol."


def extent(words: str) -> tuple[int, int]:
    at = TEXT.index(words)
    return at, at + len(words)


def gold(words: str, **more: str) -> dict[str, object]:
    start, end = extent(words)
    return {"start": start, "end": end, **more}


ROW = {
    "id": "1",
    "noise": "clean",
    "text": TEXT,
    "spans": [gold("Ann Lee", label="NAME")],
    "optional": [gold("Oak Hall"), gold("2021")],
    "traps": [gold("Tylenol", kind="drug")],
}


def test_hidden_when_each_letter_is_covered_even_in_two_pieces() -> None:
    found = score([ROW], {"1": [extent("Lee"), extent("Ann")]})
    assert (found.spans.hits, found.spans.n) == (1, 1)
    assert found.leak_share == 0
    assert found.precision == 1
    assert found.by_label["NAME"].share == found.by_noise["clean"].share == 1
    assert found.documents_clean.share == 1


def test_a_part_hidden_is_not_hidden() -> None:
    found = score([ROW], {"1": [(0, 6)]})
    assert found.spans.hits == 0
    assert found.leak_share == pytest.approx(1 / 6)
    assert found.documents_clean.hits == 0


def test_a_document_without_an_answer_leaks() -> None:
    found = score([ROW], {})
    assert found.leak_share == 1
    assert math.isnan(found.precision)


def test_optional_spans_are_neutral_and_the_rest_is_needless() -> None:
    assert score([ROW], {"1": [extent("Ann Lee"), extent("Oak Hall in 2021")]}).precision == pytest.approx(6 / 8)


def test_a_trap_counts_when_one_character_is_hidden() -> None:
    start, _ = extent("Tylenol")
    found = score([ROW], {"1": [(start, start + 1)]})
    assert (found.traps.hits, found.by_trap["drug"].n) == (1, 1)
    assert score([ROW], {"1": [(0, start)]}).traps.hits == 0


def test_extents_outside_the_text_are_cut() -> None:
    assert score([ROW], {"1": [(-5, 3), (4, 7), (len(TEXT), 999)]}).precision == 1


def test_neighbouring_redactions_are_one_place() -> None:
    assert redactions("Ann Lee, Bob", [(0, 3), (4, 7)]) == 1
    assert redactions("Ann Lee or Bob", [(0, 3), (11, 14)]) == 2
    assert redactions("Ann, Bob", [(3, 5)]) == 0
    assert redactions_per_1000_words({"a": "one two three four"}, {"a": [(0, 3)]}) == 250


def test_wilson_interval() -> None:
    # Newcombe 1998, table I: 81 of 263 and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_messages_have_the_size_and_differ() -> None:
    texts = [f"Document {number} says {number * 7919}." for number in range(400)]
    made = list(messages(texts, 50))
    assert {len(text) for text in made} == {3_000}
    assert len(set(made)) == 50


@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_slope(exponent: float) -> None:
    assert slope([(size, 3e-6 * size**exponent) for size in (1_000, 4_000, 20_000)]) == pytest.approx(exponent)


def test_every_slow_text_has_the_size_asked_for() -> None:
    assert {name: len(make(1_000)) for name, make in KINDS.items()} == dict.fromkeys(KINDS, 1_000)
