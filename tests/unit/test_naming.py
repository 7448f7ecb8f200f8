"""Naming a document among very many: the index gives what looking at every name gives."""

from __future__ import annotations

import math

import pytest

from preceptor.evidence.bm25 import analyze
from preceptor.flows.policy_question.naming import DocumentInfo, Names, find_documents, name_terms

ITEMS = ("walker", "cane", "crutch", "splint", "brace", "wheelchair", "mattress", "infusion pump", "glove", "sling")
PLACES = ("Northfield", "Eastham", "Southport", "Westbrook", "Midvale")


def document(number: int) -> DocumentInfo:
    item, place = ITEMS[number % 10], PLACES[number // 10 % 5]
    return DocumentInfo(f"k{number}", f"d-{number}", f"{place} Guideline for {item}s {number}", "", "", None, None)


LIBRARY = [document(number) for number in range(1500)]
NAMES = Names(LIBRARY)


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("What does the Eastham guideline for crutches require?", {f"k{n}" for n in range(1500) if n % 50 == 12}),
        ("What does the Southport infusion pump guideline say?", {f"k{n}" for n in range(1500) if n % 50 == 27}),
    ],
)
def test_a_named_document_is_found_among_many(question: str, keys: set[str]) -> None:
    assert set(find_documents(question, NAMES).groups[0]) == keys


@pytest.mark.parametrize("question", ["How often is a Northfield splint renewed?", "Is a mattress covered?", "Why?"])
def test_affinity_is_the_share_of_telling_words(question: str) -> None:
    asked = {t for t in analyze(question) if len(t) > 2}
    spread = {t: sum(t in name_terms(d) for d in LIBRARY) for t in asked}
    telling = {t: math.log1p(len(LIBRARY) / n) for t, n in spread.items() if n}
    fits = {d.key: sum(w for t, w in telling.items() if t in name_terms(d)) for d in LIBRARY}
    best = max(fits.values())
    expected = {key: fit / best for key, fit in fits.items() if fit} if best else {}
    assert find_documents(question, NAMES).affinity == pytest.approx(expected)


def test_a_list_of_documents_is_as_good_as_their_index() -> None:
    question = "What do the Midvale guideline for braces 44 and the Eastham guideline for gloves 18 say?"
    assert find_documents(question, LIBRARY) == find_documents(question, NAMES)
    assert len(NAMES) == 1500 and NAMES[3] is LIBRARY[3] and list(NAMES[:2]) == LIBRARY[:2]
    assert find_documents(question, []).groups == ()
