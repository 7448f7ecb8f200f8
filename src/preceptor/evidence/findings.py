"""What reading a document found besides its text: the version's report, counts and page numbers only. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from preceptor.evidence.instructions import find_instructions
from preceptor.evidence.parsing.pages import ParsedPage

DUPLICATE = 200
"""Characters from which two pages with the same text are told as duplicates; shorter ones repeat for good reasons."""


def findings(parsed: Sequence[ParsedPage], marked: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """The report as `reports.read_report` reads it: characters readers cannot see by kind, places of text that talks
    to machines, pages read by OCR and pages not read with the reason, and groups of pages that say the same. What was
    not found has no key.

    `marked` are the pages with such text, (number, reading text); places are code points of it, end exclusive.
    """
    hidden: Counter[str] = Counter()
    for page in parsed:
        hidden.update(page.hidden)
    found: dict[str, Any] = {
        "hidden": dict(hidden),
        "instructions": [
            {"page": number, "start": f.start, "end": f.end, "rule": f.rule}
            for number, text in marked
            for f in find_instructions(text)
        ],
        "ocr": [page.number for page in parsed if page.facts.get("ocr")],
        "unread": [{"page": p.number, "why": p.facts["unread"]} for p in parsed if p.facts.get("unread")],
        "duplicates": _duplicates(parsed),
    }
    return {key: value for key, value in found.items() if value}


def _duplicates(pages: Sequence[ParsedPage]) -> list[list[int]]:
    groups: dict[bytes, list[int]] = {}
    for page in pages:
        words = " ".join(page.text.split())
        if len(words) >= DUPLICATE:
            groups.setdefault(hashlib.sha256(words.encode()).digest(), []).append(page.number)
    return [numbers for numbers in groups.values() if len(numbers) > 1]
