"""The key store: a tree of wrapped keys outside the database, in which a destroyed key stays destroyed.

    key-encryption key (a file elsewhere, or Vault) → root key → a tenant's keys and its 256 buckets → patients' keys

Destroying a key replaces every key above it, and the replaced key-encryption key is retired, so that an older copy
of this file opens nothing any more (D. Boneh, R. Lipton, "A Revocable Backup System", USENIX Security 1996). The
buckets keep that cheap: of a tenant's patients one in 256 is wrapped anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from preceptor.clock import Clock
from preceptor.errors import IntegrityFailure, NotFound, Unavailable
from preceptor.vault.kek import KeyEncryptionKey, require_private
from preceptor.vault.keys import KEY_BYTES, PatientKeys, TenantKeys
from preceptor.vault.rows import KeyRows, Place, unwrap, wrap
from preceptor.vault.seal import keyed_digest

SINGLE = ("data", "digest", "signing", "index")
BUCKET_LETTERS = 2
MOST_HELD = 10_000
"""Patients' keys kept open at most, until the file is written."""
_SLEEP = 0.05


class KeyStore:
    """Keys in `<folder>/keys.db`. `open_store` makes one; every process of an installation has its own object."""

    def __init__(self, rows: KeyRows, keks: Sequence[KeyEncryptionKey], clock: Clock) -> None:
        self.path = rows.path
        self._rows = rows
        self._keks = tuple(keks)
        self._clock = clock
        self._root = b""
        self._wrapped_root = ""
        self._opened = dict[str, tuple[int, TenantKeys]]()  # with the stamp of the file they were read from
        self._patients = dict[tuple[str, str], PatientKeys]()
        self._patients_read = -1  # the stamp of the file they were read from

    async def refresh(self) -> None:
        """Take up a root key that another process has replaced. Costs one look when nothing has changed."""
        with self._rows.reading():
            wrapped = self._rows.state("root")
        if wrapped is None:
            await self._first_root()
            return await self.refresh()
        if wrapped != self._wrapped_root:
            root = await self._kek_of(wrapped).unwrap(wrapped)
            self._root, self._wrapped_root = root, wrapped
        return None

    async def _first_root(self) -> None:
        async with self._alone():  # a key-encryption key is made here too, and only one may be
            with self._rows.reading():
                if self._rows.state("root") is not None:
                    return
            wrapped = await self._keks[0].wrap(secrets.token_bytes(KEY_BYTES))
            with self._rows.writing():
                self._rows.set_state("root", wrapped)

    def _kek_of(self, wrapped: str) -> KeyEncryptionKey:
        for kek in self._keks:
            if wrapped.startswith(kek.prefix):
                return kek
        raise IntegrityFailure("key_missing", "The key store was wrapped by a key service that is not configured.")

    def _require_root(self) -> None:
        """Take up another process's root where nobody has to be asked for it; else Unavailable `key_store_changed`
        until `refresh` has."""
        wrapped = self._rows.state("root")
        if wrapped is None or wrapped == self._wrapped_root:
            return
        root = self._kek_of(wrapped).unwrap_now(wrapped)
        if root is None:
            raise Unavailable("key_store_changed")
        self._root, self._wrapped_root = root, wrapped

    async def rewrap(self) -> bool:
        """A new root key under a new version of the key-encryption key; all keys are wrapped anew, none changes.

        False when the key service did not let the older versions be retired: then older copies of the file open.
        """
        return await self._replace_root(lambda _: None)

    async def _replace_root(self, change: Callable[[bytes], None]) -> bool:
        async with self._alone():
            await self.refresh()
            kek, root = self._keks[0], secrets.token_bytes(KEY_BYTES)
            await kek.rotate()
            wrapped = await kek.wrap(root)
            with self._rows.writing():
                self._require_root()
                change(self._root)
                for tenant in self._rows.tenants():
                    kept = self._rows.keys(tenant)
                    self._rows.put((place, wrap(root, place, unwrap(self._root, place, w))) for place, w in kept)
                self._rows.set_state("root", wrapped)
                self._rows.set_state("retired", "no")
            self._root, self._wrapped_root = root, wrapped
            self._opened.clear()
            self._patients.clear()
            return await self._retire(wrapped)

    async def _retire(self, wrapped: str) -> bool:
        # A crash before this line leaves "retired" at "no", and the next opening goes on from here.
        kek = self._kek_of(wrapped)
        done = await kek.retire(wrapped)
        if kek is self._keks[0]:
            for other in self._keks[1:]:
                await other.retire(None)
        if done:
            with self._rows.writing():
                self._rows.set_state("retired", "yes")
        return done

    async def finish(self) -> None:
        """Retire what a crash, or a key service that did not answer, has left."""
        with self._rows.reading():
            left = self._rows.state("retired") == "no"
        if left:
            async with self._alone():
                await self._retire(self._wrapped_root)

    @property
    def revocable(self) -> bool:
        """Whether older copies of the file are known to open nothing."""
        with self._rows.reading():
            return self._rows.state("retired") != "no"

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncGenerator[None]:
        """One process at a time replaces the root; a kernel lock dies with its process."""
        handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(_SLEEP)
            yield
        finally:
            os.close(handle)

    def tenants(self) -> list[str]:
        """The tenants that have keys, sorted."""
        with self._rows.reading():
            return self._rows.tenants()

    def get(self, tenant: str) -> TenantKeys:
        """The keys of `tenant`. IntegrityFailure `key_missing` when there are none, NotFound `key_destroyed` when they
        were destroyed, Unavailable `key_store_changed` when they must be opened with a root not yet taken up."""
        stamp = self._rows.stamp()
        read, known = self._opened.get(tenant, (-1, None))
        if known is not None and read == stamp:
            require_private(self.path)
            return known
        with self._rows.reading():
            self._require_tenant(tenant)
            wrapped = [(p, w) for p, w in self._rows.keys(tenant) if p.kind in SINGLE]
            if not wrapped:
                raise IntegrityFailure("key_missing", tenant=tenant)
            if known is None or not _same(known, [p for p, _ in wrapped]):
                self._require_root()
                known = self._open(tenant, wrapped)
        self._opened[tenant] = stamp, known
        return known

    def _open(self, tenant: str, wrapped: Iterable[tuple[Place, bytes]]) -> TenantKeys:
        opened = dict[str, dict[int, bytes]]()
        for place, box in wrapped:
            opened.setdefault(place.kind, {})[place.version] = unwrap(self._root, place, box)
        data = opened["data"]
        signing = Ed25519PrivateKey.from_private_bytes(opened["signing"][1])
        return TenantKeys(
            tenant,
            "",
            max(data),
            data,
            self._later(tenant),
            digest=opened["digest"][1],
            signing=signing,
            index=opened["index"],
        )

    def _later(self, tenant: str) -> Callable[[int], bytes | None]:
        def find(version: int) -> bytes | None:
            return self.get(tenant).versions.get(version)

        return find

    def _require_tenant(self, tenant: str) -> None:
        if self._rows.destroyed(tenant, "tenant", "") is not None:
            raise NotFound("key_destroyed", tenant=tenant)

    def create(self, tenant: str) -> TenantKeys:
        """Draw the keys of `tenant`, or return those it has: never replaces a key."""
        with self._rows.writing():
            self._require_tenant(tenant)
            if not self._rows.keys(tenant, "data"):
                self._require_root()
                self._draw(tenant, {kind: secrets.token_bytes(KEY_BYTES) for kind in SINGLE})
                self._opened.pop(tenant, None)
        return self.get(tenant)

    def _draw(self, tenant: str, keys: dict[str, bytes]) -> None:
        """Within a writing transaction: the first version of each, and the buckets."""
        places = [(Place(tenant, kind, "", 1), key) for kind, key in keys.items()]
        for number in range(16**BUCKET_LETTERS):
            place = Place(tenant, "bucket", f"{number:0{BUCKET_LETTERS}x}", 1)
            places.append((place, secrets.token_bytes(KEY_BYTES)))
        self._rows.put((place, wrap(self._root, place, key)) for place, key in places)

    def take_over(self, found: Mapping[str, Mapping[str, bytes]]) -> None:
        """Take keys that were kept elsewhere: by tenant, data and signing key; tenants that have keys keep them."""
        with self._rows.writing():
            self._require_root()
            for tenant, keys in found.items():
                if not self._rows.keys(tenant, "data"):
                    # Its digests were made with the data key, and stay comparable.
                    self._draw(tenant, {**keys, "digest": keys["data"], "index": secrets.token_bytes(KEY_BYTES)})

    async def rotate(self, tenant: str, kind: str = "data") -> int:
        """A further version of the sealing key (`data`) or of the index key (`index`); the version, which is used from
        now on. Processes that do not know it yet find it when they meet it."""
        await self.refresh()
        with self._rows.writing():
            self._require_tenant(tenant)
            self._require_root()
            kept = self._rows.keys(tenant, kind)
            if not kept:
                raise IntegrityFailure("key_missing", tenant=tenant)
            place = Place(tenant, kind, "", kept[-1][0].version + 1)
            self._rows.put([(place, wrap(self._root, place, secrets.token_bytes(KEY_BYTES)))])
        self._opened.pop(tenant, None)
        return place.version

    async def forget(self, tenant: str, kind: str, before: int) -> None:
        """Delete the versions below `before`: nothing may still need them. The newest always stays."""
        with self._rows.writing():
            newest = self._rows.keys(tenant, kind)[-1][0].version
            self._rows.drop(tenant, kind, before=min(before, newest))
        self._opened.pop(tenant, None)

    async def destroy_tenant(self, tenant: str, verifier: str) -> bool:
        """Destroy every key of `tenant` for ever; `verifier` is the public key that its log is checked with.

        Whether older copies of the key store are useless from now on. A second call changes nothing more.
        """

        def change(_: bytes) -> None:
            if self._rows.destroyed(tenant, "tenant", "") is None and not self._rows.keys(tenant, "data"):
                raise IntegrityFailure("key_missing", tenant=tenant)
            self._rows.bury(tenant, "tenant", "", self._clock.now().date().isoformat(), verifier)
            self._rows.drop(tenant)

        return await self._replace_root(change)

    def verifier_of(self, tenant: str) -> str | None:
        """The verifier key kept for a tenant whose keys were destroyed; None for one whose were not."""
        with self._rows.reading():
            return self._rows.destroyed(tenant, "tenant", "")

    async def patients(self, tenant: str, ids: Sequence[str], *, make: bool = False) -> dict[str, PatientKeys]:
        """The keys of patients by id, in one look; `make` draws those that are missing, in one transaction.

        NotFound `key_destroyed` when one of them was destroyed, IntegrityFailure `key_missing` when one has no key.
        """
        await self.refresh()
        names = {one: self.patient_name(tenant, one) for one in ids}
        with self._rows.reading():
            self._require_tenant(tenant)
            self._require_root()
            found = {one: self._patient(tenant, name) for one, name in names.items()}
        missing = [one for one, keys in found.items() if keys is None]
        if missing and not make:
            raise IntegrityFailure("key_missing", tenant=tenant)
        if missing:
            with self._rows.writing():
                self._require_tenant(tenant)
                self._require_root()
                found |= {one: self._patient(tenant, names[one], make=True) for one in missing}
        return {one: keys for one, keys in found.items() if keys is not None}

    async def find_patient(self, tenant: str, patient: str) -> PatientKeys | None:
        """The keys of one patient; None when none were made. NotFound `key_destroyed` when they were destroyed."""
        stamp = self._rows.stamp()
        if self._patients_read != stamp:
            self._patients.clear()  # the file was written: what was read before may have been destroyed
            self._patients_read = stamp
        held = self._patients.get((tenant, patient))
        if held is not None:
            require_private(self.path)
            return held
        await self.refresh()
        name = self.patient_name(tenant, patient)
        with self._rows.reading():
            self._require_tenant(tenant)
            self._require_root()
            found = self._patient(tenant, name)
        if found is not None and self._rows.stamp() == self._patients_read and len(self._patients) < MOST_HELD:
            self._patients[tenant, patient] = found
        return found

    def _patient(self, tenant: str, name: str, *, make: bool = False) -> PatientKeys | None:
        if self._rows.destroyed(tenant, "patient", name) is not None:
            raise NotFound("key_destroyed")
        kept = self._rows.keys(tenant, "patient", name)
        if not kept and not make:
            return None
        _, bucket = self._bucket(tenant, name)
        if not kept:
            place = Place(tenant, "patient", name, 1)
            kept = [(place, wrap(bucket, place, secrets.token_bytes(KEY_BYTES)))]
            self._rows.put(kept)
        versions = {place.version: unwrap(bucket, place, box) for place, box in kept}
        return PatientKeys(tenant, name, max(versions), versions)

    def patient_name(self, tenant: str, patient: str) -> str:
        """What stands in the store for a patient's id: a keyed digest, its first letters name the bucket."""
        return keyed_digest(self.get(tenant), "patient-key", patient.encode("utf-8", "surrogatepass"))

    def _bucket(self, tenant: str, name: str) -> tuple[Place, bytes]:
        place, box = self._rows.keys(tenant, "bucket", name[:BUCKET_LETTERS])[-1]
        return place, unwrap(self._root, place, box)

    async def destroy_patient(self, tenant: str, patient: str) -> bool:
        """Destroy the key of one patient for ever, also when none was made yet: none will be.

        Whether older copies of the key store are useless from now on. A second call changes nothing more.
        """
        await self.refresh()
        name = self.patient_name(tenant, patient)

        def change(root: bytes) -> None:
            self._rows.bury(tenant, "patient", name, self._clock.now().date().isoformat(), "")
            self._rows.drop(tenant, "patient", name)
            place, bucket = self._bucket(tenant, name)
            fresh = secrets.token_bytes(KEY_BYTES)
            others = self._rows.patients(tenant, place.name)
            self._rows.put((p, wrap(fresh, p, unwrap(bucket, p, box))) for p, box in others)
            renewed = Place(tenant, "bucket", place.name, place.version + 1)
            self._rows.drop(tenant, "bucket", place.name)
            self._rows.put([(renewed, wrap(root, renewed, fresh))])

        return await self._replace_root(change)

    def listing(self) -> list[dict[str, Any]]:
        """What is kept, by tenant: versions of each kind and the number of patients' keys; never a key."""
        with self._rows.reading():
            return [
                {
                    "tenant": tenant,
                    "data": [p.version for p, _ in self._rows.keys(tenant, "data")],
                    "index": [p.version for p, _ in self._rows.keys(tenant, "index")],
                    "patients": self._rows.count(tenant, "patient"),
                }
                for tenant in self._rows.tenants()
            ]

    def destroyed(self) -> list[tuple[str, str, str]]:
        """Tenant, kind (tenant or patient) and day of everything destroyed."""
        with self._rows.reading():
            return self._rows.all_destroyed()

    def copy_to(self, path: Path) -> None:
        """A consistent copy for the key store's own backup; it opens until the next destruction or `rewrap`."""
        self._rows.copy_to(path)

    def close(self) -> None:
        """Close the file and drop the opened keys."""
        self._opened.clear()
        self._patients.clear()
        self._root = b""
        self._rows.close()


def _same(known: TenantKeys, places: Sequence[Place]) -> bool:
    data = {p.version for p in places if p.kind == "data"}
    index = {p.version for p in places if p.kind == "index"}
    return data == set(known.versions) and index == set(known.index)
