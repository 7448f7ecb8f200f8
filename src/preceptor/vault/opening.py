"""Opens the key store of a folder, and takes over the unwrapped key file of an earlier version."""

from __future__ import annotations

import base64
import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from preceptor.clock import Clock, SystemClock
from preceptor.errors import IntegrityFailure
from preceptor.vault.kek import KeyEncryptionKey, require_private, sync_folder
from preceptor.vault.rows import KeyRows
from preceptor.vault.store import KeyStore

FILE = "keys.db"
OLD_FILE = "keys.json"  # one data and one signing key a tenant, unwrapped


async def open_store(folder: Path, keks: Sequence[KeyEncryptionKey], clock: Clock | None = None) -> KeyStore:
    """The key store of `folder`; the first of `keks` wraps, each may open what it has wrapped.

    Unavailable `key_service` when the key service does not answer; IntegrityFailure `key_missing` when the store is
    damaged, readable by others, an older copy, or its key-encryption key is gone.
    """
    store = KeyStore(KeyRows(folder / FILE), keks, clock or SystemClock())
    try:
        await store.refresh()
        with contextlib.suppress(FileNotFoundError):  # there is none, or another process has just taken it over
            old = folder / OLD_FILE
            store.take_over(_unwrapped(old))
            _overwrite(old)
        await store.finish()
    except BaseException:  # also when we are stopped while the key service is asked: the file is closed
        store.close()
        raise
    return store


def _unwrapped(path: Path) -> dict[str, dict[str, bytes]]:
    require_private(path)
    try:
        document = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        entries = cast("dict[str, dict[str, str]]", document["tenants"])
        return {
            tenant: {kind: base64.b64decode(entry[kind]) for kind in ("data", "signing")}
            for tenant, entry in entries.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise IntegrityFailure("key_missing", "The key file is damaged; restore it from its own backup.") from None


def _overwrite(path: Path) -> None:
    """Zeros where the keys stood, then no file. Copies that a file system or disk keeps by itself are not reached."""
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)
