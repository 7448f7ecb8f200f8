"""An answer released before, shown again to the account that asked: the same bytes, recorded as shown again."""

from __future__ import annotations

import json
import uuid
from typing import Any

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.audit.export import place_of
from preceptor.clock import Clock
from preceptor.db.transaction import Transaction
from preceptor.errors import NotFound
from preceptor.flows.policy_question.standing import require_standing
from preceptor.flows.policy_question.workflow import SEALED_ANSWER
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import unseal


async def read_released(
    tx: Transaction, clock: Clock, caller: Caller, keys: TenantKeys, run: uuid.UUID
) -> dict[str, Any]:
    """The contract's answer of `run`, with the place of its audit entry. NotFound for another account's run.

    The quotations are verified again; Conflict when one no longer stands.
    """
    require(caller, "policy:ask", tenant=tx.tenant)
    row = await tx.row(
        "select sealed, entry from policy_question where tenant = $1 and id = $2 and actor = $3",
        tx.tenant,
        run,
        caller.actor,
    )
    if row is None:
        raise NotFound("not_found", "There is no such answer.")
    answer: dict[str, Any] = json.loads(unseal(keys, SEALED_ANSWER, str(run), bytes(row["sealed"])))
    await require_standing(tx, keys, caller, answer)
    placed = await place_of(tx, row["entry"])
    answer["audit"] |= {"leaf": placed.leaf, "tree_size": placed.tree_size}
    await record(tx, clock, caller, "policy:replay", subject={"run": str(run)})
    return answer
