"""A key file that others may read is not used, in whichever way it came about."""

from __future__ import annotations

from pathlib import Path

import pytest

from preceptor.errors import IntegrityFailure
from preceptor.vault.kek import FileKek
from preceptor.vault.opening import open_store


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
@pytest.mark.parametrize("name", ["keys/keys.db", "kek/kek.json"])
async def test_it_is_refused_with_what_to_do(tmp_path: Path, name: str, mode: int) -> None:
    keks = [FileKek(tmp_path / "kek" / "kek.json")]
    store = await open_store(tmp_path / "keys", keks)
    keys = store.create("north")
    (tmp_path / name).chmod(mode)
    with pytest.raises(IntegrityFailure, match="0600") as caught:
        await open_store(tmp_path / "keys", keks)
    assert caught.value.code == "key_missing"
    if name.startswith("keys"):
        for act in (store.get, store.create):  # a process that has it open stops too
            with pytest.raises(IntegrityFailure):
                act("north")
        with pytest.raises(IntegrityFailure):
            await store.patients("north", ["a"], make=True)
    else:
        with pytest.raises(IntegrityFailure):
            await store.rewrap()
    (tmp_path / name).chmod(0o600)
    assert (await open_store(tmp_path / "keys", keks)).get("north").versions == keys.versions
