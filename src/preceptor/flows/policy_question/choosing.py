"""Which of the ranked lines are said together: the best, one of each document compared, what each part still lacks."""

from __future__ import annotations

from collections.abc import Sequence

from preceptor.flows.policy_question.forms import explains
from preceptor.flows.policy_question.plan import Plan
from preceptor.flows.policy_question.ranking import POOL, Ranked
from preceptor.flows.policy_question.scoring import Candidate, Hit, Reader
from preceptor.flows.policy_question.stretches import Stretch

BUDGET = 900
"""Characters of all quotations of one answer together."""
STATEMENTS = 4
DISTINCT = 40  # candidates at first sight of which the pool is made
LONG = 560  # characters of all quotations together past which only what an answer lacks is added
SHARE = 0.2  # how far a further line must stand out against the best one
PART = 0.2  # how much of a part's weight a line must add to be taken for that part
FAIR = 0.6  # a shorter line of the same document may stand for the best one from this share of its share


def first_pool(plan: Plan, hits: Sequence[Hit], found: Sequence[Candidate]) -> list[Candidate]:
    """The candidates worth ranking, of `found` (best first): none twice, of each document compared the same number,
    and the line that says what a short form stands for where that is asked."""
    distinct = _distinct(found)
    if plan.compare:
        size = max(2, POOL // len(plan.groups))
        kept = [[c for c in distinct if hits[c.hit].document.key in group][:size] for group in plan.groups]
        chosen = [c for own in kept for c in own]
        return sorted(chosen, key=lambda c: -c.score) or distinct[:POOL]
    pool = distinct[:POOL]
    if plan.acronyms:
        pool += [c for c in distinct[POOL:] if explains(plan.acronyms, c.text)][:2]
    return pool


def _distinct(found: Sequence[Candidate]) -> list[Candidate]:
    """Candidates less those that repeat or overlap a better one."""
    kept = list[Candidate]()
    seen = set[str]()
    taken: dict[int, list[Stretch]] = {}
    for candidate in found:
        words = " ".join(candidate.text.split()).casefold().lstrip("0123456789.•♦ ")[:70]
        overlaps = any(
            s.first <= candidate.stretch.last and candidate.stretch.first <= s.last
            for s in taken.get(candidate.hit, ())
        )
        if words in seen or overlaps:
            continue
        seen.add(words)
        taken.setdefault(candidate.hit, []).append(candidate.stretch)
        kept.append(candidate)
        if len(kept) >= DISTINCT:
            break
    return kept


def within_budget(picked: Sequence[Candidate]) -> list[Candidate]:
    """The first of the lines pointed at that fit into `BUDGET` and `STATEMENTS` together."""
    kept, room = list[Candidate](), BUDGET
    for candidate in picked:
        if len(kept) < STATEMENTS and len(candidate.text) <= room:
            kept.append(candidate)
            room -= len(candidate.text)
    return kept


def choose(plan: Plan, hits: Sequence[Hit], ranked: Ranked, reader: Reader) -> list[Candidate]:
    """The lines to say, the most telling first, within `BUDGET` and `STATEMENTS`."""
    pool = ranked.pool
    if plan.compare:
        return _filled(ranked, _one_each(plan, hits, ranked))
    chosen = [pool[0]]
    room = BUDGET - len(pool[0].text)
    if plan.acronyms and not explains(plan.acronyms, pool[0].text):
        said = [c for c in pool if explains(plan.acronyms, c.text) and len(c.text) <= room][:1]
        chosen = [*said, *chosen]
        room -= sum(len(c.text) for c in said)
    for part in plan.parts:
        seen = frozenset[str]().union(*(c.held for c in chosen))
        best = max(pool[:8], key=lambda c: share(part, c.held, reader) + ranked.shares[pool.index(c)])
        adds = share(part, best.held, reader) > share(part, seen, reader) + PART
        if best not in chosen and adds and len(best.text) <= room and len(chosen) < STATEMENTS:
            chosen.append(best)
            room -= len(best.text)
    return _filled(ranked, chosen)


def _filled(ranked: Ranked, chosen: list[Candidate]) -> list[Candidate]:
    """`chosen` with further lines that stand out nearly as far, while the whole is short."""
    used = sum(len(c.text) for c in chosen)
    for place, candidate in enumerate(ranked.pool[:8]):
        if len(chosen) >= STATEMENTS or used >= LONG:
            break
        stands = ranked.shares[place] >= SHARE * ranked.shares[0]
        if candidate not in chosen and stands and used + len(candidate.text) <= BUDGET:
            chosen.append(candidate)
            used += len(candidate.text)
    return chosen


def _one_each(plan: Plan, hits: Sequence[Hit], ranked: Ranked) -> list[Candidate]:
    """The best line of each document named, a shorter one where nearly as good, within the budget."""
    chosen = list[Candidate]()
    room = BUDGET
    for group in plan.groups[:STATEMENTS]:
        own = [n for n, c in enumerate(ranked.pool) if hits[c.hit].document.key in group and len(c.text) <= room]
        fair = [
            n
            for n in own
            if ranked.shares[n] >= FAIR * ranked.shares[own[0]]
            and len(ranked.pool[n].text) <= BUDGET / len(plan.groups)
        ]
        for place in (fair or own)[:1]:
            chosen.append(ranked.pool[place])
            room -= len(ranked.pool[place].text)
    return sorted(chosen, key=ranked.pool.index) or [ranked.pool[0]]


def share(part: frozenset[str], held: frozenset[str], reader: Reader) -> float:
    """How much of the weight of a part's terms is held, 0 to 1."""
    total = sum(weight for term, weight in reader.terms if term.term in part)
    return sum(weight for term, weight in reader.terms if term.term in part & held) / total if total else 0.0
