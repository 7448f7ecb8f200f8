"""The record as one caller may see and change it: read, history, create, update, delete, each with its audit entry.

Every method decides first (`permitted.py`), acts within one tenant transaction, and holds what leaves or is written
against the decision by its own content. A write and its entry are one transaction; a read is answered when its entry
has committed (`audit/grouped.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from preceptor.access.caller import Caller
from preceptor.audit.events import record
from preceptor.db.transaction import Transaction, tenant_transaction
from preceptor.errors import Invalid, NotFound
from preceptor.fhir.check import check
from preceptor.fhir.indexing import remove_rows
from preceptor.fhir.issues import Issue, is_valid
from preceptor.fhir.permitted import permitted
from preceptor.fhir.primitives import ID
from preceptor.fhir.record import Record
from preceptor.fhir.refusals import Gone, NotValid, VersionMismatch
from preceptor.fhir.stored import VERSIONS, Owners, Version, opened
from preceptor.fhir.types import require_kept
from preceptor.fhir.writing import Draft, write_drafts
from preceptor.vault.identifying import require_id
from preceptor.vault.identifying_rows import remove as remove_digests

Json: TypeAlias = dict[str, Any]
MOST_VERSIONS = 1000


@dataclass(frozen=True)
class Written:
    """What a write did: `made` is true when the resource is new; `changed` false when nothing had to be done."""

    version: Version
    made: bool
    changed: bool = True


class Chart:
    """The record for one caller."""

    def __init__(self, kept: Record, caller: Caller) -> None:
        self.kept = kept
        self.caller = caller
        self.owners = Owners(kept.keys, kept.keys.get(caller.tenant))

    async def read(self, type_: str, identity: str) -> Version:
        """The current version. NotFound `not_found`, Gone `resource_deleted`; what the caller may not see is not
        found either."""
        return await self.version(type_, identity, None)

    async def version(self, type_: str, identity: str, number: int | None) -> Version:
        """One version, the current one for None."""
        require_kept(type_)
        bound = permitted(self.caller, type_, "r", self.kept.clock.now())
        async with self.transaction(read_only=True) as tx:
            found = await self._find(tx, type_, identity, number)
            if found.content is None:
                before = await self._before(tx, found)
                if before is None or not bound.covers(before.resource):
                    raise NotFound("not_found")
                raise Gone
        if not bound.covers(found.resource):
            raise NotFound("not_found")
        subject = {"type": type_, "id": identity, "version": str(found.version)}
        await self.kept.reads.record(self.caller, "chart:read", subject=subject)
        return found

    async def _before(self, tx: Transaction, deleted: Version) -> Version | None:
        """The version before a deletion."""
        row = await tx.row(
            VERSIONS + " and v.id = $3 and v.version < $4 and v.body is not null order by v.version desc limit 1",
            tx.tenant,
            deleted.type,
            deleted.id,
            deleted.version,
        )
        found = await opened(self.owners, [row]) if row is not None else []
        return found[0] if found else None

    async def _find(self, tx: Transaction, type_: str, identity: str, number: int | None) -> Version:
        which = "(select version from chart_resource where tenant = $1 and type = $2 and id = $3)"
        values: list[object] = [tx.tenant, type_, identity]
        if number is not None:
            which = "$4"
            values.append(number)
        row = await tx.row(
            VERSIONS + " and v.id = $3 and v.version = " + which,
            *values,
        )
        found = await opened(self.owners, [row]) if row is not None else []
        if not found:
            raise NotFound("not_found")
        return found[0]

    async def history(self, type_: str, identity: str | None, most: int = 100) -> list[Version]:
        """The versions of a resource, or of a type, the newest first; those the caller may not see are left out.

        The history of a type is at most the newest `most` of what is kept; that of a resource is whole."""
        require_kept(type_)
        bound = permitted(self.caller, type_, "r" if identity is not None else "s", self.kept.clock.now())
        async with self.transaction(read_only=True) as tx:
            rows = await tx.rows(
                VERSIONS
                + (" and v.id = $4" if identity is not None else "")
                + " order by v.at desc, v.id desc, v.version desc limit $3",
                *(tx.tenant, type_, MOST_VERSIONS if identity is not None else min(most, MOST_VERSIONS)),
                *([identity] if identity is not None else []),
            )
            found = await opened(self.owners, rows)
            seen = list[Version]()
            for one in found:
                known = one if one.content is not None else await self._before(tx, one)
                if known is not None and bound.covers(known.resource):
                    seen.append(one)
        if identity is not None and not seen:
            raise NotFound("not_found")
        subject = {"type": type_, "count": str(len(seen))} | ({"id": identity} if identity is not None else {})
        await self.kept.reads.record(self.caller, "chart:history", subject=subject)
        return seen

    async def create(self, resource: Json) -> Written:
        """Keep a new resource under an id of ours. NotValid `fhir_invalid` with the places of all errors."""
        async with self.transaction() as tx:
            return await self.create_in(tx, resource)

    async def create_in(self, tx: Transaction, resource: Json, identity: str | None = None) -> Written:
        """The same within a transaction; `identity` when the id was given out before (references between entries)."""
        self.require_valid(resource)
        named = with_id(resource, identity or str(self.kept.clock.new_id()))
        return await self._write(tx, Draft(named, 1, "POST"))

    async def update(self, type_: str, identity: str, resource: Json, match: int | None = None) -> Written:
        """Keep a further version, or create it under an id the client chose. `match` is the version the caller thinks
        is current: VersionMismatch `version_mismatch` when it is not."""
        async with self.transaction() as tx:
            return await self.update_in(tx, type_, identity, resource, match)

    async def update_in(
        self, tx: Transaction, type_: str, identity: str, resource: Json, match: int | None = None
    ) -> Written:
        """The same within a transaction."""
        if resource.get("resourceType") != type_ or resource.get("id") != identity:
            raise NotValid([Issue("identity", f"{type_}.id")])
        self.require_valid(resource)
        row = await self._locked(tx, type_, identity)
        if row is None:
            if match is not None:
                raise VersionMismatch
            await self._require_client_id(tx, identity)
            return await self._write(tx, Draft(resource, 1, "PUT"))
        version = int(row["version"])
        if match is not None and match != version:
            raise VersionMismatch
        bound = permitted(self.caller, type_, "u", self.kept.clock.now())
        found = await self._find(tx, type_, identity, version)
        before = await self._before(tx, found) if row["deleted"] else found
        if before is None or not bound.covers(before.resource):
            raise NotFound("not_found")
        await self._forget(tx, type_, identity)
        return await self._write(tx, Draft(resource, version + 1, "PUT"))

    async def delete(self, type_: str, identity: str, match: int | None = None) -> bool:
        """Put a tombstone in place of the current version; False when it was deleted before."""
        async with self.transaction() as tx:
            return await self.delete_in(tx, type_, identity, match)

    async def delete_in(self, tx: Transaction, type_: str, identity: str, match: int | None = None) -> bool:
        """The same within a transaction. Earlier versions stay readable to who may read them."""
        require_kept(type_)
        bound = permitted(self.caller, type_, "d", self.kept.clock.now())
        row = await self._locked(tx, type_, identity)
        if row is None:
            raise NotFound("not_found")
        version = int(row["version"])
        if match is not None and match != version:
            raise VersionMismatch
        before = await self._find(tx, type_, identity, version)
        if row["deleted"]:
            return False
        if not bound.covers(before.resource):
            raise NotFound("not_found")
        await self._forget(tx, type_, identity)
        now = self.kept.clock.now()
        await tx.execute(
            "insert into chart_version (tenant, type, id, version, at, method, patient, body)"
            " values ($1, $2, $3, $4, $5, 'DELETE', '', null)",
            *(tx.tenant, type_, identity, version + 1, now),
        )
        await tx.execute(
            "update chart_resource set version = $4, at = $5, deleted = true"
            " where tenant = $1 and type = $2 and id = $3",
            *(tx.tenant, type_, identity, version + 1, now),
        )
        await self._note(tx, "chart:delete", type_, identity, version + 1)
        return True

    def require_valid(self, resource: Json) -> str:
        """The type of a resource that may be kept. NotValid `fhir_invalid`, Invalid `fhir_type`."""
        type_ = require_kept(resource.get("resourceType"))
        issues = check(resource, self.kept.package)
        if not is_valid(issues):
            raise NotValid(issues)
        return type_

    async def _locked(self, tx: Transaction, type_: str, identity: str) -> Mapping[str, Any] | None:
        return await tx.row(
            "select version, deleted from chart_resource where tenant = $1 and type = $2 and id = $3 for update",
            *(tx.tenant, type_, identity),
        )

    async def _require_client_id(self, tx: Transaction, identity: str) -> None:
        if not ID.fullmatch(identity):
            raise Invalid("client_id")
        require_id(identity, any_form=await self.any_form(tx))

    async def any_form(self, tx: Transaction) -> bool:
        """Whether the tenant allows ids that are no UUIDs."""
        return bool(await tx.value("select any_client_ids from tenant where id = $1", tx.tenant))

    async def _forget(self, tx: Transaction, type_: str, identity: str) -> None:
        await remove_rows(tx, type_, identity)
        await remove_digests(tx, type_, identity)

    async def _write(self, tx: Transaction, draft: Draft) -> Written:
        (version,) = await self.write_in(tx, [draft])
        return Written(version, draft.number == 1)

    async def write_in(self, tx: Transaction, drafts: Sequence[Draft]) -> list[Version]:
        """Write versions of valid resources, all or none (`writing.py`)."""
        any_form = await self.any_form(tx)
        return await write_drafts(self.kept, self.caller, self.owners, tx, drafts, any_form=any_form)

    async def _note(self, tx: Transaction, event: str, type_: str, identity: str, version: int) -> None:
        subject = {"type": type_, "id": identity, "version": str(version)}
        await record(tx, self.kept.clock, self.caller, event, subject=subject)

    def transaction(self, *, read_only: bool = False) -> Any:
        """A transaction of the caller's tenant."""
        return tenant_transaction(self.kept.database, self.caller.tenant, self.caller.actor, read_only=read_only)


def with_id(resource: Json, identity: str) -> Json:
    """The resource with this id, after its type."""
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id")}
    return {"resourceType": resource["resourceType"], "id": identity, **rest}
