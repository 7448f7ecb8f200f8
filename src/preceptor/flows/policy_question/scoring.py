"""How well a sentence, item or row fits a question: coverage, nearness, kind of answer. No threshold lives here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from preceptor.evidence.acronyms import learn_acronyms
from preceptor.evidence.bm25 import analyze
from preceptor.evidence.passages import Passage, Unit, lead_in, units
from preceptor.flows.policy_question.naming import DocumentInfo, document_years, name_terms
from preceptor.flows.policy_question.plan import Plan, Term


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `text` is the passage's own text, `page_text` its whole page, `score` its BM25."""

    document: DocumentInfo
    passage: Passage
    text: str
    page_text: str
    score: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit with its place and how well it fits. `covered`: question terms it or its surroundings hold, with credit."""

    hit: int
    place: int
    unit: Unit
    text: str
    score: float
    inside: float
    around: float
    covered: frozenset[str]
    held: frozenset[str]
    answers: float


GENERAL_SHARE = 0.3  # what a word such as "recommend" counts of its rarity
CREDIT_HEADING = 0.7
CREDIT_NEAR = 0.55
CREDIT_PASSAGE = 0.4
CREDIT_NAME = 0.5
UNITS_FROM = 24  # best passages whose units are looked at

_NUMBER = re.compile(r"\d")
_QUANTITY = re.compile(
    r"[<>≥≤$%]|\b\d[\d.,]*\s*(?:mg|mcg|g|kg|mL|L|mm|cm|percent|days?|weeks?|months?|years?|hours?|minutes?|min|hrs?|times"
    r"|items?|points?|mmol|mEq|units?|tablets?|capsules?|to \d|[-–] ?\d)|\b(?:one|two|three|four|five|six|seven|eight|nine"
    r"|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|thousand|half|twice|daily|weekly|annually)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(r"\b(?:seconds?|minutes?|min|hours?|hrs?|days?|weeks?|months?|years?|daily|weekly|monthly|annual\w*)\b", re.I)
_DOSE = re.compile(r"\d\s?(?:mg|mcg|g|mL|units?|tablets?|capsules?|%|mmol|mEq)\b|\b(?:daily|bid|tid|once|twice)\b", re.I)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
_GRADE = re.compile(r"\b(?:strong|weak|conditional)(?:ly)? (?:for|against)\b|\bneither for\b|\bgrade [A-D1-4I]\b", re.I)
_NORM = re.compile(
    r"\bwe (?:recommend|suggest)\b|\binsufficient evidence\b|\brecommends?\b|\bsuggests?\b|\b(?:must|shall|should|may not|cannot"
    r"|required?|requires|prohibit\w*|not (?:be )?(?:accepted|covered|available|eligible|recommended)|no longer|only if"
    r"|avoid|consider)\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(r"\bwe (?:recommend|suggest)\b|\binsufficient evidence\b", re.I)
_DEFINES = re.compile(
    r"\b(?:defined as|refers? to|means|is defined|are defined|definition|is a|are a|consists? of|includes?|stands for"
    r"|calculated|known as|\(i\.e\.)|\w: \w",
    re.IGNORECASE,
)
_STUDY = re.compile(
    r"\bet al\b|\b(?:RCTs?|SRs?|systematic reviews?|meta-analys\w+|trials?|cohort|placebo|confidence interval|95% CI"
    r"|p ?[<=] ?0?\.\d|the work group|evidence (?:base|review)|confidence in the quality|patient focus group|researche?r?s?)\b",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(r"\b(?:abbreviations?:|see (?:recommendation|sidebar|appendix|section)|available at|https?://)", re.I)


@dataclass(slots=True)
class Words:
    """The terms of a stretch of text, with those its abbreviations stand for."""

    terms: frozenset[str]
    ordered: list[str]


class Reader:
    """Reads stretches of text once each, expanding abbreviations that the hits themselves explain."""

    def __init__(self, hits: Sequence[Hit], plan: Plan) -> None:
        pages = {(h.document.key, h.passage.page): h.page_text for h in hits[:UNITS_FROM]}
        learned = learn_acronyms(pages.values())
        self._long = {short.casefold(): analyze(long) for short, long in learned.items()}
        self._known: dict[str, Words] = {}
        self.names = {t.term: frozenset({*t.names, *self._other(t.term)}) for t in plan.terms}

    def _other(self, term: str) -> list[tuple[str, ...]]:
        long = self._long.get(term)
        return [tuple(long)] if long else []

    def words(self, text: str) -> Words:
        """The terms of `text`."""
        found = self._known.get(text)
        if found is None:
            ordered = analyze(text)
            terms = set(ordered)
            for term in tuple(terms):
                terms.update(self._long.get(term, ()))
            found = self._known[text] = Words(frozenset(terms), ordered)
        return found

    def holds(self, term: str, terms: frozenset[str]) -> bool:
        """Whether `terms` hold the question's `term` or all of another name of it."""
        return term in terms or any(all(t in terms for t in phrase) for phrase in self.names.get(term, ()))


def weight_of(term: Term) -> float:
    """What a question term counts: its rarity, much less when it only says how something is asked."""
    return term.rarity * (GENERAL_SHARE if term.general else 1.0)


def candidates(plan: Plan, hits: Sequence[Hit], reader: Reader) -> list[Candidate]:
    """Every unit of the best passages with its score, best first; ties by rank of passage, then place."""
    found = list[Candidate]()
    best = max((h.score for h in hits), default=0.0) or 1.0
    used = [(n, h) for n, h in enumerate(hits) if h.passage.kind not in ("reference", "contents")]
    for number, hit in used[:UNITS_FROM]:
        parts = units(hit.page_text, hit.passage)
        texts = [hit.page_text[u.start : u.end] for u in parts]
        for place, unit in enumerate(parts):
            found.append(_judge(plan, hit, number, place, unit, texts, hit.score / best, reader))
    return sorted(found, key=lambda c: (-c.score, c.hit, c.place))


def _judge(
    plan: Plan, hit: Hit, number: int, place: int, unit: Unit, texts: list[str], rank: float, reader: Reader
) -> Candidate:
    text = texts[place]
    own = reader.words(text)
    heading = reader.words(hit.passage.heading).terms | reader.words(_lead(texts, place)).terms
    near = frozenset[str]().union(*(reader.words(t).terms for t in texts[max(0, place - 1) : place + 2]))
    passage = reader.words(hit.text).terms
    name = name_terms(hit.document)
    total = inside = around = 0.0
    covered, held = set[str](), set[str]()
    for term in plan.terms:
        weight = weight_of(term)
        total += weight
        credit = 0.0
        if reader.holds(term.term, own.terms):
            inside += weight
            credit = 1.0
            held.add(term.term)
        elif reader.holds(term.term, heading):
            credit = CREDIT_HEADING
        elif reader.holds(term.term, near):
            credit = CREDIT_NEAR
        elif reader.holds(term.term, passage):
            credit = CREDIT_PASSAGE
        elif reader.holds(term.term, name):
            credit = CREDIT_NAME
        around += weight * credit
        if credit:
            covered.add(term.term)
    total = total or 1.0
    answers = fits(plan, text, f"{hit.passage.heading}\n{text}")
    score = (
        0.9 * inside / total
        + 1.1 * around / total
        + 0.25 * _pairs(plan, own.ordered)
        + 0.35 * rank
        + 0.30 * answers
        + 0.15 * _numbers(plan, own.terms)
        + 0.15 * plan.affinity.get(hit.document.key, 0.0)
        + 0.10 * _year(plan, hit)
        - _drawbacks(plan, unit, text)
    )
    return Candidate(number, place, unit, text, score, inside / total, around / total, frozenset(covered), frozenset(held), answers)


def _lead(texts: list[str], place: int) -> str:
    """The line that announces the item at `place`, when there is one close above."""
    for back in range(place - 1, max(-1, place - 14), -1):
        if lead_in(texts[back]):
            return texts[back]
    return ""


def _pairs(plan: Plan, ordered: list[str]) -> float:
    """Share of the question's neighbouring subject words that are neighbours here too, one word between allowed."""
    if not plan.pairs:
        return 0.0
    here = {*zip(ordered, ordered[1:], strict=False), *zip(ordered, ordered[2:], strict=False)}
    return sum((a, b) in here or (b, a) in here for a, b in plan.pairs) / len(plan.pairs)


def _numbers(plan: Plan, terms: frozenset[str]) -> float:
    return sum(n in terms for n in plan.numbers) / len(plan.numbers) if plan.numbers else 0.0


def _year(plan: Plan, hit: Hit) -> float:
    """Whether the year the question ties to a document is the document's, by name or on the page (its header)."""
    if not plan.years:
        return 0.0
    known = document_years(hit.document)
    return float(any(y in known or str(y) in hit.page_text for y in plan.years))


def fits(plan: Plan, text: str, wide: str) -> float:
    """0..1: whether `text` has the form of what is asked for: a quantity, a grade, a definition, a list, a rule."""
    gains = list[float]()
    asks = plan.asks
    if "grade" in asks:
        gains.append(1.0 if _GRADE.search(text) else 0.3 if _FORMAL.search(text) else 0.0)
    if "dose" in asks:
        gains.append(1.0 if _DOSE.search(text) else 0.3 if _NUMBER.search(text) else 0.0)
    if "duration" in asks:
        gains.append(1.0 if _DURATION.search(text) and _QUANTITY.search(text) else 0.3 if _NUMBER.search(text) else 0.0)
    if "number" in asks and not asks & {"dose", "duration"}:
        gains.append(1.0 if _QUANTITY.search(text) else 0.6 if _NUMBER.search(text) else 0.0)
    if "date" in asks:
        gains.append(1.0 if _DATE.search(text) else 0.0)
    if "definition" in asks:
        gains.append(1.0 if _DEFINES.search(text) else 0.0)
    if "list" in asks:
        commas = text.count(",") + text.count(";") + text.count("\n•")
        gains.append(1.0 if commas >= 2 or lead_in(text) else 0.3)
    if not gains or asks & {"yes_no"}:
        gains.append(1.0 if _FORMAL.search(text) else 0.7 if _NORM.search(text) else 0.2)
    return sum(gains) / len(gains)


def _drawbacks(plan: Plan, unit: Unit, text: str) -> float:
    """What speaks against a unit: reports of studies, cross references, headings, fragments."""
    loss = 0.0
    if _STUDY.search(text):
        loss += 0.18
    if _BACKGROUND.search(text) and not plan.asks & {"definition"}:
        loss += 0.15
    if unit.kind == "heading":
        loss += 0.35
    if len(text) < 25:
        loss += 0.15
    if len(text) > 600:
        loss += 0.1
    if text.rstrip().endswith("?"):
        loss += 0.25
    return loss
