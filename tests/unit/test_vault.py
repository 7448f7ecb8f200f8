"""Sealing: who can open what, and what does not open."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.errors import IntegrityFailure
from preceptor.vault.kek import FileKek
from preceptor.vault.opening import open_store
from preceptor.vault.seal import MAGIC_OF_VERSION_ONE, keyed_digest, seal, sealed_version, unseal
from preceptor.vault.store import KeyStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    folder = tmp_path_factory.mktemp("vault")
    return asyncio.run(open_store(folder / "keys", [FileKek(folder / "kek.json")]))


def test_what_was_sealed_opens_for_its_own_identity_only(store: KeyStore) -> None:
    keys, other = store.create("north"), store.create("south")
    sealed = seal(keys, "note", "row-1", b"content")
    assert unseal(keys, "note", "row-1", sealed) == b"content"
    wrong = [
        (other, "note", "row-1", sealed),  # another tenant's key
        (keys, "draft", "row-1", sealed),  # another record kind
        (keys, "note", "row-2", sealed),  # moved to another row
        (keys, "note", "row-1", sealed[:-1]),  # cut
        (keys, "note", "row-1", sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:]),  # one bit
        (keys, "note", "row-1", b"plain"),  # never sealed
        (keys, "note", "row-1", b""),
    ]
    for who, kind, identity, box in wrong:
        with pytest.raises(IntegrityFailure) as caught:
            unseal(who, kind, identity, box)
        assert caught.value.code == "seal_broken"


def test_equal_contents_do_not_look_equal_and_digests_do(store: KeyStore) -> None:
    keys, other = store.create("north"), store.create("south")
    assert seal(keys, "note", "r", b"x") != seal(keys, "note", "r", b"x")
    assert keyed_digest(keys, "q", b"x") == keyed_digest(keys, "q", b"x")
    assert keyed_digest(keys, "q", b"x") != keyed_digest(other, "q", b"x")
    assert keyed_digest(keys, "q", b"x") != keyed_digest(keys, "p", b"x")


@given(kind=st.text(max_size=8), identity=st.text(max_size=8), content=st.binary(max_size=64))
def test_any_content_comes_back(store: KeyStore, kind: str, identity: str, content: bytes) -> None:
    keys = store.create("north")
    assert unseal(keys, kind, identity, seal(keys, kind, identity, content)) == content


@given(a=st.tuples(st.text(max_size=5), st.text(max_size=5)), b=st.tuples(st.text(max_size=5), st.text(max_size=5)))
def test_no_two_identities_are_taken_for_each_other(store: KeyStore, a: tuple[str, str], b: tuple[str, str]) -> None:
    if a != b:
        keys = store.create("north")
        with pytest.raises(IntegrityFailure):
            unseal(keys, *b, seal(keys, *a, b"x"))


async def test_a_rotated_key_seals_and_older_ones_open(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "keys", [FileKek(tmp_path / "kek.json")])
    old = store.create("north")
    before = seal(old, "note", "r", b"before")
    assert await store.rotate("north") == 2
    new = store.get("north")
    after = seal(new, "note", "r", b"after")
    assert (sealed_version(before), sealed_version(after)) == (1, 2)
    assert unseal(new, "note", "r", before) == b"before"
    assert unseal(old, "note", "r", after) == b"after"  # whoever holds older keys finds the newer version
    assert keyed_digest(old, "q", b"x") == keyed_digest(new, "q", b"x")
    forged = after[:3] + (1).to_bytes(4, "big") + after[7:]
    with pytest.raises(IntegrityFailure):
        unseal(new, "note", "r", forged)
    store.close()


def test_what_was_sealed_in_the_first_form_opens(store: KeyStore) -> None:
    keys = store.create("north")
    sealed = seal(keys, "note", "r", b"content")
    assert unseal(keys, "note", "r", MAGIC_OF_VERSION_ONE + sealed[7:]) == b"content"
