"""The tree against its recursive definition, and proofs that hold only for what they prove."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from preceptor.audit.merkle import (
    Frontier,
    prove_consistency,
    prove_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)

leaf_hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def numbered(count: int) -> list[bytes]:
    return [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(count)]


def defined_root(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, written down as it stands there."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(hashes[:split]) + defined_root(hashes[split:])).digest()


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_frontier_is_the_definition_for_all_small_sizes() -> None:
    hashes = numbered(260)
    frontier = Frontier()
    for size in range(261):
        assert frontier.size == size
        assert frontier.root() == root_of(hashes[:size]) == defined_root(hashes[:size])
        if size < 260:
            frontier = frontier.append(hashes[size])


@given(leaf_hashes, st.data())
def test_extending_in_parts_and_storing_between_changes_nothing(hashes: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(hashes)))
    stored = Frontier().extend(hashes[:cut]).to_bytes()
    assert Frontier.from_bytes(stored).extend(hashes[cut:]).root() == defined_root(hashes)


def test_all_proofs_of_all_small_sizes_hold() -> None:
    hashes = numbered(34)
    for size in range(1, 35):
        tree = hashes[:size]
        root = defined_root(tree)
        for index in range(size):
            assert verify_inclusion(tree[index], index, size, prove_inclusion(tree, index), root)
        for first in range(size + 1):
            old = defined_root(tree[:first])
            assert verify_consistency(first, old, size, root, prove_consistency(tree, first))


@given(st.integers(2, 70), st.data())
def test_inclusion_fails_on_any_changed_bit_or_place(size: int, data: st.DataObject) -> None:
    hashes = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = prove_inclusion(hashes, index), defined_root(hashes)
    bit = data.draw(st.integers(0, 255))
    at = data.draw(st.integers(0, len(proof) - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index))
    assert verify_inclusion(hashes[index], index, size, proof, root)
    assert not verify_inclusion(flipped(hashes[index], bit), index, size, proof, root)
    assert not verify_inclusion(hashes[index], index, size, proof, flipped(root, bit))
    assert not verify_inclusion(hashes[index], other, size, proof, root)
    assert not verify_inclusion(hashes[other], index, size, proof, root)
    changed = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
    assert not verify_inclusion(hashes[index], index, size, changed, root)
    assert not verify_inclusion(hashes[index], index, size, proof[:-1], root)
    assert not verify_inclusion(hashes[index], index, size, [*proof, proof[0]], root)


@given(st.integers(2, 70), st.data())
def test_consistency_fails_on_any_changed_bit_or_rewritten_leaf(size: int, data: st.DataObject) -> None:
    hashes = numbered(size)
    first = data.draw(st.integers(1, size - 1))
    old, new, proof = defined_root(hashes[:first]), defined_root(hashes), prove_consistency(hashes, first)
    bit = data.draw(st.integers(0, 255))
    at = data.draw(st.integers(0, len(proof) - 1))
    assert verify_consistency(first, old, size, new, proof)
    assert not verify_consistency(first, flipped(old, bit), size, new, proof)
    assert not verify_consistency(first, old, size, flipped(new, bit), proof)
    changed = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
    assert not verify_consistency(first, old, size, new, changed)
    assert not verify_consistency(first, old, size, new, proof[:-1])
    assert not verify_consistency(first, old, size, new, [*proof, proof[0]])
    # A history that was rewritten before `first` has no proof, not even one made for it.
    row = data.draw(st.integers(0, first - 1))
    forged = [*hashes[:row], flipped(hashes[row], bit), *hashes[row + 1 :]]
    assert not verify_consistency(first, old, size, defined_root(forged), prove_consistency(forged, first))


@given(st.integers(-2, 20), st.integers(-2, 20), st.lists(st.binary(min_size=31, max_size=33), max_size=6))
def test_garbage_is_refused_without_an_error(one: int, other: int, proof: list[bytes]) -> None:
    zero = bytes(32)
    assert not verify_inclusion(zero, one, other, proof, b"\x01" * 32)
    assert not verify_consistency(one, zero, other, b"\x01" * 32, proof)
