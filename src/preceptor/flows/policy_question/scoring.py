"""How well lines fit a question: coverage of its words, nearness, form of the answer. No threshold lives here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from preceptor.evidence.acronyms import learn_acronyms
from preceptor.evidence.bm25 import analyze
from preceptor.evidence.passages import APART, Passage, Unit, lead_in
from preceptor.flows.policy_question.forms import drawbacks, explains, fits, refers_back
from preceptor.flows.policy_question.naming import DocumentInfo, document_years, name_terms
from preceptor.flows.policy_question.plan import Plan, Term
from preceptor.flows.policy_question.stretches import Stretch, stretches


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `text` is the passage's own text, `page_text` its whole page in reading order.

    `score` is what the search ranked it by; `words` its BM25 (None: `score` is that), `similarity` the cosine of its
    vector with the question's, -1 to 1, None without vectors.
    """

    document: DocumentInfo
    passage: Passage
    text: str
    page_text: str
    score: float
    words: float | None = None
    similarity: float | None = None

    @property
    def by_words(self) -> float:
        """Its BM25 score."""
        return self.score if self.words is None else self.words


@dataclass(frozen=True, slots=True)
class Candidate:
    """Lines that may answer. `score`: at first sight; `inside`: share of the question's weight in the lines themselves;
    `around`: with partial credit for headings, neighbours, passage and document name; `held`: the terms in the lines;
    `close`: those also in heading, announcing line, neighbouring lines or document name; `words`: the passage's BM25
    against the best one's; `against`: what speaks against quoting."""

    hit: int
    stretch: Stretch
    text: str
    score: float
    words: float
    against: float
    inside: float
    around: float
    answers: float
    numbers: float
    close: frozenset[str]
    held: frozenset[str]


GENERAL_SHARE = 0.3  # what a word such as "recommend" counts of its rarity
CREDIT_HEADING = 0.7  # for a term in the heading path or the line that announces the item
CREDIT_NEAR = 0.55  # in the line before or after
CREDIT_PASSAGE = 0.4
CREDIT_OTHER_NAME = 0.85  # share of any credit when only another name of the term is there
CREDIT_NAME = 0.5  # in the document's name
ANAPHORA = 0.18  # for two sentences of which the second begins "These …": the first alone would end too early
EXPLAINS = 0.65  # for the line that says what a short form stands for, when that is asked
ECHO = 0.3  # against lines that say nothing but the question's own words
BOX = 0.1  # for a box or sidebar when a list is asked for: there the authors put what is to be looked up
SUPERSEDED = 0.3  # against tables of an earlier version's text, printed for comparison
UNITS_FROM = 30  # best passages whose lines are looked at

# Hand-set, then checked on questions over documents that were not looked at meanwhile.
W_INSIDE, W_AROUND, W_PAIRS, W_RANK, W_FORM, W_NUMBERS, W_NAME, W_YEAR = (
    0.9,
    1.1,
    0.25,
    0.35,
    0.35,
    0.2,
    0.15,
    0.2,
)


@dataclass(slots=True)
class Words:
    """The terms of a stretch of text, with those its abbreviations stand for."""

    terms: frozenset[str]
    ordered: list[str]


class Reader:
    """Reads stretches of text once each, expanding abbreviations that the pages themselves explain."""

    def __init__(self, hits: Sequence[Hit], plan: Plan) -> None:
        pages = {(h.document.key, h.passage.page): h.page_text for h in hits[:UNITS_FROM]}
        learned = learn_acronyms(pages.values())
        self._long = {short.casefold(): analyze(long) for short, long in learned.items()}
        self._known: dict[str, Words] = {}
        self._names: dict[str, frozenset[str]] = {}
        self.terms = [(t, weight_of(t)) for t in plan.terms]
        self.total = sum(weight for _, weight in self.terms) or 1.0
        self._other = {t.term: frozenset({*t.names, *self._learned(t.term)}) for t in plan.terms}

    def _learned(self, term: str) -> list[tuple[str, ...]]:
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

    def held(self, terms: frozenset[str]) -> frozenset[str]:
        """The question's terms that `terms` hold, themselves or by all words of another name."""
        return frozenset(
            t.term
            for t, _ in self.terms
            if t.term in terms or any(all(x in terms for x in phrase) for phrase in self._other[t.term])
        )

    def name(self, document: DocumentInfo) -> frozenset[str]:
        """The question's terms that the document's name holds."""
        if document.key not in self._names:
            self._names[document.key] = self.held(name_terms(document))
        return self._names[document.key]


def weight_of(term: Term) -> float:
    """What a question term counts: its rarity, much less when it only says how something is asked."""
    return term.rarity * (GENERAL_SHARE if term.general else 1.0)


def candidates(plan: Plan, hits: Sequence[Hit], reader: Reader) -> list[Candidate]:
    """Every stretch of the best passages with its score, best first; ties by rank of passage, then place.

    When documents are compared, the best passages of each document in scope are looked at.
    """
    found = list[Candidate]()
    best = max((h.by_words for h in hits), default=0.0) or 1.0
    taken: dict[str, int] = {}
    group = {key: str(n) for n, keys in enumerate(plan.groups) for key in keys} if plan.compare else {}
    room = UNITS_FROM // max(1, len(plan.groups)) if plan.compare else UNITS_FROM
    for number, hit in enumerate(hits):
        owner = group.get(hit.document.key, "")
        if hit.passage.kind in APART or taken.get(owner, 0) >= room:
            continue
        taken[owner] = taken.get(owner, 0) + 1
        found.extend(_of_passage(plan, hit, number, hit.by_words / best, reader))
    return sorted(found, key=lambda c: (-c.score, c.hit, c.stretch.first, c.stretch.last))


def _of_passage(plan: Plan, hit: Hit, number: int, rank: float, reader: Reader) -> list[Candidate]:
    parts, found = stretches(hit.page_text, hit.passage)
    texts = [hit.page_text[u.start : u.end] for u in parts]
    words = [reader.words(t) for t in texts]
    holds = [reader.held(w.terms) for w in words]
    title = reader.held(reader.words(hit.passage.heading).terms)
    passage = title.union(*holds)
    name = reader.name(hit.document)
    asked = frozenset(t.term for t, _ in reader.terms)
    boxed = "list" in plan.asks and _BOX.search(hit.passage.heading) is not None
    extra = BOX * boxed - (SUPERSEDED if _superseded(plan, hit) else 0.0)
    extra += W_RANK * rank + W_NAME * plan.affinity.get(hit.document.key, 0.0) + W_YEAR * _year(plan, hit)
    result = list[Candidate]()
    for stretch in found:
        own = frozenset[str]().union(*holds[stretch.first : stretch.last + 1])
        lead = title | _lead(parts, texts, holds, stretch.first)
        near = frozenset[str]().union(*holds[max(0, stretch.first - 1) : stretch.last + 2])
        inside = around = 0.0
        for term, weight in reader.terms:
            key = term.term
            inside += weight * (key in own)
            around += weight * _credit(key, own, lead, near, passage, name)
        inside, around = inside / reader.total, around / reader.total
        text = hit.page_text[stretch.start : stretch.end]
        ordered = [t for w in words[stretch.first : stretch.last + 1] for t in w.ordered]
        answers = fits(plan.asks, text)
        explained = bool(plan.acronyms) and explains(plan.acronyms, text)
        answers = 1.0 if explained else answers
        close = plan.numbers & (own | lead | near)
        numbers = len(close) / len(plan.numbers) if plan.numbers else 1.0
        against = drawbacks(plan.asks, stretch.kind, text)
        score = W_INSIDE * inside + W_AROUND * around + W_PAIRS * _pairs(plan, ordered) + W_FORM * answers + extra
        score += W_NUMBERS * (numbers if plan.numbers else 0.0) - against
        score += EXPLAINS * explained
        if len(own_terms(words, stretch) - asked) < 2:
            score -= ECHO
        if stretch.kind == "pair" and refers_back(texts[stretch.last]):
            score += ANAPHORA
        beside = own | lead | near | name
        result.append(
            Candidate(number, stretch, text, score, rank, against, inside, around, answers, numbers, beside, own)
        )
    return result


def own_terms(words: Sequence[Words], stretch: Stretch) -> frozenset[str]:
    """The terms of a stretch."""
    return frozenset[str]().union(*(w.terms for w in words[stretch.first : stretch.last + 1]))


_BOX = re.compile(r"(?:^|› )(?:Sidebar|Box)\b[^›]*$")
_EARLIER = re.compile(
    r"(?:19|20)\d\d (?:CPG )?(?:Recommendation (?:Text|Category|Categori[sz]ation|Number|Location|#)|Location)|"
    r"\b(?:previous|prior|superseded|earlier) (?:version|edition|guideline)s?\b.{0,40}\brecommendations\b",
    re.IGNORECASE,
)


def _superseded(plan: Plan, hit: Hit) -> bool:
    """Whether the passage belongs to a table of what an earlier version said, and the question does not ask for it."""
    found = _EARLIER.search(f"{hit.passage.heading}\n{hit.page_text[:700]}")
    return found is not None and found[0][:4] not in plan.question


def _credit(
    key: str,
    own: frozenset[str],
    lead: frozenset[str],
    near: frozenset[str],
    passage: frozenset[str],
    name: frozenset[str],
) -> float:
    if key in own:
        return 1.0
    if key in lead:
        return CREDIT_HEADING
    if key in near:
        return CREDIT_NEAR
    if key in passage:
        return CREDIT_PASSAGE
    return CREDIT_NAME if key in name else 0.0


def _lead(parts: Sequence[Unit], texts: Sequence[str], holds: Sequence[frozenset[str]], place: int) -> frozenset[str]:
    """The question's terms in the lines that announce the item at `place`: its label, its parent item."""
    if parts[place].kind != "item":
        return frozenset()
    mark = texts[place][:1]
    found = frozenset[str]()
    for back in range(place - 1, max(-1, place - 14), -1):
        if parts[back].kind != "item":
            return found | holds[back] if len(texts[back]) <= 200 or lead_in(texts[back]) else found
        if texts[back][:1] != mark and not texts[back][:1].isdigit():
            found |= holds[back]
            mark = texts[back][:1]
    return found


def _pairs(plan: Plan, ordered: Sequence[str]) -> float:
    """Share of the question's neighbouring subject words that are neighbours here too, one word between allowed."""
    if not plan.pairs:
        return 0.0
    here = {*itertools.pairwise(ordered), *zip(ordered, ordered[2:], strict=False)}
    return sum((a, b) in here or (b, a) in here for a, b in plan.pairs) / len(plan.pairs)


def _year(plan: Plan, hit: Hit) -> float:
    """Whether a year the question ties to a document is the document's, by name or on the page (its header)."""
    if not plan.years:
        return 0.0
    known = document_years(hit.document)
    return float(any(y in known or re.search(rf"\b{y}\b", hit.page_text) is not None for y in plan.years))
