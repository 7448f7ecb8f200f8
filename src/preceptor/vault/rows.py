"""The file of the key store: wrapped keys and what was destroyed, in SQLite, mode 0600. Knows no key-encryption key."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from preceptor.errors import IntegrityFailure
from preceptor.vault.kek import require_private, sync_folder

_NONCE_BYTES = 12
_WAIT_SECONDS = 30.0
_SCHEMA = """
create table if not exists state (name text primary key, value text not null) without rowid;
create table if not exists key (
    tenant text not null, kind text not null, name text not null, version integer not null, wrapped blob not null,
    primary key (tenant, kind, name, version)
) without rowid;
create table if not exists destroyed (
    tenant text not null, kind text not null, name text not null, at text not null, verifier text not null,
    primary key (tenant, kind, name)
) without rowid;
"""


@dataclass(frozen=True)
class Place:
    """Where a key stands: tenant, kind, name within the kind, version. Bound into its wrapping."""

    tenant: str
    kind: str
    name: str
    version: int

    @property
    def bound(self) -> bytes:
        """Length-prefixed, so that no two places give the same bytes."""
        parts = (self.tenant, self.kind, self.name, str(self.version))
        return b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)


def wrap(wrapper: bytes, place: Place, key: bytes) -> bytes:
    """`key` under `wrapper`, AES-256-GCM, openable for its place only."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(wrapper).encrypt(nonce, key, place.bound)


def unwrap(wrapper: bytes, place: Place, wrapped: bytes) -> bytes:
    """The key; IntegrityFailure `key_missing` when it does not open."""
    try:
        return AESGCM(wrapper).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], place.bound)
    except (InvalidTag, ValueError):
        raise IntegrityFailure("key_missing", "A key of the key store does not open.", tenant=place.tenant) from None


class KeyRows:
    """The rows. One connection a process, used under a lock; several processes share the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            sync_folder(path.parent)
        require_private(path)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        with self._guarded():
            # A destroyed key is overwritten with zeros where it stood, and the journal of its page is removed.
            self._db.execute("pragma secure_delete = on")
            self._db.execute("pragma journal_mode = delete")
            self._db.execute("pragma synchronous = extra")
            self._db.executescript(_SCHEMA)

    @contextlib.contextmanager
    def _guarded(self) -> Generator[None]:
        try:
            with self._lock:
                yield
        except sqlite3.DatabaseError:
            raise IntegrityFailure(
                "key_missing", "The key store cannot be read; restore it from its own backup."
            ) from None

    @contextlib.contextmanager
    def reading(self) -> Generator[None]:
        """Several reads of one state."""
        with self._guarded():
            require_private(self.path)
            self._db.execute("begin")
            try:
                yield
            finally:
                self._db.execute("rollback")

    @contextlib.contextmanager
    def writing(self) -> Generator[None]:
        """One transaction that no other process writes beside; on disk when it ends, or nothing of it."""
        with self._guarded():
            require_private(self.path)
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:  # whatever ends it, the transaction is undone
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def stamp(self) -> int:
        """Changes when another process has written."""
        with self._guarded():
            return int(self._db.execute("pragma data_version").fetchone()[0])

    def state(self, name: str) -> str | None:
        """A value of the store itself."""
        row = self._db.execute("select value from state where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_state(self, name: str, value: str) -> None:
        """Set it."""
        self._db.execute("insert or replace into state values (?, ?)", (name, value))

    def keys(self, tenant: str, kind: str | None = None, name: str | None = None) -> list[tuple[Place, bytes]]:
        """Wrapped keys by place, oldest version first; patients' only when `kind` or `name` says so."""
        sql, given = "select tenant, kind, name, version, wrapped from key where tenant = ?", [tenant]
        for column, value in (("kind", kind), ("name", name)):
            if value is not None:
                sql, given = f"{sql} and {column} = ?", [*given, value]
        if kind is None and name is None:
            sql += " and kind <> 'patient'"
        rows = self._db.execute(sql + " order by kind, name, version", given)
        return [(Place(str(t), str(k), str(n), int(v)), bytes(w)) for t, k, n, v, w in rows]

    def patients(self, tenant: str, bucket: str) -> list[tuple[Place, bytes]]:
        """The wrapped keys of patients whose names start with `bucket`."""
        rows = self._db.execute(
            "select name, version, wrapped from key where tenant = ? and kind = 'patient' and name >= ? and name < ?",
            (tenant, bucket, bucket + "g"),
        )
        return [(Place(tenant, "patient", str(n), int(v)), bytes(w)) for n, v, w in rows]

    def count(self, tenant: str, kind: str) -> int:
        """How many keys of a kind there are."""
        sql = "select count(*) from key where tenant = ? and kind = ?"
        return int(self._db.execute(sql, (tenant, kind)).fetchone()[0])

    def put(self, rows: Iterable[tuple[Place, bytes]]) -> None:
        """Insert or replace."""
        self._db.executemany(
            "insert or replace into key values (?, ?, ?, ?, ?)",
            [(p.tenant, p.kind, p.name, p.version, wrapped) for p, wrapped in rows],
        )

    def drop(self, tenant: str, kind: str | None = None, name: str | None = None, before: int | None = None) -> None:
        """Delete keys of a tenant: all of them, of a kind, of a name, or versions below `before`."""
        sql, given = "delete from key where tenant = ?", list[str | int]([tenant])
        for column, value in (("kind =", kind), ("name =", name), ("version <", before)):
            if value is not None:
                sql, given = f"{sql} and {column} ?", [*given, value]
        self._db.execute(sql, given)

    def tenants(self) -> list[str]:
        """The tenants that have a sealing key, sorted."""
        rows = self._db.execute("select distinct tenant from key where kind = 'data' order by tenant")
        return [str(row[0]) for row in rows]

    def destroyed(self, tenant: str, kind: str, name: str) -> str | None:
        """The verifier key kept of a tenant that was destroyed (empty for a patient); None when it was not."""
        row = self._db.execute(
            "select verifier from destroyed where tenant = ? and kind = ? and name = ?", (tenant, kind, name)
        ).fetchone()
        return None if row is None else str(row[0])

    def all_destroyed(self) -> list[tuple[str, str, str]]:
        """Tenant, kind and day of everything that was destroyed."""
        rows = self._db.execute("select tenant, kind, at from destroyed order by at, tenant, kind, name")
        return [(str(t), str(k), str(a)) for t, k, a in rows]

    def bury(self, tenant: str, kind: str, name: str, at: str, verifier: str) -> None:
        """Remember that it was destroyed; a second time changes nothing."""
        self._db.execute("insert or ignore into destroyed values (?, ?, ?, ?, ?)", (tenant, kind, name, at, verifier))

    def copy_to(self, path: Path) -> None:
        """A consistent copy at a new path, mode 0600; FileExistsError when there is something."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        with self._guarded(), contextlib.closing(sqlite3.connect(path)) as target:
            self._db.backup(target)
        sync_folder(path.parent)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
