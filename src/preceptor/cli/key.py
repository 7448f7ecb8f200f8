"""`preceptor key`: which keys there are, new versions, new wrapping, and destruction that no backup undoes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from preceptor.access.decide import require
from preceptor.audit.checkpoint import verifier_key
from preceptor.audit.events import record
from preceptor.audit.sequencer import advance, origin
from preceptor.cli.command import DONE, Context, add_command, add_group, note, out, show
from preceptor.db.transaction import tenant_transaction
from preceptor.egress.decide import Cleared
from preceptor.egress.leave import ask_leave, refusal
from preceptor.errors import Conflict, Denied, Invalid, NotFound
from preceptor.fhir.erasing import forget_patient
from preceptor.vault.identifying_rows import begin, build, finish
from preceptor.wiring import INDEXED

COPIES = "Older copies of the key store open nothing any more: copy it anew with `preceptor key copy --out FILE`."
STILL_OPEN = (
    "The key service did not let older versions of its key be retired: an older copy of the key store still opens. "
    "Allow `update` on config and trim of the Transit key, then run `preceptor key rewrap`."
)


def add(subparsers: Any) -> None:
    """Add the command."""
    group = add_group(subparsers, "key", "Keys: versions, wrapping, erasure.", "preceptor key list")
    add_command(group, "list", "Which keys there are; never a key.", "preceptor key list --json", _list)
    parser = add_command(
        group,
        "rotate",
        "Seal with a new key from now on; what was sealed before still opens.",
        "preceptor key rotate\npreceptor key rotate --tenant clinic-north",
        _rotate,
    )
    add_command(
        group,
        "reindex",
        "Search identifying values under a new index key; goes on where a run before it was broken off.",
        "preceptor key reindex",
        _reindex,
    )
    add_command(
        group,
        "rewrap",
        "Wrap all keys anew under a new version of the key-encryption key (of all tenants).",
        "preceptor key rewrap",
        _rewrap,
    )
    parser = add_command(
        group,
        "destroy",
        "Destroy the key of a patient, or all keys of the tenant: what they sealed is erased, in every backup too.",
        "preceptor key destroy --patient 019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10 --confirm "
        "019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10\npreceptor key destroy --tenant clinic-north --confirm clinic-north",
        _destroy,
    )
    parser.add_argument("--patient", help="the patient's id; without it the whole tenant")
    parser.add_argument("--confirm", required=True, help="the same id, or the tenant's name, once more")
    parser = add_command(
        group,
        "copy",
        "Write a copy of the key store, for a backup apart from the database's.",
        "preceptor key copy --out keys-copy.db",
        _copy,
    )
    parser.add_argument("--out", required=True, type=Path)


async def _list(context: Context) -> int:
    require(context.caller, "key:read")
    store, tenant = context.services.keys, context.caller.tenant
    found = next((row for row in store.listing() if row["tenant"] == tenant), None)
    gone = [{"kind": kind, "on": on} for name, kind, on in store.destroyed() if name == tenant]
    if context.args.json:
        show({"keys": found, "destroyed": gone, "older_copies_useless": store.revocable})
        return DONE
    if found is not None:
        out(f"sealing key: versions {found['data']}; index key: versions {found['index']}")
        out(f"patients with a key: {found['patients']}")
    out(f"destroyed: {len(gone)}")
    if not store.revocable:
        note(STILL_OPEN)
    return DONE


async def _rotate(context: Context) -> int:
    caller, services = context.caller, context.services
    require(caller, "key:write")
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        version = await services.keys.rotate(caller.tenant)
        await record(tx, services.clock, caller, "key:rotate", subject={"version": str(version)})
    if context.args.json:
        show({"tenant": caller.tenant, "version": version})
    else:
        out(f"version {version} seals from now on")
    return DONE


async def _reindex(context: Context) -> int:
    caller, services = context.caller, context.services
    require(caller, "key:write")
    tenant, database, store = caller.tenant, services.database, services.keys
    version = await begin(database, store, tenant)
    async with tenant_transaction(database, tenant, caller.actor) as tx:
        await record(tx, services.clock, caller, "key:rotate", subject={"index": str(version)})
    done = 0
    for name, made in INDEXED.items():
        source = made(services.keys)
        while count := await build(database, store, tenant, source, version, name):
            done += count
            note(f"{done} resources indexed")
    await finish(database, store, tenant, version)
    if context.args.json:
        show({"tenant": tenant, "index": version, "resources": done})
    else:
        out(f"index version {version} answers from now on")
    return DONE


async def _rewrap(context: Context) -> int:
    caller, services = context.caller, context.services
    require(caller, "key:write")
    _require_operator(context)
    await _ask_register(context)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await record(tx, services.clock, caller, "key:rewrap")
        useless = await services.keys.rewrap()
    return _told(context, "all keys are wrapped anew", useless)


async def _destroy(context: Context) -> int:
    args, caller, services = context.args, context.caller, context.services
    require(caller, "key:destroy")
    if args.confirm != (args.patient or caller.tenant):
        raise Invalid("invalid_request", "Say what is to be destroyed a second time with --confirm; nothing was done.")
    await _ask_register(context)
    if args.patient:
        async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
            digest = services.keys.patient_name(caller.tenant, args.patient)
            await record(tx, services.clock, caller, "key:destroy", digests={"patient": digest})
            await forget_patient(tx, args.patient)
            useless = await services.keys.destroy_patient(caller.tenant, args.patient)
        return _told(context, "the patient's key is destroyed", useless)
    _require_operator(context)
    keys = services.keys.get(caller.tenant)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await record(tx, services.clock, caller, "key:destroy", subject={"tenant": caller.tenant})
    await advance(services.database, services.clock, keys)  # the last head this tenant's key signs
    verifier = verifier_key(origin(caller.tenant), keys.signing.public_key())
    useless = await services.keys.destroy_tenant(caller.tenant, verifier)
    note(f"The log still verifies with the key {verifier}")
    return _told(context, f"all keys of {caller.tenant} are destroyed", useless)


async def _ask_register(context: Context) -> None:
    """A key service is an outside endpoint: the tenant's register is asked before it is asked for something new. The
    start of a process cannot ask: the register cannot be read before the keys are open (`preceptor doctor` does)."""
    caller, services = context.caller, context.services
    if services.settings.vault_url is None:
        return
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        decision = await ask_leave(tx, services.clock, caller, services.settings.vault_url, "keys", "nothing")
    if not isinstance(decision, Cleared):
        raise refusal(decision)


def _require_operator(context: Context) -> None:
    """What touches more than rows of one tenant is for the operator of the installation."""
    if not context.caller.operator:
        raise Denied("denied", "Only an operator of the installation may do this.", permission="key:write")


def _told(context: Context, words: str, useless: bool) -> int:
    if context.args.json:
        show({"done": words, "older_copies_useless": useless})
    else:
        out(words)
        note(COPIES if useless else STILL_OPEN)
    return DONE


async def _copy(context: Context) -> int:
    caller, services, path = context.caller, context.services, context.args.out
    require(caller, "key:write")
    _require_operator(context)
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await record(tx, services.clock, caller, "key:copy")
        try:
            services.keys.copy_to(path)
        except FileExistsError:
            raise Conflict("already_exists", f"{path} exists already; a copy never replaces a file.") from None
        except OSError as error:
            raise NotFound("file_not_found", f"{path} cannot be written: {error.strerror}.") from None
    if context.args.json:
        show({"copy": str(path)})
    else:
        out(f"copied to {path}; keep it apart from the database's backups and from the key-encryption key")
    return DONE
