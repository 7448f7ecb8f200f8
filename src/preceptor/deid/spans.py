"""A found identifier, and how overlapping finds are settled into sorted, separate ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from preceptor.deid.graphemes import widen
from preceptor.deid.labels import Label


@dataclass(frozen=True, slots=True)
class Span:
    """One identifier: code points `[start, end)`, its label, a score in 0..1, and the rule that found it.

    `source` is `rule` or `rule:detail` ("pattern:email", "label:mrn", "name:title", "known:name"); the score
    orders rules against each other and is not a probability.
    """

    start: int
    end: int
    label: Label
    score: float
    source: str

    def moved(self, by: int) -> Span:
        """The same find in a text that has `by` more code points in front."""
        return Span(self.start + by, self.end + by, self.label, self.score, self.source)


def settle(text: str, found: Iterable[Span]) -> list[Span]:
    """Sorted, non-overlapping spans that hide everything the finds hide.

    The higher score wins where two overlap, then the longer; what is left of the loser at either side stays
    hidden under its own label, unless it holds neither letter nor digit. White space and punctuation that no
    identifier ends with are trimmed, and a span never ends inside a grapheme.
    """
    size = len(text)
    ranked = sorted(
        (span for span in found if 0 <= span.start < span.end <= size),
        key=lambda span: (-span.score, span.start - span.end, span.start, span.label),
    )
    taken = bytearray(size)
    out: list[Span] = []
    for span in ranked:
        for free_start, free_end in _free(taken, span.start, span.end):
            start, end = _tidy(text, free_start, free_end)
            if start < end:
                out.append(Span(start, end, span.label, span.score, span.source))
        taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    out.sort(key=lambda span: span.start)
    return out if text.isascii() else _apart(out)


def _apart(spans: list[Span]) -> list[Span]:
    """Sorted spans whose graphemes may overlap, cut so that each starts where the one before ends."""
    out: list[Span] = []
    end = 0
    for span in spans:
        if span.end > end:
            out.append(Span(max(span.start, end), span.end, span.label, span.score, span.source))
            end = span.end
    return out


def _free(taken: bytearray, start: int, end: int) -> list[tuple[int, int]]:
    """The stretches of `[start, end)` that no span holds yet."""
    if not taken.find(b"\x01", start, end) + 1:
        return [(start, end)]
    out: list[tuple[int, int]] = []
    while start < end:
        start = taken.find(b"\x00", start, end)
        if start < 0:
            break
        stop = taken.find(b"\x01", start, end)
        stop = end if stop < 0 else stop
        out.append((start, stop))
        start = stop
    return out


def _tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """Trim what is neither letter, digit nor an opening sign; then take in what belongs to the last grapheme."""
    while start < end and not (carries(text[start]) or text[start] in "(@+#"):
        start += 1
    while end > start and not (carries(text[end - 1]) or text[end - 1] in ")*"):
        end -= 1
    if not any(carries(letter) for letter in text[start:end]):
        return start, start
    return (start, end) if text.isascii() else widen(text, start, end)


def carries(letter: str) -> bool:
    """Whether the code point can carry a part of an identifier: a letter, a digit, or a symbol drawn as one."""
    return letter.isalnum() or _CIRCLED.match(letter) is not None


_CIRCLED = re.compile("[\u2460-\u24ff\u2776-\u2793\U0001f100-\U0001f1ff\U000e0020-\U000e007e\u0300-\u036f]")
"""Enclosed letters and digits, regional indicators, tag letters, marks on letters."""
