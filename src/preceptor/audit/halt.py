"""A log that fails its own check is halted: acts are refused, since none can be recorded, until an operator has looked.

The mark is a row, so that it holds over restarts and in every process. Whoever owns the database can delete it; the
next attempt to place entries finds the fault again, and sets it again (`sequencer.halt`).
"""

from __future__ import annotations

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.audit.sequencer import check_whole
from preceptor.clock import Clock
from preceptor.db.transaction import Transaction
from preceptor.errors import IntegrityFailure
from preceptor.vault.keys import TenantKeys

LATE_SECONDS = 5.0
"""An entry that waits longer for its place is an alarm."""


async def halted(tx: Transaction) -> str | None:
    """The code of the failure that halted the tenant's log; None when it goes on."""
    code: str | None = await tx.value("select code from log_halt where tenant = $1 and cleared_at is null", tx.tenant)
    return code


async def acknowledge(tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys) -> bool:
    """Let acts go on when the log is whole again; whether it had been halted. The act is recorded.

    Needs `audit:acknowledge` (Denied). IntegrityFailure while the head is not the signed one or a waiting entry is not
    what it was: then the database must be put back from a backup that verifies.
    """
    require(caller, "audit:acknowledge", tenant=tx.tenant)
    code = await halted(tx)
    if code is None:
        return False
    try:
        await check_whole(tx, keys)
    except IntegrityFailure as failure:
        raise IntegrityFailure("audit_mismatch", f"It is still not whole: {failure.text}") from None
    await tx.execute("update log_halt set cleared_at = $2 where tenant = $1", tx.tenant, clock.now())
    await record(tx, clock, caller, "audit:acknowledge", subject={"code": code})
    return True


async def waiting_count(tx: Transaction) -> int:
    """How many entries wait for their place."""
    found: int = await tx.value("select count(*) from audit_pending where tenant = $1", tx.tenant)
    return found


async def waiting_seconds(tx: Transaction, clock: Clock) -> float:
    """How long the entry that waits longest for its place has waited; 0.0 when none waits."""
    oldest = await tx.value(
        "select min(e.at) from audit_pending p join audit_entry e on e.tenant = p.tenant and e.id = p.entry"
        " where p.tenant = $1",
        tx.tenant,
    )
    return 0.0 if oldest is None else max(0.0, (clock.now() - oldest).total_seconds())
