"""What the console says in words: dates, how a version stands, how sure an answer is, what was noted about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from preceptor.evidence.library import Version

STAGES: Mapping[str, str] = {
    "reading": "being read",
    "words": "searchable by words, by meaning soon",
    "ready": "searchable",
    "failed": "not read",
}
"""How far a version has come → what a reader of the library is told."""

ROLES: Mapping[str, str] = {
    "more": "More on it",
    "condition": "Condition",
    "exception": "Exception",
    "other_version": "Another version says",
    "conflicts": "Says otherwise",
}
"""Role of a statement → its heading; a plain answer has none."""

FORMS: Mapping[str, str] = {
    "comparison": "Side by side",
    "conflict": "The sources disagree",
}
"""Form of an answer → the heading above it, where it is not just what the sources say."""

NOTES: Mapping[str, str] = {
    "identifiers_removed": "What identifies an individual was taken out of the question before anything else.",
    "instructions_ignored": "The question holds instructions to a machine; they were not followed.",
    "spelling_corrected": "A word of the question was read as one the documents use.",
    "acronym_expanded": "An abbreviation was read as the document spells it out.",
    "not_current": "The quotation comes from a version that is not the one in force today.",
    "model_pointed": "A language model pointed at these lines; the words are the documents' own.",
    "model_unusable": "The language model gave nothing that can be used; the lines were chosen without it.",
    "other_day": "The question names another day; what was in force on that day was searched.",
    "words_only": "Found by words alone: there is no embedding model.",
}
"""Code of a note → the note."""

CONFIDENCE = (
    (0.9, "very likely right"),
    (0.75, "likely right"),
    (0.5, "more likely right than wrong"),
    (0.0, "doubtful"),
)
"""Lowest confidence → its words. The number is the estimated share of such answers that are right."""


def day(value: date | None) -> str:
    """A date as a reader in the United States writes it: Jan 31, 2026."""
    return f"{value:%b} {value.day}, {value.year}" if value else "not stated"


def in_force_words(version: Version, on: date) -> str:
    """Whether a version is in force on a day, since when, and until when if that is known."""
    if version.in_force_from > on:
        return f"not yet in force: begins {day(version.in_force_from)}"
    if version.in_force_until <= on:
        return f"no longer in force since {day(version.in_force_until)}"
    dated = version.in_force_from > date.min
    since = f"in force since {day(version.in_force_from)}" if dated else "in force, date unknown"
    last = version.in_force_until - timedelta(days=1) if version.in_force_until < date.max else None
    return f"{since}, through {day(last)}" if last else since


def confidence_words(confidence: float) -> str:
    """How sure an answer is."""
    return next(words for least, words in CONFIDENCE if confidence >= least)


def note_words(code: str) -> str:
    """A note of an answer; one that is not in the list keeps its code."""
    return NOTES.get(code, code.replace("_", " ").capitalize() + ".")
