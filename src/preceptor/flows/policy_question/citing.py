"""From chosen spans to citations: what does not stand in the page as it is stored at this moment does not leave."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from preceptor.access.caller import Caller
from preceptor.db.transaction import Transaction
from preceptor.egress.output import Leak, leaks
from preceptor.evidence.citations import Place, Quotation, Verified, verify
from preceptor.evidence.library import Version
from preceptor.evidence.parsing.pages import decode_boxes, line_boxes
from preceptor.evidence.search import page_texts
from preceptor.flows.policy_question.answer import Citation, Statement
from preceptor.flows.policy_question.select import DraftStatement, QuoteSpan
from preceptor.vault.keys import TenantKeys


class Citing:
    """Turns chosen spans into citations, letting through only what stands in the page as it is stored now.

    `chosen_from` holds the page texts the spans were chosen from; `pages` the same pages read again at release.
    """

    def __init__(
        self,
        versions: Mapping[uuid.UUID, Version],
        names: Mapping[uuid.UUID, str],
        chosen_from: Mapping[tuple[uuid.UUID, int], str],
    ) -> None:
        self.versions = versions
        self.names = names
        self.chosen_from = chosen_from
        self.pages: dict[tuple[uuid.UUID, int], str] = {}
        self.boxes: dict[tuple[uuid.UUID, int], bytes | None] = {}
        self.sources: dict[tuple[uuid.UUID, int], str] = {}
        self.refused = 0
        self.withheld: list[Leak] = []

    async def read(self, tx: Transaction, keys: TenantKeys, caller: Caller, spans: Sequence[QuoteSpan]) -> None:
        """Read the pages again, in the releasing transaction."""
        places = sorted({(uuid.UUID(s.document), s.page) for s in spans})
        self.pages = await page_texts(tx, keys, caller, places)
        rows = await tx.rows(
            "select g.version, g.page, g.boxes, g.source from page g"
            " join unnest($2::uuid[], $3::integer[]) as r(version, page) on r.version = g.version and r.page = g.page"
            " where g.tenant = $1",
            tx.tenant,
            [version for version, _ in places],
            [page for _, page in places],
        )
        self.boxes = {(row["version"], row["page"]): row["boxes"] for row in rows}
        self.sources = {(row["version"], row["page"]): row["source"] for row in rows}

    def statements(self, drafts: Sequence[DraftStatement]) -> tuple[Statement, ...]:
        """A statement of which any quotation fails the check does not leave."""
        kept = list[Statement]()
        for draft in drafts:
            citations = [self._citation(span) for span in draft.spans]
            held = [c for c in citations if c is not None]
            if held and len(held) == len(citations) and not self._leak(held):
                kept.append(Statement(tuple(held), draft.heading, draft.role))
        return tuple(kept)

    def _leak(self, citations: Sequence[Citation]) -> bool:
        """Whether a quotation holds an identifier or a secret. Pages were masked on their way in; this is the last look
        (`egress/output.py`)."""
        found = [leak for citation in citations for leak in leaks(citation.quote, None, "document")]
        self.withheld += found
        return bool(found)

    def _citation(self, span: QuoteSpan) -> Citation | None:
        place = Place(uuid.UUID(span.document), span.page, span.start, span.end)
        words = self.chosen_from.get((place.version, place.page), "")[span.start : span.end]
        outcome = verify(Quotation(place, words), self.pages)
        if not isinstance(outcome, Verified):
            self.refused += 1
            return None
        version = self.versions[place.version]
        packed = self.boxes.get((place.version, place.page))
        boxes = line_boxes(decode_boxes(bytes(packed)), place.start, place.end) if packed else []
        return Citation(
            document=self.names[version.id],
            version=version.version,
            version_id=version.id,
            title=version.title,
            page=place.page,
            start=place.start,
            end=place.end,
            quote=outcome.quotation.text,
            boxes=tuple(boxes),
            sha256=bytes(version.sha256).hex(),
            effective_from=version.effective_from,
            effective_to=version.effective_to,
            source=self.sources.get((place.version, place.page), "text"),
        )
