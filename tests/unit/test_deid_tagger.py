"""The tagger of names and places: sums, packing, and votes on words whose part is not in doubt."""

from __future__ import annotations

import zlib

import pytest

from preceptor.deid.name_runs import read_page
from preceptor.deid.tagger import (
    LIMIT,
    chances,
    joined,
    pack_weights,
    parted,
    unpack_weights,
    vote,
    voter,
    weigh,
    weights,
)
from preceptor.deid.tagger_features import NAMES, SAFE, gap, kind, known, look, shape


def chance(text: str, word: str) -> tuple[float, float]:
    """The vote on the first token of `text` that is `word`."""
    page = read_page(text)
    return vote(page, next(at for at, token in enumerate(page.tokens) if token.word == word))


def test_joined_weights_part_again_after_a_sum_at_the_limit() -> None:
    one, other = (LIMIT, -LIMIT, LIMIT, -LIMIT), (-7, 0, 1, LIMIT)
    assert parted(joined(*one)) == one
    assert parted(joined(*one) * 53 + joined(*other)) == (53 * LIMIT - 7, -53 * LIMIT, 53 * LIMIT + 1, -52 * LIMIT)


def test_packing_loses_nothing() -> None:
    table = {"a\tb": joined(1, -2, 3, -4), "c ": joined(0, 0, 0, -1)}
    assert unpack_weights(pack_weights(table)) == table
    with pytest.raises(zlib.error):
        unpack_weights(b"no weights")


def test_a_word_of_which_nothing_is_known_is_undecided() -> None:
    assert chances(*parted(weigh(["never seen"], {}))[:2]) == pytest.approx((1 / 3, 1 / 3))


def test_the_shipped_weights_stay_in_their_limits() -> None:
    assert len(weights()) > 5_000
    assert max(abs(one) for number in weights().values() for one in parted(number)) <= LIMIT


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Patient: Marisol Quintanar. Here for follow-up of diabetes.", "Quintanar"),
        ("Discussed with Dr. Abernathy, who agrees with the plan.", "Abernathy"),
        ("her daughter yolanda called about the refill", "yolanda"),
        ("PER SON GREGORIO PT FELL AT HOME LAST NIGHT", "GREGORIO"),
        ("Spoke with Zbrekova about transport.", "Zbrekova"),
    ],
)
def test_names_in_plain_context(text: str, word: str) -> None:
    assert chance(text, word)[0] > 0.7


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("He lives in Skagway with his wife.", "Skagway"),
        ("pt moved here from duluth last spring", "duluth"),
        ("Address: 14 Larkhollow Lane, Waunakee, WI", "Larkhollow"),
    ],
)
def test_places_in_plain_context(text: str, word: str) -> None:
    assert chance(text, word)[1] > 0.5


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("She has Crohn disease and takes Metformin twice daily.", "Crohn"),
        ("She has Crohn disease and takes Metformin twice daily.", "Metformin"),
        ("Foley catheter in place, draining clear urine.", "Foley"),
        ("pt may take tylenol as needed for pain", "may"),
        ("REVIEW OF SYSTEMS: NEGATIVE EXCEPT AS NOTED", "SYSTEMS"),
        ("Abdomen soft, nontender. Lungs clear.", "Abdomen"),
    ],
)
def test_words_of_medicine_are_neither(text: str, word: str) -> None:
    assert sum(chance(text, word)) < 0.3


def test_votes_do_not_depend_on_the_votes_before_them() -> None:
    page = read_page("Ana Quintanar of Skagway, seen by Dr. Lowell Brandt, has gout.")
    ready = voter(page)
    backwards = [ready.vote(at) for at in reversed(range(len(page.tokens)))]
    assert [vote(page, at) for at in range(len(page.tokens))] == backwards[::-1]
    assert all(name >= 0 and geo >= 0 and name + geo <= 1 for name, geo in backwards)


@pytest.mark.parametrize("at", [-1, 2])
def test_no_vote_outside_the_page(at: int) -> None:
    with pytest.raises(IndexError):
        vote(read_page("Ana Roe"), at)


def test_diacritics_and_hyphens_do_not_hide_a_name() -> None:
    assert known("josé") == known("jose")
    assert known("garcia-lopez") & NAMES
    assert known("follow-up") & SAFE
    assert known("o'brien") & NAMES
    assert not known("zbrekova")


def test_shapes_gaps_and_kinds() -> None:
    assert [shape(word) for word in ("ana", "Ana", "ANA", "A", "mcAdoo")] == ["a", "Aa", "AA", "A", "aA"]
    assert [gap(text) for text in (" ", ", 1998\n\n", ":  ")] == [" ", ", 0/", ": "]
    assert kind(0) == "u"
    assert kind(known("mrs")) == "T"


def test_no_name_becomes_a_feature_as_a_neighbour() -> None:
    sight = look(read_page("Quintanar told Zbrekova"), known)
    assert "quintanar" not in sight.words
    assert "told" in sight.words
    assert "zbrekova" not in sight.words
