"""`preceptor vendor`: the register of outside endpoints, and a page about each for the security reviewer."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from preceptor.cli.command import DONE, FAILED, Context, add_command, add_group, note, out, show
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.egress.decide import REASONS, Cleared, decide
from preceptor.egress.dossier import dossier
from preceptor.egress.endpoint import CLEARANCES, KINDS, LONGEST_REVIEW_DAYS, Endpoint, Review, Terms
from preceptor.egress.register import (
    add_endpoint,
    change_terms,
    covering,
    due_within,
    get_endpoint,
    list_endpoints,
    review_endpoint,
    set_suspended,
)
from preceptor.errors import Invalid, NotFound

MOST_BYTES = 50_000_000


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "vendor", "The register of outside endpoints.", "preceptor vendor list")
    example = (
        "preceptor vendor add local-model --address http://localhost:8000/v1 --kind model \\\n"
        "    --purpose 'points at lines of policies' --owner 'Clinical Informatics' --region on-premises"
    )
    parser = add_command(group, "add", "Register an endpoint; it can be used after its first review.", example, _add)
    parser.add_argument("name", help="lower-case letters, digits and hyphens")
    parser.add_argument("--address", required=True, help="scheme, host and path; everything below it is covered")
    parser.add_argument("--kind", required=True, choices=KINDS)
    _terms(parser, new=True)
    parser = add_command(
        group,
        "change",
        "Change the terms; the review falls with them.",
        "preceptor vendor change local-model --retention-days 30",
        _change,
    )
    parser.add_argument("name")
    _terms(parser, new=False)
    parser = add_command(
        group,
        "review",
        "Record a security review.",
        "preceptor vendor review local-model --on 2026-11-02 --due 2027-11-01",
        _review,
    )
    parser.add_argument("name")
    parser.add_argument("--on", type=_day, help="the day of the review (default: today)")
    parser.add_argument("--due", type=_day, help="the day the next one is due (default: a year later)")
    for name, words in (("suspend", "Send nothing there any more, at once."), ("resume", "Allow it again.")):
        parser = add_command(group, name, words, f"preceptor vendor {name} local-model", _suspension)
        parser.add_argument("name")
        parser.set_defaults(suspended=name == "suspend")
    add_command(group, "list", "All endpoints, and what stands in their way.", "preceptor vendor list --json", _list)
    parser = add_command(group, "show", "A page for the security reviewer.", "preceptor vendor show local-model", _show)
    parser.add_argument("name")
    parser = add_command(
        group,
        "check",
        "May this go there? Exit 1 when not.",
        "preceptor vendor check http://localhost:8000/v1/chat/completions --kind model --content deidentified",
        _check,
    )
    parser.add_argument("url")
    parser.add_argument("--kind", required=True, choices=KINDS)
    parser.add_argument("--content", required=True, choices=("nothing", "deidentified", "phi"))


def _terms(parser: argparse.ArgumentParser, *, new: bool) -> None:
    parser.add_argument("--purpose", required=new, help="what it is used for, one line")
    parser.add_argument("--owner", required=new, help="the office or role answerable for it")
    parser.add_argument("--region", required=new, help="where what it receives is kept")
    parser.add_argument("--phi", choices=CLEARANCES, help="what may go there (default: deidentified)")
    parser.add_argument("--retention-days", type=int, help="how long they keep it (default: 0, not at all)")
    parser.add_argument("--training", choices=("yes", "no"), help="whether they may train on it (default: no)")
    parser.add_argument("--baa", type=Path, metavar="FILE", help="the signed agreement; only its digest is kept")
    parser.add_argument("--baa-date", type=_day, help="the day it was signed")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written YYYY-MM-DD") from None


def _agreement(path: Path) -> bytes:
    try:
        content = path.read_bytes() if path.is_file() and path.stat().st_size <= MOST_BYTES else b""
    except OSError:
        content = b""
    if not content:
        raise NotFound("file_not_found", "The agreement is not a readable file with something in it, up to 50 MB.")
    return hashlib.sha256(content).digest()


def _changed(args: argparse.Namespace, old: Terms) -> Terms:
    """The terms with what the command line says."""
    given: dict[str, Any] = {
        name: getattr(args, name)
        for name in ("purpose", "owner", "region", "phi", "retention_days", "baa_date")
        if getattr(args, name) is not None
    }
    if args.training is not None:
        given["training"] = args.training == "yes"
    if args.baa is not None:
        if args.baa_date is None:
            raise Invalid("invalid_request", "Say when the agreement was signed with --baa-date.")
        given["baa_digest"] = _agreement(args.baa)
    return replace(old, **given)


async def _told(context: Context, endpoint: Endpoint, words: str) -> int:
    if context.args.json:
        show(as_json(endpoint))
    else:
        out(f"{endpoint.name}: {words}")
    return DONE


def as_json(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as the command prints it."""
    terms, review = endpoint.terms, endpoint.review
    return {
        "id": str(endpoint.id),
        "name": endpoint.name,
        "address": endpoint.address,
        "kind": endpoint.kind,
        "purpose": terms.purpose,
        "owner": terms.owner,
        "phi": terms.phi,
        "retention_days": terms.retention_days,
        "training": terms.training,
        "region": terms.region,
        "baa": {"date": str(terms.baa_date), "sha256": terms.baa_digest.hex()} if terms.baa_digest else None,
        "reviewed_on": str(review.on) if review else None,
        "review_due": str(review.due) if review else None,
        "suspended": endpoint.suspended,
    }


async def _add(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    keys = services.keys.get(caller.tenant)
    terms = _changed(args, Terms(args.purpose, args.owner, "deidentified", 0, False, args.region))
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        made = await add_endpoint(tx, services.clock, caller, keys, args.name, args.address, args.kind, terms)
    return await _told(context, made, f"registered; nothing goes there before `preceptor vendor review {made.name}`")


async def _change(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    keys = services.keys.get(caller.tenant)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await get_endpoint(tx, caller, args.name)
        changed = await change_terms(tx, services.clock, caller, keys, args.name, _changed(args, found.terms))
    return await _told(context, changed, f"changed; it needs a new review: `preceptor vendor review {changed.name}`")


async def _review(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    keys = services.keys.get(caller.tenant)
    on = args.on or services.clock.now().date()
    review = Review(on, args.due or on + timedelta(days=LONGEST_REVIEW_DAYS - 1))
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await review_endpoint(tx, services.clock, caller, keys, args.name, review)
    return await _told(context, found, f"reviewed on {review.on}, the next review is due on {review.due}")


async def _suspension(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    keys = services.keys.get(caller.tenant)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        found = await set_suspended(tx, services.clock, caller, keys, args.name, args.suspended)
    return await _told(context, found, "suspended" if found.suspended else "in use")


async def _list(context: Context) -> int:
    caller, services = context.caller, context.services
    today = services.clock.now().date()
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        found = await list_endpoints(tx, caller)
    if context.args.json:
        show({"endpoints": [as_json(e) for e in found]})
        return DONE
    for endpoint in found:
        decision = decide(endpoint, endpoint.address, endpoint.kind, "nothing", today)
        state = "in use" if isinstance(decision, Cleared) else REASONS[decision.reason]
        out(f"{endpoint.name:24} {endpoint.kind:9} {endpoint.terms.phi:13} {endpoint.address}  {state}")
    soon = due_within(found, today, 30)
    if soon:
        note(f"reviews missing or due within 30 days: {', '.join(e.name for e in soon)}")
    return DONE


async def _show(context: Context) -> int:
    caller, services = context.caller, context.services
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        found = await get_endpoint(tx, caller, context.args.name)
        sent, refused = await _counts(tx, found)
    if context.args.json:
        show(as_json(found) | {"sent": sent, "refused": refused})
    else:
        out(dossier(found, services.clock.now().date(), sent, refused))
    return DONE


async def _counts(tx: Transaction, endpoint: Endpoint) -> tuple[int, int]:
    """How often the log says that something was cleared for the endpoint, and how often it was refused."""
    named = f'%"endpoint":"{endpoint.id}"%'
    counts: list[int] = [
        await tx.value(
            "select count(*) from audit_entry where tenant = $1 and event = $2 and convert_from(leaf, 'UTF8') like $3",
            tx.tenant,
            event,
            named,
        )
        for event in ("egress:send", "egress:refuse")
    ]
    return counts[0], counts[1]


async def _check(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        await list_endpoints(tx, caller)  # whoever may not read the register may not try it out either
        found = await covering(tx, args.url)
    decision = decide(found, args.url, args.kind, args.content, services.clock.now().date())
    held = isinstance(decision, Cleared)
    reason = None if isinstance(decision, Cleared) else decision.reason
    if args.json:
        show({"cleared": held, "reason": reason, "endpoint": found.name if found else None})
    else:
        out("yes" if isinstance(decision, Cleared) else f"no: {REASONS[decision.reason]}")
    return DONE if held else FAILED
