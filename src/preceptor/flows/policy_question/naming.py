"""Which documents a question names: by title words, initials and years; and when it names one that is not there."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from preceptor.evidence.bm25 import analyze
from preceptor.flows.policy_question.lexicon import synonyms

_NOUN = re.compile(
    r"\b(?:guidelines?|guidances?|cpgs?|(?:work ?)plans?|protocols?|manuals?|handbooks?|reminders?|alerts?|bulletins?"
    r"|polic(?:y|ies)|determinations?|circulars?|memorand(?:um|a)|toolkits?|reports?|rules?|charters?)\b",
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
_STOPS = re.compile(
    r"[,.;:?!()]|\b(?:the|what|which|does|do|did|how|is|are|say|says|said|in|by|under|per|according to|to|of|from|for|and"
    r"|or|both|whether|that|this|their|our|its|with|as|at|on|about|give|gives|given|according|acording|why|when|who|where"
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

    `scope`: keys to search in and nothing else (empty: all). `affinity`: key → 0..1, how well the question's words
    fit the document's name. `terms`: question terms that name the document rather than the subject. `years`: years
    tied to a document. `missing`: why the library cannot hold it, or None.
    """

    scope: tuple[str, ...]
    affinity: Mapping[str, float]
    terms: frozenset[str]
    years: tuple[int, ...]
    missing: str | None


def name_words(document: DocumentInfo) -> str:
    """Title and stem as words: underscores, camel case and digits are boundaries."""
    stem = re.sub(r"[_\-./]+", " ", document.stem)
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", stem)
    return f"{document.title.replace('_', ' ')} {stem} {document.owner} {document.version}"


def name_terms(document: DocumentInfo) -> frozenset[str]:
    """The terms a document may be called by: words of its name, initials of runs of them, other names for them."""
    words = name_words(document)
    terms = set(analyze(words))
    plain = [w for w in re.findall(r"[A-Za-z]+", document.title.replace("_", " ")) if w.lower() not in _MINOR]
    for size in range(2, 6):
        for place in range(len(plain) - size + 1):
            terms.add("".join(w[0] for w in plain[place : place + size]).lower())
    ordered = analyze(document.title.replace("_", " "))
    for _, others in synonyms(ordered):
        for other in others:
            terms.update(other)
    return frozenset(terms)


_MINOR = frozenset("of the for and in to on a an with by".split())


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


def find_documents(question: str, documents: Sequence[DocumentInfo]) -> Named:
    """Read which documents the question names. Pure word matching; nothing here knows a particular document."""
    names = {d.key: name_terms(d) for d in documents}
    spread = {t: sum(t in n for n in names.values()) for t in set().union(*names.values())} if names else {}
    references = _references(question)
    years = tuple(sorted({y for r in references for y in r.years}))
    affinity = _affinity(question, names, spread)
    scope, used, missing = list[str](), set[str](), None
    for reference in references:
        keys, terms, why = _resolve(reference, documents, names, spread)
        used |= terms
        missing = missing or why
        scope.extend(k for k in keys if k not in scope)
    if missing and scope and len(references) > 1:
        missing = None
    return Named(tuple(scope), affinity, frozenset(used), years, missing)


@dataclass(frozen=True)
class _Reference:
    """A stretch of the question that seems to name a document."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    noun: str
    years: tuple[int, ...]


def _references(question: str) -> list[_Reference]:
    found = list[_Reference]()
    nouns = list(_NOUN.finditer(question))
    for place, match in enumerate(nouns):
        left = question[nouns[place - 1].end() if place else 0 : match.start()]
        right = question[match.end() : nouns[place + 1].start() if place + 1 < len(nouns) else len(question)]
        before = _STOPS.split(left[-90:])[-1]
        if re.search(r"\band\s*(?:the\s+)?[\w\s-]{0,40}$", left) and match[0].lower().endswith("s"):
            before = re.split(r"[,.;:?!]|\b(?:do|does|both|what|which)\b", left)[-1]  # "the A and the B guidelines"
        after = re.match(r"\s+(?:for|on|about|of|from|regarding)\s+(?:the\s+)?([^?.,;:]{3,60})", right)
        tail = re.split(r"\b(?:from|what|which|how|does|do|is|are|should|say|says|that|to|in|and)\b", after[1])[0] if after else ""
        near = f"{left[-40:]} {match[0]} {right[:30]}"
        years = tuple({int(y) for y in _YEAR.findall(near)} | {2000 + int(y) for y in _SHORT_YEAR.findall(near)})
        found.append(_Reference(tuple(analyze(before)), tuple(analyze(tail)), match[0].lower(), years))
    return found


def _affinity(question: str, names: Mapping[str, frozenset[str]], spread: Mapping[str, int]) -> dict[str, float]:
    terms = analyze(question)
    asked = set(terms)
    for phrase, others in synonyms(terms):
        asked.update(t for other in (*others, phrase) for t in other)
    weights = {t: math.log1p(len(names) / spread[t]) for t in asked if t in spread and t not in _VAGUE and len(t) > 2}
    total = max((sum(w for t, w in weights.items() if t in n) for n in names.values()), default=0.0)
    if not total:
        return {}
    found = {k: sum(w for t, w in weights.items() if t in n) / total for k, n in names.items()}
    return {k: v for k, v in found.items() if v > 0}


def _resolve(
    reference: _Reference,
    documents: Sequence[DocumentInfo],
    names: Mapping[str, frozenset[str]],
    spread: Mapping[str, int],
) -> tuple[list[str], set[str], str | None]:
    """Keys the reference points at, the terms that point, and why nothing can be meant."""
    years = {str(y) for y in reference.years}
    noun = analyze(reference.noun)
    said = [t for t in (*reference.before, *reference.after, *noun) if t not in years and not t.isdigit()]
    telling = [t for t in said if t not in _VAGUE]
    expanded = {t: {t} for t in said}
    for phrase, others in synonyms(said):
        for term in phrase:
            expanded.setdefault(term, {term}).update(t for other in others for t in other)
    scores: dict[str, float] = {}
    for key, terms in names.items():
        hit = [t for t in dict.fromkeys(said) if expanded[t] & terms]
        scores[key] = sum(
            max(math.log1p(len(names) / spread[x]) for x in expanded[t] & terms) * (0.4 if t in _VAGUE else 1.0)
            for t in hit
        )
    known = {t for t in telling if any(expanded[t] & terms for terms in names.values())}
    unknown = [t for t in dict.fromkeys(telling) if t not in known and t not in noun]
    adjacent = [t for t in unknown if t in reference.before or t in reference.after]
    best = max(scores.values(), default=0.0)
    if not best or not (known - set(noun) or _VAGUE.isdisjoint(noun) or reference.noun.replace(" ", "").startswith("workplan")):
        return [], set(), None
    keys = [k for k, s in scores.items() if s >= 0.75 * best]
    return _by_year(reference, documents, keys, said, adjacent)


def _by_year(
    reference: _Reference, documents: Sequence[DocumentInfo], keys: list[str], said: list[str], unknown: list[str]
) -> tuple[list[str], set[str], str | None]:
    used = set(said) | {str(y) for y in reference.years} | {"fy"}
    if len(unknown) >= 2 or (len(unknown) == 1 and len(keys) > 1 and reference.before and unknown[0] == reference.before[-1]):
        return [], set(), "document_not_in_library"
    if reference.years:
        dated = {d.key: document_years(d) for d in documents if d.key in keys}
        matching = [k for k in keys if dated[k] & set(reference.years)]
        if matching:
            return matching, used, None
        if all(dated.values()) and all(y > max(max(v) for v in dated.values()) for y in reference.years):
            return [], used, "version_not_in_library"
    return keys, used, None
