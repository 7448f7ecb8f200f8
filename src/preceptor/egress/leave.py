"""The door: before anything is sent the register is asked, and the answer stands in the log whichever it is."""

from __future__ import annotations

from collections.abc import Mapping

from preceptor.access.caller import Caller
from preceptor.audit.events import By, record
from preceptor.clock import Clock
from preceptor.db.transaction import Transaction
from preceptor.egress.decide import REASONS, Cleared, Content, Decision, Refused, decide
from preceptor.egress.endpoint import Kind
from preceptor.egress.register import covering
from preceptor.errors import Denied


async def ask_leave(
    tx: Transaction,
    clock: Clock,
    caller: Caller,
    url: str,
    kind: Kind,
    content: Content,
    digests: Mapping[str, str] | None = None,
) -> Decision:
    """Whether `content` may go to `url`, recorded as `egress:send` or `egress:refuse` in this transaction.

    `digests` are keyed digests of what is to be sent. The entry says that it may be sent from here on, not that it
    arrived: that is for the one who sends it. Send after the transaction commits, never when it did not.
    """
    decision = decide(await covering(tx, url), url, kind, content, clock.now().date())
    subject = {"kind": kind, "content": content}
    if decision.endpoint is not None:
        subject |= {"endpoint": str(decision.endpoint.id), "name": decision.endpoint.name}
    if isinstance(decision, Refused):
        subject["reason"] = decision.reason
    by = By(decision="send" if isinstance(decision, Cleared) else "refuse", reason=subject.get("reason", ""))
    event, outcome = ("egress:send", "done") if isinstance(decision, Cleared) else ("egress:refuse", "denied")
    await record(tx, clock, caller, event, subject=subject, digests=digests, outcome=outcome, by=by)
    return decision


def refusal(refused: Refused) -> Denied:
    """The error of a refusal, for an act that cannot go on without the endpoint."""
    return Denied("egress_refused", REASONS[refused.reason], reason=refused.reason)
