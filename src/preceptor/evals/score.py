"""One answer held against its case: what is right, what is quoted, what must not be there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from preceptor.evals.cases import Abstain, Answer, Case, Place, collapsed


@dataclass(frozen=True)
class Stored:
    """A version as the library holds it: public name, version, the days it is in force, page texts by number."""

    document: str
    version: str
    in_force_from: date
    in_force_until: date
    pages: Mapping[int, str]


Library = Mapping[str, Stored]
"""Version id → version."""


@dataclass(frozen=True)
class Score:
    """What one answer is worth. None where the case expects nothing of that kind: not scored, never zero.

    `valid`, `precise` and `superseded` have a value for each citation; `ms` is the answer's own time. `failed`: the
    product ended in an error, which is never right.
    """

    case: str
    kind: str
    answerable: bool
    answered: bool
    right: bool
    reason: str | None
    reason_held: bool | None
    page_found: bool | None
    valid: tuple[bool, ...]
    precise: tuple[bool, ...]
    superseded: tuple[bool, ...]
    leaked: bool | None
    confidence: float
    words: int
    ms: float
    failed: bool = False


def score(case: Case, answer: Mapping[str, Any], library: Library, today: date) -> Score:
    """The score of `answer`, the contract's JSON. KeyError or TypeError for JSON of another form: a crashed scorer."""
    cited: list[Mapping[str, Any]] = [c for s in answer["statements"] for c in s["citations"]]
    answered, failed = not answer["abstained"], bool(answer.get("failed"))
    said = " ".join(str(s["text"]) for s in answer["statements"])
    expected = case.expected
    on = case.as_of or today
    return Score(
        case=case.id,
        kind=case.kind,
        answerable=isinstance(expected, Answer),
        answered=answered,
        right=not failed and _right(expected, cited, said, answered),
        reason=answer["reason"],
        reason_held=_reason_held(expected, answer["reason"]),
        page_found=_page_found(expected, cited) if isinstance(expected, Answer) and expected.groups else None,
        valid=tuple(_valid(c, library) for c in cited),
        precise=_precise(expected, cited, library),
        superseded=tuple(_superseded(c, library, on, expected) for c in cited),
        leaked=_leaked(case.phi, answer) if case.phi else None,
        confidence=float(answer["confidence"]),
        words=len(said.split()),
        ms=float(answer["timings_ms"]["total"]),
        failed=failed,
    )


def _right(expected: Answer | Abstain, cited: Sequence[Mapping[str, Any]], said: str, answered: bool) -> bool:
    if isinstance(expected, Abstain):
        return not answered
    if any(_holds(place, cited) for place in expected.not_cited):
        return False
    if not expected.groups:
        return True
    quotes = collapsed(" ".join(str(c["quote"]) for c in cited)).casefold()
    folded = collapsed(said).casefold()
    return (
        answered
        and all(any(_holds(place, cited) for place in group) for group in expected.groups)
        and all(collapsed(key).casefold() in quotes for key in expected.keys)
        and not any(collapsed(bad).casefold() in folded for bad in expected.must_not)
    )


def _holds(place: Place, cited: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the quotations from that place, put together in page order, hold its words."""
    here = [c for c in cited if _there(place, c)]
    text = collapsed(" ".join(str(c["quote"]) for c in sorted(here, key=lambda c: (c["page"], c["start"]))))
    return place.contains.casefold() in text.casefold()


def _there(place: Place, citation: Mapping[str, Any]) -> bool:
    return (
        place.document in (citation["document"], str(citation["document"]).rpartition("/")[2])
        and (place.version is None or place.version == citation["version"])
        and (place.page is None or place.page == citation["page"])
    )


def _reason_held(expected: Answer | Abstain, reason: str | None) -> bool | None:
    if isinstance(expected, Answer) or not expected.reasons or reason is None:
        return None
    return reason in expected.reasons


def _page_found(expected: Answer, cited: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each group has a citation on one of its pages, whatever it quotes there."""
    return all(any(_there(place, c) for place in group for c in cited) for group in expected.groups)


def _valid(citation: Mapping[str, Any], library: Library) -> bool:
    """The quotation is character for character what stands at its place in the stored page."""
    stored = library.get(str(citation["version_id"]))
    if stored is None or (stored.document, stored.version) != (citation["document"], citation["version"]):
        return False
    text = stored.pages.get(citation["page"])
    start, end = citation["start"], citation["end"]
    return text is not None and 0 <= start < end <= len(text) and text[start:end] == citation["quote"]


def _precise(expected: Answer | Abstain, cited: Sequence[Mapping[str, Any]], library: Library) -> tuple[bool, ...]:
    """For each citation whether it overlaps words of a gold place: without it the statement would lose support.

    ALCE's citation precision (Gao et al. 2023, section 4.2) leaves one citation out and asks a model; gold places
    decide the same without one. A citation that supports in another way counts as imprecise: a lower bound.
    """
    if isinstance(expected, Abstain) or not expected.groups:
        return ()
    places = [p for group in expected.groups for p in group]
    return tuple(any(_there(p, c) and _overlaps(p, c, library) for p in places) for c in cited)


def _overlaps(place: Place, citation: Mapping[str, Any], library: Library) -> bool:
    stored = library.get(str(citation["version_id"]))
    page = collapsed(stored.pages.get(citation["page"], "")).casefold() if stored else ""
    quote, words = collapsed(str(citation["quote"])).casefold(), place.contains.casefold()
    if not quote or words not in page:
        return False
    before = collapsed(stored.pages[citation["page"]][: citation["start"]]).casefold() if stored else ""
    at = page.find(quote, max(0, len(before) - 1))
    found = page.find(words)
    while found >= 0:
        if at >= 0 and found < at + len(quote) and at < found + len(words):
            return True
        found = page.find(words, found + 1)
    return False


def _superseded(citation: Mapping[str, Any], library: Library, on: date, expected: Answer | Abstain) -> bool:
    """Whether a version that is not in force on the day is quoted although the case does not ask for it."""
    stored = library.get(str(citation["version_id"]))
    if stored is None or stored.in_force_from <= on < stored.in_force_until:
        return False
    asked = [p for group in expected.groups for p in group] if isinstance(expected, Answer) else []
    return not any(p.version == stored.version and _there(p, citation) for p in asked)


def _leaked(phi: Sequence[str], answer: Mapping[str, Any]) -> bool:
    """Whether a personal detail of the question stands anywhere in what was given back."""
    texts = [
        answer.get("question", ""),
        *(s["text"] for s in answer["statements"]),
        *(c["quote"] for s in [*answer["statements"], *answer.get("nearest", [])] for c in s["citations"]),
    ]
    whole = " ".join(str(t) for t in texts).casefold()
    return any(detail.casefold() in whole for detail in phi)


def standing_faults(cases: Sequence[Case], library: Library) -> list[str]:
    """Ids of cases whose expected words do not stand where they are said to: such an exam proves nothing."""
    faults = list[str]()
    for case in cases:
        if isinstance(case.expected, Abstain):
            continue
        places = [*(p for group in case.expected.groups for p in group), *case.expected.not_cited]
        if not all(_stands(place, library) for place in places):
            faults.append(case.id)
    return faults


def _stands(place: Place, library: Library) -> bool:
    for stored in library.values():
        if place.document not in (stored.document, stored.document.rpartition("/")[2]):
            continue
        if place.version is not None and place.version != stored.version:
            continue
        pages = stored.pages if place.page is None else {place.page: stored.pages.get(place.page, "")}
        if any(place.contains in collapsed(text) for text in pages.values()):
            return True
    return False
