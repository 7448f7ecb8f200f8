"""The signed head of a log: C2SP tlog-checkpoint inside a C2SP signed-note, signed with Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from preceptor.audit.merkle import HASH_SIZE
from preceptor.errors import IntegrityFailure, Invalid

MAX_NOTE = 64 * 1024
MAX_SIZE = 2**63 - 1
_ED25519 = b"\x01"
_MAX_SIGNATURES = 100
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_SIGNATURE_LINE = re.compile(r"— ([^\s+]{1,200}) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")

Signed = Literal["signed", "unsigned", "forged"]
"""Signed by the key; no signature claims to be of this key; one claims to and does not hold."""


@dataclass(frozen=True)
class Signature:
    """One signature line of a note: who claims to have signed, the four bytes naming the key, the signature."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True)
class Note:
    """A signed note taken apart, nothing about it verified: the signed text (ends in a newline), its signatures."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class Checkpoint:
    """What a head says: the log `origin` has `size` leaves under `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name of the log it signs for."""

    name: str
    key_id: bytes
    public: Ed25519PublicKey


def verifier_key(origin: str, public_key: Ed25519PublicKey) -> str:
    """The text form of a verifier key: `name+hex key id+base64(0x01 || key)` (C2SP signed-note)."""
    _require_origin(origin)
    raw = public_key.public_bytes_raw()
    return f"{origin}+{_key_id(origin, raw).hex()}+{_base64(_ED25519 + raw)}"


def parse_verifier_key(vkey: str) -> VerifierKey:
    """The key of its text form. Raises `Invalid` when it is not one of Ed25519 or its key id does not fit."""
    matched = _VKEY.fullmatch(vkey)
    raw = _bytes_of(matched[3]) if matched else None
    if matched is None or raw is None or len(raw) != 33 or raw[:1] != _ED25519:
        raise Invalid("invalid_request", "The verifier key is not of the form name+id+base64 of an Ed25519 key.")
    key_id = _key_id(matched[1], raw[1:])
    if key_id.hex() != matched[2]:
        raise Invalid("invalid_request", "The id inside the verifier key does not belong to its name and key.")
    return VerifierKey(matched[1], key_id, Ed25519PublicKey.from_public_bytes(raw[1:]))


def sign(private_key: Ed25519PrivateKey, origin: str, size: int, root: bytes) -> str:
    """The signed head of the log `origin`: three lines of body, a blank line, one signature line.

    `origin` (no blank, no `+`) is also the name of the key; `size` is the number of leaves, `root` 32 bytes.
    Ed25519 is deterministic: the same head and key give the same text.
    """
    _require_origin(origin)
    if not 0 <= size <= MAX_SIZE or len(root) != HASH_SIZE:
        raise Invalid("invalid_request", "A log head has a size of at least 0 and a root of 32 bytes.")
    body = f"{origin}\n{size}\n{_base64(root)}\n"
    key_id = _key_id(origin, private_key.public_key().public_bytes_raw())
    return f"{body}\n— {origin} {_base64(key_id + private_key.sign(body.encode()))}\n"


def parse(text: str) -> Checkpoint:
    """What the note says, its signatures NOT verified; `verify_note` is the one to trust.

    Raises `IntegrityFailure` (`tampered_export`) when it is not exactly origin, size, root and signature lines.
    Extension lines, which C2SP allows and this log never writes, are refused.
    """
    return checkpoint_of(parse_note(text))


def verify_note(text: str, vkey: str) -> Checkpoint:
    """What the note says, after its signature by `vkey` was verified and the key was found to be this log's.

    Raises `Invalid` for a malformed `vkey`, `IntegrityFailure` with `tampered_export` for a malformed note and
    with `audit_mismatch` when the key did not sign it or names another log. Further signatures are ignored.
    """
    key = parse_verifier_key(vkey)
    note = parse_note(text)
    head = checkpoint_of(note)
    if signed_by(note, key) != "signed":
        raise IntegrityFailure("audit_mismatch", "The log head is not signed by this key.")
    if head.origin != key.name:
        raise IntegrityFailure("audit_mismatch", "The log head is of another log than the key.")
    return head


def parse_note(text: str) -> Note:
    """A signed note taken apart by C2SP signed-note; raises `IntegrityFailure` (`tampered_export`)."""
    if len(text) > MAX_NOTE:
        raise _not_a_head("it is too long")
    if not _is_utf8(text) or any(character < " " and character != "\n" for character in text):
        raise _not_a_head("it holds control characters or is not text")
    body, blank, tail = text.rpartition("\n\n")
    if not blank or not body or not tail.endswith("\n"):
        raise _not_a_head("it has no signature part")
    lines = tail[:-1].split("\n")
    if len(lines) > _MAX_SIGNATURES:
        raise _not_a_head("it has too many signatures")
    return Note(body + "\n", tuple(_signature(line) for line in lines))


def checkpoint_of(note: Note) -> Checkpoint:
    """The head a note's text states; raises `IntegrityFailure` (`tampered_export`)."""
    lines = note.text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise _not_a_head("its text is not three lines")
    origin, size, root_text = lines[:3]
    root = _bytes_of(root_text)
    if _NAME.fullmatch(origin) is None:
        raise _not_a_head("its origin is not a log name")
    if _SIZE.fullmatch(size) is None or int(size) > MAX_SIZE:
        raise _not_a_head("its size is not a decimal number")
    if root is None or len(root) != HASH_SIZE:
        raise _not_a_head("its root is not the base64 of 32 bytes")
    return Checkpoint(origin, int(size), root, note.signatures)


def signed_by(note: Note, key: VerifierKey) -> Signed:
    """Whether the key signed the note; every signature that claims this key must hold."""
    mine = [one for one in note.signatures if one.name == key.name and one.key_id == key.key_id]
    if not mine:
        return "unsigned"
    try:
        for one in mine:
            key.public.verify(one.value, note.text.encode())
    except InvalidSignature:
        return "forged"
    return "signed"


def _is_utf8(text: str) -> bool:
    """Whether the text can be written as UTF-8: false for lone surrogates, which reading leniently leaves behind."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _signature(line: str) -> Signature:
    matched = _SIGNATURE_LINE.fullmatch(line)
    raw = _bytes_of(matched[2]) if matched else None
    if matched is None or raw is None or len(raw) < 5:
        raise _not_a_head("a signature line is malformed")
    return Signature(matched[1], raw[:4], raw[4:])


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _require_origin(origin: str) -> None:
    if _NAME.fullmatch(origin) is None or not _is_utf8(origin) or any(one < " " for one in origin):
        raise Invalid("invalid_request", "The name of a log holds no blank, no plus sign and at most 200 characters.")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes_of(text: str) -> bytes | None:
    """The bytes of standard base64 in its one canonical spelling, else None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None


def _not_a_head(why: str) -> IntegrityFailure:
    return IntegrityFailure("tampered_export", f"This is not a signed log head: {why}.")
