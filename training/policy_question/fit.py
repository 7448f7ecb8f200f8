"""Fit the ranking and the confidence of the policy assistant on labelled questions, and measure them with documents
left out.

    python -m training.policy_question.fit --set NAME=PAGES:ORIGINALS:QUESTIONS [--set …] [--cache DIR] [--write]

A set is a folder of page texts, the PDFs they are from, and questions in the form of the development set. Questions
whose answer stands in one document are left out together (eight folds by document); those without an answer are spread
over the folds. With --write the weights fitted on everything replace `flows/policy_question/fitted.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.policy_library import Kept, Library, find, load, plan_of
from benchmarks.reliability import line, report

from preceptor.flows.policy_question import confidence, ranking
from preceptor.flows.policy_question.choosing import choose, first_pool
from preceptor.flows.policy_question.fitted import Weights
from preceptor.flows.policy_question.plan import Plan
from preceptor.flows.policy_question.scoring import Candidate, Hit, Reader, candidates
from preceptor.flows.policy_question.select import Draft, drafted, select
from training.policy_question.labels import Labelled, Quote, read, squeezed
from training.policy_question.regress import choice, logistic, rescaled
from training.policy_question.write import write_fitted

FOLDS = 8
RANK_PENALTY, CONFIDENCE_PENALTY = 4.0, 10.0
WRONG = 0.3
"""How much a wrong line counts against one for a question without an answer, while the confidence is fitted: what is to
be told apart first is whether there is an answer. The scale is set afterwards by what is right (`rescaled`)."""
BANDS = ((0.1, 0.95), (0.15, 0.9), (0.2, 0.85), (0.3, 0.8), (0.4, 0.75))
FALSE = 0.08  # share of questions without an answer that may be answered, when the threshold is set
RANKING = (
    *("score", "inside", "around", "answers", "numbers", "miss", "miss_held", "against", "words", "length", "place"),
    *("row", "list", "pair", "heading", "item"),
)
CONFIDENCE = (
    *("score", "inside", "around", "answers", "numbers", "miss", "miss_all", "miss_held_all", "miss_rarest", "against"),
    *("words", "best_form", "unknown", "strangers", "subjects", "scoped", "compare", "parts", "numeric", "listed"),
    *("yes_no", "defined", "other_year", "other_version", "claims", "share", "share_all", "count", "of_words"),
)
VECTORS = (("similarity",), ("similarity", "similar_top"))
JUDGED = (("judged",), ("judged", "judged_top", "judged_four", "judged_chosen"))


@dataclass
class Case:
    """A question made ready: everything but the weights."""

    label: Labelled
    set: str
    fold: int
    plan: Plan
    hits: list[Hit]
    reader: Reader
    pool: list[Candidate]
    logits: list[float] | None
    library: Library


@dataclass(frozen=True)
class Setting:
    """One of the three sets of weights: which features it has."""

    name: str
    vectors: bool
    judged: bool

    @property
    def ranking(self) -> list[str]:
        weighed = ("answers", "length", *(JUDGED[0] if self.judged else ()))
        by_kind = [f"{name}_{kind}" for kind in ranking.WEIGHED_BY_KIND for name in weighed]
        return [*RANKING, *(VECTORS[0] if self.vectors else ()), *(JUDGED[0] if self.judged else ()), *by_kind]

    @property
    def confidence(self) -> list[str]:
        return [*CONFIDENCE, *(VECTORS[1] if self.vectors else ()), *(JUDGED[1] if self.judged else ())]


WORDS, HYBRID, WITH_JUDGE = (
    Setting("words", False, False),
    Setting("hybrid", True, False),
    Setting("judged", True, True),
)


def prepare(name: str, library: Library, rows: Sequence[Mapping[str, object]], kept: Kept, vectors: bool) -> list[Case]:
    """The cases of a set."""
    pages = {doc: {n: squeezed(text) for n, text in texts.items()} for doc, texts in library.pages.items()}
    cases = list[Case]()
    for row in rows:
        label = read(row, pages)
        plan = plan_of(library, label.text)
        hits = find(library, plan, kept if vectors else None)
        reader = Reader(hits, plan)
        pool = first_pool(plan, hits, candidates(plan, hits, reader))
        logits = None
        if vectors and pool:
            logits = kept.judge(plan.question, [ranking.judged_text(hits[c.hit], c) for c in pool])
        document = min((d for d, _ in label.right), default=label.id)
        fold = int(hashlib.md5(document.encode()).hexdigest(), 16) % FOLDS  # noqa: S324 - spreads, protects nothing
        cases.append(Case(label, name, fold, plan, hits, reader, pool, logits, library))
    kept.save()
    return cases


def quotes_of(case: Case, draft: Draft) -> list[Quote]:
    """The words a draft would quote."""
    spans = [s for statement in draft.statements for s in statement.spans]
    return [(s.document, s.page, case.library.pages[s.document][s.page][s.start : s.end]) for s in spans]


def fit(cases: Sequence[Case], setting: Setting, threshold: float = 0.5) -> Weights:
    """Ranking first, then the confidence of what that ranking chooses."""
    questions = list[tuple[np.ndarray, np.ndarray]]()
    for case in cases:
        if not case.label.answerable or not case.pool or case.plan.reason:
            continue
        known = _known(case, setting)
        target = np.array([_worth(case, c) for c in case.pool])
        if target.max() > 0:
            questions.append((np.array([[k.get(f, 0.0) for f in setting.ranking] for k in known]), target))
    order = dict(zip(setting.ranking, choice(questions, RANK_PENALTY).tolist(), strict=True))
    partial = Weights(order, {"constant": 0.0}, threshold)
    rows, right, counts = list[list[float]](), list[float](), list[float]()
    for case in cases:
        if not case.pool or case.plan.reason:
            continue
        ranked = ranking.ranked(
            case.plan, case.hits, case.pool, case.reader, case.logits if setting.judged else None, order
        )
        chosen = choose(case.plan, case.hits, ranked, case.reader)
        of_answer = confidence.features(case.plan, case.hits, ranked, chosen, case.reader)
        draft = _select(case, setting, partial)
        quotes = quotes_of(case, draft)
        rows.append([1.0, *(of_answer.get(f, 0.0) for f in setting.confidence)])
        right.append(float(case.label.answered_by(quotes) or case.label.corrected_by(quotes)))
        counts.append(WRONG if case.label.answerable and not right[-1] else 1.0)
    known, truth = np.array(rows), np.array(right)
    weights = rescaled(logistic(known, truth, CONFIDENCE_PENALTY, np.array(counts)), known, truth)
    return Weights(order, dict(zip(["constant", *setting.confidence], weights.tolist(), strict=True)), threshold)


def _known(case: Case, setting: Setting) -> list[ranking.Known]:
    logits: Sequence[float | None] = case.logits if setting.judged and case.logits else [None] * len(case.pool)
    return [
        ranking.features(case.plan, case.hits, c, case.reader, logit)
        for c, logit in zip(case.pool, logits, strict=True)
    ]


def _worth(case: Case, candidate: Candidate) -> float:
    """1 for a candidate that answers alone, its share of the keys otherwise."""
    hit = case.hits[candidate.hit]
    share = case.label.keys_in([(hit.document.key, hit.passage.page, candidate.text)])
    return 1.0 if share >= 0.999 else 0.6 * share


def _select(case: Case, setting: Setting, weights: Weights) -> Draft:
    if not case.pool:
        return select(case.plan, case.hits)
    logits = case.logits if setting.judged else None
    return drafted(case.plan, case.hits, case.pool, case.reader, logits, weights)


@dataclass(frozen=True)
class Outcome:
    """What a held-out question came to, the answer taken as given."""

    case: Case
    confidence: float
    right: bool
    corrected: bool
    refused: bool
    words: int
    pages: int
    right_pages: int


def outcome(case: Case, draft: Draft) -> Outcome:
    """How the draft does, whether or not it would be released."""
    quotes = quotes_of(case, draft)
    pages = {(d, p) for d, p, _ in quotes}
    refused = draft.reason not in (None, "below_threshold")
    return Outcome(
        case,
        0.0 if refused else draft.confidence,
        case.label.answered_by(quotes),
        case.label.corrected_by(quotes),
        refused,
        sum(len(words.split()) for _, _, words in quotes),
        len(pages),
        len(pages & case.label.right),
    )


def held_out(cases: Sequence[Case], setting: Setting) -> list[Outcome]:
    """Every question answered with weights fitted without its document."""
    found = list[Outcome]()
    for fold in range(FOLDS):
        weights = fit([c for c in cases if c.fold != fold], setting)
        found += [outcome(c, _select(c, setting, weights)) for c in cases if c.fold == fold]
    return found


def threshold_for(found: Sequence[Outcome], share: float) -> float:
    """The lowest threshold at which no more than `share` of the questions without an answer are answered."""
    none = sorted((o.confidence for o in found if not o.case.label.answerable and not o.corrected), reverse=True)
    total = sum(not o.case.label.answerable for o in found)
    allowed = int(share * total)
    return round(none[allowed] + 0.005, 2) if allowed < len(none) else 0.0


def adaptive(
    hybrid: tuple[list[Outcome], float], judged: tuple[list[Outcome], float], band: tuple[float, float]
) -> None:
    """Print what asking the cross-encoder only inside `band` would come to."""
    right = false = asked = 0
    for without, with_it in zip(hybrid[0], judged[0], strict=True):
        inside = not without.refused and band[0] <= without.confidence <= band[1]
        asked += inside
        taken, at = (with_it, judged[1]) if inside else (without, hybrid[1])
        given = taken.confidence >= at
        right += given and taken.right
        false += given and not taken.case.label.answerable and not taken.corrected
    answerable = sum(o.case.label.answerable for o in hybrid[0])
    total = len(hybrid[0])
    line(
        f"adaptive {band}: asked {asked / total:.0%}, right {right / answerable:.1%} of {answerable},"
        f" false {false / (total - answerable):.1%} of {total - answerable}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", required=True, help="NAME=PAGES:ORIGINALS:QUESTIONS")
    parser.add_argument("--cache", type=Path, help="folder for vectors and logits")
    parser.add_argument("--write", action="store_true", help="replace fitted.py")
    parser.add_argument("--only", default="words,hybrid,judged", help="settings to fit")
    options = parser.parse_args()
    kept = Kept(options.cache)
    worded, cases = read_sets(options.set, kept)
    weights: dict[str, Weights] = {}
    outcomes: dict[str, tuple[list[Outcome], float]] = {}
    for setting in (WORDS, HYBRID, WITH_JUDGE):
        if setting.name not in options.only:
            continue
        own = worded if setting is WORDS else cases
        found = held_out(own, setting)
        at = threshold_for(found, FALSE)
        report(setting.name, found, at)
        weights[setting.name] = fit(own, setting, at)
        outcomes[setting.name] = found, at
    if {"hybrid", "judged"} <= set(outcomes):
        for band in BANDS:
            adaptive(outcomes["hybrid"], outcomes["judged"], band)
    if options.write:
        write_fitted(weights, cases)
    return 0


def read_sets(sets: Sequence[str], kept: Kept) -> tuple[list[Case], list[Case]]:
    """All cases with words alone, and with vectors and logits."""
    libraries: dict[tuple[str, str], Library] = {}
    worded, cases = list[Case](), list[Case]()
    for text in sets:
        name, _, paths = text.partition("=")
        pages, originals, questions = paths.split(":")
        if (pages, originals) not in libraries:
            libraries[pages, originals] = load(Path(pages), Path(originals), kept)
        library = libraries[pages, originals]
        rows = [json.loads(line) for line in Path(questions).read_text(encoding="utf-8").splitlines() if line.strip()]
        worded += prepare(name, library, rows, kept, vectors=False)
        cases += prepare(name, library, rows, kept, vectors=True)
    return worded, cases


if __name__ == "__main__":
    raise SystemExit(main())
