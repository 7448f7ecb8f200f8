"""Fusion of words and vectors: between 0 and 1, each side's order kept, nothing invented for what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.evidence.fusion import FUSION, Fusion, fuse, rerank

SCORES = st.dictionaries(st.integers(0, 30), st.floats(-1, 50, allow_nan=False).map(lambda x: round(x, 3)), max_size=20)
HALF = Fusion(dense=0.5)


def test_both_sides_are_scaled_and_weighed() -> None:
    fused = fuse({"a": 10.0, "b": 5.0, "c": 0.0}, {"a": 0.2, "b": 0.8, "c": 0.5}, Fusion(dense=0.25))
    assert [f.key for f in fused] == ["a", "b", "c"]
    assert [f.score for f in fused] == pytest.approx([0.75, 0.375 + 0.25, 0.125])
    assert (fused[0].words, fused[0].similarity) == (10.0, 0.2)


def test_without_vectors_the_words_decide() -> None:
    fused = fuse({"a": 1.0, "b": 3.0, "c": 2.0}, {})
    assert [f.key for f in fused] == ["b", "c", "a"]
    assert fused[0].score == 1.0
    assert all(f.similarity is None for f in fused)


def test_without_words_the_vectors_decide() -> None:
    assert [f.key for f in fuse({}, {"a": 0.1, "b": 0.3})] == ["b", "a"]


def test_what_is_missing_counts_as_the_lowest() -> None:
    fused = {f.key: f for f in fuse({"a": 4.0, "b": 2.0}, {"a": 0.5, "c": 0.9}, HALF)}
    assert fused["c"].score == pytest.approx(0.5)
    assert fused["c"].words is None
    assert fused["b"].score == pytest.approx(0.0)


def test_nothing_gives_nothing() -> None:
    assert fuse({}, {}) == []


def test_equal_scores_keep_their_order() -> None:
    assert [f.key for f in fuse({"b": 1.0, "a": 1.0}, {"c": 0.5, "a": 0.5, "b": 0.5}, HALF)] == ["b", "a", "c"]


@given(SCORES, SCORES)
def test_scores_lie_between_0_and_1_and_every_key_comes_once(words: dict[int, float], near: dict[int, float]) -> None:
    fused = fuse(words, near)
    assert {f.key for f in fused} == {*words, *near}
    assert len(fused) == len({f.key for f in fused})
    assert all(0 <= f.score <= 1 for f in fused)
    assert [f.score for f in fused] == sorted((f.score for f in fused), reverse=True)


@given(SCORES, SCORES)
def test_a_passage_better_on_both_sides_is_never_behind(words: dict[int, float], near: dict[int, float]) -> None:
    place = {f.key: n for n, f in enumerate(fuse(words, near))}
    both = [k for k in words if k in near]
    for a in both:
        for b in both:
            if words[a] > words[b] and near[a] > near[b]:
                assert place[a] < place[b]


@given(SCORES)
def test_scaling_is_of_no_account(words: dict[int, float]) -> None:
    near = {k: float(k % 7) for k in words}
    doubled = fuse({k: 2 * v + 3 for k, v in words.items()}, near)
    once = {f.key: f.score for f in fuse(words, near)}
    assert {f.key: f.score for f in doubled} == pytest.approx(once)


def test_the_reranker_moves_only_what_it_read() -> None:
    fused = fuse({"a": 4.0, "b": 3.9, "c": 1.0, "d": 0.5}, {})
    again = rerank(fused, [-3.0, 5.0, -1.0], Fusion(judged=0.4))
    assert [f.key for f in again] == ["b", "a", "c", "d"]
    assert {f.key: f.score for f in again} == {f.key: f.score for f in fused}
    assert [f.key for f in rerank(fused, [-3.0, 5.0, -1.0], Fusion(judged=0.0))] == ["a", "b", "c", "d"]
    assert [f.key for f in rerank(fused, [-3.0, 5.0, -1.0], Fusion(judged=1.0))] == ["b", "c", "a", "d"]
    assert rerank(fused, []) == fused
    assert rerank([], []) == []


def test_the_setting_is_in_range() -> None:
    assert 0 < FUSION.dense < 1
    assert FUSION.depth >= 20
