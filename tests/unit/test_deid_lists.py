"""The lists of names, places and safe words: what must and must not stand in them, and that packing loses nothing."""

from __future__ import annotations

import time
import zlib

import pytest

from preceptor.deid.lists import entries
from preceptor.deid.packed import pack, packed_words, safe_words, unpack


def test_packing_loses_nothing() -> None:
    words = ["ana", "an", "anabel", "ábaco", "zz", "zzyzx", "o'brien", "an"]
    assert unpack(pack(words)) == frozenset(words)


@pytest.mark.parametrize("word", ["a", "Ana", "new york", "a\nb"])
def test_an_unfit_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="packed word"):
        pack([word])


def test_damaged_bytes_are_refused() -> None:
    with pytest.raises(zlib.error):
        unpack(pack(["ana"])[:-3] + b"xyz")


@pytest.mark.parametrize("word", ["afebrile", "metformin", "abdomen", "denies", "telehealth", "wegovy", "may", "rose"])
def test_ordinary_and_medical_words_are_safe(word: str) -> None:
    assert word in safe_words()


@pytest.mark.parametrize("word", ["mary", "sandra", "jacob", "garcia", "smith", "xochitl", "nguyen", "chicago"])
def test_names_without_a_lower_case_meaning_are_not_safe(word: str) -> None:
    assert word not in safe_words()


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("given", "marisol"),
        ("given", "agnieszka"),
        ("surnames", "garcia"),
        ("surnames", "smith"),
        ("cities", "duluth"),
        ("cities", "san josé"),
        ("cities", "san jose"),
        ("towns", "skagway"),
        ("towns", "androscoggin"),
    ],
)
def test_entries_that_speak_for_themselves(name: str, word: str) -> None:
    assert word in entries(name).sure


@pytest.mark.parametrize(
    ("name", "word"),
    [("given", "rose"), ("given", "may"), ("surnames", "white"), ("surnames", "colon"), ("towns", "comfort")],
)
def test_entries_that_are_words_carry_the_mark(name: str, word: str) -> None:
    assert word in entries(name).also_words


def test_the_weaker_lists_repeat_nothing_of_the_stronger() -> None:
    for weak, strong in (("given_more", "given"), ("surnames_more", "surnames")):
        found = packed_words(weak)
        assert len(found) > 20_000
        assert not found & entries(strong).sure
        assert not found & safe_words()
    assert not entries("towns").sure & entries("cities").sure


def test_the_long_lists_load_fast() -> None:
    packed_words.cache_clear()
    started = time.process_time()
    for name in ("safe_words", "surnames_more", "given_more"):
        assert packed_words(name)
    assert time.process_time() - started < 0.6
