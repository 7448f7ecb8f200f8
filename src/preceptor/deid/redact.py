"""Mask settled spans with their labels and map positions between the original and the masked text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from preceptor.deid.spans import Span


@dataclass(frozen=True, slots=True)
class Offset:
    """One mask: `[start, end)` in the original text stands as `[masked_start, masked_end)` in the masked one."""

    start: int
    end: int
    masked_start: int
    masked_end: int


@dataclass(frozen=True, slots=True)
class Redaction:
    """A masked text, the spans masked in it (positions in the original), and the offset table."""

    text: str
    spans: tuple[Span, ...]
    offsets: tuple[Offset, ...]

    def to_original(self, position: int) -> int:
        """The original position of a masked one; inside a mask, the start of what it hides.

        The end of a mask maps to the end of what it hides, so `[to_original(a), to_original(b))` covers
        whatever `[a, b)` shows when neither lies inside a mask.
        """
        at = bisect_right(self.offsets, position, key=lambda offset: offset.masked_start) - 1
        if at < 0:
            return position
        mask = self.offsets[at]
        return mask.start if position < mask.masked_end else mask.end + position - mask.masked_end

    def to_redacted(self, position: int) -> int:
        """The masked position of an original one; inside a hidden span, the start of its mask."""
        at = bisect_right(self.offsets, position, key=lambda offset: offset.start) - 1
        if at < 0:
            return position
        mask = self.offsets[at]
        return mask.masked_start if position < mask.end else mask.masked_end + position - mask.end


def redact(text: str, spans: Sequence[Span]) -> Redaction:
    """`text` with each span replaced by `[LABEL]`; the spans must be sorted and apart, as `detect` gives them.

    An empty span is left out. Raises ValueError when spans overlap, are unsorted or leave the text: masking
    the wrong characters would show the right ones.
    """
    parts: list[str] = []
    offsets: list[Offset] = []
    kept: list[Span] = []
    at = length = 0
    for span in spans:
        if span.start == span.end:
            continue
        if not at <= span.start < span.end <= len(text):
            raise ValueError("spans must be sorted, apart and inside the text")
        mask = f"[{span.label}]"
        parts += (text[at : span.start], mask)
        length += span.start - at
        offsets.append(Offset(span.start, span.end, length, length + len(mask)))
        kept.append(span)
        length += len(mask)
        at = span.end
    parts.append(text[at:])
    return Redaction("".join(parts), tuple(kept), tuple(offsets))
