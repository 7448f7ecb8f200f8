"""Whether an answer released before still stands: each quotation, in the pages as they are stored now."""

from __future__ import annotations

import uuid
from typing import Any

from preceptor.access.caller import Caller
from preceptor.db.transaction import Transaction
from preceptor.errors import Conflict
from preceptor.evidence.citations import Place, Quotation, verify_all
from preceptor.evidence.search import page_texts
from preceptor.vault.keys import TenantKeys


async def require_standing(tx: Transaction, keys: TenantKeys, caller: Caller, answer: dict[str, Any]) -> None:
    """Conflict when a quotation of a stored answer no longer stands: its document was removed, its page changed, or the
    caller may not see it any more."""
    quotations = [
        Quotation(
            Place(uuid.UUID(citation["version_id"]), citation["page"], citation["start"], citation["end"]),
            citation["quote"],
        )
        for statement in [*answer["statements"], *answer["nearest"]]
        for citation in statement["citations"]
    ]
    pages = await page_texts(tx, keys, caller, sorted({(q.place.version, q.place.page) for q in quotations}))
    _, refused = verify_all(quotations, pages)
    if refused:
        raise Conflict(
            "conflict", "The answer given before quotes a document that was removed or changed since; ask again."
        )
