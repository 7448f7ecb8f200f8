"""From places in the reading text of pages to places in their stored text, which is what is quoted and verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from preceptor.evidence.reading import PageLayout
from preceptor.flows.policy_question.select import Draft, QuoteSpan

Layouts = Mapping[tuple[str, int], PageLayout]
"""By document version and page."""


def in_stored_places(draft: Draft, layouts: Layouts) -> Draft:
    """The draft with every span in the stored text: one whose words are scattered there becomes several, in reading
    order; of the nearest places the longest stretch is shown. A page without an order of its own stays as it is."""
    if not any(layout.pieces for layout in layouts.values()):
        return draft
    return replace(
        draft,
        statements=tuple(
            replace(statement, spans=tuple(part for span in statement.spans for part in stored(span, layouts)))
            for statement in draft.statements
        ),
        nearest=tuple(max(stored(span, layouts), key=_length, default=span) for span in draft.nearest),
    )


def stored(span: QuoteSpan, layouts: Layouts) -> list[QuoteSpan]:
    """The stretches of the stored text that a span of the reading text consists of."""
    layout = layouts.get((span.document, span.page))
    if span.stored or layout is None or not layout.pieces:
        return [span]
    return [replace(span, start=start, end=end, stored=True) for start, end in layout.stored(span.start, span.end)]


def _length(span: QuoteSpan) -> int:
    return span.end - span.start
