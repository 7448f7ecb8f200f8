"""Scores, figures and gates by hand-worked examples: what was not measured holds no gate."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest

from preceptor.evals.cases import Abstain, Answer, Case, Place
from preceptor.evals.compare import compare, read_result
from preceptor.evals.gates import Gate, against_baseline, hold
from preceptor.evals.metrics import METRICS, measure
from preceptor.evals.score import Score, Stored, score, standing_faults
from preceptor.evals.statistics import (
    area_under_risk_coverage,
    bootstrap,
    brier,
    calibration_error,
    count,
    mcnemar,
    mean,
    percentile,
    risk_coverage,
    share,
)

OLD = Stored("policy", "1", date(2025, 1, 1), date(2026, 1, 1), {1: "Four visits are covered.", 2: "Call us."})
NEW = Stored("policy", "2", date(2026, 1, 1), date.max, {1: "Six visits\nare covered a year.", 2: "Ask your plan."})
LIBRARY = {"old": OLD, "new": NEW}
TODAY = date(2026, 6, 1)
SIX = Place("policy", "2", 1, "Six visits are covered")
FOUR = Place("policy", "1", 1, "Four visits are covered")


def case(expected: Answer | Abstain, **other: Any) -> Case:
    plain: dict[str, Any] = {"id": "c", "question": "q", "kind": "k", "as_of": None, "document": None, "phi": ()}
    return Case(**(plain | other), expected=expected)


def wants(*groups: tuple[Place, ...], **other: Any) -> Answer:
    return Answer(groups, other.get("not_cited", ()), other.get("keys", ()), other.get("must_not", ()))


def citation(version: str = "new", page: int = 1, start: int = 0, end: int = 22, quote: str | None = None) -> dict:
    stored = LIBRARY[version]
    text = stored.pages[page][start:end] if quote is None else quote
    place = {"document": stored.document, "version": stored.version, "version_id": version, "page": page}
    return place | {"start": start, "end": end, "quote": text}


def answer(*citations: dict, **other: Any) -> dict[str, Any]:
    statements = [{"text": c["quote"], "citations": [c]} for c in citations]
    found = {"question": "q", "abstained": not citations, "reason": None if citations else "below_threshold"}
    return found | {"confidence": 0.8, "statements": statements, "nearest": [], "timings_ms": {"total": 5.0}} | other


def test_a_right_answer() -> None:
    found = score(case(wants((SIX,), keys=("six VISITS",))), answer(citation()), LIBRARY, TODAY)
    assert found.right and found.answerable and found.answered and found.page_found
    assert (found.valid, found.precise, found.superseded, found.leaked) == ((True,), (True,), (False,), None)
    assert found.words == 4 and found.reason_held is None


WRONG: list[tuple[str, Answer, dict[str, Any]]] = [
    ("silence", wants((SIX,)), answer()),
    ("another page", wants((SIX,)), answer(citation(page=2, end=8))),
    ("another version", wants((SIX,)), answer(citation("old", end=23))),
    ("half of it", wants((SIX,)), answer(citation(end=8))),
    ("one group of two", wants((SIX,), (Place("policy", "2", 2, "Ask your plan"),)), answer(citation())),
    ("a key is missing", wants((SIX,), keys=("a year",)), answer(citation())),
    ("a forbidden word", wants((SIX,), must_not=("visits are",)), answer(citation())),
    ("a refused place", wants((SIX,), not_cited=(FOUR,)), answer(citation(), citation("old", end=23))),
]


@pytest.mark.parametrize(("expected", "given"), [(e, g) for _, e, g in WRONG], ids=[n for n, _, _ in WRONG])
def test_a_wrong_answer(expected: Answer, given: dict[str, Any]) -> None:
    assert not score(case(expected), given, LIBRARY, TODAY).right


def test_a_place_may_be_quoted_in_pieces_and_groups_have_alternatives() -> None:
    pieces = answer(citation(start=11, end=22), citation(end=10))
    assert score(case(wants((SIX,))), pieces, LIBRARY, TODAY).right
    assert score(case(wants((FOUR, SIX))), answer(citation()), LIBRARY, TODAY).right


def test_only_a_refused_place_lets_silence_stand() -> None:
    refused = wants(not_cited=(FOUR,))
    assert score(case(refused), answer(), LIBRARY, TODAY).right
    assert not score(case(refused), answer(citation("old", end=23)), LIBRARY, TODAY).right


@pytest.mark.parametrize(
    "changed",
    [
        {"quote": "Six visits\nare covered!"},
        {"page": 2},
        {"page": 7},
        {"start": 1},
        {"end": 10_000},
        {"version": "1"},
        {"document": "other"},
        {"version_id": "gone"},
    ],
)
def test_a_quotation_that_does_not_stand_there_is_invalid(changed: dict[str, Any]) -> None:
    found = score(case(wants((SIX,))), answer(citation() | changed), LIBRARY, TODAY)
    assert found.valid == (False,)


def test_a_version_out_of_force_counts_unless_it_was_asked_for() -> None:
    old = answer(citation("old", end=23))
    assert score(case(wants((SIX,))), old, LIBRARY, TODAY).superseded == (True,)
    assert score(case(wants((FOUR,))), old, LIBRARY, TODAY).superseded == (False,)
    assert score(case(wants((SIX,)), as_of=date(2025, 6, 1)), old, LIBRARY, TODAY).superseded == (False,)


def test_a_detail_of_the_patient_may_not_come_back_anywhere() -> None:
    person = case(wants((SIX,)), phi=("Maria Example",))
    assert score(person, answer(citation()), LIBRARY, TODAY).leaked is False
    assert score(person, answer(citation(), question="for MARIA EXAMPLE"), LIBRARY, TODAY).leaked is True
    near = {"text": "x", "citations": [citation(quote="Maria Example")]}
    assert score(person, answer(nearest=[near]), LIBRARY, TODAY).leaked is True


def test_silence_with_the_wrong_reason_is_still_silence() -> None:
    expected = case(Abstain(frozenset({"personal_care"})))
    assert score(expected, answer(reason="personal_care"), LIBRARY, TODAY).reason_held is True
    other = score(expected, answer(reason="below_threshold"), LIBRARY, TODAY)
    assert other.right and other.reason_held is False
    assert not score(expected, answer(citation()), LIBRARY, TODAY).right


def test_citations_that_support_nothing_are_imprecise() -> None:
    found = score(case(wants((SIX,))), answer(citation(), citation(page=2, end=3)), LIBRARY, TODAY)
    assert found.precise == (True, False)
    after = score(case(wants((SIX,))), answer(citation(start=23, end=30)), LIBRARY, TODAY)
    assert after.precise == (False,)


def test_words_that_do_not_stand_in_the_documents_are_found_out() -> None:
    good, bad = case(wants((SIX,)), id="good"), case(wants((Place("policy", "2", 2, "Six visits"),)), id="bad")
    gone = case(wants(not_cited=(Place("policy", "3", None, "x"),)), id="gone")
    assert standing_faults([good, bad, gone], LIBRARY) == ["bad", "gone"]


def scored(**other: Any) -> Score:
    plain: dict[str, Any] = dict(case="c", kind="k", answerable=True, answered=True, right=True, reason=None,
        reason_held=None, page_found=True, valid=(True,), precise=(True,), superseded=(False,), leaked=None,
        confidence=0.9, words=10, ms=1.0)  # fmt: skip
    return Score(**(plain | other))


def test_what_nothing_measures_holds_no_gate() -> None:
    silent = scored(answered=False, right=False, page_found=False, valid=(), precise=(), superseded=())
    metrics = measure([silent])
    assert metrics["citation_validity"].n == 0 and metrics["phi_leaked"].n == 0
    gates = [Gate(name, "<=", math.inf, "r") for name in METRICS]
    held = {h.gate.metric: h.held for h in hold(gates, metrics)}
    assert not held["citation_validity"] and not held["superseded_quoted"] and not held["phi_leaked"]
    assert held["grounded_accuracy"]
    assert not any(h.held for h in hold(gates, {}))
    assert not any(h.held for h in hold(gates, measure([])))


def test_figures_by_hand() -> None:
    right, wrong = scored(), scored(right=False, confidence=0.4, valid=(True, False), words=30)
    false = scored(answerable=False, right=False, precise=(), page_found=None, leaked=True, superseded=(True,))
    silent = scored(answerable=False, answered=False, valid=(), precise=(), superseded=(), page_found=None)
    got = measure([right, wrong, false, silent])
    assert got["grounded_accuracy"].value == 0.5 and got["grounded_accuracy"].n == 2
    assert got["false_answer_rate"].value == 0.5
    assert got["accuracy_when_answered"].value == pytest.approx(1 / 3)
    assert got["citation_validity"].value == 0.75
    assert got["median_words"].value == 10
    assert (got["phi_leaked"].value, got["superseded_quoted"].value) == (1.0, 1.0)


def test_a_gate_is_a_closed_bound() -> None:
    metrics = {"grounded_accuracy": share([True, False])}
    assert [h.held for h in hold([Gate("grounded_accuracy", ">=", 0.5, "r")], metrics)] == [True]
    assert [h.held for h in hold([Gate("grounded_accuracy", "<=", 0.49, "r")], metrics)] == [False]


def test_wilson_and_bootstrap() -> None:
    found = share([True] * 8 + [False] * 2)
    assert (found.value, found.n) == (0.8, 10)
    assert found.low == pytest.approx(0.490, abs=1e-3) and found.high == pytest.approx(0.943, abs=1e-3)
    assert share([]).n == 0 and count([]).n == 0 and bootstrap([], mean).n == 0
    values = [float(n) for n in range(100)]
    drawn = bootstrap(values, mean)
    assert drawn == bootstrap(values, mean) and drawn.low < 49.5 < drawn.high


def test_calibration_and_risk() -> None:
    assert calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)]) == pytest.approx(0.0)
    assert calibration_error([(1.0, False), (1.0, False)]) == 1.0
    assert brier([(1.0, True), (0.5, False)]) == pytest.approx(0.125)
    assert risk_coverage([(0.9, True), (0.9, False), (0.1, False)]) == [(2 / 3, 0.5), (1.0, 2 / 3)]
    assert area_under_risk_coverage([(0.9, True), (0.1, True)]) == 0.0
    assert area_under_risk_coverage([(0.9, False), (0.1, True)]) == pytest.approx(0.75)
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0 and percentile([3.0, 1.0, 2.0], 0.95) == 3.0


def test_worse_than_before_by_paired_cases() -> None:
    assert mcnemar([True] * 5, [False] * 5) == pytest.approx(1 / 32)
    assert mcnemar([True, False], [True, False]) == 1.0
    assert mcnemar([True, False], [False, True]) == pytest.approx(0.75)
    worse = against_baseline({str(n): False for n in range(6)}, {str(n): True for n in range(6)})
    assert worse.value == pytest.approx(1 / 64)
    assert against_baseline({"a": True}, {"b": True}).n == 0


def result(**right: bool) -> dict[str, Any]:
    rows = {k: {"right": v, "answered": True, "reason": None, "confidence": 1.0, "text": [k]} for k, v in right.items()}
    return {"suite": "s", "cases_sha256": "d", "outcomes": rows}


def test_comparison_shows_losses_first() -> None:
    found = compare(result(a=True, b=False, c=True), result(a=False, b=True, c=True))
    assert [(c.case, c.kind) for c in found.changes] == [("a", "lost"), ("b", "gained")]
    assert found.same == 1
    worded = result(a=True)
    worded["outcomes"]["a"]["text"] = ["other"]
    assert [c.kind for c in compare(result(a=True), worded).changes] == ["other"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"suite": "s", "cases_sha256": "d", "outcomes": {"a": {"right": 1}}}']
)
def test_what_is_no_result_is_not_compared(text: str) -> None:
    with pytest.raises(Exception, match="invalid_suite"):
        read_result(text)
    with pytest.raises(Exception, match="invalid_suite"):
        compare(result(a=True), result(a=True) | {"cases_sha256": "other"})
