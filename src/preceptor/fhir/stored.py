"""Versions of resources as they are kept: sealed with the key of the patient they are about, else the tenant's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

from preceptor.db.transaction import Row, Transaction
from preceptor.errors import NotFound
from preceptor.fhir.lossless import read_any
from preceptor.vault.keys import SealingKeys, TenantKeys
from preceptor.vault.seal import seal, unseal
from preceptor.vault.store import KeyStore

Json: TypeAlias = dict[str, Any]
KIND = "fhir-resource"


@dataclass(frozen=True)
class Version:
    """One version of a resource. `content` is its JSON as it leaves, None for a deletion."""

    type: str
    id: str
    version: int
    at: datetime
    method: str
    content: bytes | None

    @cached_property
    def resource(self) -> Json:
        """The JSON, read once; nobody changes it."""
        found = read_any(self.content or b"{}")
        assert isinstance(found, dict)
        return found  # pyright: ignore[reportUnknownVariableType]

    @property
    def etag(self) -> str:
        """The weak entity tag of FHIR (R4, http.html#versioning)."""
        return f'W/"{self.version}"'


VERSIONS = (
    "select v.type, v.id, v.version, v.at, v.method, v.patient, v.body from chart_version v"
    " where v.tenant = $1 and v.type = $2"
)
"""The versions of a type in a tenant, with what `opened` needs."""


class Owners:
    """Keys of the patients that resources are about, looked up once each."""

    def __init__(self, store: KeyStore, tenant: TenantKeys) -> None:
        self._store = store
        self.tenant = tenant
        self._known = dict[str, SealingKeys | None]({"": tenant})

    async def load(self, patients: Iterable[str], *, make: bool = False) -> None:
        """Look up several at once; `make` draws the keys of new patients. NotFound `key_destroyed` for a patient whose
        key was destroyed when one is to be made."""
        missing = sorted({one for one in patients if one not in self._known})
        if not missing:
            return
        if make:
            self._known.update(await self._store.patients(self.tenant.tenant, missing, make=True))
            return
        for one in missing:
            try:
                self._known[one] = await self._store.find_patient(self.tenant.tenant, one)
            except NotFound:
                self._known[one] = None

    def of(self, patient: str) -> SealingKeys | None:
        """The keys of one that was looked up; None when they were destroyed."""
        return self._known[patient]

    def seal(self, patient: str, type_: str, identity: str, version: int, content: bytes) -> bytes:
        """The sealed bytes of one version."""
        keys = self._known[patient]
        if keys is None:
            raise NotFound("key_destroyed")
        return seal(keys, KIND, f"{type_}/{identity}/{version}", content)


async def opened(owners: Owners, rows: Sequence[Row]) -> list[Version]:
    """Rows of `VERSIONS`, unsealed, in order. What was sealed with a destroyed key is left out."""
    await owners.load(str(row["patient"]) for row in rows if row["body"] is not None)
    found = list[Version]()
    for row in rows:
        content: bytes | None = None
        if row["body"] is not None:
            keys = owners.of(str(row["patient"]))
            if keys is None:
                continue
            content = unseal(keys, KIND, f"{row['type']}/{row['id']}/{row['version']}", row["body"])
        found.append(Version(row["type"], row["id"], row["version"], row["at"], row["method"], content))
    return found


async def current(tx: Transaction, owners: Owners, type_: str, ids: Sequence[str]) -> list[Version]:
    """The current versions of live resources, by id."""
    rows = await tx.rows(
        # Row by row, each by its whole key: a join would be the planner's to arrange, which without statistics reads
        # all resources of the type.
        "select v.type, v.id, v.version, v.at, v.method, v.patient, v.body from unnest($3::text[]) as asked (id)"
        " cross join lateral (select version from chart_resource r"
        " where r.tenant = $1 and r.type = $2 and r.id = asked.id and not r.deleted limit 1) r"
        " cross join lateral (select * from chart_version v"
        " where v.tenant = $1 and v.type = $2 and v.id = asked.id and v.version = r.version limit 1) v",
        tx.tenant,
        type_,
        list(ids),
    )
    return await opened(owners, rows)
