"""The key file: one data key a tenant and the key that signs its log, outside the database and its backups.

"Trust core A" wraps these keys by a key-encryption key and adds patient keys, rotation and a second
store; here the file itself is the root of trust, readable by its owner only.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from preceptor.errors import IntegrityFailure

KEY_BYTES = 32
FORMAT = 1


@dataclass(frozen=True)
class TenantKeys:
    """The keys of one tenant. `data` is 256 bits; everything used is derived from it (see seal.py)."""

    tenant: str
    data: bytes
    signing: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"TenantKeys({self.tenant!r})"


class KeyFile:
    """Keys in `<home>/keys/keys.json`, mode 0600, replaced atomically under a kernel lock."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "keys"
        self.path = self.folder / "keys.json"

    def tenants(self) -> list[str]:
        """The tenants that have keys, sorted."""
        return sorted(self._read())

    def get(self, tenant: str) -> TenantKeys:
        """The keys of `tenant`; IntegrityFailure `key_missing` when there are none."""
        entry = self._read().get(tenant)
        if entry is None:
            raise IntegrityFailure("key_missing", tenant=tenant)
        signing = Ed25519PrivateKey.from_private_bytes(base64.b64decode(entry["signing"]))
        return TenantKeys(tenant, base64.b64decode(entry["data"]), signing)

    def create(self, tenant: str) -> TenantKeys:
        """Draw the keys of `tenant`, or return those it has: never replaces a key."""
        with self._lock():
            known = self._read()
            if tenant not in known:
                known[tenant] = {
                    "data": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
                    "signing": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
                }
                self._write(known)
        return self.get(tenant)

    @contextlib.contextmanager
    def _lock(self) -> Generator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.folder / "keys.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        if self.path.stat().st_mode & 0o077:
            raise IntegrityFailure("key_missing", "The key file can be read by others; set its mode to 0600.")
        try:
            document = cast("dict[str, object]", json.loads(text))
            if document["format"] != FORMAT:
                raise ValueError
            return cast("dict[str, dict[str, str]]", document["tenants"])
        except (ValueError, KeyError, TypeError):
            raise IntegrityFailure("key_missing", "The key file is damaged; restore it from its own backup.") from None

    def _write(self, tenants: dict[str, dict[str, str]]) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False, encoding="utf-8") as file:
            json.dump({"format": FORMAT, "tenants": tenants}, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.path)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
