"""De-identified pages: what names a person leaves the text, and its boxes are kept to black it out in the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from preceptor.deid.detect import Known, detect
from preceptor.deid.mask import mask, verified
from preceptor.deid.redact import Redaction
from preceptor.deid.spans import Span
from preceptor.evidence.instructions import find_instructions
from preceptor.evidence.metadata import Metadata
from preceptor.evidence.parsing.pages import ParsedPage, line_boxes, no_rules

Box = tuple[float, float, float, float]
PERSONAL = frozenset(("DATE", "PHONE", "FAX", "EMAIL", "SSN", "MRN", "HEALTH_PLAN", "ACCOUNT", "AGE90", "OTHER_ID"))
BEFORE, AFTER = 160, 480  # characters around a person's name in which the text is taken to speak of that person


@dataclass(frozen=True)
class CleanPage:
    """A page as it is stored. `boxes` has a row for each character of `text`; a mask's characters carry the box
    of what they replaced. `blackout` holds the boxes of everything redacted, in points, origin bottom left;
    `rules` (n, 4) are the lines drawn on the page."""

    number: int
    text: str
    width: float
    height: float
    boxes: NDArray[np.float32] | None
    blackout: list[Box]
    rules: NDArray[np.float32] = field(default_factory=no_rules)


def identifiers(page: ParsedPage) -> list[Span]:
    """The identifiers of individuals on one page, by what stands on it alone."""
    return detect(page.text, "document")


def clean_title(found: Metadata) -> tuple[Metadata, Counter[str]]:
    """The metadata with a title that names no individual: a title is shown with every citation, whoever wrote it."""
    if found.title is None:
        return found, Counter()
    if find_instructions(found.title):
        return replace(found, title=None), Counter()  # the file's stem stands for it; the page's report names the words
    masked = mask(found.title, "document")
    if not masked.spans:
        return found, Counter()
    return replace(found, title=masked.text), Counter(span.label for span in masked.spans)


def clean_pages(pages: Sequence[ParsedPage], first: Sequence[list[Span]]) -> tuple[list[CleanPage], Counter[str]]:
    """The pages without identifiers of individuals (policy `document`), and how many were taken by label.

    `first` is what `identifiers` found on each. A person found on one page is then looked for on every page: the
    second mention often has no cue of its own.
    """
    known = _known(pages, first)
    labels: Counter[str] = Counter()
    cleaned = list[CleanPage]()
    for page, spans in zip(pages, first, strict=True):
        settled = _with_neighbours(page.text, detect(page.text, "document", known)) if known is not None else spans
        masked = verified(page.text, settled, "document", known)
        labels.update(span.label for span in masked.spans)
        cleaned.append(_clean(page, masked))
    return cleaned, labels


def _with_neighbours(text: str, spans: list[Span]) -> list[Span]:
    """`spans` and, near each mention of a person, the dates, contacts and numbers that are then that person's."""
    mentions = [span for span in spans if span.label == "NAME"]
    if not mentions:
        return spans
    near = [
        span
        for span in detect(text, "safe-harbor")
        if span.label in PERSONAL
        and any(m.start - BEFORE <= span.start and span.end <= m.end + AFTER for m in mentions)
        and not any(span.start < other.end and other.start < span.end for other in spans)
    ]
    return sorted([*spans, *near], key=lambda span: span.start)


def _known(pages: Sequence[ParsedPage], found: Sequence[Sequence[Span]]) -> Known | None:
    names = set[str]()
    identifiers = set[str]()
    for page, spans in zip(pages, found, strict=True):
        for span in spans:
            words = " ".join(page.text[span.start : span.end].split())
            if span.label == "NAME" and " " in words:
                names.add(words)
            elif span.label in ("MRN", "HEALTH_PLAN", "ACCOUNT", "SSN"):
                identifiers.add(words)
    if not names and not identifiers:
        return None
    return Known.from_json({"names": sorted(names), "identifiers": sorted(identifiers)})


def _clean(page: ParsedPage, redaction: Redaction) -> CleanPage:
    if not redaction.spans:
        return CleanPage(page.number, page.text, page.width, page.height, page.boxes, [], page.rules)
    if page.boxes is None:
        return CleanPage(page.number, redaction.text, page.width, page.height, None, [])
    blackout = list[Box]()
    rows = list[NDArray[np.float32]]()
    at = 0
    for span in redaction.spans:
        rows.append(page.boxes[at : span.start])
        lines = line_boxes(page.boxes, span.start, span.end)
        blackout.extend(lines)
        mask = len(redaction.text[redaction.to_redacted(span.start) : redaction.to_redacted(span.end)])
        row = np.array(lines[0] if lines else (np.nan,) * 4, dtype=np.float32)
        rows.append(np.tile(row, (mask, 1)))
        at = span.end
    rows.append(page.boxes[at:])
    boxes = np.concatenate(rows)
    return CleanPage(page.number, redaction.text, page.width, page.height, boxes, blackout, page.rules)
