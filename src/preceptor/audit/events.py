"""What may be recorded, and the one way to record it: inside the transaction of the act itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preceptor.access.caller import Caller
from preceptor.audit.leaf import Entry, Outcome, encode, leaf_hash
from preceptor.clock import Clock
from preceptor.db.transaction import Transaction
from preceptor.errors import IntegrityFailure, Unavailable
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import seal

EVENTS: dict[str, str] = {
    "tenant:create": "A tenant was made, with its keys and its first account.",
    "tenant:change": "What a tenant allows was changed.",
    "account:create": "An account was made.",
    "account:change": "The roles or departments of an account were changed.",
    "credential:issue": "An API token or a sign-in link was issued.",
    "credential:revoke": "A token or session was ended.",
    "session:start": "A sign-in link was used and a console session began.",
    "issuer:add": "An issuer was registered, whose tokens are believed.",
    "issuer:remove": "An issuer's tokens are believed no more.",
    "client:add": "A program with keys of its own was registered.",
    "client:remove": "A program was removed; its tokens ended.",
    "client:token": "A program proved who it is and was given a token of five minutes, or that was refused.",
    "access:explain": "Somebody was told why a caller may or may not do something.",
    "access:deny": "A call was refused; the entry names the permission.",
    "document:receive": "The bytes of a document version were sealed and stored; reading began.",
    "document:add": "A document version was read, de-identified and indexed; it can be found and cited.",
    "document:embed": "All passages of a document version have vectors; it is found by meaning too.",
    "document:fail": "A document version could not be read; nothing of it was kept.",
    "document:remove": "A document version was removed from every index.",
    "document:label": "The labels that say who may see a document were set.",
    "document:view": "The picture or text of a page was shown.",
    "document:list": "The library's list of documents was shown.",
    "policy:answer": "A question was answered with verified quotations.",
    "policy:abstain": "A question was not answered.",
    "policy:replay": "An answer given before was shown again for the same idempotency key.",
    "policy:feedback": "An answer that was released was judged by the one who asked.",
    "feedback:export": "Judgements of answers were given out as evaluation cases.",
    "audit:acknowledge": "An operator looked at a log that had failed its check and let acts go on.",
    "audit:export": "The log was exported.",
    "chart:create": "A resource of the clinical record was created.",
    "chart:update": "A further version of a resource was written.",
    "chart:delete": "A resource was deleted; its earlier versions stay.",
    "chart:read": "A version of a resource was shown.",
    "chart:history": "The versions of a resource, or of a type, were shown.",
    "chart:search": "Resources were searched for, and those found were shown.",
    "chart:load": "Files of resources were taken into the clinical record; each has an entry of its own.",
    "chart:export": "Everything the caller may read of the clinical record was written to files.",
    "audit:show": "Entries of the log were shown as AuditEvents.",
    "deid:surrogate": "Identifiers of a text were replaced by surrogates of one subject.",
    "phi:reveal": "Surrogates of one subject were reversed for the named reason, or that was refused.",
    "vendor:add": "An outside endpoint was put into the register.",
    "vendor:change": "The terms of an outside endpoint were changed; it needs a new review.",
    "vendor:review": "A security review of an outside endpoint was recorded.",
    "vendor:suspend": "Nothing may be sent to an outside endpoint any more.",
    "vendor:resume": "An outside endpoint that was suspended may be used again.",
    "egress:send": "The register cleared something to be sent to an outside endpoint.",
    "egress:refuse": "The register did not clear something to be sent; nothing was sent.",
    "output:withhold": "Something was not given out: it held an identifier of somebody else or a secret.",
    "key:rotate": "A further version of a sealing or index key was made; it is used from then on.",
    "key:rewrap": "All keys were wrapped anew under a new version of the key-encryption key.",
    "key:destroy": "The key of a patient or of the whole tenant was destroyed for ever.",
    "key:copy": "A copy of the key store was written.",
    "surrogate:destroy": "A subject's surrogates were destroyed: they cannot be reversed any more.",
}
"""Event → what happened, one sentence. Grammar: subject:action."""


@dataclass(frozen=True)
class By:
    """With what an act was done beside the caller, and what was decided: identifiers, empty where there is none.

    The caller of an act is the human or program that answers for it; `agent` is what acted on its behalf.
    """

    agent: str = ""
    model: str = ""
    policy: str = ""
    decision: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Recorded:
    """An entry that stands in the log as soon as its transaction commits."""

    id: uuid.UUID
    event: str


async def record(
    tx: Transaction,
    clock: Clock,
    caller: Caller,
    event: str,
    *,
    subject: Mapping[str, str] | None = None,
    digests: Mapping[str, str] | None = None,
    outcome: Outcome = "done",
    by: By | None = None,
) -> Recorded:
    """Append one entry. If it cannot be written the caller's transaction ends with it: no record, no act.
    Unavailable `log_halted` while the log has failed its own check (`audit/halt.py`).

    `subject` maps a kind to an id, `digests` a use to a keyed digest; contents never stand here. `by` names the agent,
    its model and the rules it went by, the decision and the reason.
    """
    entry = prepare(clock, caller, tx.tenant, event, subject=subject, digests=digests, outcome=outcome, by=by)
    (recorded,) = await record_all(tx, [entry])
    return recorded


def prepare(
    clock: Clock,
    caller: Caller,
    tenant: str,
    event: str,
    *,
    subject: Mapping[str, str] | None = None,
    digests: Mapping[str, str] | None = None,
    outcome: Outcome = "done",
    by: By | None = None,
) -> Entry:
    """The entry of an act of `caller` in `tenant`, not yet written. IntegrityFailure for an event outside the list."""
    if event not in EVENTS:
        raise IntegrityFailure("internal", "An event outside the closed list cannot be recorded.", event=event)
    if caller.tenant != tenant:
        raise IntegrityFailure("internal", "The caller and the transaction belong to different tenants.")
    return Entry(
        id=clock.new_id(),
        tenant=tenant,
        at=clock.now(),
        actor=caller.actor,
        event=event,
        purpose=caller.purpose,
        outcome=outcome,
        subject=subject or {},
        digests=digests or {},
        **(vars(by) if by is not None else {}),
    )


async def record_all(tx: Transaction, entries: Sequence[Entry]) -> list[Recorded]:
    """Append entries in one statement: all of them or none. Unavailable `log_halted` as of `record`."""
    leaves = [encode(entry) for entry in entries]
    tag = await tx.execute(
        "insert into audit_entry (tenant, id, at, event, actor, leaf, leaf_hash)"
        " select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])"
        " where not exists (select from log_halt where tenant = $1 and cleared_at is null)",
        tx.tenant,
        [entry.id for entry in entries],
        [entry.at for entry in entries],
        [entry.event for entry in entries],
        [entry.actor for entry in entries],
        leaves,
        [leaf_hash(leaf) for leaf in leaves],
    )
    if tag.endswith(" 0"):
        raise Unavailable("log_halted", tenant=tx.tenant)
    return [Recorded(entry.id, entry.event) for entry in entries]


async def attach(tx: Transaction, keys: TenantKeys, recorded: Recorded, kind: str, content: bytes) -> None:
    """Put sealed text beside an entry (for example the redacted question). It is not part of the tree."""
    sealed = seal(keys, f"audit-{kind}", str(recorded.id), content)
    await tx.execute(
        "insert into audit_side (tenant, entry, kind, sealed) values ($1, $2, $3, $4)",
        tx.tenant,
        recorded.id,
        kind,
        sealed,
    )
