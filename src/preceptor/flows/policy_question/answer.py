"""What a policy question ends in: an answer made of verified quotations, or silence with a reason."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Citation:
    """A quotation and where it stands. `start` and `end` are code points of the stored page text, end exclusive;
    boxes are PDF points, origin bottom left; `sha256` is the source file's; `source`: text, or ocr for a scan."""

    document: str
    version: str
    version_id: uuid.UUID
    title: str
    page: int
    start: int
    end: int
    quote: str
    boxes: tuple[Box, ...]
    sha256: str
    effective_from: date | None
    effective_to: date | None
    source: str = "text"

    @property
    def in_force(self) -> str:
        """How sure it is that the document is in force, in words for the reader."""
        if self.effective_from is None:
            return "effective date unknown; treated as in force"
        until = f" through {self.effective_to.isoformat()}" if self.effective_to else ""
        return f"in force from {self.effective_from.isoformat()}{until}"

    def as_json(self) -> dict[str, Any]:
        """The contract's citation."""
        return {
            "document": self.document,
            "version": self.version,
            "version_id": str(self.version_id),
            "title": self.title,
            "page": self.page,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "boxes": [list(box) for box in self.boxes],
            "sha256": self.sha256,
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
            "effective_to": self.effective_to.isoformat() if self.effective_to else None,
            "in_force": self.in_force,
            "source": self.source,
        }


@dataclass(frozen=True)
class Statement:
    """One thing the sources say, with the quotations it is made of."""

    citations: tuple[Citation, ...]
    heading: str = ""
    role: str = "answer"

    @property
    def text(self) -> str:
        """The quotations' words, white space folded: a statement adds nothing to its sources."""
        return " ".join(" ".join(c.quote.split()) for c in self.citations)

    def as_json(self) -> dict[str, Any]:
        """The contract's statement."""
        cited = [c.as_json() for c in self.citations]
        return {"text": self.text, "citations": cited, "heading": self.heading, "role": self.role}


@dataclass(frozen=True)
class Outcome:
    """An answer (`reason` None) or an abstention (`reason` a stable code, statements empty).

    `nearest` holds verified passages shown as "not an answer". `question` is the redacted question.
    """

    run: uuid.UUID
    question: str
    reason: str | None
    confidence: float
    statements: tuple[Statement, ...]
    nearest: tuple[Statement, ...]
    entry: uuid.UUID
    timings_ms: dict[str, float]
    form: str = "quotation"
    notes: tuple[str, ...] = ()

    @property
    def abstained(self) -> bool:
        """Whether the sources gave no answer."""
        return self.reason is not None

    def as_json(self) -> dict[str, Any]:
        """The contract's answer, without `id` and with the audit entry's place still open."""
        return {
            "question": self.question,
            "abstained": self.abstained,
            "reason": self.reason,
            "explanation": REASONS.get(self.reason, "") if self.reason else "",
            "confidence": round(self.confidence, 4),
            "statements": [s.as_json() for s in self.statements],
            "nearest": [s.as_json() for s in self.nearest],
            "form": self.form,
            "notes": list(self.notes),
            "run": str(self.run),
            "audit": {"entry": str(self.entry), "leaf": None, "tree_size": None},
            "timings_ms": {name: round(value, 2) for name, value in self.timings_ms.items()},
        }


REASONS: dict[str, str] = {
    "below_threshold": "The sources do not answer this: nothing found is close enough to the question.",
    "no_documents": "There is no document in force on that day to search.",
    "document_not_in_library": "The question names a document that is not in the library.",
    "version_not_in_library": "The question asks about a version or year that is not in the library.",
    "personal_care": "This asks for a decision about a named person's care; a clinician has to answer it.",
    "question_language": "The question is not in English; the library is searched in English only.",
    "other_domain": "This is not a question the policies in the library are about.",
    "premise_not_supported": "The sources do not say what the question takes for granted.",
    "model_found_nothing": "The configured model pointed at no line that answers this.",
    "withheld": "What was found held an identifier of somebody or a secret; nothing was released.",
    "quotation_mismatch": "A quotation did not stand in the stored page at release; nothing was released.",
}
"""Why there is no answer, in words for the reader."""
