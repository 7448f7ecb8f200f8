"""Masks a text the way the product does, and asks whether the parts an attack hid in it are gone."""

from __future__ import annotations

from preceptor.deid.graphemes import widen
from preceptor.deid.mask import mask


def masked(text: str) -> str:
    """`text` under safe-harbor; no span of it ends inside a grapheme."""
    redaction = mask(text, "safe-harbor")
    for span in redaction.spans:
        assert widen(text, span.start, span.end) == (span.start, span.end)
    return redaction.text


def hidden(text: str, *parts: str) -> bool:
    """Whether masking leaves none of `parts`, which the text must hold for the check to mean anything."""
    out = masked(text)
    assert all(part in text for part in parts)
    return not any(part in out for part in parts)
