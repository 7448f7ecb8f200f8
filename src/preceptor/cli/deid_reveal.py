"""`preceptor reveal`: surrogates of one subject back to originals, or their destruction; for a stated reason."""

from __future__ import annotations

import argparse
from typing import Any

from preceptor.access.decide import Allowed, decide
from preceptor.cli.command import DONE, Context, add_command, note, out, read_input, show
from preceptor.db.transaction import tenant_transaction
from preceptor.deid.book import destroy
from preceptor.deid.reveal import REASONS, Refused, reveal
from preceptor.errors import Invalid, NotFound


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "reveal",
        "Put identifiers back where surrogates of one subject stand; the reason and the outcome are recorded.",
        "preceptor reveal --subject patient-77 --reason treatment answer.txt\n"
        "preceptor reveal --subject patient-77 --destroy",
        _run,
    )
    parser.add_argument("file", nargs="?", default="-", help="a text with surrogates, or - for standard input")
    parser.add_argument("--subject", required=True, help="the id under which the surrogates were made")
    parser.add_argument("--reason", choices=sorted(REASONS), help="why the identifiers are needed")
    parser.add_argument("--note", default="", help="a word on the case; kept sealed beside the entry")
    parser.add_argument(
        "--destroy", action="store_true", help="destroy the subject's surrogates instead: they can never be reversed"
    )


async def _run(context: Context) -> int:
    args: argparse.Namespace = context.args
    services, caller = context.services, context.caller
    keys = services.keys.get(caller.tenant)
    if args.destroy:
        async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
            gone = await destroy(tx, services.clock, keys, caller, args.subject)
        if not gone:
            raise NotFound("not_found")
        note("The surrogates of this subject are destroyed.")
        return DONE
    if not args.reason:
        raise Invalid("invalid_request", f"--reason is one of {', '.join(sorted(REASONS))}.")
    # Who may not is refused, and that is recorded, before anything is read.
    may = isinstance(decide(caller, "phi:reveal", tenant=caller.tenant), Allowed)
    text = read_input(args.file) if may else ""
    person = await services.keys.find_patient(caller.tenant, args.subject)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await reveal(
            tx, services.clock, keys, person, caller, args.subject, text, reason=args.reason, note=args.note
        )
    if isinstance(found, Refused):
        raise found.error()
    if args.json:
        entry = {"entry": str(found.recorded.id), "leaf": None, "tree_size": None}
        show({"text": found.text, "replaced": found.replaced, "ambiguous": found.ambiguous, "audit": entry})
    else:
        out(found.text)
    return DONE
