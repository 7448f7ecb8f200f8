"""How likely the chosen lines answer the question: a fitted logistic model over what is known of both."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from preceptor.flows.policy_question.naming import document_years
from preceptor.flows.policy_question.plan import Plan
from preceptor.flows.policy_question.ranking import Ranked
from preceptor.flows.policy_question.scoring import Candidate, Hit, Reader, weight_of

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
NUMERIC = frozenset({"number", "dose", "duration"})
OF_FIRST = ("score", "inside", "around", "answers", "numbers", "miss", "against", "words", "similarity", "judged")
"""Features of the first line chosen that count here too."""


def confidence(known: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The probability, 0 to 1, that the answer is right, from `features` and weights by name."""
    total = sum(weight * known.get(name, 0.0) for name, weight in weights.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def features(
    plan: Plan, hits: Sequence[Hit], ranked: Ranked, chosen: Sequence[Candidate], reader: Reader
) -> dict[str, float]:
    """What confidence is made of, by name; each about 0 to 3 but logits and logarithms."""
    places = [ranked.pool.index(c) for c in chosen]
    first = ranked.known[places[0]]
    subject = [t for t in plan.terms if not t.general]
    close = frozenset[str]().union(*(c.close for c in chosen))
    held = frozenset[str]().union(*(c.held for c in chosen))
    missing = [t for t in subject if t.term not in close]
    found = {
        "constant": 1.0,
        **{name: first[name] for name in OF_FIRST if name in first},
        "miss_all": sum(weight_of(t) for t in missing) / reader.total,
        "miss_held_all": sum(weight_of(t) for t in subject if t.term not in held) / reader.total,
        "miss_rarest": max((t.rarity for t in missing), default=0.0) / 8,
        "best_form": max(c.answers for c in chosen),
        "unknown": float(min(2, sum(not t.known for t in subject))),
        "strangers": float(min(2, len(plan.strangers))),
        "subjects": min(12, len(subject)) / 8,
        "scoped": float(bool(plan.scope)),
        "compare": float(plan.compare),
        "parts": float(bool(plan.parts)),
        "numeric": float(bool(plan.asks & NUMERIC)),
        "listed": float("list" in plan.asks),
        "yes_no": float("yes_no" in plan.asks),
        "defined": float("definition" in plan.asks),
        "other_year": _other_year(plan, chosen),
        "other_version": _other_version(plan, [hits[c.hit] for c in chosen]),
        "claims": float(plan.claims),
        "share": ranked.shares[places[0]],
        "share_all": math.log(sum(ranked.shares[p] for p in places) + 1e-3),
        "count": float(len(chosen)),
        "of_words": float(max(range(len(hits)), key=lambda n: hits[n].by_words) in {c.hit for c in chosen}),
    }
    similar = sorted((h.similarity for h in hits if h.similarity is not None), reverse=True)
    if similar:
        found["similar_top"] = similar[0]
    if ranked.judged:
        logits = sorted((k["judged"] for k in ranked.known), reverse=True)
        found["judged_top"] = logits[0]
        found["judged_four"] = sum(logits[:4]) / len(logits[:4])
        found["judged_chosen"] = max(ranked.known[p]["judged"] for p in places)
    return found


def _other_year(plan: Plan, chosen: Sequence[Candidate]) -> float:
    """1 when the question asks for a year and the lines speak of other years only."""
    asked = {n for n in plan.numbers if YEAR.fullmatch(n)}
    said = {y for c in chosen for y in YEAR.findall(c.text)}
    return float(bool(asked and said and not asked & said))


def _other_version(plan: Plan, hits: Sequence[Hit]) -> float:
    """1 when the question ties a year to a document and the quoted documents are all known to be of other years."""
    if not plan.years:
        return 0.0
    known = [document_years(h.document) for h in hits]
    return float(all(known) and not any(set(plan.years) & years for years in known))
