"""`preceptor witness`: have somebody else cosign the newest head of the log, and keep it as an anchor."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from preceptor.access.caller import Caller
from preceptor.access.decide import require
from preceptor.audit.anchors import append_anchor
from preceptor.audit.sequencer import advance
from preceptor.audit.witness import cosign, parse_witness_key
from preceptor.cli.command import DONE, Context, add_command, out, show
from preceptor.db.transaction import tenant_transaction
from preceptor.egress.decide import Cleared
from preceptor.egress.leave import ask_leave, refusal
from preceptor.net import Outbound
from preceptor.wiring import THIS_MACHINE, Services


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "witness",
        "Have a C2SP witness cosign the newest head of the log; keep the cosigned head as an anchor.",
        "preceptor witness https://witness.example --key NAME+ID+KEY --out anchors",
        _run,
    )
    parser.add_argument("url", help="its address, above `/add-checkpoint`; registered with `preceptor vendor add`")
    parser.add_argument("--key", required=True, help="its key for cosignatures")
    parser.add_argument("--out", required=True, type=Path, help="anchor file to append the cosigned head to")


async def _run(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    require(caller, "audit:read")
    key = parse_witness_key(args.key)
    head = await advance(services.database, services.clock, services.keys.get(caller.tenant))
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        rows = await tx.rows(
            "select e.leaf_hash from audit_leaf l join audit_entry e on e.tenant = l.tenant and e.id = l.entry"
            " where l.tenant = $1 and l.leaf < $2 order by l.leaf",
            caller.tenant,
            head.size,
        )
    hashes = [bytes(row["leaf_hash"]) for row in rows]
    outbound = Outbound({*services.settings.allowed_hosts, *THIS_MACHINE}, plain=THIS_MACHINE, loopback=True)
    try:
        note = await cosign(outbound, partial(_leave, services, caller, args.url), args.url, key, head.note, hashes)
    finally:
        await outbound.close()
    append_anchor(args.out, note)
    if args.json:
        show({"tree_size": head.size, "root": head.root.hex(), "anchor": str(args.out)})
    else:
        out(f"{head.size} entries are cosigned by {key.name}; the head stands in {args.out}")
    return DONE


async def _leave(services: Services, caller: Caller, url: str) -> None:
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        decision = await ask_leave(tx, services.clock, caller, url, "witness", "nothing")
    if not isinstance(decision, Cleared):
        raise refusal(decision)
