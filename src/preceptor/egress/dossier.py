"""One page about an outside endpoint for a security reviewer: plain Markdown, no claim but the register's."""

from __future__ import annotations

from datetime import date

from preceptor.egress.decide import REASONS, Content, Refused, decide
from preceptor.egress.endpoint import Endpoint

_CONTENT: tuple[tuple[Content, str], ...] = (
    ("nothing", "text that is about no person"),
    ("deidentified", "de-identified text"),
    ("phi", "identifiable health information (PHI)"),
)
_CLEARED = {
    "nothing": "no text about people",
    "deidentified": "de-identified text only",
    "allowed": "PHI allowed",
}


def dossier(endpoint: Endpoint, today: date, sent: int, refused: int) -> str:
    """The page. `sent` and `refused` are the log's counts of this endpoint's entries."""
    terms, review = endpoint.terms, endpoint.review
    agreement = (
        f"{terms.baa_date}, SHA-256 {terms.baa_digest.hex()}" if terms.baa_digest is not None else "none on record"
    )
    lines = [
        f"# {endpoint.name}",
        "",
        "| | |",
        "|---|---|",
        f"| Address | {endpoint.address} |",
        f"| Kind | {endpoint.kind} |",
        f"| Purpose | {_cell(terms.purpose)} |",
        f"| Owner | {_cell(terms.owner)} |",
        f"| Cleared for | {_CLEARED[terms.phi]} |",
        f"| Business associate agreement | {agreement} |",
        f"| They keep what they receive | {_kept(terms.retention_days)} |",
        f"| They may train on it | {'yes' if terms.training else 'no'} |",
        f"| Region | {_cell(terms.region)} |",
        f"| Last security review | {review.on if review else 'none'} |",
        f"| Next one due | {review.due if review else '-'} |",
        f"| Suspended | {'yes' if endpoint.suspended else 'no'} |",
        f"| In the log | {sent} cleared to send, {refused} refused |",
        "",
        f"On {today} this may be sent there:",
        "",
    ]
    for content, words in _CONTENT:
        decision = decide(endpoint, endpoint.address, endpoint.kind, content, today)
        lines.append(f"- {words}: {'no. ' + REASONS[decision.reason] if isinstance(decision, Refused) else 'yes.'}")
    lines += [
        "",
        "The register says what was agreed and reviewed. Whether the other side keeps to it is not proved here.",
    ]
    return "\n".join(lines)


def _kept(days: int) -> str:
    return "not at all" if days == 0 else f"{days} days"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
