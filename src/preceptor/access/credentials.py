"""API tokens, one-time sign-in links and console sessions: made, checked, ended. Only digests are stored.

A secret is `pcp_<kind>_<tenant>_<256 random bits>`: the tenant stands in it because row-level security
shows nothing before the tenant is known. Secrets are long and random, so a plain SHA-256 is enough
(NIST SP 800-63B section 5.1.2 asks for stretching only where people choose the secret).
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from preceptor.access.caller import Caller
from preceptor.access.labels import checked_labels
from preceptor.clock import Clock
from preceptor.db.transaction import Row, Transaction
from preceptor.db.translate import Duplicate
from preceptor.errors import Conflict, Invalid, NotFound, Unauthenticated

Kind = Literal["token", "signin", "session"]
SECRET = re.compile(r"pcp_(token|signin|session)_([a-z][a-z0-9-]{0,62})_([A-Za-z0-9_-]{40,64})")


@dataclass(frozen=True)
class Account:
    """A person or program that may call."""

    id: uuid.UUID
    name: str
    roles: tuple[str, ...]
    operator: bool
    disabled: bool
    departments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Secret:
    """A secret taken apart. `digest` is what the database knows of it."""

    kind: Kind
    tenant: str
    digest: bytes


def parse_secret(text: str, kind: Kind) -> Secret:
    """The parts of a secret of `kind`; Unauthenticated for anything else, whatever it is."""
    match = SECRET.fullmatch(text)
    if match is None or match[1] != kind:
        raise Unauthenticated("unauthenticated", "The credential is malformed.", reason="malformed")
    return Secret(kind, match[2], hashlib.sha256(text.encode()).digest())


async def create_account(
    tx: Transaction,
    clock: Clock,
    name: str,
    roles: tuple[str, ...],
    *,
    operator: bool = False,
    departments: tuple[str, ...] = (),
) -> Account:
    """A new account. Conflict when the name is taken."""
    checked_labels(f"department:{d}" for d in departments)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}", name):
        raise Invalid("invalid_request", "An account name has letters, digits, dots, dashes, @ and no blanks.")
    account = Account(clock.new_id(), name, roles, operator, False, departments)
    try:
        await tx.execute(
            "insert into account (tenant, id, name, roles, operator, created_at, departments)"
            " values ($1, $2, $3, $4, $5, $6, $7)",
            tx.tenant,
            account.id,
            name,
            list(roles),
            operator,
            clock.now(),
            list(departments),
        )
    except Duplicate:
        raise Conflict("already_exists", "There is an account of this name.") from None
    return account


async def change_account(
    tx: Transaction, account: Account, roles: tuple[str, ...], departments: tuple[str, ...]
) -> Account:
    """The account with other roles and departments, from its next call on. Invalid without a role."""
    checked_labels(f"department:{d}" for d in departments)
    if not roles:
        raise Invalid("invalid_request", "An account has at least one role; one that may do nothing is disabled.")
    await tx.execute(
        "update account set roles = $3, departments = $4 where tenant = $1 and id = $2",
        tx.tenant,
        account.id,
        list(roles),
        list(departments),
    )
    return replace(account, roles=roles, departments=departments)


async def find_account(tx: Transaction, name: str) -> Account:
    """The account of that name; NotFound otherwise."""
    row = await tx.row("select * from account where tenant = $1 and name = $2", tx.tenant, name)
    if row is None:
        raise NotFound("not_found", "There is no such account.")
    return account_of(row)


async def list_accounts(tx: Transaction) -> list[Account]:
    """All accounts, by name."""
    return [
        account_of(row) for row in await tx.rows("select * from account where tenant = $1 order by name", tx.tenant)
    ]


def account_of(row: Row) -> Account:
    """The account in a row of `account`."""
    disabled = row["disabled_at"] is not None
    return Account(row["id"], row["name"], tuple(row["roles"]), row["operator"], disabled, tuple(row["departments"]))


async def issue(tx: Transaction, clock: Clock, account: uuid.UUID, kind: Kind, life: timedelta | None) -> str:
    """A new secret, shown this once; `life` None means until revoked."""
    secret = f"pcp_{kind}_{tx.tenant}_{clock.token(32)}"
    now = clock.now()
    await tx.execute(
        "insert into credential (tenant, id, account, kind, digest, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        tx.tenant,
        clock.new_id(),
        account,
        kind,
        hashlib.sha256(secret.encode()).digest(),
        now,
        now + life if life is not None else None,
    )
    return secret


async def authenticate(tx: Transaction, secret: Secret, now: datetime) -> Caller:
    """The caller behind a token or session. Unauthenticated when unknown, expired, revoked, used or disabled."""
    row = await tx.row(
        "select a.*, c.id as credential, c.expires_at, c.used_at, c.revoked_at from credential c"
        " join account a on a.tenant = c.tenant and a.id = c.account"
        " where c.tenant = $1 and c.digest = $2 and c.kind = $3",
        tx.tenant,
        secret.digest,
        secret.kind,
    )
    if row is None or row["revoked_at"] is not None or row["disabled_at"] is not None:
        raise Unauthenticated(reason="unknown")
    if row["expires_at"] is not None and row["expires_at"] <= now:
        raise Unauthenticated("unauthenticated", "The credential has expired.", reason="expired")
    return caller_of(tx.tenant, account_of(row))


async def redeem_signin(tx: Transaction, secret: Secret, now: datetime) -> Account:
    """The account of a sign-in link, which works once: the row is used up in this transaction."""
    row = await tx.row(
        "update credential c set used_at = $3 from account a"
        " where c.tenant = $1 and c.digest = $2 and c.kind = 'signin' and c.used_at is null and c.revoked_at is null"
        " and c.expires_at > $3 and a.tenant = c.tenant and a.id = c.account and a.disabled_at is null"
        " returning a.*",
        tx.tenant,
        secret.digest,
        now,
    )
    if row is None:
        raise Unauthenticated("unauthenticated", "The sign-in link is unknown, used or expired.", reason="used")
    return account_of(row)


async def revoke(tx: Transaction, secret: Secret, now: datetime) -> None:
    """End a token or session; nothing happens when it is unknown."""
    await tx.execute(
        "update credential set revoked_at = $3 where tenant = $1 and digest = $2 and revoked_at is null",
        tx.tenant,
        secret.digest,
        now,
    )


def caller_of(tenant: str, account: Account) -> Caller:
    """The caller an account is."""
    prefix = "operator" if account.operator else "account"
    return Caller(
        tenant,
        f"{prefix}:{account.name}",
        frozenset(account.roles),
        operator=account.operator,
        departments=frozenset(account.departments),
    )
