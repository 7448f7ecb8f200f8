"""The issuers whose tokens a tenant believes, and the caller behind such a token."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from preceptor.access.caller import Caller
from preceptor.access.permissions import PERMISSIONS, ROLES
from preceptor.access.scopes import parse_scopes
from preceptor.access.signed import Proven, parse_keys
from preceptor.clock import Clock
from preceptor.db.transaction import Row, Transaction
from preceptor.db.translate import Duplicate
from preceptor.errors import Conflict, Invalid, NotFound

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PATIENT = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True)
class Issuer:
    """A SMART server. `roles` are those of every caller it vouches for; exactly one of `jwks_url` and `jwks` is set."""

    id: uuid.UUID
    name: str
    address: str
    audience: str
    jwks_url: str | None
    jwks: str | None
    roles: tuple[str, ...]


async def add_issuer(
    tx: Transaction, clock: Clock, name: str, address: str, audience: str, source: str, roles: Sequence[str]
) -> Issuer:
    """A new issuer. `source` is the https address of its keys, or the text of a JWK Set; Conflict when it is known."""
    jwks_url, jwks = checked_source(source)
    check_name(name)
    if not _https(address) or not 1 <= len(audience) <= 500 or not audience.isprintable():
        raise Invalid("invalid_request", "An issuer is an https address, and has an audience.")
    found = Issuer(clock.new_id(), name, address, audience, jwks_url, jwks, checked_roles(roles))
    try:
        await tx.execute(
            "insert into issuer (tenant, id, name, address, audience, jwks_url, jwks, roles, created_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            tx.tenant,
            found.id,
            name,
            address,
            audience,
            jwks_url,
            jwks,
            list(found.roles),
            clock.now(),
        )
    except Duplicate:
        raise Conflict(
            "already_exists", "There is an issuer of this name, or with this address and audience."
        ) from None
    return found


async def list_issuers(tx: Transaction) -> list[Issuer]:
    """The issuers in use, by name."""
    rows = await tx.rows("select * from issuer where tenant = $1 and removed_at is null order by name", tx.tenant)
    return [_issuer(row) for row in rows]


async def find_issuer(tx: Transaction, address: str, audiences: Sequence[str]) -> Issuer | None:
    """The issuer a token names, when it is believed; None also when the audiences fit more than one."""
    rows = await tx.rows(
        "select * from issuer where tenant = $1 and removed_at is null and address = $2 and audience = any($3::text[])",
        tx.tenant,
        address,
        list(audiences),
    )
    return _issuer(rows[0]) if len(rows) == 1 else None


async def remove_issuer(tx: Transaction, clock: Clock, name: str) -> uuid.UUID:
    """Believe its tokens no more, at once. NotFound when none is in use."""
    found: uuid.UUID | None = await tx.value(
        "update issuer set removed_at = $3 where tenant = $1 and name = $2 and removed_at is null returning id",
        tx.tenant,
        name,
        clock.now(),
    )
    if found is None:
        raise NotFound("not_found", "There is no such issuer.")
    return found


def caller_of_token(tenant: str, issuer: Issuer, token: Proven) -> Caller | None:
    """The caller a proven token speaks of; None when it names nobody. The log gets a digest of `sub`, which may be an
    address of a person."""
    subject, scope = token.claims.get("sub"), token.claims.get("scope")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 500:
        return None
    patient: Any = token.claims.get("patient")
    if patient is not None and not (isinstance(patient, str) and _PATIENT.fullmatch(patient)):
        return None
    mark = hashlib.sha256(f"{issuer.id}/{subject}".encode()).hexdigest()[:16]
    granted = parse_scopes(scope if isinstance(scope, str) else "", PERMISSIONS)
    return Caller(tenant, f"issuer:{issuer.name}/{mark}", frozenset(issuer.roles), granted=granted, patient=patient)


def audiences_of(claims: Any) -> list[str]:
    """The audiences a token names."""
    named: Any = claims.get("aud")
    return [one for one in (named if isinstance(named, list) else [named]) if isinstance(one, str)][:20]  # type: ignore[reportUnknownVariableType]


def checked_source(source: str) -> tuple[str | None, str | None]:
    """(address, None) or (None, JWK Set) of where keys are; Invalid for neither."""
    if source.lstrip().startswith("{"):
        parse_keys(source)
        return None, source
    if not _https(source):
        raise Invalid("invalid_request", "Keys are at an https address, or in a file with a JWK Set.")
    return source, None


def check_name(name: str) -> None:
    """Nothing; Invalid when it is no name of an issuer or program."""
    if not NAME.fullmatch(name):
        raise Invalid("invalid_request", "A name has lower-case letters, digits and hyphens, at most 63.")


def checked_roles(roles: Sequence[str]) -> tuple[str, ...]:
    """The roles, each once; Invalid when one does not exist or is the local operator's."""
    unknown = sorted(set(roles) - (set(ROLES) - {"operator"}))
    if unknown or not roles:
        raise Invalid("invalid_request", "Roles are: " + ", ".join(sorted(set(ROLES) - {"operator"})) + ".")
    return tuple(sorted(set(roles)))


def _https(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and len(address) <= 500


def _issuer(row: Row) -> Issuer:
    return Issuer(
        row["id"], row["name"], row["address"], row["audience"], row["jwks_url"], row["jwks"], tuple(row["roles"])
    )
