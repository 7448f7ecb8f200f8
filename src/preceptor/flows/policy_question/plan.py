"""From a question to what is looked for: weighted terms, their other names, the documents named, what would answer."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from preceptor.evidence.bm25 import analyze, fold, stem, tokens
from preceptor.evidence.vocabulary import ShortForms
from preceptor.flows.policy_question.comparing import widened
from preceptor.flows.policy_question.editions import CURRENT, Wish, read_wish, without_wish
from preceptor.flows.policy_question.forms import claims
from preceptor.flows.policy_question.language import foreign
from preceptor.flows.policy_question.lexicon import GENERAL, Phrase, synonyms
from preceptor.flows.policy_question.naming import DocumentInfo, Named, find_documents
from preceptor.flows.policy_question.question import Asks, read_question
from preceptor.flows.policy_question.spelling import KnownTerms, corrected, is_slip
from preceptor.flows.policy_question.strangers import strangers

COLLECTION = 6_000  # passages assumed when a term's rarity is judged; only ratios of logarithms matter
AROUND = 0.25  # weight of words that tell rather than ask
OTHER_NAME = 0.5  # weight of a synonym against the word asked
GENERAL_WEIGHT = 0.25  # weight of words such as "recommend" that say how it is asked
_GENERAL_TERMS = frozenset(t for word in GENERAL for t in analyze(word))


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the question. `rarity`: its inverse document frequency; `names`: phrases that say the same.

    `known` is False when neither it nor a other name stands anywhere in the library.
    """

    term: str
    rarity: float
    names: frozenset[Phrase]
    known: bool
    general: bool


@dataclass(frozen=True)
class Plan:
    """What to search for and what would answer. `weights` go to `bm25.rank`, `scope` (document keys, empty: all)
    limits it. `strangers`: names that stand nowhere in the library; `claims`: the question takes something for granted;
    `wish`: the versions it asks about. `reason` is set when the question is to be refused before any search."""

    question: str
    weights: Mapping[str, float]
    scope: tuple[str, ...]
    affinity: Mapping[str, float]
    terms: tuple[Term, ...]
    pairs: frozenset[tuple[str, str]]
    asks: frozenset[Asks]
    numbers: frozenset[str]
    years: tuple[int, ...]
    groups: tuple[tuple[str, ...], ...]
    compare: bool
    acronyms: frozenset[str]
    parts: tuple[frozenset[str], ...]
    corrections: Mapping[str, str]
    reason: str | None
    strangers: frozenset[str] = frozenset()
    claims: bool = False
    wish: Wish = CURRENT


def make_plan(
    question: str,
    documents: Sequence[DocumentInfo],
    known_terms: KnownTerms,
    acronyms: Mapping[str, str] | None = None,
) -> Plan:
    """The plan for a de-identified question over the versions in `documents`. Pure but for `known_terms`.

    `acronyms`, short form → long form as `evidence.acronyms.learn_acronyms` finds them in the documents, lets a
    short form in the question be found by its long form; without them only general abbreviations are known.

    Instruction-like parts are dropped before anything is read. `reason` is question_language, personal_care,
    document_not_in_library, version_not_in_library, other_domain or None.
    """
    asked = read_question(question)
    core, corrections = corrected(asked.core, known_terms)
    around, _ = corrected(asked.around, known_terms)
    wish, core = read_wish(core), without_wish(core)
    named = find_documents(f"{core}" if re.search(r"\w", core) else around, documents)
    if not named.groups and around:
        told = find_documents(around, documents)
        if told.groups and not named.missing:
            named = Named(told.groups, named.affinity or told.affinity, named.rest, named.years, None)
    long = (acronyms if isinstance(acronyms, ShortForms) else ShortForms(acronyms or {})).terms
    named = widened(named, f"{core} {around}", documents)
    terms = _terms(named.rest, known_terms, long)
    if all(t.general for t in terms):
        terms = _terms(core, known_terms, long)
    weights = _weights(terms, analyze(around), known_terms)
    if "definition" in asked.asks and re.search(r"\b[A-Za-z]*[A-Z]{2,}\w*\b", named.rest):
        weights.setdefault("abbrevi", OTHER_NAME)  # where short forms are explained
    subject = [t.term for t in terms if not t.general]
    return Plan(
        question=core,
        weights=weights,
        scope=tuple(dict.fromkeys(k for group in named.groups for k in group)),
        groups=named.groups,
        affinity=named.affinity,
        terms=tuple(terms),
        pairs=frozenset(p for p in itertools.pairwise(subject) if p[0] != p[1]),
        asks=asked.asks,
        numbers=_numbers(named.rest),
        years=named.years,
        compare=len(named.groups) > 1,
        acronyms=_asked_short_forms(named.rest),
        parts=_parts(named.rest),
        corrections=corrections,
        reason="question_language" if foreign(f"{core} {around}") else _reason(question, asked.personal, named, terms),
        strangers=strangers(named.rest, [t.term for t in terms if not t.known]),
        claims=claims(core),
        wish=wish,
    )


def _asked_short_forms(rest: str) -> frozenset[str]:
    """The short forms whose long form is asked for ("What does AOBP mean", "What is a CLI?")."""
    return frozenset(m[1] or m[2] for m in _SHORT_FORM.finditer(rest))


_SHORT_FORM = re.compile(
    r"\b(?=\w*[A-Z][\w-]*[A-Z])([A-Za-z][\w-]{1,9})\b\W{0,3}"
    r"(?:(?:is |are )?(?:short for|stands? for|means?|refers? to|abbreviat))"
    r"|\b(?:meaning of|abbreviation|acronym|spell out|what (?:is|are)(?: an?| the)?)\W{1,3}"
    r"(?=\w*[A-Z][\w-]*[A-Z])([A-Za-z][\w-]{1,9})\b(?=\W*(?:$|[?.]|short|in the|and))"
)


def _parts(rest: str) -> tuple[frozenset[str], ...]:
    """The terms of each part of a question in several parts ("which …, and what …"); empty for a single one."""
    pieces = [frozenset(analyze(p)) for p in _JOINT.split(rest)]
    kept = tuple(p for p in pieces if any(t not in _GENERAL_TERMS for t in p))
    return kept if len(kept) > 1 else ()


_JOINT = re.compile(
    r"[?;]\s+|,?\s+and\s+(?=(?:what|which|who|how|when|where|why|is|are|does|do|can|must|at what|with what|for|in)\b)",
    re.IGNORECASE,
)


_HIDDEN_SOURCE = re.compile(
    r"\[(?:NAME|GEO|ORG)\][^,.;?]{0,40}\b(?:guidelines?|guidance|standards?|recommendations?|polic(?:y|ies)|manual)\b"
)
"""A source called by a name that is hidden, which no document of the library has: those stand open (`legible`)."""


def _reason(question: str, personal: bool, named: Named, terms: Sequence[Term]) -> str | None:
    if personal:
        return "personal_care"
    if not named.groups and _HIDDEN_SOURCE.search(question):
        return "document_not_in_library"
    if named.missing:
        return named.missing
    subject = [t for t in terms if not t.general]
    if not terms:
        return "other_domain"
    if subject and not any(t.known for t in subject):
        return "below_threshold" if named.groups else "other_domain"
    return None


def _terms(core: str, known_terms: KnownTerms, long: Mapping[str, Phrase]) -> list[Term]:
    """The distinct terms of `core` in order; general words nobody uses are left out."""
    written = tokens(core)
    ordered = list(dict.fromkeys(t for variants in written for t in _first(variants)))
    whole = {stem(v[-1]) for v in written if len(v) > 2}  # a hyphenated word nobody writes is not a missing subject
    flat = analyze(core)
    names: dict[str, set[Phrase]] = {}
    for phrase, others in synonyms(flat):
        for term in phrase:
            names.setdefault(term, set()).update(others)
    for term in ordered:
        if long.get(term):
            names.setdefault(term, set()).add(long[term])
    everything = set(ordered) | {t for ps in names.values() for p in ps for t in p}
    marks = _marked(core)
    counts = known_terms(sorted(everything.union(*marks.values())))
    found = list[Term]()
    for term in ordered:
        if not analyze(term):
            continue  # "whats": the stem is a stop word
        general = term in _GENERAL_TERMS
        others = frozenset(p for p in names.get(term, set()) if all(t in counts for t in p))
        others |= {(marked,) for marked in marks.get(term, ()) if marked in counts}
        known = term in counts or bool(others)
        if not known and (general or term in whole or is_slip(term)):
            continue
        df = counts.get(term, 0) or min((counts[t] for p in others for t in p), default=0)
        found.append(Term(term, _rarity(df), others, known, general))
    return found


def _marked(core: str) -> dict[str, frozenset[str]]:
    """Term → how it is indexed when a table writes a footnote letter behind it: "lisinoprilb"."""
    words = {w for variants in tokens(core) for w in variants if len(w) >= 6 and w.isalpha()}
    words |= {fold(w) for w in re.findall(r"\b[A-Z]{4,}\b", core)}
    return {stem(w): frozenset(stem(f"{w}{m}") for m in "abcd") for w in words}


def _first(variants: list[str]) -> list[str]:
    """The index terms of one written word: its parts when hyphenated, else the word."""
    if len(variants) <= 2:
        return analyze(variants[0]) or analyze(" ".join(variants))
    parts = analyze(" ".join(variants[:-1]))
    if len(parts) < len(variants) - 1 or all(p in _GENERAL_TERMS for p in parts):
        return [stem(variants[-1])]  # "in-person", "follow-up": the parts say nothing alone
    return parts


def _rarity(df: int) -> float:
    return math.log1p(max(0.0, (COLLECTION - df + 0.5)) / (df + 0.5))


def _weights(terms: Iterable[Term], around: Sequence[str], known_terms: KnownTerms) -> dict[str, float]:
    weights: dict[str, float] = {}
    for term in terms:
        weight = GENERAL_WEIGHT if term.general else 1.0
        weights[term.term] = max(weights.get(term.term, 0.0), weight)
        for phrase in term.names:
            for other in phrase:
                weights.setdefault(other, OTHER_NAME * weight / (len(phrase) * len(term.names) ** 0.5))
    counts = known_terms(sorted(set(around)))
    for term in around:
        if term in counts and term not in _GENERAL_TERMS:
            weights.setdefault(term, AROUND)
    return weights


def _numbers(rest: str) -> frozenset[str]:
    """Numbers the question states, which an answer should share; years that name a document are cut out before."""
    return frozenset(t for variants in tokens(rest) for t in variants if t[:1].isdigit())
