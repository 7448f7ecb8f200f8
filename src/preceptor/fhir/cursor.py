"""Where a search goes on, as a word that tells nobody else anything: sealed for the caller it was given to."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from preceptor.errors import IntegrityFailure, Invalid
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import seal, unseal

LONGEST = 8000


@dataclass(frozen=True)
class Cursor:
    """The type and parameters of a search, and the keys of the last resource that was given out; empty at its start."""

    type: str
    pairs: tuple[tuple[str, str], ...]
    last: tuple[str, ...] = ()


def write_cursor(keys: TenantKeys, actor: str, cursor: Cursor) -> str:
    """The cursor as base64url."""
    plain = json.dumps([cursor.type, cursor.pairs, cursor.last], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(seal(keys, "chart-cursor", actor, plain)).decode().rstrip("=")


def read_cursor(keys: TenantKeys, actor: str, text: str) -> Cursor:
    """The cursor. Invalid `search_parameter` for one that was not made here for this caller."""
    try:
        if len(text) > LONGEST:
            raise ValueError
        plain = unseal(keys, "chart-cursor", actor, base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        type_, pairs, last = json.loads(plain)
    except (ValueError, binascii.Error, IntegrityFailure):
        raise Invalid("search_parameter", "The cursor was not given to this caller, or is damaged.") from None
    return Cursor(type_, tuple((name, value) for name, value in pairs), tuple(last))
