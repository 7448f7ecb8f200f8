"""The smallest set of lines that answers, with what qualifies it, or silence: pure choice among what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from preceptor.evidence.passages import Unit, runs_on, units
from preceptor.evidence.reading import Header
from preceptor.flows.policy_question.answer_forms import Form, form_of
from preceptor.flows.policy_question.choosing import BUDGET, choose, first_pool, within_budget
from preceptor.flows.policy_question.confidence import confidence
from preceptor.flows.policy_question.confidence import features as known_of_answer
from preceptor.flows.policy_question.conflicts import conflicting
from preceptor.flows.policy_question.fitted import FITTED, Fitted, Weights
from preceptor.flows.policy_question.forms import contradicts
from preceptor.flows.policy_question.plan import Plan
from preceptor.flows.policy_question.ranking import judged_text, ranked
from preceptor.flows.policy_question.scoring import Candidate, Hit, Reader, candidates
from preceptor.flows.policy_question.stretches import Stretch, qualified, stretches, whole

__all__ = ["BUDGET", "Draft", "DraftStatement", "Hit", "Judge", "Mode", "QuoteSpan", "select"]

NEAREST = 3
HEADER_LIMIT = 140
APART_BY = 3  # characters between two cells of a header that are quoted as one
SHORTEST = 8  # letters and digits a quotation has at least, where what it qualifies is quoted beside it

Judge = Callable[[str, Sequence[str]], Sequence[float]]
"""A cross-encoder: the question and texts → a logit each, higher where the text answers."""
Pick = Callable[[str, Sequence[str]], Sequence[int] | None]
"""A language model that points: the question and numbered texts → places of those that answer, the best first; empty
when none does, None when it gave nothing that can be used. It never gives words."""
Mode = Literal["fast", "adaptive", "thorough"]
Role = Literal["answer", "more", "document"]


@dataclass(frozen=True, slots=True)
class QuoteSpan:
    """Code points `start:end` of the text of `page`, of the document version `document` (its key): of its reading text,
    or of its stored text where `stored`."""

    document: str
    page: int
    start: int
    end: int
    stored: bool = False


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """One thing the sources say: quotations that belong together, in reading order, and the headings above them.

    `role`: the answer itself, more beside it, or what one of several documents says.
    """

    spans: tuple[QuoteSpan, ...]
    heading: str = ""
    role: Role = "answer"


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be said. When `abstained`, `statements` are what was too weak to say (never shown as an answer) and
    `reason` is a stable code; `nearest` are the closest places, to be shown as "not an answer".

    `confidence`: how likely the statements answer the question, 0 to 1. `judged`: whether the cross-encoder was asked.
    """

    statements: tuple[DraftStatement, ...]
    confidence: float
    abstained: bool
    reason: str | None
    nearest: tuple[QuoteSpan, ...]
    form: Form = "quotation"
    notes: tuple[str, ...] = ()
    judged: bool = False


def select(
    plan: Plan,
    hits: Sequence[Hit],
    judge: Judge | None = None,
    mode: Mode = "thorough",
    fitted: Fitted = FITTED,
    pick: Pick | None = None,
) -> Draft:
    """Choose among `hits` (best first). Deterministic; looks at nothing but its arguments.

    With `pick`, the lines a language model points at are said, or nothing when it points at none; what it gives cannot
    be words, and what it points at needs the same confidence. With a `judge`: "thorough" asks it always, "adaptive"
    only where the confidence without it lies in the band `fitted.uncertain`, "fast" never.
    """
    reader = Reader(hits, plan)
    pool = first_pool(plan, hits, candidates(plan, hits, reader))
    if not pool:
        return Draft((), 0.0, True, plan.reason or "below_threshold", ())
    similar = any(h.similarity is not None for h in hits)
    texts = [judged_text(hits[c.hit], c) for c in pool]
    places = pick(plan.question, texts) if pick is not None and plan.reason is None else None
    picked = [pool[place] for place in places or ()]
    judged = judge if mode != "fast" and plan.reason is None else None
    draft = None
    if judged is None or mode == "adaptive":
        draft = drafted(plan, hits, pool, reader, None, fitted.hybrid if similar else fitted.words, picked)
    if judged is not None and (draft is None or fitted.uncertain[0] <= draft.confidence <= fitted.uncertain[1]):
        draft = drafted(plan, hits, pool, reader, judged(plan.question, texts), fitted.judged, picked)
    assert draft is not None
    if pick is None or plan.reason is not None:
        return draft
    if places is None:
        return replace(draft, notes=(*draft.notes, "model_unusable"))
    if not places:
        return replace(
            draft, abstained=True, reason=draft.reason or "model_found_nothing", notes=(*draft.notes, POINTED)
        )
    return replace(draft, notes=(*draft.notes, POINTED))


POINTED = "model_pointed"
"""Note of a draft whose lines a language model pointed at. They pass the same gate as any others."""


def drafted(
    plan: Plan,
    hits: Sequence[Hit],
    pool: Sequence[Candidate],
    reader: Reader,
    logits: Sequence[float] | None,
    weights: Weights,
    picked: Sequence[Candidate] = (),
) -> Draft:
    """What is said of `pool` (`choosing.first_pool`, not empty) with these weights and, if any, the logits of each.
    `picked` are lines somebody pointed at: they are said instead, if they hold the threshold."""
    order = ranked(plan, hits, pool, reader, logits, weights.ranking)
    other = None if picked else conflicting(plan, hits, order, reader)
    chosen = within_budget(picked) or choose(plan, hits, order, reader)
    if other is not None:
        chosen = within_budget([order.pool[0], other, *(c for c in chosen if c not in (order.pool[0], other))])
    likely = confidence(known_of_answer(plan, hits, order, chosen, reader), weights.confidence)
    room = BUDGET - sum(len(c.text) for c in chosen)
    by_place = {(h.document.key, h.passage.ordinal): h for h in hits}
    statements = list[DraftStatement]()
    for n, candidate in enumerate(chosen):
        beside = plan.compare or (other is not None and n < 2)
        role: Role = "document" if beside else "more" if n else "answer"
        said = _statement(hits[candidate.hit], candidate.stretch, room, by_place, role, "list" in plan.asks)
        room -= sum(span.end - span.start for span in said.spans) - len(candidate.text)
        statements.append(said)
    statements = _apart(statements)
    reason = plan.reason
    if reason is None and contradicts(plan.question, chosen[0].text):
        reason = "premise_not_supported"
    if reason is None and likely < weights.threshold:
        reason = "below_threshold"
    return Draft(
        tuple(statements),
        likely,
        reason is not None,
        reason,
        tuple(_span(hits[c.hit], c.stretch) for c in order.pool[:NEAREST]),
        form_of(plan, [(c.stretch.kind, c.text) for c in chosen], conflict=other is not None and other in chosen),
        (),
        logits is not None,
    )


def _apart(statements: Sequence[DraftStatement]) -> list[DraftStatement]:
    """The statements less those that stand whole in another one, which grew by what qualifies it."""
    return [
        one
        for n, one in enumerate(statements)
        if not any(
            all(_inside(span, other) for span in one.spans) and (m < n or not all(_inside(s, one) for s in other.spans))
            for m, other in enumerate(statements)
            if m != n
        )
    ]


def _inside(span: QuoteSpan, statement: DraftStatement) -> bool:
    return any(
        s.document == span.document and s.page == span.page and s.start <= span.start and span.end <= s.end
        for s in statement.spans
    )


def _span(hit: Hit, stretch: Stretch) -> QuoteSpan:
    return QuoteSpan(hit.document.key, hit.passage.page, stretch.start, stretch.end)


def _statement(
    hit: Hit, stretch: Stretch, room: int, by_place: Mapping[tuple[str, int], Hit], role: Role, listed: bool
) -> DraftStatement:
    """The stretch with the list it announces and the sentence that qualifies it; for a table row, its header; for a
    sentence that runs over the page's end, the rest of it when that passage is among the hits (`by_place`)."""
    parts, _ = stretches(hit.page_text, hit.passage)
    limit = stretch.end - stretch.start + max(0, room)
    stretch = whole(hit.page_text, parts, stretch, limit, listed=listed)
    spans = [_span(hit, qualified(hit.page_text, parts, stretch, limit))]
    if stretch.kind == "row":
        spans = [*_header(hit, parts, stretch, by_place), *spans]
    follows = by_place.get((hit.document.key, hit.passage.ordinal + 1))
    if follows is not None and stretch.last == len(parts) - 1 and parts[-1].kind == "sentence":
        spans.extend(_rest(hit, follows, room))
    return DraftStatement(tuple(spans), hit.passage.heading, role)


def _header(
    hit: Hit, parts: Sequence[Unit], stretch: Stretch, by_place: Mapping[tuple[str, int], Hit]
) -> list[QuoteSpan]:
    """The header of the table row: the one the layout knows, if its page is among those found, else the first row."""
    known = parts[stretch.first].header
    if known is not None:
        pages = {h.passage.page for h in by_place.values() if h.document.key == hit.document.key}
        whole_header = sum(end - start for start, end in known.spans) <= HEADER_LIMIT
        if known.page in pages and whole_header:
            return [QuoteSpan(hit.document.key, known.page, a, b, stored=True) for a, b in _telling(known)]
        return []
    first = next((n for n, u in enumerate(parts) if u.kind == "row"), None)
    if first is None or first >= stretch.first or parts[first].end - parts[first].start > HEADER_LIMIT:
        return []
    return [QuoteSpan(hit.document.key, hit.passage.page, parts[first].start, parts[first].end)]


def _telling(header: Header) -> list[tuple[int, int]]:
    """The cells of a header as quotations: cells that only a mark keeps apart are one, and one of fewer than
    `SHORTEST` letters alone is left out, for it could stand anywhere on its page."""
    joined = list[tuple[int, int, str]]()
    words = header.text.split(" | ")
    cells = words if len(words) == len(header.spans) else [""] * len(header.spans)
    for (start, end), cell in zip(header.spans, cells, strict=True):
        if joined and 0 <= start - joined[-1][1] <= APART_BY:
            joined[-1] = (joined[-1][0], end, f"{joined[-1][2]} {cell}")
        else:
            joined.append((start, end, cell))
    return [(start, end) for start, end, cell in joined if sum(c.isalnum() for c in cell) >= SHORTEST]


def _rest(hit: Hit, follows: Hit, room: int) -> list[QuoteSpan]:
    """The rest of a sentence that `hit` ends in the middle of, from the top of the next page."""
    if follows.passage.page != hit.passage.page + 1 or not runs_on(hit.text, follows.text):
        return []
    first = units(follows.page_text, follows.passage)[:1]
    return [
        QuoteSpan(follows.document.key, follows.passage.page, unit.start, unit.end)
        for unit in first
        if unit.end - unit.start <= room
    ]
