"""A document's title when its PDF does not carry a good one: the first lines of its first page that has any."""

from __future__ import annotations

import re
from collections.abc import Sequence

LIMIT = 200
_TECHNICAL = re.compile(
    r"\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|dvi|p65|fm)\b|^microsoft|^untitled|^slide ?\d|^document\d*$|^print\b",
    re.IGNORECASE,
)
_MARKED = re.compile(r"\s*#[ \t]+(\S[^\n]*)")  # the first heading of a Markdown text, as HTML and Word files become one
_EMPTY_PHRASES_WORDS = """
introductory message table of contents cover title page introduction foreword
"""
_EMPTY_PHRASES = frozenset(_EMPTY_PHRASES_WORDS.split())
_FURNITURE = re.compile(
    r"federal register|^\W*\d+\W*$|^page \d|^for immediate release|https?:|@|^(?:u\.?s\.? )?department of"
    r"|^note:|^updated\W*$"
    r"|^office of\b|^vol\.|\(\d{3}\)|ave\.?,|qualifying statements|^washington",
    re.IGNORECASE,
)


def good_title(embedded: str | None) -> str | None:
    """The title a file carries, made readable, or None when it is a file name, a program's or says nothing."""
    text = " ".join((embedded or "").replace("_", " ").split())
    if len(text) < 6 or " " not in text or _TECHNICAL.search(text) or text.casefold() in _EMPTY_PHRASES:
        return None
    return text[:LIMIT]


def document_title(embedded: str | None, pages: Sequence[tuple[int, str]]) -> str | None:
    """The embedded title if it is good, else the opening lines of the first page with words, else None.

    A page that begins with a marked heading has it for its title. Opening lines: up to four short ones from the top,
    letterheads, dates, addresses and repeated lines left out, ending where running text begins.
    """
    found = good_title(embedded)
    if found is not None:
        return found
    for _, text in pages[:3]:
        if marked := _MARKED.match(text):
            return " ".join(marked[1].split())[:LIMIT]
        parts = re.split(r"\n[ \t]*\n", text.strip())  # of a text with blank lines the title is one block
        kept = next((k for part in parts[:4] if (k := _opening(_worded(part)))), list[str]())
        if kept:
            return " ".join(kept)[:LIMIT]
    return None


def _worded(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _opening(lines: Sequence[str]) -> list[str]:
    kept = list[str]()
    for line in lines[:14]:
        if _FURNITURE.search(line) or line in kept:
            continue
        if (
            len(line) > 90
            or not (line[0].isupper() or (kept and line[0].isalpha()))
            or (kept and (line.endswith(".") or (line[0].islower() and len(line) > 60)))
        ):
            break
        kept.append(line)
        if len(kept) == 4:
            break
    words = " ".join(kept)
    return kept if len(words) >= 8 and " " in words and not words.endswith(".") else []
