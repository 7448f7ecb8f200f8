"""Whether quotations answer a labelled question: the gold pages and the words an answer must hold. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 1_000  # characters of all quotations of an answer past which it points at nothing
_FOLD = str.maketrans(
    {"‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"'}
)

Pages = Mapping[str, Mapping[int, str]]
"""Squeezed page texts by document and page."""
Quote = tuple[str, int, str]
"""Document, page, words."""


def squeezed(text: str) -> str:
    """The text without white space and hyphens, dashes and quotation marks unified."""
    return re.sub(r"[\s\-\u00ad\u0002\ufffe]", "", text.translate(_FOLD))


@dataclass(frozen=True)
class Labelled:
    """A question with what answers it. `keys`: patterns of which each must stand in the quotations."""

    id: str
    text: str
    kind: str
    answerable: bool
    keys: tuple[re.Pattern[str], ...]
    right: frozenset[tuple[str, int]]
    quotes: tuple[tuple[int, str], ...]
    groups: int
    corrections: frozenset[tuple[str, int]]

    def keys_in(self, quotes: Sequence[Quote]) -> float:
        """The share of the keys that stand in quotations from right pages; without keys, of the gold groups whose
        words are among the quotations."""
        said = " | ".join(squeezed(words) for document, page, words in quotes if (document, page) in self.right)
        if not self.keys:
            held = {group for group, words in self.quotes if words in said}
            return len(held) / max(1, self.groups)
        return sum(bool(key.search(said)) for key in self.keys) / len(self.keys)

    def answered_by(self, quotes: Sequence[Quote]) -> bool:
        """Whether the quotations answer the question, all of it and not too long."""
        short = sum(len(words) for _, _, words in quotes) <= LONGEST
        return self.answerable and short and self.keys_in(quotes) >= 0.999

    def corrected_by(self, quotes: Sequence[Quote]) -> bool:
        """Whether the quotations come from a page that says the question's premise is wrong."""
        return any((document, page) in self.corrections for document, page, _ in quotes)


def read(row: Mapping[str, Any], pages: Pages) -> Labelled:
    """A question in the form of the development set: `gold` with doc, page, quote, group, also; `answer_key`."""
    gold: list[Any] = list(row.get("gold") or [])
    keys: list[str] = list(row.get("answer_key") or [])
    corrections: list[Any] = list(row.get("correction") or [])
    quotes = tuple((int(g.get("group", n)), squeezed(g["quote"])) for n, g in enumerate(gold))
    right = {(g["doc"], p) for g in gold for p in [g["page"], *g.get("also", [])]}
    documents = {g["doc"] for g in gold}
    for document in documents & set(pages):
        for page, text in pages[document].items():
            if any(words in text for _, words in quotes):
                right.add((document, page))
    return Labelled(
        row["id"],
        row["question"],
        row["kind"],
        bool(row["answerable"]),
        tuple(_key(k) for k in keys),
        frozenset(right),
        quotes,
        len({group for group, _ in quotes}),
        frozenset((g["doc"], p) for g in corrections for p in [g["page"], *g.get("also", [])]),
    )


def _key(key: str) -> re.Pattern[str]:
    """The key as a pattern over squeezed text; a number is never part of a longer one."""
    words = squeezed(key)
    body = re.escape(words)
    before = r"(?<![\d.])" if words[:1].isdigit() else ""
    after = r"(?!\d)" if words[-1:].isdigit() else ""
    return re.compile(before + body + after, re.IGNORECASE)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    centre = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (centre - half) / (1 + z * z / of), (centre + half) / (1 + z * z / of)
