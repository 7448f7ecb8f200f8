"""An outside endpoint as the register knows it, and the forms its fields must have."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

from preceptor.errors import Invalid

Kind = Literal["model", "payer", "ehr", "keys", "witness", "identity", "other"]
"""What is called: a language model, a payer, an EHR, a key service, a log witness, an identity provider, else."""

Clearance = Literal["nothing", "deidentified", "allowed"]
"""What text about people may go there: none at all, de-identified text only, or identifiable text (PHI)."""

KINDS: tuple[Kind, ...] = get_args(Kind)
CLEARANCES: tuple[Clearance, ...] = get_args(Clearance)
LONGEST_REVIEW_DAYS = 366
"""A review holds a year at most (45 CFR 164.308(a)(8) asks for periodic evaluation and leaves the period to us)."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DEFAULT_PORT = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Terms:
    """What is agreed with whoever runs the endpoint.

    `owner` is the office or role answerable for it, `baa_digest` the SHA-256 of the signed agreement (32 bytes),
    `retention_days` how long they keep what they receive, `training` whether they may learn from it.
    """

    purpose: str
    owner: str
    phi: Clearance
    retention_days: int
    training: bool
    region: str
    baa_date: date | None = None
    baa_digest: bytes | None = None


@dataclass(frozen=True)
class Review:
    """The last security review and the day the next one is due, that day included."""

    on: date
    due: date


@dataclass(frozen=True)
class Endpoint:
    """One row of the register. `address` covers every address below it (see `covers`)."""

    id: uuid.UUID
    name: str
    address: str
    kind: Kind
    terms: Terms
    review: Review | None = None
    suspended: bool = False

    def canonical(self) -> bytes:
        """Every field in one byte form: what the log's digest of the row is made of."""
        terms, review = self.terms, self.review
        fields = [
            str(self.id), self.name, self.address, self.kind, terms.purpose, terms.owner, terms.phi,
            terms.retention_days, terms.training, terms.region, str(terms.baa_date or ""),
            (terms.baa_digest or b"").hex(), str(review.on) if review else "", str(review.due) if review else "",
            self.suspended,
        ]  # fmt: skip
        return json.dumps(fields, separators=(",", ":")).encode()


def checked_address(text: str) -> str:
    """The address in its one form (lower-case scheme and host, no default port, no final slash).

    Invalid for another scheme, credentials, a query, a fragment, a path with dot segments or escapes, a name that is
    not ASCII, and for plain http anywhere but on this machine.
    """
    parts = _split(text)
    if parts is None or parts.query or parts.fragment or parts.username is not None:
        raise Invalid("invalid_request", "An address has scheme, host and path, and no credentials, query or fragment.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise Invalid("invalid_request", "Plain http is for this machine only; everything else is https.")
    if "%" in parts.path or "//" in parts.path or {".", ".."} & set(parts.path.split("/")):
        raise Invalid("invalid_request", "The path of an address is written plainly, without dots and escapes.")
    return _origin(parts) + parts.path.rstrip("/")


def covers(address: str, url: str) -> bool:
    """Whether `url` lies at or below `address`: same scheme, host and port, and a path at a segment's border.

    A path that another server might read otherwise (dot segments, escapes, backslashes) is covered by nothing.
    """
    parts = _split(url)
    if parts is None or parts.username is not None:
        return False
    if "%" in parts.path or "\\" in parts.path or {".", ".."} & set(parts.path.split("/")):
        return False
    whole = _origin(parts) + parts.path
    return whole == address or whole.startswith(address + "/")


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_name(name: str) -> str:
    """The name; Invalid when it is not lower-case letters, digits and hyphens."""
    if not _NAME.fullmatch(name):
        raise Invalid("invalid_request", "An endpoint's name has lower-case letters, digits and hyphens, at most 63.")
    return name


def checked_terms(terms: Terms) -> Terms:
    """The terms; Invalid when they allow what may not be agreed or a field is not of its form."""
    for text, most in ((terms.purpose, 200), (terms.owner, 200), (terms.region, 100)):
        if not text.strip() or len(text) > most or not text.isprintable():
            raise Invalid("invalid_request", f"Purpose, owner and region are one line of 1 to {most} characters.")
    if not 0 <= terms.retention_days <= 36_500:
        raise Invalid("invalid_request", "Retention is a number of days; 0 means that nothing is kept.")
    if (terms.baa_date is None) != (terms.baa_digest is None):
        raise Invalid("invalid_request", "An agreement has a date and the document itself (--baa FILE).")
    if terms.phi == "allowed" and (terms.baa_digest is None or terms.training):
        raise Invalid("vendor_not_clearable")
    return terms


def checked_review(review: Review) -> Review:
    """The review; Invalid when the next one is not after it or more than a year away."""
    if not 0 < (review.due - review.on).days <= LONGEST_REVIEW_DAYS:
        raise Invalid("invalid_request", "The next review is due after this one and within a year.")
    return review


def _split(text: str) -> SplitResult | None:
    """The parts of an http or https address of printable ASCII with a host; None for anything else."""
    if not text.isascii() or not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORT or not parts.hostname or port == 0:
        return None
    return parts


def _origin(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    named = f"[{host}]" if ":" in host else host
    port = parts.port
    return f"{parts.scheme}://{named}" + (f":{port}" if port not in (None, _DEFAULT_PORT[parts.scheme]) else "")
