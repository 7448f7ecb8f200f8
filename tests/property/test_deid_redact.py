"""Masking keeps what is outside the spans, positions map both ways, and detection is sound on any text."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.deid.detect import detect
from preceptor.deid.labels import POLICIES, Label, Policy
from preceptor.deid.redact import redact
from preceptor.deid.spans import Span, carries, settle

LABEL: st.SearchStrategy[Label] = st.sampled_from(["NAME", "GEO", "DATE", "OTHER_ID"])
TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=80)
PIECES = st.sampled_from(
    [
        "Mr. ",
        "John ",
        "Smith",
        ", ",
        "DOB ",
        "03/14/1951",
        " MRN: 00482913",
        "\n",
        "tel 555-0142",
        "e\u0301",
        "\u200b",
        "é",
        "12 Elm Street",
        " in Denver",
        "@",
        "a@b.org",
        "219-09-9999",
        "(",
        "Patient: ",
        "91-year-old",
        "\r\n",
        "日本",
        "😀",
    ]
)


@st.composite
def text_and_finds(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(TEXT)
    ends = st.integers(0, len(text))
    finds = [
        Span(min(a, b), max(a, b), label, score, "test")
        for a, b, label, score in draw(st.lists(st.tuples(ends, ends, LABEL, st.floats(0, 1)), max_size=8))
    ]
    return text, finds


@given(text_and_finds())
def test_settled_spans_are_sorted_apart_and_hide_every_letter(given_: tuple[str, list[Span]]) -> None:
    text, finds = given_
    spans = settle(text, finds)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(any(carries(letter) for letter in text[span.start : span.end]) for span in spans)
    hidden = {at for span in spans for at in range(span.start, span.end)}
    wanted = {at for find in finds for at in range(find.start, find.end) if text[at].isalnum()}
    assert wanted <= hidden


@given(text_and_finds())
def test_outside_the_spans_every_character_is_kept(given_: tuple[str, list[Span]]) -> None:
    text, finds = given_
    spans = settle(text, finds)
    result = redact(text, spans)
    rest, at = result.text, 0
    rebuilt: list[str] = []
    for mask in result.offsets:
        assert rest[mask.masked_start : mask.masked_end].startswith("[")
        rebuilt += (rest[at : mask.masked_start], text[mask.start : mask.end])
        at = mask.masked_end
    assert "".join(rebuilt) + rest[at:] == text


@given(text_and_finds())
def test_positions_map_both_ways(given_: tuple[str, list[Span]]) -> None:
    text, finds = given_
    result = redact(text, settle(text, finds))
    hidden = {at for mask in result.offsets for at in range(mask.start, mask.end)}
    for position in range(len(text) + 1):
        there = result.to_redacted(position)
        if position in hidden:
            assert text[result.to_original(there)] == text[min(m.start for m in result.offsets if m.end > position)]
        else:
            assert result.to_original(there) == position
            assert text[position : position + 1] == result.text[there : there + 1]
    assert result.to_redacted(len(text)) == len(result.text)


def test_empty_spans_make_no_mask_and_wrong_ones_are_refused() -> None:
    assert redact("abc", [Span(1, 1, "NAME", 1.0, "test")]).text == "abc"
    overlapping = [Span(0, 2, "NAME", 1.0, "test"), Span(1, 3, "NAME", 1.0, "test")]
    for wrong in (overlapping, [Span(2, 9, "NAME", 1.0, "test")]):
        with pytest.raises(ValueError, match="sorted, apart"):
            redact("abc", wrong)


@settings(deadline=None)
@given(st.lists(PIECES | TEXT, max_size=12).map("".join), st.sampled_from(POLICIES))
def test_detection_is_sound_and_deterministic_on_any_text(text: str, policy: Policy) -> None:
    spans = detect(text, policy)
    assert spans == detect(text, policy)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    redact(text, spans)


HOSTILE = [
    "a",
    "1",
    "Aa",
    "A ",
    "1 ",
    "1-",
    "@",
    "a.",
    "a:",
    "'",
    "(",
    "\n",
    "12 Elm ",
    "John, ",
    "Patient: ",
    "PID|",
    "0:",
]


@pytest.mark.parametrize("policy", ["safe-harbor", "document"])
@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_no_faster_than_the_text(unit: str, policy: Policy) -> None:
    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.process_time()
        detect(text, policy)
        return time.process_time() - start

    seconds(1_000)
    small, large = min(seconds(8_000) for _ in range(3)), min(seconds(64_000) for _ in range(2))
    # eight times the text: a quadratic rule would take sixty-four times as long
    assert large < max(24 * small, 0.08)
