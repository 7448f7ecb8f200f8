"""Slips of the pen and British spellings: words nobody writes in the library, one step from words it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from preceptor.evidence.bm25 import analyze, fold, stem
from preceptor.flows.policy_question.lexicon import GENERAL

KnownTerms = Callable[[Sequence[str]], Mapping[str, int]]
"""Terms → those that stand somewhere in the searched versions, with the number of passages they stand in."""

CORRECTED_WORDS = 120  # words of a question that are looked at
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = "aeiouy"
_GENERAL_TERMS = frozenset(t for word in GENERAL for t in analyze(word))


def corrected(text: str, known_terms: KnownTerms) -> tuple[str, dict[str, str]]:
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


def is_slip(word: str) -> bool:
    """Whether a short unknown word is a little word mistyped: "teh", "wat"."""
    if not 2 <= len(word) <= 5 or not word.isalpha():
        return False
    swaps = {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)}
    inserts = (
        {word[:n] + c + word[n:] for n in range(len(word) + 1) for c in _ALPHABET} if len(word) <= 4 else set[str]()
    )
    return any(not analyze(w) for w in swaps | inserts)
