"""The texts of documents as the database holds them: sealed, each for its own place.

De-identified or not, a text may hold what no detector found; and a page that somebody changed in the database does not
open, so that nothing is quoted from it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import seal, unseal


def seal_page(keys: TenantKeys, version: uuid.UUID, page: int, text: str) -> bytes:
    """The text of a page, from 1."""
    return seal(keys, "page-text", f"{version}/{page}", text.encode("utf-8", "surrogatepass"))


def open_page(keys: TenantKeys, version: uuid.UUID, page: int, sealed: bytes) -> str:
    """Its text; IntegrityFailure `seal_broken` when it was changed or moved."""
    return unseal(keys, "page-text", f"{version}/{page}", sealed).decode("utf-8", "surrogatepass")


def seal_heading(keys: TenantKeys, version: uuid.UUID, ordinal: int, heading: str) -> bytes | None:
    """The heading path of a passage; None for none."""
    if not heading:
        return None
    return seal(keys, "passage-heading", f"{version}/{ordinal}", heading.encode("utf-8", "surrogatepass"))


def open_heading(keys: TenantKeys, version: uuid.UUID, ordinal: int, sealed: bytes | None) -> str:
    """Its heading path."""
    if sealed is None:
        return ""
    return unseal(keys, "passage-heading", f"{version}/{ordinal}", sealed).decode("utf-8", "surrogatepass")


def seal_terms(keys: TenantKeys, segment: uuid.UUID, terms: str) -> bytes:
    """The terms of an index segment, joined by line feeds."""
    return seal(keys, "index-terms", str(segment), terms.encode("utf-8", "surrogatepass"))


def open_terms(keys: TenantKeys, segment: uuid.UUID, sealed: bytes) -> str:
    """Its terms."""
    return unseal(keys, "index-terms", str(segment), sealed).decode("utf-8", "surrogatepass")


def seal_acronyms(keys: TenantKeys, version: uuid.UUID, acronyms: Mapping[str, str]) -> bytes | None:
    """Short form → long form, as a version explains them; None for none."""
    return seal(keys, "short-forms", str(version), json.dumps(dict(acronyms)).encode()) if acronyms else None


def open_acronyms(keys: TenantKeys, version: uuid.UUID, sealed: bytes) -> dict[str, str]:
    """The short forms of a version."""
    found: dict[str, str] = json.loads(unseal(keys, "short-forms", str(version), sealed))
    return found
