"""Secrets in a text: keys, tokens and passwords that no answer, draft or tool result may carry out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Secret = Literal[
    "private_key", "product_token", "cloud_key", "service_token", "web_token", "password_in_url", "assigned"
]

# Forms as their issuers document them; `assigned` is a long value behind a telling name. None can run long: every
# repetition is bounded and no two stand side by side over the same letters.
_FORMS: tuple[tuple[Secret, re.Pattern[str]], ...] = (
    (
        "private_key",
        re.compile(r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY-----(?:[\s\S]{0,8000}?-----END [A-Z ]{0,40}-----)?"),
    ),
    ("product_token", re.compile(r"\bpcp_(?:token|signin|session)_[a-z][a-z0-9-]{0,62}_[A-Za-z0-9_-]{40,64}")),
    ("cloud_key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])")),
    (
        "service_token",
        re.compile(
            r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{22,255}\b|\bxox[abeprs]-[A-Za-z0-9-]{10,250}"
            r"|\bsk-(?:[a-z]{2,10}-)?[A-Za-z0-9_-]{20,200}|\bhv[sbr]\.[A-Za-z0-9_-]{20,200}"
        ),
    ),
    ("web_token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{0,1400}")),
    ("password_in_url", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:[^\s/@]{1,200}@[^\s/]{1,200}")),
    (
        "assigned",
        re.compile(
            r"\b(?:api[ _-]?key|secret(?:[ _-]?key)?|access[ _-]?token|auth[ _-]?token|client[ _-]?secret|passw(?:or)?d"
            r"|passphrase)[\"']?\s{0,3}(?:=|:|\bis\b)\s{0,3}[\"']?(?=[^\s\"']{0,40}\d)[^\s\"',;]{8,200}",
            re.I,
        ),
    ),
)


def find_secrets(text: str) -> Iterator[tuple[int, int, Secret]]:
    """(start, end, kind) of each, in code points; a part may be found as two kinds."""
    for kind, form in _FORMS:
        for match in form.finditer(text):
            yield match.start(), match.end(), kind
