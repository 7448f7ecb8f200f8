"""The smallest set of lines that answers, with what qualifies it, or silence: pure choice among what was found."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from preceptor.evidence.passages import Unit, lead_in, units
from preceptor.flows.policy_question.plan import Plan
from preceptor.flows.policy_question.scoring import Candidate, Hit, Reader, candidates, weight_of

__all__ = ["Draft", "DraftStatement", "Hit", "QuoteSpan", "select"]

THRESHOLD = 0.5  # confidence below which nothing is said
BUDGET = 900  # characters of all quotations of one answer together
STATEMENTS = 3
LIST_LIMIT = 800
SECOND = 0.86  # a further statement needs this share of the best one's score
NEAREST = 3

_QUALIFIES = re.compile(
    r"(?:however|except(?:ion)?|unless|but|only|note|notwithstanding|nevertheless|in contrast|otherwise|this does not|these do not)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class QuoteSpan:
    """Code points `start:end` of the stored text of `page`, of the document version `document` (its key)."""

    document: str
    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """One thing the sources say: quotations that belong together, in reading order."""

    spans: tuple[QuoteSpan, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be said. When `abstained`, `statements` are what was too weak to say (never shown as an answer) and
    `reason` is a stable code; `nearest` are the closest places, to be shown as "not an answer"."""

    statements: tuple[DraftStatement, ...]
    confidence: float
    abstained: bool
    reason: str | None
    nearest: tuple[QuoteSpan, ...]


def select(plan: Plan, hits: Sequence[Hit]) -> Draft:
    """Choose among `hits` (best first). Deterministic; looks at nothing but its arguments."""
    reader = Reader(hits, plan)
    ranked = candidates(plan, hits, reader)
    if not ranked:
        return Draft((), 0.0, True, plan.reason or "below_threshold", ())
    chosen = _choose(plan, hits, ranked, reader)
    statements = tuple(_statement(plan, hits, c) for c in chosen)
    confidence = _confidence(plan, hits, ranked, chosen, reader)
    nearest = tuple(_plain(hits[c.hit], c.unit) for c in _distinct(ranked)[:NEAREST])
    reason = plan.reason
    if reason is None and confidence < THRESHOLD:
        reason = "below_threshold"
    return Draft(statements, confidence, reason is not None, reason, nearest)


def _distinct(ranked: Sequence[Candidate]) -> list[Candidate]:
    seen, found = set[str](), list[Candidate]()
    for candidate in ranked:
        words = " ".join(candidate.text.split()).casefold()[:80]
        if candidate.unit.kind != "heading" and words not in seen:
            seen.add(words)
            found.append(candidate)
    return found or list(ranked[:1])


def _choose(plan: Plan, hits: Sequence[Hit], ranked: Sequence[Candidate], reader: Reader) -> list[Candidate]:
    """The best unit; then, for questions in several parts or documents, what the first leaves open."""
    pool = _distinct(ranked)
    chosen = [pool[0]]
    if plan.compare:
        for key in plan.scope:
            if len(chosen) < STATEMENTS and all(hits[c.hit].document.key != key for c in chosen):
                chosen.extend([c for c in pool if hits[c.hit].document.key == key][:1])
        return chosen
    weights = {t.term: weight_of(t) for t in plan.terms}
    total = sum(weights.values()) or 1.0
    room = BUDGET - len(pool[0].text)
    for candidate in pool[1:12]:
        if len(chosen) >= STATEMENTS or len(candidate.text) > room:
            continue
        if any(_overlaps(hits, candidate, c) for c in chosen):
            continue
        seen = frozenset[str]().union(*(c.held for c in chosen))
        new = sum(weights[t] for t in candidate.held - seen) / total
        if candidate.score >= SECOND * chosen[0].score or (new > 0.25 and candidate.score > 0.7 * chosen[0].score):
            chosen.append(candidate)
            room -= len(candidate.text)
    return chosen


def _overlaps(hits: Sequence[Hit], one: Candidate, other: Candidate) -> bool:
    a, b = hits[one.hit], hits[other.hit]
    same = a.document.key == b.document.key and a.passage.page == b.passage.page
    return same and one.unit.start < other.unit.end and other.unit.start < one.unit.end


def _plain(hit: Hit, unit: Unit) -> QuoteSpan:
    return QuoteSpan(hit.document.key, hit.passage.page, unit.start, unit.end)


def _statement(plan: Plan, hits: Sequence[Hit], candidate: Candidate) -> DraftStatement:
    """The unit with what belongs to it: its list, its table header, the sentence that qualifies it."""
    hit = hits[candidate.hit]
    parts = units(hit.page_text, hit.passage)
    first, last = _stretch(plan, hit, parts, candidate.place)
    return DraftStatement((QuoteSpan(hit.document.key, hit.passage.page, parts[first].start, parts[last].end),))


def _stretch(plan: Plan, hit: Hit, parts: Sequence[Unit], place: int) -> tuple[int, int]:
    text = hit.page_text
    first = last = place
    unit = parts[place]
    words = text[unit.start : unit.end]
    if unit.kind == "heading" or lead_in(words):
        while last + 1 < len(parts) and parts[last + 1].end - unit.start <= (LIST_LIMIT if lead_in(words) else 420):
            if parts[last + 1].kind == "heading" and last > place:
                break
            last += 1
    elif unit.kind == "item" and "list" in plan.asks:
        while first > 0 and parts[first - 1].kind == "item" and parts[last].end - parts[first - 1].start <= LIST_LIMIT:
            first -= 1
        if first > 0 and parts[last].end - parts[first - 1].start <= LIST_LIMIT:
            first -= 1
        while last + 1 < len(parts) and parts[last + 1].kind == "item" and parts[last + 1].end - parts[first].start <= LIST_LIMIT:
            last += 1
    elif unit.kind == "row":
        while last + 1 < len(parts) and parts[last + 1].kind == "row" and parts[last + 1].end - parts[first].start <= 170:
            last += 1
    if last + 1 < len(parts) and _QUALIFIES.match(text[parts[last + 1].start : parts[last + 1].end]):
        if parts[last + 1].end - parts[first].start <= LIST_LIMIT:
            last += 1
    return first, last


def _confidence(
    plan: Plan, hits: Sequence[Hit], ranked: Sequence[Candidate], chosen: Sequence[Candidate], reader: Reader
) -> float:
    """A logistic of how much of the question the chosen lines and their surroundings cover. Hand-set."""
    best = chosen[0]
    covered = frozenset[str]().union(*(c.covered for c in chosen))
    missing = [t for t in plan.terms if t.term not in covered and not t.general]
    total = sum(weight_of(t) for t in plan.terms) or 1.0
    lost = sum(weight_of(t) for t in missing) / total
    unknown = sum(not t.known for t in plan.terms if not t.general)
    value = -2.2 + 3.0 * best.around + 1.6 * best.inside + 0.8 * best.answers - 4.0 * lost - 1.5 * unknown
    return 1.0 / (1.0 + math.exp(-value))
