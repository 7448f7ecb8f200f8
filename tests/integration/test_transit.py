"""The key store wrapped by a key service over HTTP: it opens, moves there from a file, and fails closed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.make_transit import TOKEN, Transit

from preceptor.errors import IntegrityFailure, NotFound, PreceptorError, Unavailable
from preceptor.net import Outbound
from preceptor.vault.kek import FileKek, KeyEncryptionKey
from preceptor.vault.opening import open_store
from preceptor.vault.store import KeyStore
from preceptor.vault.transit import TransitKek

HERE = {"127.0.0.1"}


@pytest.fixture
def transit() -> Iterator[Transit]:
    server = Transit()
    yield server
    server.stop()


def kek(server: Transit, token: str = TOKEN) -> TransitKek:
    return TransitKek(Outbound(HERE, plain=HERE, loopback=True), server.url, "preceptor", token)


async def opened(folder: Path, *keks: KeyEncryptionKey) -> KeyStore:
    return await open_store(folder / "keys", keks)


async def test_the_store_opens_with_the_service_only(tmp_path: Path, transit: Transit) -> None:
    store = await opened(tmp_path, kek(transit))
    keys = store.create("north")
    assert (await opened(tmp_path, kek(transit))).get("north").versions == keys.versions
    with pytest.raises(IntegrityFailure, match="not configured"):
        await opened(tmp_path, FileKek(tmp_path / "kek.json"))
    assert not (tmp_path / "kek.json").exists()


async def test_a_store_moves_from_the_file_to_the_service(tmp_path: Path, transit: Transit) -> None:
    file = FileKek(tmp_path / "kek.json")
    keys = (await opened(tmp_path, file)).create("north")
    both = await opened(tmp_path, kek(transit), file)
    assert both.get("north").versions == keys.versions
    assert (tmp_path / "kek.json").exists()
    assert await both.rewrap()
    assert not (tmp_path / "kek.json").exists()
    assert (await opened(tmp_path, kek(transit), file)).get("north").versions == keys.versions


async def test_erasure_holds_against_an_older_copy(tmp_path: Path, transit: Transit) -> None:
    store = await opened(tmp_path, kek(transit))
    store.create("north")
    await store.patients("north", ["a", "b"], make=True)
    shutil.copytree(tmp_path / "keys", tmp_path / "copy" / "keys")
    assert await store.destroy_patient("north", "a")
    with pytest.raises(IntegrityFailure, match="older copy"):
        await opened(tmp_path / "copy", kek(transit))
    with pytest.raises(NotFound):
        await store.patients("north", ["a"])
    assert list(await store.patients("north", ["b"])) == ["b"]


async def test_a_service_that_does_not_let_us_retire_is_said_and_made_good_later(
    tmp_path: Path, transit: Transit
) -> None:
    store = await opened(tmp_path, kek(transit))
    store.create("north")
    await store.patients("north", ["a"], make=True)
    shutil.copytree(tmp_path / "keys", tmp_path / "copy" / "keys")
    transit.may_configure = False
    assert await store.destroy_patient("north", "a") is False
    assert not store.revocable
    assert list(await (await opened(tmp_path / "copy", kek(transit))).patients("north", ["a"])) == ["a"]
    transit.may_configure = True
    assert (await opened(tmp_path, kek(transit))).revocable
    with pytest.raises(IntegrityFailure):
        await opened(tmp_path / "copy", kek(transit))


async def test_what_the_service_does_wrong_fails_closed(tmp_path: Path, transit: Transit) -> None:
    store = await opened(tmp_path, kek(transit))
    store.create("north")
    before = (tmp_path / "keys" / "keys.db").read_bytes()

    async def refused(asked: TransitKek) -> str:
        with pytest.raises(PreceptorError) as caught:
            await opened(tmp_path, asked)
        return caught.value.code

    assert await refused(kek(transit, "another token")) == "key_service"
    assert await refused(TransitKek(Outbound(()), transit.url, "preceptor", TOKEN)) == "address_refused"
    transit.garbage = True
    assert await refused(kek(transit)) == "key_service"
    transit.garbage, transit.sealed = False, True
    assert await refused(kek(transit)) == "key_service"
    for act in (store.rewrap(), store.destroy_patient("north", "a")):
        with pytest.raises(PreceptorError) as caught:
            await act
        assert caught.value.code == "key_service"
    assert (tmp_path / "keys" / "keys.db").read_bytes() == before
    transit.sealed = False
    transit.stop()
    assert await refused(kek(transit)) == "key_service"
    transit.__init__()  # the fixture ends a server


async def test_a_root_that_another_process_replaced_is_taken_up(tmp_path: Path, transit: Transit) -> None:
    ours, theirs = await opened(tmp_path, kek(transit)), await opened(tmp_path, kek(transit))
    keys = ours.create("north")
    await theirs.rewrap()
    theirs.create("south")
    assert ours.get("north").versions == keys.versions  # known keys need no new root
    with pytest.raises(Unavailable) as caught:
        ours.get("south")
    assert caught.value.code == "key_store_changed"
    await ours.refresh()
    assert ours.get("south").versions == theirs.get("south").versions


async def test_only_our_own_random_keys_are_sent(tmp_path: Path, transit: Transit) -> None:
    store = await opened(tmp_path, kek(transit))
    store.create("north")
    await store.patients("north", ["a"], make=True)
    await store.rotate("north")
    await store.rewrap()
    kinds = {path.removeprefix("/v1/transit/") for path in transit.asked}
    assert kinds <= {
        "encrypt/preceptor",
        "decrypt/preceptor",
        "keys/preceptor/rotate",
        "keys/preceptor/config",
        "keys/preceptor/trim",
    }
    assert len([path for path in transit.asked if "encrypt" in path]) == 2  # one root key each time
