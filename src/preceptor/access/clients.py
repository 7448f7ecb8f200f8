"""Programs with keys of their own: registered, proving who they are once per proof, holding tokens of five minutes.

SMART App Launch 2.2, "Backend Services" and "Client Authentication: Asymmetric";
RFC 7523 section 3; RFC 6749 section 4.4.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from preceptor.access.caller import Caller
from preceptor.access.issuers import check_name, checked_roles, checked_source
from preceptor.access.permissions import PERMISSIONS
from preceptor.access.scopes import Granted, parse_scopes
from preceptor.access.signed import LEEWAY_SECONDS
from preceptor.clock import Clock
from preceptor.db.transaction import Row, Transaction
from preceptor.db.translate import Duplicate
from preceptor.errors import Conflict, Invalid, NotFound, Unauthenticated

LONGEST_PROOF = 300
TOKEN_LIFE = timedelta(minutes=5)
TOKEN = re.compile(r"pcp_access_([a-z][a-z0-9-]{0,62})_([A-Za-z0-9_-]{40,64})")
CLIENT_ID = re.compile(r"([a-z][a-z0-9-]{0,62})\.([a-z][a-z0-9-]{0,62})")


@dataclass(frozen=True)
class Client:
    """A program. Its client id is `<tenant>.<name>`; it may ask for `scopes` and has `roles`."""

    id: uuid.UUID
    tenant: str
    name: str
    jwks_url: str | None
    jwks: str | None
    scopes: Granted
    roles: tuple[str, ...]

    @property
    def client_id(self) -> str:
        """What it calls itself in its proofs."""
        return f"{self.tenant}.{self.name}"


async def add_client(
    tx: Transaction, clock: Clock, name: str, source: str, scopes: str, roles: Sequence[str]
) -> Client:
    """A new program. `source` as for an issuer; every word of `scopes` must be a system scope or a permission."""
    check_name(name)
    jwks_url, jwks = checked_source(source)
    granted = parse_scopes(scopes, PERMISSIONS)
    if len(granted.scopes) + len(granted.permissions) != len(set(scopes.split())) or not scopes.split():
        raise Invalid("invalid_request", "A scope is not understood.")
    if any(scope.context != "system" for scope in granted.scopes):
        raise Invalid("invalid_request", "A program acts for nobody: its scopes begin with system/.")
    found = Client(clock.new_id(), tx.tenant, name, jwks_url, jwks, granted, checked_roles(roles))
    try:
        await tx.execute(
            "insert into client (tenant, id, name, jwks_url, jwks, scopes, roles, created_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8)",
            tx.tenant,
            found.id,
            name,
            jwks_url,
            jwks,
            str(granted),
            list(found.roles),
            clock.now(),
        )
    except Duplicate:
        raise Conflict("already_exists", "There is a program of this name.") from None
    return found


async def list_clients(tx: Transaction) -> list[Client]:
    """The programs in use, by name."""
    rows = await tx.rows("select * from client where tenant = $1 and removed_at is null order by name", tx.tenant)
    return [_client(tx.tenant, row) for row in rows]


async def find_client(tx: Transaction, name: str) -> Client | None:
    """The program of that name, when it is in use."""
    row = await tx.row("select * from client where tenant = $1 and name = $2 and removed_at is null", tx.tenant, name)
    return _client(tx.tenant, row) if row is not None else None


async def remove_client(tx: Transaction, clock: Clock, name: str) -> uuid.UUID:
    """End a program and its tokens, at once. NotFound when none is in use."""
    found: uuid.UUID | None = await tx.value(
        "update client set removed_at = $3 where tenant = $1 and name = $2 and removed_at is null returning id",
        tx.tenant,
        name,
        clock.now(),
    )
    if found is None:
        raise NotFound("not_found", "There is no such program.")
    return found


async def use_proof(tx: Transaction, client: Client, claims: Mapping[str, Any], now: datetime) -> bool:
    """Whether a proof is used for the first time; it is used up in this transaction. A proof without `jti` never is."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 255 or claims.get("sub") != client.client_id:
        return False
    await tx.execute("delete from client_proof where tenant = $1 and expires_at < $2", tx.tenant, now)
    expires = datetime.fromtimestamp(float(claims["exp"]), UTC) + timedelta(seconds=LEEWAY_SECONDS + 1)
    made = await tx.value(
        "insert into client_proof (tenant, digest, expires_at) values ($1, $2, $3)"
        " on conflict do nothing returning true",
        tx.tenant,
        hashlib.sha256(f"{client.id}/{jti}".encode()).digest(),
        expires,
    )
    return made is True


async def issue_token(tx: Transaction, clock: Clock, client: Client, granted: Granted) -> str:
    """A token of TOKEN_LIFE with these scopes, shown this once."""
    token, now = f"pcp_access_{tx.tenant}_{clock.token(32)}", clock.now()
    await tx.execute("delete from access_token where tenant = $1 and expires_at < $2", tx.tenant, now)
    await tx.execute(
        "insert into access_token (tenant, digest, client, scopes, expires_at) values ($1, $2, $3, $4, $5)",
        tx.tenant,
        hashlib.sha256(token.encode()).digest(),
        client.id,
        str(granted),
        now + TOKEN_LIFE,
    )
    return token


async def authenticate_token(tx: Transaction, token: str, now: datetime) -> Caller:
    """The caller behind a token of the token endpoint; Unauthenticated when unknown, expired or its program removed."""
    row = await tx.row(
        "select c.name, c.roles, t.scopes, t.expires_at from access_token t"
        " join client c on c.tenant = t.tenant and c.id = t.client"
        " where t.tenant = $1 and t.digest = $2 and c.removed_at is null",
        tx.tenant,
        hashlib.sha256(token.encode()).digest(),
    )
    if row is None:
        raise Unauthenticated(reason="unknown")
    if row["expires_at"] <= now:
        raise Unauthenticated("unauthenticated", "The credential has expired.", reason="expired")
    granted = parse_scopes(row["scopes"], PERMISSIONS)
    return Caller(tx.tenant, f"client:{row['name']}", frozenset(row["roles"]), granted=granted)


def _client(tenant: str, row: Row) -> Client:
    granted = parse_scopes(row["scopes"], PERMISSIONS)
    return Client(row["id"], tenant, row["name"], row["jwks_url"], row["jwks"], granted, tuple(row["roles"]))
