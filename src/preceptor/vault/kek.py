"""The key-encryption key: it wraps the root key of the key store and never lies beside it in a backup."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from preceptor.errors import IntegrityFailure
from preceptor.vault.keys import KEY_BYTES

_BOUND = b"preceptor/root"
_NONCE_BYTES = 12


class KeyEncryptionKey(Protocol):
    """Wraps 32 bytes. Implementations: `FileKek` here, Vault's Transit engine in `transit.py`.

    Every call raises Unavailable `key_service` when the key cannot be asked, IntegrityFailure `key_missing` when it
    can and does not know the version or the bytes.
    """

    @property
    def prefix(self) -> str:
        """What a text wrapped by this kind of key starts with."""
        ...

    async def wrap(self, plain: bytes) -> str:
        """`plain` wrapped by the newest version."""
        ...

    async def unwrap(self, wrapped: str) -> bytes:
        """What was wrapped, by whichever version that is still kept."""
        ...

    def unwrap_now(self, wrapped: str) -> bytes | None:
        """The same without waiting; None when somebody else must be asked."""
        ...

    async def rotate(self) -> None:
        """Make a new version, which wraps from now on."""
        ...

    async def retire(self, keep: str | None) -> bool:
        """Make every version older than that of the text `keep` useless for ever (None: every version).

        False when the key service does not let this caller do so: then older copies of the key store still open.
        """
        ...


class FileKek:
    """A key-encryption key in a file of its own, mode 0600, replaced atomically.

    The file belongs on another path than the key store and into no backup of it.
    """

    prefix = "file:"

    def __init__(self, path: Path) -> None:
        self.path = path

    async def wrap(self, plain: bytes) -> str:
        """Wrapped by the newest version; the file is made when there is none."""
        versions = self._read()
        if not versions:
            versions = {1: secrets.token_bytes(KEY_BYTES)}
            self._write(versions)
        newest, nonce = max(versions), secrets.token_bytes(_NONCE_BYTES)
        box = nonce + AESGCM(versions[newest]).encrypt(nonce, plain, _BOUND)
        return f"{self.prefix}{newest}:{base64.b64encode(box).decode()}"

    async def unwrap(self, wrapped: str) -> bytes:
        """What was wrapped."""
        return self.unwrap_now(wrapped)

    def unwrap_now(self, wrapped: str) -> bytes:
        """What was wrapped: nobody is asked."""
        number, text = self._parts(wrapped)
        versions = self._read()
        if not versions:
            raise IntegrityFailure("key_missing", f"The key-encryption key is missing: no file {self.path}.")
        if number not in versions:
            raise IntegrityFailure(
                "key_missing",
                "This key store was wrapped by a key-encryption key that has been retired: it is an older copy.",
            )
        box = base64.b64decode(text)
        try:
            return AESGCM(versions[number]).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], _BOUND)
        except (InvalidTag, ValueError):
            raise IntegrityFailure("key_missing", "The key store does not open with this key-encryption key.") from None

    async def rotate(self) -> None:
        """A further version; the file is made when there is none."""
        versions = self._read()
        self._write(versions | {max(versions, default=0) + 1: secrets.token_bytes(KEY_BYTES)})

    async def retire(self, keep: str | None) -> bool:
        """Older versions leave the file; without `keep` the file goes."""
        if keep is None:
            self.path.unlink(missing_ok=True)
            return True
        oldest, versions = self._parts(keep)[0], self._read()
        if any(number < oldest for number in versions):
            self._write({number: key for number, key in versions.items() if number >= oldest})
        return True

    def _parts(self, wrapped: str) -> tuple[int, str]:
        kind, number, text = [*wrapped.split(":", 2), "", ""][:3]
        if kind + ":" != self.prefix or not number.isdecimal():
            raise IntegrityFailure("key_missing", "The key store was wrapped by another kind of key.")
        return int(number), text

    def _read(self) -> dict[int, bytes]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        require_private(self.path)
        try:
            document = cast("dict[str, dict[str, str]]", json.loads(text))
            return {int(number): base64.b64decode(key, validate=True) for number, key in document["versions"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise IntegrityFailure("key_missing", "The file of the key-encryption key is damaged.") from None

    def _write(self, versions: dict[int, bytes]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        document = {"versions": {str(n): base64.b64encode(key).decode() for n, key in sorted(versions.items())}}
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, delete=False, encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.path)
        sync_folder(self.path.parent)


def require_private(path: Path) -> None:
    """IntegrityFailure `key_missing` when others than the owner may read or write the file."""
    if path.stat().st_mode & 0o077:
        raise IntegrityFailure("key_missing", f"{path.name} can be read by others; set its mode to 0600.")


def sync_folder(folder: Path) -> None:
    """A replaced or removed file stays so after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
