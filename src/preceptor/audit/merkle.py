"""The Merkle tree of RFC 6962 section 2.1 (hashing and proofs as in RFC 9162 section 2.1) over leaf hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from preceptor.errors import IntegrityFailure, Invalid

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of the tree without leaves: the hash of no bytes."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """All that is needed to append to a tree and to name its root: 32 bytes for each bit set in its size.

    `peaks` are the roots of the perfect subtrees the tree falls into, largest (leftmost) first.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf_hash: bytes) -> Frontier:
        """The frontier with one more leaf; `leaf_hash` is 32 bytes."""
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The frontier with further leaves in order; one inner hash a leaf on average."""
        size, peaks = self.size, list(self.peaks)
        for leaf_hash in leaf_hashes:
            if len(leaf_hash) != HASH_SIZE:
                raise Invalid("invalid_request", "A leaf hash has 32 bytes.")
            node, level = leaf_hash, size
            while level & 1:
                node = node_hash(peaks.pop(), node)
                level >>= 1
            peaks.append(node)
            size += 1
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """The root of the tree, 32 bytes."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def to_bytes(self) -> bytes:
        """The size in eight bytes, big-endian, then the peaks, largest first."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Frontier:
        """The frontier of `to_bytes`; raises `IntegrityFailure` when the length does not fit the size."""
        size = int.from_bytes(stored[:8], "big")
        if len(stored) != 8 + HASH_SIZE * size.bit_count():
            raise IntegrityFailure(text="The stored tree frontier is damaged.")
        return cls(size, tuple(stored[at : at + HASH_SIZE] for at in range(8, len(stored), HASH_SIZE)))


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over the leaf hashes in order, 32 bytes."""
    return Frontier().extend(leaf_hashes).root()


def prove_inclusion(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` (from 0) in the tree over all of `leaf_hashes`, lowest first (RFC 9162 2.1.3.1).

    Raises `Invalid` when there is no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise Invalid("invalid_request", "There is no leaf of this number in the tree.")
    path: list[bytes] = []
    low, high = 0, len(leaf_hashes)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root_of(leaf_hashes[middle:high]))
            high = middle
        else:
            path.append(root_of(leaf_hashes[low:middle]))
            low = middle
    path.reverse()
    return path


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf stands at `index` in the tree of `size` leaves with this root.

    RFC 9162 section 2.1.3.2. False, never an error, for anything that does not prove it.
    """
    if not 0 <= index < size or not _are_hashes((leaf_hash, root, *proof)):
        return False
    position, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and node == root


def prove_consistency(leaf_hashes: Sequence[bytes], first: int) -> list[bytes]:
    """The proof that the tree over the first `first` leaves is a beginning of the whole one (RFC 9162 2.1.4.1).

    `first` from 0 to the number of leaves; the proof is empty at both ends. Raises `Invalid` out of range.
    """
    if not 0 <= first <= len(leaf_hashes):
        raise Invalid("invalid_request", "The earlier tree is larger than the later one.")
    if first in (0, len(leaf_hashes)):
        return []
    proof: list[bytes] = []
    low, high, known = 0, len(leaf_hashes), True
    while high != first:
        middle = low + _split(high - low)
        if first <= middle:
            proof.append(root_of(leaf_hashes[middle:high]))
            high = middle
        else:
            proof.append(root_of(leaf_hashes[low:middle]))
            low, known = middle, False
    if not known:
        proof.append(root_of(leaf_hashes[low:high]))
    proof.reverse()
    return proof


def verify_consistency(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `first` leaves is a beginning of the tree of `second` leaves.

    RFC 9162 section 2.1.4.2, and for its two ends: equal sizes need equal roots, the empty tree begins every
    tree; both with an empty proof. False, never an error, for anything that does not prove it.
    """
    if not 0 <= first <= second or not _are_hashes((first_root, second_root, *proof)):
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    rest = list(proof)
    if first & (first - 1) == 0:
        rest.insert(0, first_root)
    if not rest:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root


def _split(count: int) -> int:
    """The largest power of two smaller than `count` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
