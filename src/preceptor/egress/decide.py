"""May this go there? A pure decision over the register's row, returned as a value with its reason. Default deny."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from preceptor.egress.endpoint import Endpoint, Kind, covers

Content = Literal["nothing", "deidentified", "phi"]
"""What is about to leave: no text about people, de-identified text, or identifiable health information."""

Reason = Literal[
    "unregistered", "other_address", "other_kind", "suspended", "unreviewed", "review_overdue", "not_cleared", "no_baa",
    "trains_on_content",
]  # fmt: skip

REASONS: dict[Reason, str] = {
    "unregistered": "The endpoint is not in the register.",
    "other_address": "The address is not that of the registered endpoint.",
    "other_kind": "The endpoint is registered for another kind of use.",
    "suspended": "The endpoint is suspended.",
    "unreviewed": "The endpoint has had no security review.",
    "review_overdue": "The endpoint's security review is overdue.",
    "not_cleared": "The endpoint is not cleared for this content.",
    "no_baa": "There is no business associate agreement with the endpoint's owner.",
    "trains_on_content": "The endpoint's owner may train on what it receives.",
}
"""Reason → what it means, one sentence."""


@dataclass(frozen=True)
class Cleared:
    """Yes, to this endpoint."""

    endpoint: Endpoint


@dataclass(frozen=True)
class Refused:
    """No; `reason` is a stable code. `endpoint` is the row that decided, if there is one."""

    reason: Reason
    endpoint: Endpoint | None = None


Decision = Cleared | Refused


def decide(endpoint: Endpoint | None, url: str, kind: Kind, content: Content, today: date) -> Decision:
    """Whether `content` may be sent to `url` for `kind` of use on the day `today`.

    PHI needs a cleared endpoint with an agreement and without training (45 CFR 164.502(e), 164.504(e)); the table
    holds no other row, and it is asked again here. A review dated in the future is none.
    """
    if endpoint is None:
        return Refused("unregistered")
    if not covers(endpoint.address, url):
        return Refused("other_address", endpoint)
    if endpoint.kind != kind:
        return Refused("other_kind", endpoint)
    if endpoint.suspended:
        return Refused("suspended", endpoint)
    if endpoint.review is None or endpoint.review.on > today:
        return Refused("unreviewed", endpoint)
    if endpoint.review.due < today:
        return Refused("review_overdue", endpoint)
    return _content(endpoint, content)


def _content(endpoint: Endpoint, content: Content) -> Decision:
    terms = endpoint.terms
    if content == "nothing" or (content == "deidentified" and terms.phi != "nothing"):
        return Cleared(endpoint)
    if content == "deidentified" or terms.phi != "allowed":
        return Refused("not_cleared", endpoint)
    if terms.baa_digest is None:
        return Refused("no_baa", endpoint)
    if terms.training:
        return Refused("trains_on_content", endpoint)
    return Cleared(endpoint)
