"""Words of a question that de-identification hid although they are the library's own: read again for the search only.

De-identification rather hides a word too many: the name of a medicine, a short form, a slip of the pen. The library's
pages were de-identified when they came in, so that a word standing in them tells of no person by itself. What is
recorded, sealed and shown stays the masked question; the words come back in memory alone, as words to search for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from preceptor.deid.mask import is_given_name
from preceptor.deid.spans import Span
from preceptor.evidence.bm25 import analyze
from preceptor.flows.policy_question.editions import AS_OF
from preceptor.flows.policy_question.spelling import KnownTerms, corrected

_OPENS = frozenset({"NAME", "GEO", "ORG", "LOCATION"})
_TITLED = re.compile(
    r"(?:\b(?:mrs?|ms|miss|mister|dr|prof|pt|patient|member|resident|sgt|sergeant|cpl|corporal|private|captain|capt|major|col"
    r"|colonel|lt|officer|mother|father|mom|mum|dad|wife|husband|son|daughter|child|baby|brother|sister|aunt|uncle|friend"
    r"|neighbou?r|partner|parent|name|named|called|for|hi|dear|from)\b\.?,?\s*:?\s*)$",
    re.IGNORECASE,
)
_CARRIED = re.compile(
    r"['’]s\b|\s*\(?(?:,?\s*(?:DOB|MRN|SSN|aged?|born|\d{1,3}\s*(?:y|yo|years?)\b)|,\s*\d)", re.IGNORECASE
)
_DATED_SOURCE = re.compile(
    r"\s+(?:[\w/-]+\s+){0,5}"
    r"(?:guidelines?|guidance|work ?plans?|polic(?:y|ies)|versions?|editions?|revisions?|manual)\b",
    re.IGNORECASE,
)
WORDS = 2  # words of one hidden stretch that may come back


def legible(text: str, spans: Sequence[Span], known_terms: KnownTerms) -> str:
    """`text` masked at `spans` but for those that hide the library's own words: known there as they are written, or,
    in small letters, one slip away; no given name, no title or kinship in front, no age or number behind. A date
    comes back where it says which version is meant."""
    parts, at = list[str](), 0
    for span in sorted(spans, key=lambda s: s.start):
        words = text[span.start : span.end]
        named = span.label in _OPENS and _own(text, span, words, known_terms)
        opens = named or (span.label == "DATE" and _names_a_version(text, span))
        parts += (text[at : span.start], words if opens else f"[{span.label}]")
        at = span.end
    return "".join([*parts, text[at:]])


def _names_a_version(text: str, span: Span) -> bool:
    """Whether a hidden date says which version is meant: "as of …", "the … guideline"."""
    mark = next((m for m in AS_OF.finditer(text[: span.end]) if m.end() == span.start), None)
    return mark is not None or _DATED_SOURCE.match(text, span.end) is not None


def _own(text: str, span: Span, words: str, known_terms: KnownTerms) -> bool:
    written = re.findall(r"[^\W\d_][\w'’-]*", words)
    if not 1 <= len(written) <= WORDS or any(character.isdigit() for character in words):
        return False
    if any(is_given_name(word) for word in written):
        return False
    if _TITLED.search(text[: span.start]) or _CARRIED.match(text, span.end):
        return False
    fixed, changed = corrected(words, known_terms)
    if changed and words != words.lower():
        return False
    terms = analyze(fixed)
    return bool(terms) and len(known_terms(sorted(set(terms)))) == len(set(terms))
