"""What sits the exam: the product, and systems known to be bad, which must fail it.

A known-bad system takes the product's own answer and spoils it in one way. An exam that one of them passes is broken.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from preceptor.evals.cases import Case
from preceptor.evals.score import Library

Ask = Callable[[Case], Awaitable[dict[str, Any]]]
"""The product: a case asked as the suite's caller, answered in the contract's JSON."""

System = Callable[[Ask, Library, Case], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class KnownBad:
    """A way to be bad, and the metric whose gate must notice it first."""

    system: System
    noticed_by: str
    how: str


async def product(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """The product as it is."""
    del library
    return await ask(case)


async def always_answers(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Says the nearest passages where the product is silent."""
    del library
    answer = await ask(case)
    if not answer["abstained"]:
        return answer
    return answer | {"abstained": False, "reason": None, "statements": answer["nearest"][:1], "nearest": []}


async def always_abstains(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Never says anything."""
    del library
    answer = await ask(case)
    return answer | {"abstained": True, "reason": answer["reason"] or "below_threshold", "statements": []}


async def wrong_page(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Quotes rightly and cites the page after, or before, as if it stood there."""

    def spoil(citation: dict[str, Any]) -> dict[str, Any]:
        pages = library[citation["version_id"]].pages
        number = citation["page"] + 1 if citation["page"] + 1 in pages else citation["page"] - 1
        return citation | {"page": number}

    return _with_citations(await ask(case), spoil)


async def altered_quotation(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Changes the first number of a quotation, or drops a "not", or adds a word."""
    del library

    def spoil(citation: dict[str, Any]) -> dict[str, Any]:
        quote = str(citation["quote"])
        changed = re.sub(r"\d", lambda m: str((int(m[0]) + 1) % 10), quote, count=1)
        if changed == quote:
            changed = re.sub(r"\bnot ", "", quote, count=1)
        return citation | {"quote": changed if changed != quote else quote + " always"}

    return _with_citations(await ask(case), spoil)


async def superseded_version(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Answers from the library as it stood on the day before the last change of version that the case's day knows."""
    changes = [
        new.in_force_from
        for new in library.values()
        if any(old.document == new.document and old.in_force_from < new.in_force_from for old in library.values())
        and (case.as_of is None or new.in_force_from <= case.as_of)
    ]
    last = max(changes, default=None)
    return await ask(case if last is None else replace(case, as_of=last - timedelta(days=1)))


async def leaks_question(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Repeats the question as it was asked, personal details and all."""
    del library
    return await ask(case) | {"question": case.question}


async def always_confident(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Is sure of everything, and so answers everything it finds anything for."""
    return await always_answers(ask, library, case) | {"confidence": 1.0}


async def cites_more(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
    """Puts two passages that have nothing to do with it behind each answer, rightly quoted."""
    answer = await ask(case)
    extra = list[dict[str, Any]]()
    for key, stored in list(library.items())[:2]:
        page, text = next(iter(stored.pages.items()))
        place = {"document": stored.document, "version": stored.version, "version_id": key, "page": page}
        extra.append(place | {"start": 0, "end": min(80, len(text)), "quote": text[:80]})
    statements = [s | {"citations": [*s["citations"], *extra]} for s in answer["statements"]]
    return answer | {"statements": statements}


def _with_citations(answer: dict[str, Any], spoil: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    statements = [s | {"citations": [spoil(c) for c in s["citations"]]} for s in answer["statements"]]
    return answer | {"statements": statements}


KNOWN_BAD: Mapping[str, KnownBad] = {
    "always-answers": KnownBad(always_answers, "false_answer_rate", "says the nearest passage instead of nothing"),
    "always-abstains": KnownBad(always_abstains, "grounded_accuracy", "never answers"),
    "wrong-page": KnownBad(wrong_page, "citation_validity", "cites the page next to the one quoted"),
    "altered-quotation": KnownBad(altered_quotation, "citation_validity", "changes a number or a word of a quotation"),
    "superseded-version": KnownBad(superseded_version, "superseded_quoted", "answers from versions no longer in force"),
    "leaks-question": KnownBad(leaks_question, "phi_leaked", "gives the question back with its personal details"),
    "always-confident": KnownBad(always_confident, "false_answer_rate", "is sure of whatever it finds"),
    "cites-more": KnownBad(cites_more, "citation_precision", "adds citations that support nothing"),
}
"""Name → system; each must fail the suite, and `noticed_by` must be among the gates that do not hold."""
