"""Surrogates on any record: never an original, the same from the same book, intervals kept, and back again."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.deid.detect import detect
from preceptor.deid.labels import LABELS, Label
from preceptor.deid.spans import Span, settle
from preceptor.deid.surrogate import surrogate, undo
from preceptor.deid.surrogate_dates import read_calendar, shift_date
from preceptor.deid.surrogate_entry import BookEntry, decode, encode, fold, new_entry

SEEDS = st.integers(0, 2**32)
NAMES = st.sampled_from(
    ["Maria Lopez", "LOPEZ, MARIA", "maria", "Lopez", "Wei Zhang", "Whitfield", "Mary O'Neil", "van der Berg, Jan"]
)
NUMBER = st.from_regex(r"\A[A-Z]{0,2}[0-9]{5,9}(-[0-9]{3,4})?\Z")
PHONE = st.from_regex(r"\A\([2-9][0-9]{2}\) [2-9][0-9]{2}-[0-9]{4}\Z")
DAY = st.dates(date(1930, 1, 1), date(2030, 12, 31)).map(lambda day: day.strftime("%m/%d/%Y"))
VALUE: st.SearchStrategy[tuple[str, Label]] = st.one_of(
    st.tuples(NAMES, st.just("NAME")),
    st.tuples(NUMBER, st.sampled_from(["MRN", "ACCOUNT", "OTHER_ID", "HEALTH_PLAN"])),
    st.tuples(PHONE, st.just("PHONE")),
    st.tuples(DAY, st.just("DATE")),
    st.tuples(st.sampled_from(["Springfield", "12 Elm Street", "Cook County"]), st.just("GEO")),
    st.tuples(st.sampled_from(["m.lopez@clinic.test", "10.2.3.4"]), st.sampled_from(["EMAIL"])),
)
WORDS = st.sampled_from(["seen", "by", "on", "denies pain", "Estela", "stable;", "in"])


@st.composite
def records(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text, spans = "", list[Span]()
    for (value, label), word in draw(st.lists(st.tuples(VALUE, WORDS), min_size=1, max_size=8)):
        text += word + " "
        spans.append(Span(len(text), len(text) + len(value), label, 1.0, "test"))
        text += value + " "
    return text, spans


@given(records(), SEEDS, SEEDS)
def test_the_same_book_gives_the_same_text_whatever_the_chance(
    record: tuple[str, list[Span]], seed: int, other: int
) -> None:
    chance = random.Random(seed)
    first = surrogate(*record, new_entry(chance), chance)
    again = surrogate(*record, decode(encode(first.entry)), random.Random(other))
    assert again.redaction.text == first.redaction.text
    assert again.added == 0 and again.entry == first.entry


@given(records(), records(), SEEDS)
def test_no_new_surrogate_is_an_original(one: tuple[str, list[Span]], two: tuple[str, list[Span]], seed: int) -> None:
    chance = random.Random(seed)
    first = surrogate(*one, new_entry(chance), chance)
    second = surrogate(*two, first.entry, chance)
    old = set(first.entry.values)
    for values, texts in ((first.entry.values, (one,)), (set(second.entry.values) - old, (one, two))):
        originals = {fold(text[span.start : span.end]) for text, spans in texts for span in spans}
        originals |= {fold(norm) for _, norm, _ in values}
        assert not originals & {fold(made) for kind, _, made in values if kind != "letter"} - {""}


@given(records(), SEEDS)
def test_a_value_has_one_surrogate_and_a_surrogate_one_value(record: tuple[str, list[Span]], seed: int) -> None:
    chance = random.Random(seed)
    entry = surrogate(*record, new_entry(chance), chance).entry
    assert len({(kind, norm) for kind, norm, _ in entry.values}) == len(entry.values)
    made = [fold(given) for kind, _, given in entry.values if given and kind != "letter"]
    assert len(made) == len(set(made))


@given(records(), SEEDS)
def test_what_was_replaced_comes_back(record: tuple[str, list[Span]], seed: int) -> None:
    chance = random.Random(seed)
    text, spans = record
    made = surrogate(text, spans, new_entry(chance), chance)
    back = undo(made.redaction.text, made.entry)
    if not made.masked and not back.ambiguous:
        assert back.text == text


@given(records(), SEEDS)
def test_between_the_spans_nothing_changes(record: tuple[str, list[Span]], seed: int) -> None:
    chance = random.Random(seed)
    text, spans = record
    made = surrogate(text, spans, new_entry(chance), chance).redaction
    at = masked_at = 0
    for offset in made.offsets:
        assert made.text[masked_at : offset.masked_start] == text[at : offset.start]
        at, masked_at = offset.end, offset.masked_end
    assert made.text[masked_at:] == text[at:]


@given(st.lists(st.dates(date(1930, 1, 1), date(2060, 12, 31)), min_size=2, max_size=5), SEEDS)
def test_intervals_are_kept_exactly(days: list[date], seed: int) -> None:
    shift = new_entry(random.Random(seed)).shift
    forms = ("%m/%d/%Y", "%Y-%m-%d", "%B %d, %Y", "%d %b %Y", "%Y%m%d")
    from datetime import datetime

    for form in forms:
        calendar = read_calendar((at, day.strftime(form)) for at, day in enumerate(days))
        moved = [shift_date(day.strftime(form), shift, calendar, at) for at, day in enumerate(days)]
        # "May" is short and long at once, and counts as long
        read = [datetime.strptime(_short(one or "", form), form).date() for one in moved]  # noqa: DTZ007 - a day
        assert all(b - a == d - c for (a, b), (c, d) in zip(pairwise(read), pairwise(days), strict=True))
        assert read[0] - days[0] == timedelta(days=shift)


def _short(written: str, form: str) -> str:
    return re.sub(r"([A-Z][a-z]{2})[a-z]+", r"\1", written) if "%b" in form else written


@settings(deadline=None)
@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from(list(LABELS)))))
def test_any_text_under_any_label_is_replaced_without_error(text: str, finds: list[tuple[int, int, Label]]) -> None:
    spans = settle(text, [Span(min(a, b), max(a, b), label, 0.5, "test") for a, b, label in finds])
    chance = random.Random(1)
    made = surrogate(text, spans, new_entry(chance), chance)
    assert decode(encode(made.entry)) == made.entry
    undo(made.redaction.text, made.entry)


@settings(deadline=None, max_examples=30)
@given(records())
def test_what_the_detector_finds_can_be_replaced(record: tuple[str, list[Span]]) -> None:
    text = record[0]
    chance = random.Random(1)
    spans = detect(text, "safe-harbor")
    made = surrogate(text, spans, BookEntry(40), chance)
    assert len(made.redaction.offsets) == len(spans)
