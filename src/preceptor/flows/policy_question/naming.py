"""Which documents a question names: by title words, initials and years; and when it names one that is not there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.bm25 import analyze
from preceptor.flows.policy_question.lexicon import synonyms

_NOUN = re.compile(
    r"\b(?:guidelines?|guidances?|cpgs?|work ?plans?|protocols?|manuals?|handbooks?|reminders?|alerts?|bulletins?"
    r"|polic(?:y|ies)|determinations?|circulars?|toolkits?)\b|(?<=\d )plans?\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d$.,])(?:19[89]\d|20[0-4]\d)(?![\d,]|\.\d)")
_SHORT_YEAR = re.compile(r"\bFY\s?'?(\d{2})(?!\d)", re.IGNORECASE)
_VAGUE = frozenset(
    analyze(
        "clinical practice program compliance guideline guidance plan protocol policy document full text final updated "
        "version revision corrected edition management diagnosis care office department health united states federal "
        "supplemental individual new all primary setting adult general notice fiscal year fy 508 recommendation small "
        "practical provider medicare medicaid hhs us"
    )
)
NAMES = 50_000  # documents whose name terms are remembered
_STOPS = re.compile(
    r"[,.;:?!()]|\b(?:the|what|which|does|do|did|how|is|are|say|says|said|in|by|under|per|according to|to|of|from|for"
    r"|and|or|both|whether|that|this|their|our|its|with|as|at|on|about|give|gives|given|according|acording|why|when|who|where"
    r"|many|much|must|should|can|may|an?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DocumentInfo:
    """One version of a document as a question may name it. `key` is what hits and quotations carry."""

    key: str
    stem: str
    title: str
    owner: str
    version: str
    effective_from: date | None
    effective_to: date | None


@dataclass(frozen=True)
class Named:
    """What the question says of documents.

    `groups`: for each document named, the keys it may be; search in these and nothing else (empty: all).
    `affinity`: key → 0..1, how well the question's words fit the document's name.
    `rest`: the question without the stretches that name a document.
    `years`: years tied to a document. `missing`: why the library cannot hold it, or None.
    """

    groups: tuple[tuple[str, ...], ...]
    affinity: Mapping[str, float]
    rest: str
    years: tuple[int, ...]
    missing: str | None


def name_words(document: DocumentInfo) -> str:
    """Title and stem as words: underscores, camel case and digits are boundaries."""
    stem = re.sub(r"[_\-./]+", " ", document.stem)
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", stem)
    return f"{document.title.replace('_', ' ')} {stem} {document.owner} {document.version}"


def _plain(text: str) -> list[str]:
    """Index terms with hyphens and slashes as gaps: "VA/DoD" names the same whether written together or not."""
    return analyze(re.sub(r"(?<=\w)[-/](?=\w)", " ", text))


@lru_cache(maxsize=NAMES)
def name_terms(document: DocumentInfo) -> frozenset[str]:
    """The terms a document may be called by: words of its name, initials of runs of them, other names for them."""
    words = name_words(document)
    terms = set(_plain(words))
    plain = re.findall(r"[A-Za-z]+", document.title.replace("_", " "))
    initials = "".join(w[0] for w in plain if w.lower() not in _MINOR).lower()
    for size in range(2, 6):
        terms.update(initials[place : place + size] for place in range(len(initials) - size + 1))
    ordered = _plain(document.title.replace("_", " "))
    for _, others in synonyms(ordered):
        for other in others:
            terms.update(other)
    return frozenset(terms)


_MINOR_WORDS = """
of the for and in to on a an with by
"""
_MINOR = frozenset(_MINOR_WORDS.split())


@lru_cache(maxsize=NAMES)
def document_years(document: DocumentInfo) -> frozenset[int]:
    """Years in the name, version or effective dates; a stem that ends in a date such as 7242020 counts."""
    text = name_words(document)
    years = {int(y) for y in _YEAR.findall(text)}
    years |= {2000 + int(y) for y in re.findall(r"\bFY ?(\d{2})\b", text)}
    years |= {int(y) for y in re.findall(r"\d{3,4}((?:19|20)\d\d)\b", document.stem)}
    for day in (document.effective_from, document.effective_to):
        if day is not None:
            years.add(day.year)
    return frozenset(years)


class Names(Sequence[DocumentInfo]):
    """Documents and an index of the terms they may be called by, so that a question looks at those it may mean."""

    def __init__(self, documents: Iterable[DocumentInfo]) -> None:
        self._documents = tuple(documents)
        gathered: dict[str, list[int]] = {}
        for number, document in enumerate(self._documents):
            for term in name_terms(document):
                gathered.setdefault(term, []).append(number)
        self.places = {term: np.array(numbers, np.int64) for term, numbers in gathered.items()}
        # A word of nearly every name (the plan's own) tells no document apart.
        often = max(1.0, 0.6 * len(self._documents))
        self.common = frozenset(term for term, numbers in self.places.items() if len(numbers) > often)

    @overload
    def __getitem__(self, place: int) -> DocumentInfo: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[DocumentInfo]: ...
    def __getitem__(self, place: int | slice) -> DocumentInfo | Sequence[DocumentInfo]:
        return self._documents[place]

    def __len__(self) -> int:
        return len(self._documents)

    def telling(self, term: str) -> float:
        """ln(1 + N/n) for a term in n of N names."""
        return math.log1p(len(self._documents) / len(self.places[term]))

    def keys(self, chosen: NDArray[np.bool_]) -> list[str]:
        """The keys of the chosen documents (bool, one each)."""
        return [self._documents[n].key for n in np.flatnonzero(chosen).tolist()]


def find_documents(question: str, documents: Sequence[DocumentInfo]) -> Named:
    """Read which documents the question names. Pure word matching; nothing here knows a particular document.

    For a library of any size give `Names`, made once; other sequences are indexed at each call.
    """
    names = documents if isinstance(documents, Names) else Names(documents)
    groups, missing, cuts = list[tuple[str, ...]](), None, list[tuple[int, int]]()
    years = set[int]()
    for reference in _references(question):
        keys, why = _resolve(reference, names)
        missing = missing or why
        if keys:
            cuts.append((reference.start, reference.end))
            years.update(reference.years)
            if tuple(keys) not in groups:
                groups.append(tuple(keys))
    rest = question
    for start, end in sorted(set(cuts), reverse=True):
        rest = f"{rest[:start]} {rest[end:]}"
    if groups and _SAME.search(question):
        groups.extend(_also_named(rest, names, groups))
    return Named(tuple(groups), _affinity(question, names), rest, tuple(sorted(years)), None if groups else missing)


_SAME = re.compile(r"\b(?:same|both|compare|differ\w*|too|as well|versus|vs)\b", re.IGNORECASE)


def _also_named(rest: str, names: Names, groups: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """A further document that a comparing question names without a word such as "guideline": by two telling words."""
    few = max(1, len(names) // 5)
    telling = {t for t in _plain(rest) if t in names.places and t not in _VAGUE and len(names.places[t]) <= few}
    taken = {k for group in groups for k in group}
    counts = np.zeros(len(names), np.int64)
    for term in telling:
        counts[names.places[term]] += 1
    found = [k for k in names.keys(counts >= 2) if k not in taken]
    return [(found[0],)] if len(found) == 1 else []


@dataclass(frozen=True)
class _Reference:
    """A stretch of the question that seems to name a document."""

    start: int
    end: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    noun: str
    years: tuple[int, ...]


def _references(question: str) -> list[_Reference]:
    found = list[_Reference]()
    nouns = list(_NOUN.finditer(question))
    for place, match in enumerate(nouns):
        floor = nouns[place - 1].end() if place else 0
        left = question[floor : match.start()]
        right = question[match.end() : nouns[place + 1].start() if place + 1 < len(nouns) else len(question)]
        before = _STOPS.split(left)[-1]
        shared = list[str]()
        if match[0].lower().endswith("s") and _JOINED.search(left):
            whole = _CLAUSE.split(left)[-1]  # "both the A and the B guidelines": one reference each
            shared = [p for p in re.split(r"\b(?:and|or|the|both)\b|,", whole, flags=re.IGNORECASE) if p.strip()]
            before = whole if len(shared) > 1 else before
        end = match.end()
        tail = ""
        after = _TAIL.match(right)
        if after:
            tail = _TAIL_STOP.split(after[1])[0]
            end += after.start(1) + len(tail)
        near = f"{left[-30:] if before.strip() else ''} {match[0]} {right[: 30 if tail else 12]}"
        years = {int(y) for y in _YEAR.findall(f"{before} {near}")} | {
            2000 + int(y) for y in _SHORT_YEAR.findall(before)
        }
        for words in shared if len(shared) > 1 else [before]:
            said = tuple(_plain(words)), tuple(_plain(tail))
            noun = match[0].lower()
            found.append(_Reference(match.start() - len(before), end, *said, noun, tuple(sorted(years))))
    return found


_JOINED = re.compile(r"\band\s+(?:the\s+)?[\w\s/-]{0,40}$", re.IGNORECASE)


_CLAUSE = re.compile(r"[,.;:?!]|\b(?:do|does|what|which|to|in|by)\b", re.IGNORECASE)
_TAIL = re.compile(r"\s+(?:for|on|about|of|from|regarding)\s+(?:the\s+)?([^?.,;:]{3,60})")
_TAIL_STOP = re.compile(
    r"\b(?:from|what|which|how|does|do|is|are|should|say|says|that|to|in|and|for|give|gives)\b", re.IGNORECASE
)
_STRONG = re.compile(r"guid|cpg|work ?plan|determination", re.IGNORECASE)
_ISSUER = re.compile(r"^(?:oig|cms|hhs|va|dod|fda|nih|cdc|ahrq|hcfa|acp|aha|acc|ada|kdigo|who|uspstf)$")


def _affinity(question: str, names: Names) -> dict[str, float]:
    terms = _plain(question)
    asked = set(terms)
    for phrase, others in synonyms(terms):
        asked.update(t for other in (*others, phrase) for t in other)
    fits = np.zeros(len(names))
    for term in sorted(asked):
        if term in names.places and term not in _VAGUE and len(term) > 2:
            fits[names.places[term]] += names.telling(term)
    total = float(fits.max(initial=0.0))
    if not total:
        return {}
    fits /= total
    held = np.flatnonzero(fits)
    return {names[n].key: fit for n, fit in zip(held.tolist(), fits[held].tolist(), strict=True)}


def _resolve(reference: _Reference, names: Names) -> tuple[list[str], str | None]:
    """Keys the reference points at, and why nothing can be meant."""
    years = {str(y) for y in reference.years}
    noun = analyze(reference.noun)
    told = [t for t in (*reference.before, *reference.after) if t not in years and not t.isdigit() and t != "fy"]
    telling = [t for t in dict.fromkeys(told) if t not in _VAGUE]
    issued = any(_ISSUER.match(t) for t in told)
    expanded = {t: {t} for t in (*told, *noun)}
    for phrase, others in synonyms([*reference.before, "|", *reference.after]):
        for term in phrase:
            expanded.setdefault(term, {term}).update(t for other in others for t in other)
    scores = np.zeros(len(names))
    for term, forms in expanded.items():
        fits = np.zeros(len(names))
        for form in forms & names.places.keys():
            fits[names.places[form]] = np.maximum(fits[names.places[form]], names.telling(form))
        scores += fits * (0.8 if term in noun else 0.4 if term in _VAGUE else 1.0)
    known = [t for t in telling if not expanded[t].isdisjoint(names.places)]
    unknown = [t for t in telling if t not in known]
    strong = _STRONG.search(reference.noun) is not None
    best = float(scores.max(initial=0.0))
    pointed = bool(known) or (strong and bool(years or issued)) or (issued and best > 0) or _plan(reference.noun)
    if not best or not pointed:
        return [], None
    keys = names.keys(scores >= 0.75 * best)
    subject = [t for t in known if not _ISSUER.match(t) and not expanded[t] <= names.common]
    if (strong or issued) and unknown and (len(unknown) >= 2 or not subject or len(unknown) > len(subject)):
        return [], "document_not_in_library"
    return _by_year(reference, names, keys)


def _plan(noun: str) -> bool:
    return noun.replace(" ", "").startswith("workplan")


def _by_year(reference: _Reference, names: Names, keys: list[str]) -> tuple[list[str], str | None]:
    """The keys of the years the reference names, where the years are known; all keys where they are not."""
    if not reference.years:
        return keys, None
    meant = set(keys)
    dated = {d.key: document_years(d) for d in names if d.key in meant}
    matching = [k for k in keys if dated[k] & set(reference.years)]
    if matching:
        return matching, None
    if all(dated.values()) and all(y > max(max(v) for v in dated.values()) for y in reference.years):
        return [], "version_not_in_library"
    return keys, None
