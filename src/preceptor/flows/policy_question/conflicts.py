"""Whether lines of two documents contradict each other on what is asked: other numbers of one unit, yes against no."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from preceptor.flows.policy_question.plan import Plan
from preceptor.flows.policy_question.ranking import Ranked
from preceptor.flows.policy_question.scoring import Candidate, Hit, Reader

SHARE = 0.08  # how far the other document's line must stand out against the best one
ALIKE = 0.85  # of the question's weight in or near either line, how much must be there for both
COVERED = 0.5  # of the whole question's weight, how much must stand in or near the best line
_UNIT = (
    r"percent|%|mg|mcg|g|kg|ml|l|mm|cm|seconds?|minutes?|hours?|days?|weeks?|months?|years?|visits?|sessions?|times|items?"
    r"|points?|units?|tablets?|capsules?|dollars?"
)
_QUANTITY = re.compile(
    rf"(\$)?(\d[\d,]*(?:\.\d+)?)\s*(?:(?:calendar|business|working|consecutive)\s+)?({_UNIT})?\b", re.IGNORECASE
)
_AGAINST = re.compile(
    r"\bagainst\b|\b(?:is|are|was|were|be|do|does|may|must|shall|should|can) ?not\b|\bcannot\b|\bnever\b|\bno longer\b"
    r"|\bprohibited\b|\bexcluded\b",
    re.IGNORECASE,
)


def conflicting(plan: Plan, hits: Sequence[Hit], ranked: Ranked, reader: Reader) -> Candidate | None:
    """A line of another document in force that says something else than the best line on what is asked, or None.

    Questions that name a document are about that document: no other one contradicts it.
    """
    if plan.scope or plan.compare or not ranked.pool:
        return None
    best = ranked.pool[0]
    weight = {term.term: w for term, w in reader.terms}
    if sum(weight[t] for t in best.close if t in weight) < COVERED * reader.total:
        return None
    for place, other in enumerate(ranked.pool[1:8], 1):
        if (
            hits[other.hit].document.key == hits[best.hit].document.key
            or ranked.shares[place] < SHARE * ranked.shares[0]
        ):
            continue
        either = sum(weight[t] for t in best.close | other.close if t in weight)
        both = sum(weight[t] for t in best.close & other.close if t in weight)
        if either and both >= ALIKE * either and contrary(best.text, other.text, yes_no="yes_no" in plan.asks):
            return other
    return None


def contrary(one: str, other: str, *, yes_no: bool) -> bool:
    """Whether two lines on the same matter say different numbers of one unit, none of them in common, or, where a yes
    or no is asked for, one affirms and the other denies."""
    if yes_no:
        return (_AGAINST.search(one) is None) != (_AGAINST.search(other) is None)
    first, second = _quantities(one), _quantities(other)
    shared = set(first) & set(second)
    return any(not first[unit] & second[unit] for unit in shared)


def _quantities(text: str) -> dict[str, set[str]]:
    """Unit, without its plural s → the numbers given in it."""
    found: dict[str, set[str]] = defaultdict(set)
    for dollar, number, unit in _QUANTITY.findall(text):
        name = "$" if dollar else unit.lower()
        if name:
            found[{"%": "percent"}.get(name, name.rstrip("s") or name)].add(number.replace(",", ""))
    return dict(found)
