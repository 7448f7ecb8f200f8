"""Sealing and the key file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.errors import IntegrityFailure
from preceptor.vault.keys import KeyFile
from preceptor.vault.seal import keyed_digest, seal, unseal


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    return KeyFile(tmp_path_factory.mktemp("vault"))


def test_what_was_sealed_opens_for_its_own_identity_only(store: KeyFile) -> None:
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


def test_equal_contents_do_not_look_equal_and_digests_do(store: KeyFile) -> None:
    keys, other = store.create("north"), store.create("south")
    assert seal(keys, "note", "r", b"x") != seal(keys, "note", "r", b"x")
    assert keyed_digest(keys, "q", b"x") == keyed_digest(keys, "q", b"x")
    assert keyed_digest(keys, "q", b"x") != keyed_digest(other, "q", b"x")
    assert keyed_digest(keys, "q", b"x") != keyed_digest(keys, "p", b"x")


@given(kind=st.text(max_size=8), identity=st.text(max_size=8), content=st.binary(max_size=64))
def test_any_content_comes_back(store: KeyFile, kind: str, identity: str, content: bytes) -> None:
    keys = store.create("north")
    assert unseal(keys, kind, identity, seal(keys, kind, identity, content)) == content


@given(a=st.tuples(st.text(max_size=5), st.text(max_size=5)), b=st.tuples(st.text(max_size=5), st.text(max_size=5)))
def test_no_two_identities_are_taken_for_each_other(store: KeyFile, a: tuple[str, str], b: tuple[str, str]) -> None:
    if a != b:
        keys = store.create("north")
        with pytest.raises(IntegrityFailure):
            unseal(keys, *b, seal(keys, *a, b"x"))


def test_a_key_is_never_replaced_and_the_file_is_private(tmp_path: Path) -> None:
    store = KeyFile(tmp_path)
    first = store.create("north")
    assert store.create("north").data == first.data
    assert KeyFile(tmp_path).get("north").data == first.data
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert first.data.hex() not in repr(first)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    store = KeyFile(tmp_path)
    store.create("north")
    os.chmod(store.path, 0o644)
    with pytest.raises(IntegrityFailure):
        store.get("north")


def test_a_missing_or_damaged_key_is_said(tmp_path: Path) -> None:
    store = KeyFile(tmp_path)
    with pytest.raises(IntegrityFailure) as caught:
        store.get("north")
    assert caught.value.code == "key_missing"
    store.create("north")
    store.path.write_text("{")
    with pytest.raises(IntegrityFailure):
        store.tenants()
