"""The register in the database: add, change, review, suspend, and find the row that an address falls under.

Every change stands in the log with a keyed digest of the whole row, so that what the register said on any day can be
proved from the row as it was kept elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.clock import Clock
from preceptor.db.transaction import Row, Transaction
from preceptor.db.translate import Duplicate
from preceptor.egress.endpoint import (
    Endpoint,
    Kind,
    Review,
    Terms,
    checked_address,
    checked_name,
    checked_review,
    checked_terms,
    covers,
)
from preceptor.errors import Conflict, Invalid, NotFound
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import keyed_digest


async def add_endpoint(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys, name: str, address: str, kind: Kind, terms: Terms
) -> Endpoint:
    """A new endpoint, not yet reviewed and so not yet usable. Conflict when name or address is taken."""
    require(caller, "vendor:write")
    made = Endpoint(clock.new_id(), checked_name(name), checked_address(address), kind, checked_terms(terms))
    try:
        await tx.execute(
            "insert into endpoint (tenant, id, name, address, kind, purpose, owner, phi, baa_date, baa_digest,"
            " retention_days, training, region, created_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            tx.tenant,
            made.id,
            made.name,
            made.address,
            made.kind,
            *_terms_values(made.terms),
            clock.now(),
        )
    except Duplicate:
        raise Conflict("already_exists", "There is an endpoint of this name or address.") from None
    await _told(tx, clock, caller, keys, "vendor:add", made)
    return made


async def change_terms(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys, name: str, terms: Terms
) -> Endpoint:
    """Other terms. The review falls with them: what was reviewed is not what is agreed now."""
    require(caller, "vendor:write")
    found = await _locked(tx, name)
    changed = replace(found, terms=checked_terms(terms), review=None)
    await tx.execute(
        "update endpoint set purpose = $3, owner = $4, phi = $5, baa_date = $6, baa_digest = $7, retention_days = $8,"
        " training = $9, region = $10, reviewed_on = null, review_due = null where tenant = $1 and id = $2",
        tx.tenant,
        found.id,
        *_terms_values(changed.terms),
    )
    await _told(tx, clock, caller, keys, "vendor:change", changed)
    return changed


async def review_endpoint(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys, name: str, review: Review
) -> Endpoint:
    """A security review was held. Invalid when it is dated after today, or before the one that is known."""
    require(caller, "vendor:write")
    checked_review(review)
    if review.on > clock.now().date():
        raise Invalid("invalid_request", "A review cannot be dated after today.")
    found = await _locked(tx, name)
    if found.review is not None and review.on < found.review.on:
        raise Invalid("invalid_request", "A later review is already known.")
    reviewed = replace(found, review=review)
    await tx.execute(
        "update endpoint set reviewed_on = $3, review_due = $4 where tenant = $1 and id = $2",
        tx.tenant,
        found.id,
        review.on,
        review.due,
    )
    await _told(tx, clock, caller, keys, "vendor:review", reviewed)
    return reviewed


async def set_suspended(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys, name: str, suspended: bool
) -> Endpoint:
    """Stop everything to this endpoint at once, or allow it again. Nothing happens when it is so already."""
    require(caller, "vendor:write")
    found = await _locked(tx, name)
    if found.suspended == suspended:
        return found
    await tx.execute(
        "update endpoint set suspended_at = $3 where tenant = $1 and id = $2",
        tx.tenant,
        found.id,
        clock.now() if suspended else None,
    )
    changed = replace(found, suspended=suspended)
    await _told(tx, clock, caller, keys, "vendor:suspend" if suspended else "vendor:resume", changed)
    return changed


async def list_endpoints(tx: Transaction, caller: Caller) -> list[Endpoint]:
    """All endpoints, by name."""
    require(caller, "vendor:read")
    return await _all(tx)


async def get_endpoint(tx: Transaction, caller: Caller, name: str) -> Endpoint:
    """The endpoint of that name; NotFound otherwise."""
    require(caller, "vendor:read")
    row = await tx.row("select * from endpoint where tenant = $1 and name = $2", tx.tenant, name)
    if row is None:
        raise NotFound("not_found", "There is no such endpoint in the register.")
    return _endpoint(row)


async def covering(tx: Transaction, url: str) -> Endpoint | None:
    """The endpoint whose address covers `url`; the longest address when several do. None when none does.

    Anybody's act may need it: what the answer allows is for `decide`, and it is shown to nobody.
    """
    found = [endpoint for endpoint in await _all(tx) if covers(endpoint.address, url)]
    return max(found, key=lambda endpoint: len(endpoint.address), default=None)


def due_within(endpoints: list[Endpoint], today: date, days: int) -> list[Endpoint]:
    """Those that cannot be used any more `days` from `today`, or cannot be used now: no review, or one that ends."""
    return [e for e in endpoints if e.review is None or (e.review.due - today).days < days]


async def _all(tx: Transaction) -> list[Endpoint]:
    rows = await tx.rows("select * from endpoint where tenant = $1 order by name", tx.tenant)
    return [_endpoint(row) for row in rows]


async def _locked(tx: Transaction, name: str) -> Endpoint:
    row = await tx.row("select * from endpoint where tenant = $1 and name = $2 for update", tx.tenant, name)
    if row is None:
        raise NotFound("not_found", "There is no such endpoint in the register.")
    return _endpoint(row)


def _terms_values(terms: Terms) -> tuple[object, ...]:
    return (
        terms.purpose,
        terms.owner,
        terms.phi,
        terms.baa_date,
        terms.baa_digest,
        terms.retention_days,
        terms.training,
        terms.region,
    )


def _endpoint(row: Row) -> Endpoint:
    terms = Terms(
        row["purpose"],
        row["owner"],
        row["phi"],
        row["retention_days"],
        row["training"],
        row["region"],
        row["baa_date"],
        bytes(row["baa_digest"]) if row["baa_digest"] is not None else None,
    )
    review = Review(row["reviewed_on"], row["review_due"]) if row["reviewed_on"] is not None else None
    return Endpoint(row["id"], row["name"], row["address"], row["kind"], terms, review, row["suspended_at"] is not None)


async def _told(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys, event: str, endpoint: Endpoint
) -> None:
    subject = {"endpoint": str(endpoint.id), "name": endpoint.name}
    digests = {"endpoint": keyed_digest(keys, "endpoint", endpoint.canonical())}
    await record(tx, clock, caller, event, subject=subject, digests=digests)
