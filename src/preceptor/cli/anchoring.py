"""Appends the signed heads of every log to the anchor file, when it is time; a failure is an alarm and stops nobody."""

from __future__ import annotations

from preceptor.audit.anchors import append_anchor
from preceptor.audit.sequencer import read_head
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import PreceptorError
from preceptor.wiring import Services


async def anchor_heads(services: Services) -> set[str]:
    """Append what is new, at most every `anchor_seconds`, over all processes; the codes of what went wrong."""
    path = services.settings.anchor_file
    if path is None:
        return set()
    try:
        age = services.clock.now().timestamp() - path.stat().st_mtime
        if 0 <= age < services.settings.anchor_seconds:
            return set()
    except OSError:
        pass  # there is none yet, or it cannot be reached: the attempt will tell
    failed = set[str]()
    for tenant in services.keys.tenants():
        try:
            async with tenant_transaction(services.database, tenant, "system:anchor", read_only=True) as tx:
                head = await read_head(tx)
            if head is not None:
                append_anchor(path, head.note)
        except PreceptorError as error:
            failed.add(error.code)
    return failed
