"""The surrogate book: one sealed row a subject; surrogates are assigned once, in the transaction that uses them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.clock import Clock
from preceptor.db.transaction import Row, Transaction
from preceptor.deid.chance import Chance
from preceptor.deid.spans import Span
from preceptor.deid.surrogate import Surrogates, surrogate
from preceptor.deid.surrogate_entry import BookEntry, decode, encode, new_entry
from preceptor.errors import IntegrityFailure, Invalid
from preceptor.vault.keys import PatientKeys, SealingKeys, TenantKeys
from preceptor.vault.seal import MAGIC_OF_VERSION_ONE, keyed_digest, seal, unseal

KIND = "surrogate-book"
MAX_SUBJECT = 500
"""The most characters of a subject's id."""


@dataclass
class ClockChance:
    """Random numbers from the product's one source: the operating system's, or a replay's fixed ones.

    Each draw takes 64 bits of SHA-256 of a fresh 256-bit token, and rejects what would make some numbers likelier.
    """

    clock: Clock
    _bits: bytes = field(default=b"", init=False, repr=False)

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 up to `stop` - 1; ValueError unless 1 <= stop <= 2**32."""
        if not 1 <= stop <= 1 << 32:
            raise ValueError("stop must be between 1 and 2**32")
        limit = (1 << 64) - (1 << 64) % stop
        while True:
            if not self._bits:
                self._bits = hashlib.sha256(self.clock.token(32).encode()).digest()
            drawn, self._bits = int.from_bytes(self._bits[:8], "big"), self._bits[8:]
            if drawn < limit:
                return drawn % stop


def subject_digest(keys: TenantKeys, subject: str) -> str:
    """The name of a subject's row: keyed, so that neither the id nor a guess of it can be read from the table.

    `subject` is the record's id of the person, 1 to 500 characters; Invalid `invalid_request` otherwise.
    """
    if not 1 <= len(subject) <= MAX_SUBJECT or not subject.strip():
        raise Invalid("invalid_request", f"A subject's id has 1 to {MAX_SUBJECT} characters.")
    try:
        return keyed_digest(keys, KIND, subject.encode())
    except UnicodeEncodeError:
        raise Invalid("invalid_request", "A subject's id is not text.") from None


async def replace(
    tx: Transaction,
    clock: Clock,
    keys: TenantKeys,
    person: PatientKeys,
    caller: Caller,
    subject: str,
    text: str,
    spans: Sequence[Span],
    *,
    avoid: Iterable[str] = (),
    chance: Chance | None = None,
) -> Surrogates:
    """`text` with surrogates of `subject` where `spans` stand; new ones are stored and the use is recorded, or nothing.

    `person` are the subject's own keys: destroying them erases what the surrogates stand for, in every backup.
    Needs `deid:use` (Denied). The subject's row stays locked until the transaction ends: two first uses at once give
    one surrogate. `chance` is for replays and tests; the product draws from the operating system. Under repeatable
    read the second of two writers gets Conflict.
    """
    require(caller, "deid:use", tenant=tx.tenant)
    _same_tenant(tx, keys)
    _same_tenant(tx, person)
    source = chance or ClockChance(clock)
    digest = subject_digest(keys, subject)
    entry = await _locked(tx, clock, keys, person, digest, source)
    made = surrogate(text, spans, entry, source, avoid)
    await tx.execute(
        "update surrogate_book set sealed = $3, surrogates = $4, uses = uses + 1, changed_at = $5"
        " where tenant = $1 and subject = $2",
        tx.tenant,
        digest,
        seal(person, KIND, digest, encode(made.entry)),
        len(made.entry.values),
        clock.now(),
    )
    await record(
        tx,
        clock,
        caller,
        "deid:surrogate",
        subject={"added": str(made.added), "spans": str(len(made.redaction.spans)), "masked": str(made.masked)},
        digests={"subject": digest, "text": keyed_digest(keys, "surrogate-text", text_bytes(made.redaction.text))},
    )
    return made


def text_bytes(text: str) -> bytes:
    """UTF-8; a lone surrogate code point, which JSON can bring, is kept as it is."""
    return text.encode("utf-8", "surrogatepass")


async def _locked(
    tx: Transaction, clock: Clock, keys: TenantKeys, person: PatientKeys, digest: str, chance: Chance
) -> BookEntry:
    """The subject's entry, its row locked; an empty one with a new date shift where there is none."""
    found = await find_entry(tx, keys, person, digest, lock=True)
    if found is not None:
        return found
    fresh, now = new_entry(chance), clock.now()
    await tx.execute(
        "insert into surrogate_book (tenant, subject, sealed, surrogates, created_at, changed_at)"
        " values ($1, $2, $3, 0, $4, $4) on conflict (tenant, subject) do nothing",
        tx.tenant,
        digest,
        seal(person, KIND, digest, encode(fresh)),
        now,
    )
    # Another transaction may have been first: the insert waited for it, and what it stored is read here.
    found = await find_entry(tx, keys, person, digest, lock=True)
    if found is None:
        raise IntegrityFailure("internal", "The surrogate book lost a row that was just written.")
    return found


async def find_entry(
    tx: Transaction, keys: TenantKeys, person: PatientKeys, digest: str, *, lock: bool = False
) -> BookEntry | None:
    """The entry of a row, opened; None when the subject has none. IntegrityFailure `seal_broken` on other bytes."""
    sql = "select sealed from surrogate_book where tenant = $1 and subject = $2"
    row: Row | None = await tx.row(f"{sql} for update" if lock else sql, tx.tenant, digest)
    if row is None:
        return None
    sealed = bytes(row["sealed"])
    if sealed.startswith(MAGIC_OF_VERSION_ONE):  # written before subjects had keys; the next use seals it with theirs
        return decode(unseal(keys, KIND, digest, sealed))
    return decode(unseal(person, KIND, digest, sealed))


async def destroy(tx: Transaction, clock: Clock, keys: TenantKeys, caller: Caller, subject: str) -> bool:
    """Delete the subject's row: its surrogates lead back to nobody, and a later use draws new ones.

    Needs `surrogate:destroy` (Denied). Whether there was a row; the act is recorded either way. Backups of the
    database hold the sealed row until they are rotated, or until the person's key is destroyed (`preceptor key`).
    """
    require(caller, "surrogate:destroy", tenant=tx.tenant)
    _same_tenant(tx, keys)
    digest = subject_digest(keys, subject)
    gone = await tx.rows(
        "delete from surrogate_book where tenant = $1 and subject = $2 returning subject", tx.tenant, digest
    )
    outcome = "done" if gone else "failed"
    await record(tx, clock, caller, "surrogate:destroy", digests={"subject": digest}, outcome=outcome)
    return bool(gone)


def _same_tenant(tx: Transaction, keys: SealingKeys) -> None:
    if keys.tenant != tx.tenant:
        raise IntegrityFailure("internal", "The keys and the transaction belong to different tenants.")
