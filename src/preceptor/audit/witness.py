"""A witness over HTTP: somebody else keeps our newest head, and cosigns a later one only when it continues it.

Protocol: C2SP tlog-witness (`add-checkpoint`), cosignatures of C2SP tlog-cosignature with Ed25519. The client keeps no
state: it asks from the beginning, and the witness answers with the size it has (409).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from preceptor.audit.checkpoint import Note, parse, parse_note
from preceptor.audit.merkle import prove_consistency
from preceptor.errors import IntegrityFailure, Invalid, Unavailable
from preceptor.net import Outbound, Response

_COSIGNATURE = b"\x04"
_VKEY = re.compile(r"([^\s+]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_ATTEMPTS = 3
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


@dataclass(frozen=True)
class WitnessKey:
    """A witness's name and public key for cosignatures."""

    name: str
    key_id: bytes
    public: Ed25519PublicKey


def parse_witness_key(vkey: str) -> WitnessKey:
    """The key of its text form, `name+hex key id+base64(0x04 || key)`; Invalid when it is no key of a witness."""
    matched = _VKEY.fullmatch(vkey)
    try:
        raw = base64.b64decode(matched[3], validate=True) if matched else b""
    except binascii.Error:
        raw = b""
    if matched is None or len(raw) != 33 or raw[:1] != _COSIGNATURE:
        raise Invalid("invalid_request", "The witness's key is not of the form name+id+base64 of a cosignature key.")
    key_id = hashlib.sha256(matched[1].encode() + b"\n" + raw).digest()[:4]
    if key_id.hex() != matched[2]:
        raise Invalid("invalid_request", "The id inside the witness's key does not belong to its name and key.")
    return WitnessKey(matched[1], key_id, Ed25519PublicKey.from_public_bytes(raw[1:]))


def cosigned_at(note: Note, key: WitnessKey) -> int | None:
    """The time (Unix seconds) at which the witness cosigned the note; None when it did not, or does not hold."""
    for one in note.signatures:
        if one.name != key.name or one.key_id != key.key_id or len(one.value) != 8 + 64:
            continue
        at = int.from_bytes(one.value[:8], "big")
        message = f"cosignature/v1\ntime {at}\n{note.text}".encode()
        try:
            key.public.verify(one.value[8:], message)
        except InvalidSignature:
            return None
        return at
    return None


async def cosign(
    outbound: Outbound,
    leave: Callable[[], Awaitable[None]],
    url: str,
    key: WitnessKey,
    note: str,
    hashes: Sequence[bytes],
) -> str:
    """The note with the witness's cosignature. `hashes` are the leaf hashes under the head, in order.

    `leave` is asked once, before anything is sent. IntegrityFailure `anchor_mismatch` when the witness has a larger
    log of ours, or one that ours does not continue; Unavailable `witness_refused` when it does not know or not believe
    us, or its answer does not hold.
    """
    head, old = parse(note), 0
    await leave()
    answer = Response(0, {}, b"")
    for _ in range(_ATTEMPTS):
        proof = "".join(base64.b64encode(one).decode() + "\n" for one in prove_consistency(hashes, old))
        body = f"old {old}\n{proof}\n{note}".encode()
        answer = await outbound.request("POST", url.rstrip("/") + "/add-checkpoint", content=body)
        if answer.status == 200:
            return _with(note, answer, key)
        if answer.status != 409:
            break
        known = _SIZE.fullmatch(answer.body)
        if known is None:
            raise Unavailable("witness_refused")
        old = int(known[1])
        if old > head.size:
            raise IntegrityFailure("anchor_mismatch", "The witness has a later head of the log: the log was set back.")
    if answer.status == 422:
        raise IntegrityFailure("anchor_mismatch", "The log does not continue the head the witness has: it was forked.")
    raise Unavailable("witness_refused")


def _with(note: str, answer: Response, key: WitnessKey) -> str:
    """The note with the lines of the answer, of which one must be the witness's own and hold."""
    try:
        whole = note + answer.body.decode("utf-8")
        held = cosigned_at(parse_note(whole), key)
    except (UnicodeDecodeError, IntegrityFailure):
        raise Unavailable("witness_refused", "The witness's answer is not of the documented form.") from None
    if held is None:
        raise Unavailable("witness_refused", "The witness's answer does not hold under its key.")
    return whole
