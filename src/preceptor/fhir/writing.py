"""Versions written, many at once: rows, what they are found by, and their entries in the log, in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from preceptor.access.caller import Caller
from preceptor.audit.events import prepare, record_all
from preceptor.db.transaction import Transaction
from preceptor.errors import Conflict
from preceptor.fhir.indexing import Rows, may_show, write_rows
from preceptor.fhir.issues import Issue
from preceptor.fhir.lossless import write
from preceptor.fhir.permitted import Right, permitted
from preceptor.fhir.record import Record
from preceptor.fhir.refusals import NotValid
from preceptor.fhir.search_values import found_by, patients_of
from preceptor.fhir.stored import Owners, Version
from preceptor.vault.identifying_rows import Indexed
from preceptor.vault.identifying_rows import write as write_digests

Json: TypeAlias = dict[str, Any]
MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Draft:
    """A valid resource with its id, to become version `number`; nothing it is found by is there any more."""

    resource: Json
    number: int
    method: str

    @property
    def right(self) -> Right:
        """What the caller needs for it."""
        return "c" if self.number == 1 else "u"


@dataclass(frozen=True)
class _Ready:
    """A draft with all that is written of it."""

    type: str
    id: str
    draft: Draft
    content: Json
    text: bytes
    patients: tuple[str, ...]
    owner: str


async def write_drafts(
    kept: Record, caller: Caller, owners: Owners, tx: Transaction, drafts: Sequence[Draft], *, any_form: bool
) -> list[Version]:
    """Write all or none; in the order given. Denied when the caller's bounds do not cover one, NotValid `too-large`,
    Conflict when another writer was there first, NotFound `key_destroyed` for a patient who was erased."""
    now = kept.clock.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    ready = [_ready(caller, draft, now, any_form=any_form) for draft in drafts]
    await owners.load({one.owner for one in ready}, make=True)
    await _versions(tx, owners, ready, now)
    found = [(one, found_by(one.content)) for one in ready]
    rows = [Rows(one.type, one.id, values, one.patients) for one, values in found]
    await write_rows(tx, owners.tenant, rows, any_form=any_form)
    indexed = [
        Indexed(one.type, one.id, {name: stored for name, stored in values.digests.items() if stored})
        for one, values in found
    ]
    if any(one.values for one in indexed):
        await write_digests(tx, kept.keys, owners.tenant, [one for one in indexed if one.values])
    entries = [
        prepare(
            kept.clock,
            caller,
            tx.tenant,
            "chart:create" if one.draft.number == 1 else "chart:update",
            subject={"type": one.type, "id": one.id, "version": str(one.draft.number)},
        )
        for one in ready
    ]
    await record_all(tx, entries)
    return [Version(one.type, one.id, one.draft.number, now, one.draft.method, one.text) for one in ready]


def _ready(caller: Caller, draft: Draft, now: datetime, *, any_form: bool) -> _Ready:
    content = stamped(draft.resource, draft.number, now)
    type_, identity = str(content["resourceType"]), str(content["id"])
    permitted(caller, type_, draft.right, now).require(content)
    text = write(content)
    if len(text) > MOST_BYTES:
        raise NotValid([Issue("too-large", type_)])
    patients = patients_of(content)
    # A patient whose id may not be shown cannot be one of ours: the tenant's key seals.
    owner = patients[0] if patients and may_show(patients[0], any_form=any_form) else ""
    return _Ready(type_, identity, draft, content, text, patients, owner)


async def _versions(tx: Transaction, owners: Owners, ready: Sequence[_Ready], now: datetime) -> None:
    number = await tx.value(
        "with v as ("
        " insert into chart_version (tenant, type, id, version, at, method, patient, body)"
        " select $1, t, i, n, $2, m, p, b from"
        " unnest($3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::bytea[]) as new (t, i, n, m, p, b)"
        "), r as ("
        " insert into chart_resource (tenant, type, id, version, at, deleted)"
        " select $1, t, i, n, $2, false from unnest($3::text[], $4::text[], $5::int[]) as new (t, i, n)"
        " on conflict (tenant, type, id)"
        " do update set version = excluded.version, at = excluded.at, deleted = false"
        " where chart_resource.version = excluded.version - 1 returning 1"
        ") select count(*) from r",
        *(tx.tenant, now, [one.type for one in ready], [one.id for one in ready]),
        *([one.draft.number for one in ready], [one.draft.method for one in ready], [one.owner for one in ready]),
        [owners.seal(one.owner, one.type, one.id, one.draft.number, one.text) for one in ready],
    )
    if number != len(ready):
        raise Conflict("conflict")


def stamped(resource: Json, number: int, now: datetime) -> Json:
    """The resource with its version and time (R4, resource.html#Meta); everything else as it came."""
    meta = {k: v for k, v in dict(resource.get("meta", {})).items() if k not in ("versionId", "lastUpdated")}
    said = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    head = {"resourceType": resource["resourceType"], "id": resource["id"]}
    return {**head, "meta": {"versionId": str(number), "lastUpdated": said, **meta}, **rest}
