"""Reversal: surrogates of one subject back to originals, for a stated reason, and never without its audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from preceptor.access.caller import Caller
from preceptor.access.decide import Denied as NotAllowed
from preceptor.access.decide import decide
from preceptor.audit.events import Recorded, attach, record
from preceptor.clock import Clock
from preceptor.db.transaction import Transaction
from preceptor.deid.book import find_entry, subject_digest, text_bytes
from preceptor.deid.surrogate import undo
from preceptor.errors import Denied, IntegrityFailure, Invalid, NotFound, PreceptorError
from preceptor.vault.keys import PatientKeys, TenantKeys
from preceptor.vault.seal import keyed_digest

REASONS: dict[str, str] = {
    "treatment": "The patient must be known to be treated.",
    "patient-request": "The patient or their representative asked (45 CFR 164.524).",
    "safety-event": "A risk to the patient or to others is followed up.",
    "quality-review": "A result is checked against the record.",
    "payment": "A claim or an authorization is settled.",
    "legal": "Required by law or by an order of a court.",
    "detector-review": "What the detector found or missed is checked.",
}
"""The categories a reversal may name; the category stands in the log."""

MAX_NOTE = 2000
"""The most characters of the free text beside the category."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """The text with identifiers, how many were put back, how many of these had more than one original."""

    text: str
    replaced: int
    ambiguous: int
    recorded: Recorded

    def __repr__(self) -> str:
        return f"Revealed({self.replaced} replaced)"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was shown. `reason`: that of the access decision (`not_granted`), `unknown_reason`, `note_too_long`,
    or `no_surrogates` when the subject has no row."""

    reason: str
    recorded: Recorded

    def error(self) -> PreceptorError:
        """What a door raises after the transaction has committed; before, the entry would be lost."""
        if self.reason == "no_surrogates":
            return NotFound("not_found")
        if self.reason in ("unknown_reason", "note_too_long"):
            said = ", ".join(REASONS) if self.reason == "unknown_reason" else f"at most {MAX_NOTE} characters"
            return Invalid("invalid_request", f"The reason of a reversal is not of the documented form: {said}.")
        return Denied("denied", "This needs the permission phi:reveal.", reason=self.reason)


async def reveal(
    tx: Transaction,
    clock: Clock,
    keys: TenantKeys,
    person: PatientKeys | None,
    caller: Caller,
    subject: str,
    text: str,
    *,
    reason: str,
    note: str = "",
) -> Revealed | Refused:
    """`text` with the surrogates of `subject` replaced by what they stand for.

    `person` are the subject's own keys, None when it has none. Needs `phi:reveal` and a `reason` of `REASONS`; `note`
    is kept sealed beside the entry. A refusal is a value and is recorded like a success, in this transaction: commit
    it, then raise `Refused.error()`. Denied `other_tenant` is raised at once, since nothing may be written into
    another tenant's log.
    """
    if caller.tenant != tx.tenant:
        raise Denied("denied", "This needs the permission phi:reveal.", reason="other_tenant")
    if keys.tenant != tx.tenant:
        raise IntegrityFailure("internal", "The keys and the transaction belong to different tenants.")
    digest = subject_digest(keys, subject)
    decision = decide(caller, "phi:reveal", tenant=tx.tenant)
    if isinstance(decision, NotAllowed):
        return await _refused(tx, clock, caller, digest, decision.reason, "denied")
    if reason not in REASONS:
        return await _refused(tx, clock, caller, digest, "unknown_reason", "denied")
    if len(note) > MAX_NOTE:
        return await _refused(tx, clock, caller, digest, "note_too_long", "denied")
    entry = None if person is None else await find_entry(tx, keys, person, digest)
    if entry is None:
        return await _refused(tx, clock, caller, digest, "no_surrogates", "failed")
    original = undo(text, entry)
    recorded = await record(
        tx,
        clock,
        caller,
        "phi:reveal",
        subject={"reason": reason, "replaced": str(original.replaced), "ambiguous": str(original.ambiguous)},
        digests={"subject": digest, "text": keyed_digest(keys, "surrogate-text", text_bytes(text))},
    )
    if note:
        await attach(tx, keys, recorded, "reveal-note", text_bytes(note))
    return Revealed(original.text, original.replaced, original.ambiguous, recorded)


async def _refused(
    tx: Transaction, clock: Clock, caller: Caller, digest: str, why: str, outcome: Literal["denied", "failed"]
) -> Refused:
    subject = {"permission": "phi:reveal", "why": why}
    recorded = await record(
        tx, clock, caller, "phi:reveal", subject=subject, digests={"subject": digest}, outcome=outcome
    )
    return Refused(why, recorded)
