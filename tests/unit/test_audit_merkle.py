"""The tree against the known values of RFC 6962 implementations, and its edges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from preceptor.audit.leaf import leaf_hash
from preceptor.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    prove_consistency,
    prove_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from preceptor.errors import IntegrityFailure, Invalid

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rfc6962.json").read_text())
HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]


def test_empty_tree() -> None:
    assert root_of([]).hex() == VECTORS["empty_root"]
    assert Frontier().root() == EMPTY_ROOT


def test_roots() -> None:
    assert [root_of(HASHES[:size]) for size in range(1, 9)] == ROOTS
    frontier = Frontier()
    for leaf, root in zip(HASHES, ROOTS, strict=True):
        frontier = frontier.append(leaf)
        assert frontier.root() == root


@pytest.mark.parametrize("case", VECTORS["inclusion"])
def test_inclusion(case: dict[str, object]) -> None:
    index, size = int(str(case["index"])), int(str(case["size"]))
    proof = [bytes.fromhex(node) for node in case["proof"]]  # pyright: ignore
    assert prove_inclusion(HASHES[:size], index) == proof
    assert verify_inclusion(HASHES[index], index, size, proof, ROOTS[size - 1])


@pytest.mark.parametrize("case", VECTORS["consistency"])
def test_consistency(case: dict[str, object]) -> None:
    first, second = int(str(case["first"])), int(str(case["second"]))
    proof = [bytes.fromhex(node) for node in case["proof"]]  # pyright: ignore
    assert prove_consistency(HASHES[:second], first) == proof
    assert verify_consistency(first, ROOTS[first - 1], second, ROOTS[second - 1], proof)


def test_the_ends_of_consistency() -> None:
    assert verify_consistency(0, EMPTY_ROOT, 8, ROOTS[7], [])
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert not verify_consistency(0, ROOTS[0], 8, ROOTS[7], [])  # the empty tree has one root
    assert not verify_consistency(0, EMPTY_ROOT, 8, ROOTS[7], [ROOTS[0]])
    assert not verify_consistency(8, ROOTS[7], 8, ROOTS[6], [])
    assert not verify_consistency(8, ROOTS[7], 8, ROOTS[7], [ROOTS[0]])
    assert not verify_consistency(8, ROOTS[7], 7, ROOTS[6], [])  # a tree does not shrink
    assert not verify_consistency(6, ROOTS[5], 8, ROOTS[7], [])
    assert not verify_consistency(-1, EMPTY_ROOT, 8, ROOTS[7], [])


@pytest.mark.parametrize(
    ("index", "size"),
    [(0, 0), (-1, 8), (8, 8), (9, 8)],
)
def test_no_proof_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(Invalid):
        prove_inclusion(HASHES[:size], index)
    assert not verify_inclusion(HASHES[0], index, size, [], HASHES[0])


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    left = root_of(HASHES[:2])
    assert root_of([left, root_of(HASHES[2:4])]) == ROOTS[3]  # hashes are hashes; the prefix protects leaves:
    assert leaf_hash(HASHES[0] + HASHES[1]) != left


def test_a_proof_too_short_for_the_claimed_size() -> None:
    # The hash at hand equals the claimed root before the path is at its end: a leaf sold as a larger tree.
    assert not verify_inclusion(HASHES[0], 0, 2, [], HASHES[0])
    assert not verify_consistency(1, ROOTS[0], 2, ROOTS[0], [])


def test_hashes_of_another_length() -> None:
    with pytest.raises(Invalid):
        root_of([b"short"])
    assert not verify_inclusion(HASHES[0], 0, 2, [HASHES[1] + b"x"], ROOTS[1])
    assert not verify_consistency(1, ROOTS[0], 2, ROOTS[1], [HASHES[1][:31]])


@pytest.mark.parametrize("stored", [b"", b"\x00" * 7, b"\x00" * 7 + b"\x01", b"\x00" * 7 + b"\x03" + b"x" * 63])
def test_a_damaged_frontier_is_refused(stored: bytes) -> None:
    with pytest.raises(IntegrityFailure):
        Frontier.from_bytes(stored)


def test_frontier_has_one_peak_a_bit() -> None:
    frontier = Frontier().extend(HASHES[:7])
    assert [len(frontier.peaks), len(frontier.to_bytes())] == [3, 8 + 3 * 32]
    assert Frontier.from_bytes(frontier.to_bytes()) == frontier
