"""Further documents that a comparing question means without naming them in full: "the 2010 one", "and the booklet"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from preceptor.flows.policy_question.naming import NAMES, DocumentInfo, Named, document_years, name_terms

_YEAR = re.compile(r"(?<![\d$.,])(?:19[89]\d|20[0-4]\d)(?![\d,]|\.\d)")
_BOTH = re.compile(
    r"\bon the (?:one|other) hand\b|\bcite (?:both|each)\b|\b(?:compare|both)\b.{0,120}\band\b"
    r"|\band (?:from|in|by|according to|per) the\b",
    re.IGNORECASE | re.DOTALL,
)
ONE_PUBLICATION = 20  # differently named documents past which a reference means no one publication
ALIKE = 0.5  # share of name terms two versions of one publication have in common at least


def widened(named: Named, question: str, documents: Sequence[DocumentInfo]) -> Named:
    """`named` with the sister document of another year that the question speaks of; or, where it compares the one
    document named with something that was not recognised, with no limit to that one."""
    if len(named.groups) != 1:
        return named
    years = {int(y) for y in _YEAR.findall(question)} - set(named.years)
    if named.years and years:
        for year in sorted(years):
            keys = _sisters(named.groups[0], year, documents)
            if keys:
                return replace(named, groups=(*named.groups, keys), years=(*named.years, year))
    if _BOTH.search(question):
        return replace(named, groups=())
    return named


def _sisters(group: Sequence[str], year: int, documents: Sequence[DocumentInfo]) -> tuple[str, ...]:
    """The documents of that year whose names are like those of `group`."""
    meant = frozenset(group)
    own = {_plain_terms(d) for d in documents if d.key in meant}
    if len(own) > ONE_PUBLICATION:
        return ()
    return tuple(
        d.key
        for d in documents
        if d.key not in meant and year in document_years(d) and any(_alike(_plain_terms(d), terms) for terms in own)
    )


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)


@lru_cache(maxsize=NAMES)
def _plain_terms(document: DocumentInfo) -> frozenset[str]:
    """The terms of its name without numbers."""
    return frozenset(t for t in name_terms(document) if not any(c.isdigit() for c in t))
