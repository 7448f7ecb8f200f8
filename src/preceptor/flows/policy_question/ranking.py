"""Which of the lines that fit at first sight answers best: a linear model over what is known of each, fitted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preceptor.flows.policy_question.plan import Plan
from preceptor.flows.policy_question.scoring import Candidate, Hit, Reader, weight_of

POOL = 14
"""Lines that are ranked: the best at first sight, of one place and wording only one."""

WEIGHED_BY_KIND = ("number", "duration", "dose", "list", "yes_no", "definition", "grade")
"""Kinds of question for which the form of a line, its length and the logit weigh differently."""

Known = Mapping[str, float]
"""What is known of one candidate, by name: about -1 to 3 each, but `judged`, a logit of about -11 to 11."""


@dataclass(frozen=True)
class Ranked:
    """The pool, best first. `shares` add up to 1: how far each stands out. `known`: the features of each.
    `judged`: whether the cross-encoder had its say."""

    pool: tuple[Candidate, ...]
    shares: tuple[float, ...]
    known: tuple[Known, ...]
    judged: bool


def ranked(
    plan: Plan,
    hits: Sequence[Hit],
    pool: Sequence[Candidate],
    reader: Reader,
    logits: Sequence[float] | None,
    weights: Mapping[str, float],
) -> Ranked:
    """`pool` in the order of a linear model with `weights` by feature name; equal ones keep their order."""
    known = [
        features(plan, hits, candidate, reader, logits[n] if logits is not None else None)
        for n, candidate in enumerate(pool)
    ]
    scores = [sum(weight * k.get(name, 0.0) for name, weight in weights.items()) for k in known]
    order = sorted(range(len(pool)), key=lambda n: -scores[n])
    top = scores[order[0]] if order else 0.0
    parts = [math.exp(scores[n] - top) for n in order]
    total = sum(parts)
    return Ranked(
        tuple(pool[n] for n in order),
        tuple(part / total for part in parts),
        tuple(known[n] for n in order),
        logits is not None,
    )


def features(plan: Plan, hits: Sequence[Hit], candidate: Candidate, reader: Reader, logit: float | None) -> Known:
    """What is known of a candidate. `similarity` and `judged` are left out where nothing is known of them."""
    hit, form = hits[candidate.hit], candidate.stretch.kind
    subject = [t for t in plan.terms if not t.general]
    found = {
        "score": candidate.score,
        "inside": candidate.inside,
        "around": candidate.around,
        "answers": candidate.answers,
        "numbers": candidate.numbers if plan.numbers else 0.5,
        "miss": sum(weight_of(t) for t in subject if t.term not in candidate.close) / reader.total,
        "miss_held": sum(weight_of(t) for t in subject if t.term not in candidate.held) / reader.total,
        "against": candidate.against,
        "words": candidate.words,
        "length": math.log(len(candidate.text) + 1) - 5,
        "place": math.log1p(candidate.hit),
        **{name: float(form == name) for name in ("row", "list", "pair", "heading", "item")},
    }
    if hit.similarity is not None:
        found["similarity"] = hit.similarity
    if logit is not None:
        found["judged"] = logit
    for kind in WEIGHED_BY_KIND:
        if kind not in plan.asks:
            continue
        found |= {f"{name}_{kind}": found[name] for name in ("answers", "length", "judged") if name in found}
    return found


def judged_text(hit: Hit, candidate: Candidate) -> str:
    """What the cross-encoder reads of a candidate: the nearest heading and the lines."""
    heading = hit.passage.heading.rsplit(" › ", 1)[-1]
    words = " ".join(candidate.text.split())
    return f"{heading}. {words}" if heading else words
