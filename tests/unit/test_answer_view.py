"""What the page of an answer shows: columns where sources differ, a note for a version that is not current."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

from preceptor.evidence.library import Version
from preceptor.web.answer_view import view_answer
from preceptor.web.words import confidence_words, in_force_words

TODAY = date(2026, 6, 1)
OLD, NEW, OTHER = (uuid.UUID(int=n) for n in (1, 2, 3))


def version(key: uuid.UUID, name: str, begins: date, until: date = date.max) -> Version:
    return Version(
        key, uuid.UUID(int=9), "", "plan", name, "Plan", "text/plain", b"", 1, 1, begins, None, begins, until, "ready",
        None, {}, datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


VERSIONS = {
    OLD: (version(OLD, "1", date(2025, 1, 1), date(2026, 1, 1)), version(NEW, "2", date(2026, 1, 1))),
    NEW: (version(NEW, "2", date(2026, 1, 1)), version(NEW, "2", date(2026, 1, 1))),
    OTHER: (version(OTHER, "7", date.min), version(OTHER, "7", date.min)),
}


def said(key: uuid.UUID, **more: object) -> dict[str, Any]:
    cited = {"quote": "Six weeks.", "title": "Plan", "page": 3, "version": "x", "version_id": str(key)}
    cited |= {"start": 1, "end": 11, "in_force": "in force from 2026-01-01"}
    return {"text": "Six weeks.", "citations": [cited], **more}


def answer(*statements: dict[str, Any], **more: object) -> dict[str, Any]:
    found = {"run": "r", "abstained": False, "confidence": 0.82, "statements": list(statements), "nearest": []}
    return {**found, **more}


def test_an_answer_without_the_newer_members_is_shown() -> None:
    view = view_answer(answer(said(NEW)), VERSIONS, TODAY)
    assert (view.heading, view.sides, view.notes, view.outdated) == ("What the sources say", (), (), ())
    (statement,) = view.statements
    assert (statement.role, statement.path) == ("", ())
    assert statement.citations[0].link == f"/pages/{NEW}/3?start=1&end=11&answer=r"
    assert view.confidence == "0.82, likely right"


def test_a_version_that_is_not_current_is_named() -> None:
    view = view_answer(answer(said(OLD), said(OLD), said(NEW)), VERSIONS, TODAY)
    assert view.outdated == (
        "Quoted from version 1 of Plan, which is no longer in force since Jan 1, 2026. The newest version here is 2.",
    )
    assert [s.citations[0].current for s in view.statements] == [False, False, True]
    ahead = view_answer(answer(said(NEW)), VERSIONS, date(2025, 6, 1))
    assert ahead.outdated == ("Quoted from version 2 of Plan, which begins on Jan 1, 2026.",)


def test_a_conflict_stands_side_by_side_with_its_conditions_below() -> None:
    view = view_answer(
        answer(
            said(NEW, role="answer"),
            said(OTHER, role="conflicts"),
            said(NEW, role="condition", heading="Rules › Children"),
            form="conflict",
        ),
        VERSIONS,
        TODAY,
    )
    assert view.heading == "The sources disagree" and len(view.sides) == 2
    assert view.confidence == "0.82"  # no word for it: which side is right is not known
    assert [s.facts for s in view.sides] == [
        "version x · in force since Jan 1, 2026",
        "version x · in force, date unknown",
    ]
    assert [(s.role, s.path) for s in view.statements] == [("Condition", ("Rules", "Children"))]


def test_a_comparison_of_one_version_is_no_comparison() -> None:
    view = view_answer(answer(said(NEW), said(NEW), form="comparison"), VERSIONS, TODAY)
    assert view.sides == () and len(view.statements) == 2 and view.heading == "What the sources say"


ROLES = (
    ("answer", "conflicts"),
    ("answer", "exception"),
    ("document", "more"),
    (None, None),
    ("conflicts", "other_version"),
)


def test_every_statement_is_shown_exactly_once() -> None:
    for form in ("statement", "comparison", "conflict", "list", "unheard_of"):
        for roles in (
            ("answer", "conflicts"),
            ("answer", "exception"),
            ("document", "more"),
            (None, None),
            ("conflicts", "other_version"),
        ):
            rows = [said(key, role=role) for key, role in zip((NEW, OTHER), roles, strict=True)]
            view = view_answer(answer(*rows, form=form), VERSIONS, TODAY)
            shown = [*view.statements, *(s for side in view.sides for s in side.statements)]
            assert sorted(s.citations[0].link for s in shown) == sorted(
                f"/pages/{key}/3?start=1&end=11&answer=r" for key in (NEW, OTHER)
            )


def test_words_for_force_and_confidence() -> None:
    assert in_force_words(VERSIONS[OLD][0], date(2025, 3, 1)) == "in force since Jan 1, 2025, through Dec 31, 2025"
    assert in_force_words(VERSIONS[NEW][0], date(2025, 3, 1)) == "not yet in force: begins Jan 1, 2026"
    assert [confidence_words(c) for c in (1.0, 0.9, 0.75, 0.5, 0.0)] == [
        "very likely right",
        "very likely right",
        "likely right",
        "more likely right than wrong",
        "doubtful",
    ]
