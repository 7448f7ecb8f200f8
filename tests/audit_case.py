"""Makes a small signed log without a database: what the tests of the audit room tamper with."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from preceptor.audit.checkpoint import parse_verifier_key, sign, verifier_key
from preceptor.audit.formats import checkpoint_file, export_line
from preceptor.audit.leaf import Entry, encode, leaf_hash
from preceptor.audit.merkle import root_of
from preceptor.audit.verify import Report, verify_export
from preceptor.clock import uuid7

TENANT = "sample"
ORIGIN = f"preceptor.local/{TENANT}"


def key_of(seed: int) -> Ed25519PrivateKey:
    """A signing key that is the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def entry_of(number: int, tenant: str = TENANT) -> Entry:
    """The entry of act `number`, all fields filled."""
    return Entry(
        id=uuid7(1_700_000_000_000 + number, number),
        tenant=tenant,
        at=datetime(2026, 1, 15, 9, 0, tzinfo=UTC) + timedelta(seconds=number),
        actor="user:operator",
        event="question:ask",
        purpose="operations",
        outcome="done",
        subject={"run": f"run-{number}", "document": "plan/wheelchairs"},
        digests={"question": f"{number:064x}"},
    )


def leaf_of(number: int) -> bytes:
    """The leaf of act `number`."""
    return encode(entry_of(number))


def forged_leaf(number: int) -> bytes:
    """A well-formed leaf that says somebody else did act `number`."""
    return encode(replace(entry_of(number), actor="user:somebody-else"))


@dataclass(frozen=True)
class Log:
    """An honest log: its leaves and the key it is signed with."""

    leaves: tuple[bytes, ...]
    key: Ed25519PrivateKey
    origin: str = ORIGIN

    @property
    def vkey(self) -> str:
        """The key to pin."""
        return verifier_key(self.origin, self.key.public_key())

    @property
    def lines(self) -> list[str]:
        """The honest export."""
        return lines_of(self.leaves)

    def note(self, size: int | None = None) -> str:
        """The bare signed head over the first `size` leaves (all of them unless given)."""
        count = len(self.leaves) if size is None else size
        hashes = [leaf_hash(leaf) for leaf in self.leaves[:count]]
        return sign(self.key, self.origin, count, root_of(hashes))

    def head(self, size: int | None = None) -> str:
        """The checkpoint file over the first `size` leaves."""
        return checkpoint_file(self.vkey, self.note(size))

    def note_naming(self, origin: str) -> str:
        """A head over all leaves whose text names another log, truly signed by this log's key in its own name."""
        body = self.note().split("\n\n")[0].replace(self.origin, origin, 1) + "\n"
        signature = parse_verifier_key(self.vkey).key_id + self.key.sign(body.encode())
        return f"{body}\n— {self.origin} {base64.b64encode(signature).decode()}\n"

    def check(self, lines: list[str], anchors: tuple[int, ...] = (), *, pinned: bool = True) -> Report:
        """Verify these lines against the honest head, with honest older heads of these sizes as anchors."""
        older = [self.head(size) for size in anchors]
        return verify_export(lines, self.head(), self.vkey if pinned else None, older)


def honest_log(count: int = 12) -> Log:
    """A log of `count` acts."""
    return Log(tuple(leaf_of(number) for number in range(count)), key_of(1))


def lines_of(leaves: tuple[bytes, ...] | list[bytes]) -> list[str]:
    """The leaves as an export, numbered from 0, each with its true hash."""
    return [export_line(number, leaf) for number, leaf in enumerate(leaves)]


def with_stale_hash(line: str, leaf: bytes) -> str:
    """The line with another leaf and the old hash: what an UPDATE of the leaf column leaves behind."""
    fields = json.loads(line)
    new = json.dumps(leaf.decode(), ensure_ascii=False)
    return f'{{"index":{fields["index"]},"leaf":{new},"hash":"{fields["hash"]}"}}\n'
