"""From a question to what is looked for: weighted terms, their other names, the documents named, what would answer."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from preceptor.evidence.bm25 import analyze, fold, stem, tokens
from preceptor.evidence.vocabulary import ShortForms
from preceptor.flows.policy_question.editions import Wish, read_wish
from preceptor.flows.policy_question.forms import claims
from preceptor.flows.policy_question.language import foreign
from preceptor.flows.policy_question.lexicon import GENERAL, Phrase, synonyms
from preceptor.flows.policy_question.naming import DocumentInfo, Named, find_documents
from preceptor.flows.policy_question.question import Asks, read_question
from preceptor.flows.policy_question.strangers import strangers

KnownTerms = Callable[[Sequence[str]], Mapping[str, int]]
"""Terms → those that stand somewhere in the searched versions, with the number of passages they stand in."""

COLLECTION = 6_000  # passages assumed when a term's rarity is judged; only ratios of logarithms matter
CORRECTED_WORDS = 120  # words of a question that are looked at for slips of the pen
AROUND = 0.25  # weight of words that tell rather than ask
OTHER_NAME = 0.5  # weight of a synonym against the word asked
GENERAL_WEIGHT = 0.25  # weight of words such as "recommend" that say how it is asked
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = "aeiouy"
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
    wish: Wish = Wish()


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
    core, corrections = _corrected(asked.core, known_terms)
    around, _ = _corrected(asked.around, known_terms)
    named = find_documents(f"{core}" if re.search(r"\w", core) else around, documents)
    if not named.groups and around:
        told = find_documents(around, documents)
        if told.groups and not named.missing:
            named = Named(told.groups, named.affinity or told.affinity, named.rest, named.years, None)
    long = (acronyms if isinstance(acronyms, ShortForms) else ShortForms(acronyms or {})).terms
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
        reason="question_language" if foreign(f"{core} {around}") else _reason(asked.personal, named, terms),
        strangers=strangers(named.rest, [t.term for t in terms if not t.known]),
        claims=claims(core),
        wish=read_wish(core),
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


def _reason(personal: bool, named: Named, terms: Sequence[Term]) -> str | None:
    if personal:
        return "personal_care"
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
        if not known and (general or term in whole or _slip(term)):
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


def _slip(word: str) -> bool:
    """Whether a short unknown word is a little word mistyped: "teh", "wat"."""
    if not 2 <= len(word) <= 5 or not word.isalpha():
        return False
    swaps = {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)}
    inserts = (
        {word[:n] + c + word[n:] for n in range(len(word) + 1) for c in _ALPHABET} if len(word) <= 4 else set[str]()
    )
    return any(not analyze(w) for w in swaps | inserts)


def _corrected(text: str, known_terms: KnownTerms) -> tuple[str, dict[str, str]]:
    """`text` with words nobody knows replaced by known ones one edit away (Damerau 1964); numbers are left alone."""
    words = list(dict.fromkeys(re.findall(r"[A-Za-z]{4,24}", text)))[:CORRECTED_WORDS]
    folded = {w: stem(fold(w)) for w in words}
    counts = known_terms(sorted({*folded.values(), *(t for w in words for t in analyze(w))}))
    corrections: dict[str, str] = {}
    for word, root in folded.items():
        if root in counts or not analyze(word) or root in _GENERAL_TERMS or any(c.isupper() for c in word[1:]):
            continue
        best = _american(fold(word), known_terms) or _nearest(fold(word), known_terms)
        if best is not None:
            corrections[word] = best
    for word, best in corrections.items():
        text = re.sub(rf"\b{re.escape(word)}\b", best, text)
    return text, corrections


_BRITISH = (
    ("is", "iz"),
    ("our", "or"),
    ("mme", "m"),
    ("tre", "ter"),
    ("ae", "e"),
    ("oe", "e"),
    ("ll", "l"),
    ("yse", "yze"),
)


def _american(word: str, known_terms: KnownTerms) -> str | None:
    """The American spelling of a word written the British way, where that one is known."""
    forms = {
        word[:at] + new + word[at + len(old) :]
        for old, new in _BRITISH
        for at in range(1, len(word))
        if word.startswith(old, at)
    }
    known = known_terms(sorted({stem(form) for form in forms}))
    return next((form for form in sorted(forms) if stem(form) in known), None)


def _nearest(word: str, known_terms: KnownTerms) -> str | None:
    """The most frequent known word one slip away: a letter left out, two swapped, one doubled, a wrong vowel.

    Other replacements and endings are left alone: they turn a name the library does not hold into one it does.
    """
    splits = [(word[:n], word[n:]) for n in range(1, len(word) + 1)]
    candidates = {a + b[1:] for a, b in splits if b and b[0] == a[-1]}
    candidates |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    candidates |= {a + c + b for a, b in splits if b for c in _ALPHABET}
    candidates |= {a + c + b[1:] for a, b in splits if len(b) > 2 and b[0] in _VOWELS for c in _VOWELS}
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
