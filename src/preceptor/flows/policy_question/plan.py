"""From a question to what is looked for: weighted terms, their other names, the documents named, what would answer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from preceptor.evidence.bm25 import analyze, fold, stem, tokens
from preceptor.flows.policy_question.lexicon import GENERAL, Phrase, synonyms
from preceptor.flows.policy_question.naming import DocumentInfo, Named, find_documents
from preceptor.flows.policy_question.question import Asks, read_question

KnownTerms = Callable[[Sequence[str]], Mapping[str, int]]
"""Terms → those that stand somewhere in the searched versions, with the number of passages they stand in."""

COLLECTION = 6_000  # passages assumed when a term's rarity is judged; only ratios of logarithms matter
AROUND = 0.25  # weight of words that tell rather than ask
OTHER_NAME = 0.5  # weight of a synonym against the word asked
GENERAL_WEIGHT = 0.25  # weight of words such as "recommend" that say how it is asked
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
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
    limits it. `reason` is set when the question is to be refused before any search."""

    question: str
    weights: Mapping[str, float]
    scope: tuple[str, ...]
    affinity: Mapping[str, float]
    terms: tuple[Term, ...]
    pairs: frozenset[tuple[str, str]]
    asks: frozenset[Asks]
    numbers: frozenset[str]
    years: tuple[int, ...]
    compare: bool
    corrections: Mapping[str, str]
    reason: str | None


def make_plan(question: str, documents: Sequence[DocumentInfo], known_terms: KnownTerms) -> Plan:
    """The plan for a de-identified question over the versions in `documents`. Pure but for `known_terms`.

    Instruction-like parts are dropped before anything is read. `reason` is personal_care, document_not_in_library,
    version_not_in_library, other_domain or None.
    """
    asked = read_question(question)
    core, corrections = _corrected(asked.core, known_terms)
    around, _ = _corrected(asked.around, known_terms)
    named = find_documents(f"{core}" if re.search(r"\w", core) else around, documents)
    if not named.scope and around:
        told = find_documents(around, documents)
        if told.scope and not named.missing:
            named = Named(told.scope, named.affinity or told.affinity, named.rest, named.years, None)
    terms = _terms(named.rest, known_terms)
    if all(t.general for t in terms):
        terms = _terms(core, known_terms)
    weights = _weights(terms, analyze(around), known_terms)
    subject = [t.term for t in terms if not t.general]
    return Plan(
        question=core,
        weights=weights,
        scope=named.scope,
        affinity=named.affinity,
        terms=tuple(terms),
        pairs=frozenset(p for p in zip(subject, subject[1:], strict=False) if p[0] != p[1]),
        asks=asked.asks,
        numbers=_numbers(named.rest),
        years=named.years,
        compare=len(named.scope) > 1 and _compares(core),
        corrections=corrections,
        reason=_reason(asked.personal, named, terms),
    )


def _compares(core: str) -> bool:
    return bool(re.search(r"\b(?:both|compare|each|and (?:is it|according|the)|versus|vs|differ\w*|same|between)\b", core, re.I))


def _reason(personal: bool, named: Named, terms: Sequence[Term]) -> str | None:
    if personal:
        return "personal_care"
    if named.missing:
        return named.missing
    subject = [t for t in terms if not t.general]
    if not terms:
        return "other_domain"
    if subject and not any(t.known for t in subject):
        return "other_domain"
    return None


def _terms(core: str, known_terms: KnownTerms) -> list[Term]:
    """The distinct terms of `core` in order; general words nobody uses are left out."""
    ordered = list(dict.fromkeys(t for variants in tokens(core) for t in _first(variants)))
    flat = analyze(core)
    names: dict[str, set[Phrase]] = {}
    for phrase, others in synonyms(flat):
        for term in phrase:
            names.setdefault(term, set()).update(others)
    everything = {t for t in ordered} | {t for ps in names.values() for p in ps for t in p}
    marks = {f"{t}{m}" for t in ordered if len(t) >= 6 and t.isalpha() for m in "abcd"}
    counts = known_terms(sorted(everything | marks))
    found = list[Term]()
    for term in ordered:
        general = term in _GENERAL_TERMS
        others = frozenset(p for p in names.get(term, set()) if all(t in counts for t in p))
        others |= {(f"{term}{m}",) for m in "abcd" if f"{term}{m}" in counts and len(term) >= 6}
        known = term in counts or bool(others)
        if not known and (general or _slip(term)):
            continue
        df = counts.get(term, 0) or min((counts[t] for p in others for t in p), default=0)
        found.append(Term(term, _rarity(df), others, known, general))
    return found


def _first(variants: list[str]) -> list[str]:
    """The index terms of one written word: its parts when hyphenated, else the word."""
    found = analyze(" ".join(variants[:1] if len(variants) <= 2 else variants[:-1]))
    return found or analyze(" ".join(variants))


def _rarity(df: int) -> float:
    return math.log1p(max(0.0, (COLLECTION - df + 0.5)) / (df + 0.5))


def _weights(terms: Iterable[Term], around: Sequence[str], known_terms: KnownTerms) -> dict[str, float]:
    weights: dict[str, float] = {}
    for term in terms:
        weight = GENERAL_WEIGHT if term.general else 1.0
        weights[term.term] = max(weights.get(term.term, 0.0), weight)
        for phrase in term.names:
            for other in phrase:
                weights.setdefault(other, OTHER_NAME * weight / len(phrase) ** 0.5)
    counts = known_terms(sorted(set(around)))
    for term in around:
        if term in counts and term not in _GENERAL_TERMS:
            weights.setdefault(term, AROUND)
    return weights


def _numbers(rest: str) -> frozenset[str]:
    """Numbers the question states, which an answer should share; years that name a document are cut out before."""
    return frozenset(t for variants in tokens(rest) for t in variants if t[:1].isdigit())


def _slip(word: str) -> bool:
    """Whether a short unknown word is a little word mistyped: "teh", "wat"."""
    if not 2 <= len(word) <= 5 or not word.isalpha():
        return False
    swaps = {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)}
    inserts = {word[:n] + c + word[n:] for n in range(len(word) + 1) for c in _ALPHABET} if len(word) <= 4 else set[str]()
    return any(not analyze(w) for w in swaps | inserts)


def _corrected(text: str, known_terms: KnownTerms) -> tuple[str, dict[str, str]]:
    """`text` with words nobody knows replaced by known ones one edit away (Damerau 1964); numbers are left alone."""
    words = list(dict.fromkeys(re.findall(r"[A-Za-z]{4,}", text)))
    folded = {w: stem(fold(w)) for w in words}
    counts = known_terms(sorted({*folded.values(), *(t for w in words for t in analyze(w))}))
    corrections: dict[str, str] = {}
    for word, root in folded.items():
        if root in counts or not analyze(word) or root in _GENERAL_TERMS or any(c.isupper() for c in word[1:]):
            continue
        best = _nearest(fold(word), known_terms)
        if best is not None:
            corrections[word] = best
    for word, best in corrections.items():
        text = re.sub(rf"\b{re.escape(word)}\b", best, text)
    return text, corrections


def _nearest(word: str, known_terms: KnownTerms) -> str | None:
    """The most frequent known word one deletion, insertion, swap or replacement away; the first letter is kept for
    long words' sake less often wrong, so candidates that keep it win."""
    splits = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    candidates = {a + b[1:] for a, b in splits if b}
    candidates |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    candidates |= {a + c + b for a, b in splits for c in _ALPHABET}
    if len(word) >= 5:
        candidates |= {a + c + b[1:] for a, b in splits if b for c in _ALPHABET}
    candidates.discard(word)
    roots: dict[str, str] = {}
    for candidate in sorted(candidates):
        if candidate in GENERAL:
            return candidate
        if len(candidate) >= 4:
            roots.setdefault(stem(candidate), candidate)
    counts = known_terms(sorted(roots))
    if not counts:
        return None
    best = max(sorted(counts), key=lambda t: (t[:1] == word[:1], counts[t]))
    # A rare word is more often a name the library does not hold than a slip of the pen.
    return roots[best] if counts[best] >= 3 and best[:1] == word[:1] else None
