"""What a document says of itself, and what it does not."""

from __future__ import annotations

from datetime import date

import pytest

from preceptor.errors import Invalid
from preceptor.evidence.metadata import Metadata, completed, parse_date, require_date, version_key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("1/31/2026", date(2026, 1, 31)),
        ("January 31, 2026", date(2026, 1, 31)),
        ("Jan. 31, 2026", date(2026, 1, 31)),
        ("31/1/2026", None),  # day first is not guessed
        ("February 30, 2026", None),
        ("Ju 1, 2026", None),
        ("Jun 1, 2026", date(2026, 6, 1)),
    ],
)
def test_dates(text: str, expected: date | None) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    ("front", "since", "until", "version"),
    [
        ("Policy\nEffective date: January 1, 2026\nVersion 2026.1\n", date(2026, 1, 1), None, "2026.1"),
        ("Effective: 2025-01-01 through 2025-12-31", date(2025, 1, 1), date(2025, 12, 31), None),
        ("Effective Date 07/01/2024\nExpiration date: 06/30/2025", date(2024, 7, 1), date(2025, 6, 30), None),
        # a date the text talks about is not the document's
        ("The rule took effect on January 1, 2019, and version 3 of the form is used.", None, None, None),
        ("We found that effective January 1, 2019 the rule changed.", None, None, None),
    ],
)
def test_front_matter(front: str, since: date | None, until: date | None, version: str | None) -> None:
    found = completed(Metadata("policy"), front, None, None)
    assert (found.effective_from, found.effective_to, found.version) == (since, until, version)


def test_what_was_said_wins() -> None:
    said = Metadata("policy", title="Said", version="9", effective_from=date(2020, 1, 1))
    found = completed(said, "Effective date: 2026-01-01\nVersion 1", "Embedded title", "Heading")
    assert (found.title, found.version, found.effective_from) == ("Said", "9", date(2020, 1, 1))


@pytest.mark.parametrize(
    ("embedded", "heading", "title"),
    [
        ("Microsoft Word - draft_7.docx", "Home oxygen therapy", "Home oxygen therapy"),
        ("Guideline for mild TBI", "1. Introduction", "Guideline for mild TBI"),
        (None, None, "home oxygen"),
        ("x", "y", "home oxygen"),
    ],
)
def test_titles(embedded: str | None, heading: str | None, title: str) -> None:
    assert completed(Metadata("home_oxygen"), "", embedded, heading).title == title


def test_versions_count_as_numbers() -> None:
    ordered = ["2025.2", "2025.10", "2026.1", "2026.1.1"]
    assert sorted(ordered, key=version_key) == ordered
    assert version_key("v10") > version_key("v9")


@pytest.mark.parametrize(
    "text", ["", "20260101", "2026-W01-1", "2026-13-01", "2026-02-30", "٢٠٢٦-٠١-٠١", "2026-1-1", "today"]
)
def test_a_request_s_date_has_one_form(text: str) -> None:
    with pytest.raises(Invalid):
        require_date(text)
