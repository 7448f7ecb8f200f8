"""The key store: several processes, rotation, erasure that older copies do not undo, crashes between its steps."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from preceptor.errors import IntegrityFailure, NotFound, PreceptorError
from preceptor.vault.kek import FileKek
from preceptor.vault.opening import open_store
from preceptor.vault.seal import seal, unseal
from preceptor.vault.store import KeyStore


async def opened(folder: Path) -> KeyStore:
    return await open_store(folder / "keys", [FileKek(folder / "kek" / "kek.json")])


async def test_keys_are_never_replaced_and_every_file_is_private(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    first = store.create("north")
    assert store.create("north").versions == first.versions
    again = await opened(tmp_path)
    assert again.get("north").versions == first.versions
    assert again.tenants() == ["north"]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not any(first.versions[1] in path.read_bytes() for path in files)
    assert first.versions[1].hex() not in repr(first)


async def test_a_missing_or_damaged_store_is_said(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    with pytest.raises(IntegrityFailure) as caught:
        store.get("north")
    assert caught.value.code == "key_missing"
    store.create("north")
    store.close()
    (tmp_path / "kek" / "kek.json").rename(tmp_path / "away.json")
    with pytest.raises(IntegrityFailure, match="missing"):
        await opened(tmp_path)  # a new key-encryption key is never made beside a store that needs another
    assert not (tmp_path / "kek" / "kek.json").exists()
    (tmp_path / "kek" / "kek.json").write_text("{")
    (tmp_path / "kek" / "kek.json").chmod(0o600)
    with pytest.raises(IntegrityFailure, match="damaged"):
        await opened(tmp_path)
    (tmp_path / "away.json").rename(tmp_path / "kek" / "kek.json")
    (tmp_path / "keys" / "keys.db").write_bytes(b"not a database" * 100)
    with pytest.raises(IntegrityFailure, match="backup"):
        await opened(tmp_path)


async def test_another_process_rotates_and_nobody_stops(tmp_path: Path) -> None:
    ours, theirs = await opened(tmp_path), await opened(tmp_path)
    old = ours.create("north")
    assert await theirs.rotate("north") == 2
    sealed = seal(theirs.get("north"), "note", "r", b"x")
    assert unseal(old, "note", "r", sealed) == b"x"
    assert ours.get("north").current == 2
    assert await theirs.rewrap()
    assert ours.get("north").current == 2  # known keys need no new root
    theirs.create("south")
    assert ours.get("south").versions == theirs.get("south").versions


async def test_patients_have_keys_of_their_own(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    store.create("north"), store.create("south")
    ids = [f"patient-{n}" for n in range(600)]
    with pytest.raises(IntegrityFailure):
        await store.patients("north", ids[:1])
    made = await store.patients("north", ids, make=True)
    assert len({keys.versions[1] for keys in made.values()}) == 600
    assert (await store.patients("north", ids, make=True)) == made == (await store.patients("north", ids))
    elsewhere = (await store.patients("south", ids[:1], make=True))[ids[0]]
    sealed = seal(made[ids[0]], "note", "r", b"x")
    for wrong in (made[ids[1]], elsewhere, store.get("north")):
        with pytest.raises(IntegrityFailure):
            unseal(wrong, "note", "r", sealed)
    # Which patients there are cannot be read from the file.
    assert not any(one.encode() in store.path.read_bytes() for one in ids)


async def test_a_destroyed_patient_does_not_come_back_and_all_others_stay(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    store.create("north"), store.create("south")
    ids = [f"patient-{n}" for n in range(600)]
    made = await store.patients("north", ids, make=True)
    sealed = {one: seal(keys, "note", one, b"x") for one, keys in made.items()}
    copies = tmp_path / "copies"
    shutil.copytree(tmp_path / "keys", copies / "keys")
    other = await opened(tmp_path)
    other.get("north")
    assert await store.destroy_patient("north", ids[7])
    assert await store.destroy_patient("north", ids[7])
    for one in (store, other, await opened(tmp_path)):
        for make in (False, True):
            with pytest.raises(NotFound) as caught:
                await one.patients("north", [ids[7]], make=make)
            assert caught.value.code == "key_destroyed"
        kept = await one.patients("north", [i for i in ids if i != ids[7]])
        assert all(unseal(keys, "note", patient, sealed[patient]) == b"x" for patient, keys in kept.items())
    # The older copy, with the key-encryption key as it is now: nothing of it opens.
    shutil.copytree(tmp_path / "kek", copies / "kek")
    with pytest.raises(IntegrityFailure, match="older copy"):
        await opened(copies)
    # A copy made afterwards opens, and the patient is not in it.
    store.copy_to(tmp_path / "copy.db")
    (copies / "keys" / "keys.db").unlink()
    shutil.copy(tmp_path / "copy.db", copies / "keys" / "keys.db")
    restored = await opened(copies)
    assert restored.get("south").versions == store.get("south").versions
    with pytest.raises(NotFound):
        await restored.patients("north", [ids[7]])


async def test_a_destroyed_tenant_leaves_its_public_key_only(tmp_path: Path) -> None:
    store, other = await opened(tmp_path), await opened(tmp_path)
    keys = store.create("north")
    store.create("south")
    other.get("north")
    assert await store.destroy_tenant("north", "north+vkey")
    for one in (store, other):
        for act in (one.get, one.create):
            with pytest.raises(NotFound) as caught:
                act("north")
            assert caught.value.code == "key_destroyed"
        assert one.tenants() == ["south"]
        assert one.verifier_of("north") == "north+vkey"
    await other.refresh()
    assert other.get("south").tenant == "south"
    assert store.destroyed()[0][:2] == ("north", "tenant")
    assert not any(keys.versions[1] in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("step", ["rotate", "wrap", "retire"])
async def test_a_crash_between_two_steps_is_finished_by_the_next_opening(tmp_path: Path, step: str) -> None:
    """The process is ended by the system at the step; the state on disk is the real one."""
    store = await opened(tmp_path)
    store.create("north")
    made = await store.patients("north", ["a", "b"], make=True)
    store.close()
    code = f"""
import asyncio, os, signal, sys
from pathlib import Path
from preceptor.vault.kek import FileKek
from preceptor.vault.opening import open_store
class Dying(FileKek):
    async def {step}(self, *given):
        if "{step}" == "wrap":
            await super().wrap(*given)
        os.kill(os.getpid(), signal.SIGKILL)
async def main():
    folder = Path(sys.argv[1])
    store = await open_store(folder / "keys", [Dying(folder / "kek" / "kek.json")])
    await store.destroy_patient("north", "a")
asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, timeout=60, check=False)
    assert ended.returncode == -9, ended.stderr
    store = await opened(tmp_path)
    assert await store.patients("north", ["b"]) == {"b": made["b"]}
    if step == "retire":  # the destruction was committed: it holds, and the older key is retired now
        with pytest.raises(NotFound):
            await store.patients("north", ["a"])
        assert store.revocable
        assert len(json.loads((tmp_path / "kek" / "kek.json").read_text())["versions"]) == 1
    else:  # nothing was done, and it can be done
        assert await store.patients("north", ["a"]) == {"a": made["a"]}
        assert await store.destroy_patient("north", "a")
    assert await store.patients("north", ["b"]) == {"b": made["b"]}


async def test_several_processes_make_and_destroy_at_once(tmp_path: Path) -> None:
    (await opened(tmp_path)).create("north")
    code = """
import asyncio, sys
from pathlib import Path
from preceptor.vault.kek import FileKek
from preceptor.vault.opening import open_store
from preceptor.errors import Unavailable
async def tried(act, *given, **more):
    while True:
        try:
            return await act(*given, **more)
        except Unavailable:
            await asyncio.sleep(0.01)
async def main():
    folder, me = Path(sys.argv[1]), sys.argv[2]
    store = await open_store(folder / "keys", [FileKek(folder / "kek" / "kek.json")])
    for n in range(8):
        await tried(store.patients, "north", [f"{me}-{n}-{i}" for i in range(5)], make=True)
        await tried(store.destroy_patient, "north", f"{me}-{n}-0")
asyncio.run(main())
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)]) for n in range(3)]
    assert [one.wait(timeout=120) for one in running] == [0, 0, 0]
    store = await opened(tmp_path)
    kept = await store.patients("north", [f"{m}-{n}-{i}" for m in range(3) for n in range(8) for i in range(1, 5)])
    assert len(kept) == 96
    assert len(store.destroyed()) == 24
    assert store.revocable


async def test_many_processes_open_a_new_store_at_once(tmp_path: Path) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from preceptor.vault.kek import FileKek
from preceptor.vault.opening import open_store
async def main():
    folder = Path(sys.argv[1])
    store = await open_store(folder / "keys", [FileKek(folder / "kek" / "kek.json")])
    print(store.create("north").versions[1].hex(), store.create(sys.argv[2]).tenant)
asyncio.run(main())
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), f"t{n}"], stdout=subprocess.PIPE) for n in range(6)
    ]
    told = [one.communicate(timeout=120)[0].split() for one in running]
    assert len({words[0] for words in told}) == 1
    store = await opened(tmp_path)
    assert store.get("north").versions[1].hex() == told[0][0].decode()
    assert store.tenants() == ["north", *[f"t{n}" for n in range(6)]]


async def test_an_older_key_file_is_taken_over_and_goes(tmp_path: Path) -> None:
    data, signing = os.urandom(32), os.urandom(32)
    entry = {"data": base64.b64encode(data).decode(), "signing": base64.b64encode(signing).decode()}
    old = tmp_path / "keys" / "keys.json"
    old.parent.mkdir()
    old.write_text(json.dumps({"format": 1, "tenants": {"north": entry}}))
    old.chmod(0o644)
    with pytest.raises(IntegrityFailure, match="0600"):
        await opened(tmp_path)
    old.chmod(0o600)
    store = await opened(tmp_path)
    keys = store.get("north")
    assert keys.versions == {1: data}
    assert keys.digest == data
    assert keys.signing.private_bytes_raw() == signing
    assert not old.exists()


async def test_a_copy_never_replaces_a_file(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    store.create("north")
    store.copy_to(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        store.copy_to(tmp_path / "copy.db")


async def test_destroying_stays_affordable_with_many_patients(tmp_path: Path) -> None:
    """Of 20,000 patients about 80 are wrapped anew: the work grows with the bucket, not with the tenant."""
    store = await opened(tmp_path)
    store.create("north")
    await store.patients("north", [f"p{n}" for n in range(20_000)], make=True)
    bucket = store.patient_name("north", "p1")[:2]
    before = dict(_wrapped(store))
    await store.destroy_patient("north", "p1")
    after = dict(_wrapped(store))
    changed = {name for name, box in before.items() if after.get(name) != box}
    assert changed
    assert all(name.startswith(bucket) for name in changed)
    assert len(changed) < 200


def _wrapped(store: KeyStore) -> list[tuple[str, bytes]]:
    with sqlite3.connect(store.path) as database:
        return database.execute("select name, wrapped from key where kind = 'patient'").fetchall()


async def test_every_refusal_has_a_stable_code(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    for act in (store.rotate("nobody"), store.destroy_tenant("nobody", "v")):
        with pytest.raises(PreceptorError) as caught:
            await act
        assert caught.value.code == "key_missing"
