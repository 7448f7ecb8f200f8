"""The figures of an exam out of its scores, by name. Each says what it counts and what it cannot show. Pure."""

from __future__ import annotations

import statistics as numbers
from collections.abc import Callable, Mapping, Sequence

from preceptor.evals.score import Score
from preceptor.evals.statistics import (
    Metric,
    area_under_risk_coverage,
    bootstrap,
    brier,
    calibration_error,
    count,
    share,
)

Scores = Sequence[Score]


def citation_validity(scores: Scores) -> Metric:
    """Share of quotations that stand in the stored page at their place. Says nothing of whether they answer."""
    return share([v for s in scores for v in s.valid])


def grounded_accuracy(scores: Scores) -> Metric:
    """Share of answerable cases whose answer cites every place that is needed; silence counts as wrong."""
    return share([s.right for s in scores if s.answerable])


def false_answer_rate(scores: Scores) -> Metric:
    """Share of cases without an answer that were answered all the same."""
    return share([s.answered for s in scores if not s.answerable])


def accuracy_when_answered(scores: Scores) -> Metric:
    """Share of answers that are right, false answers included: 1 - selective risk (El-Yaniv and Wiener 2010)."""
    return share([s.right for s in scores if s.answered])


def false_abstention_rate(scores: Scores) -> Metric:
    """Share of answerable cases met with silence."""
    return share([not s.answered for s in scores if s.answerable])


def reason_accuracy(scores: Scores) -> Metric:
    """Share of rightly silent cases whose reason is one of those expected."""
    return share([s.reason_held for s in scores if s.reason_held is not None])


def page_recall(scores: Scores) -> Metric:
    """Share of answered answerable cases with a citation on a gold page of every group."""
    return share([s.page_found for s in scores if s.page_found is not None and s.answered])


def citation_precision(scores: Scores) -> Metric:
    """Share of citations that overlap gold words, over answered answerable cases; a lower bound."""
    return share([p for s in scores if s.answered for p in s.precise])


def median_words(scores: Scores) -> Metric:
    """Median length of an answer in words."""
    return bootstrap([float(s.words) for s in scores if s.answered], numbers.median)


def confidence_error(scores: Scores) -> Metric:
    """Expected calibration error of the confidence of released answers, ten bins; 0..1, biased upward for few cases."""
    return bootstrap([(s.confidence, s.right) for s in scores if s.answered], calibration_error)


def brier_score(scores: Scores) -> Metric:
    """Mean squared error of the confidence of released answers."""
    return bootstrap([(s.confidence, s.right) for s in scores if s.answered], brier)


def risk_coverage_area(scores: Scores) -> Metric:
    """Area under risk and coverage over all cases, a silent one counted by its confidence as wrong unless silence was
    right: how well confidence orders what may be said."""
    return bootstrap([(s.confidence, s.answerable and s.right) for s in scores], area_under_risk_coverage)


def phi_leaked(scores: Scores) -> Metric:
    """How many answers gave back a personal detail of the question."""
    return count([s.leaked for s in scores if s.leaked is not None])


def superseded_quoted(scores: Scores) -> Metric:
    """How many citations quote a version that is not in force on the day asked about, unasked."""
    return count([v for s in scores for v in s.superseded])


def errors(scores: Scores) -> Metric:
    """How many cases ended in an error of the product; a question it rightly cannot read is none."""
    return count([s.failed for s in scores])


METRICS: Mapping[str, Callable[[Scores], Metric]] = {
    m.__name__: m
    for m in (
        citation_validity,
        grounded_accuracy,
        false_answer_rate,
        accuracy_when_answered,
        false_abstention_rate,
        reason_accuracy,
        page_recall,
        citation_precision,
        median_words,
        confidence_error,
        brier_score,
        risk_coverage_area,
        phi_leaked,
        superseded_quoted,
        errors,
    )
}
"""Name → figure."""

MORE_IS_BETTER = frozenset(
    ("citation_validity", "grounded_accuracy", "accuracy_when_answered", "reason_accuracy", "page_recall")
) | {"citation_precision"}
"""Figures a gate bounds from below; every other one is bounded from above."""


def measure(scores: Scores) -> dict[str, Metric]:
    """Every figure."""
    return {name: figure(scores) for name, figure in METRICS.items()}


def accuracy_by_kind(scores: Scores) -> dict[str, Metric]:
    """Share of right outcomes by kind of case, answer and silence alike."""
    kinds = sorted({s.kind for s in scores})
    return {kind: share([s.right for s in scores if s.kind == kind]) for kind in kinds}
