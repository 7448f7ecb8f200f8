"""Sealing bytes so that they open only with their owner's key and under the identity they were sealed for.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: at most 2**32 messages a key, so each record
kind has a key of its own, derived by HKDF-SHA256 (RFC 5869). The row's identity is associated data:
a sealed value moved to another row, table or tenant does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from preceptor.errors import IntegrityFailure
from preceptor.vault.keys import SealingKeys, TenantKeys

MAGIC = b"PS2"  # the form of what follows: key version (4 bytes, big-endian), nonce, box
MAGIC_OF_VERSION_ONE = b"PS1"  # the earlier form: nonce, box; always the first version of the key
VERSION_BYTES = 4
NONCE_BYTES = 12


def _derived(key: bytes, tenant: str, use: str) -> bytes:
    info = f"preceptor/1/{tenant}/{use}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)


def _bound(keys: SealingKeys, kind: str, identity: str) -> bytes:
    # Lengths are written out, so that no two identities give the same bytes.
    parts = (keys.tenant, kind, identity, keys.owner) if keys.owner else (keys.tenant, kind, identity)
    return b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)


def seal(keys: SealingKeys, kind: str, identity: str, content: bytes) -> bytes:
    """`content` sealed for the row `identity` of record kind `kind`; 35 bytes longer than `content`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    key = _derived(keys.version(keys.current), keys.tenant, f"seal/{kind}")
    box = AESGCM(key).encrypt(nonce, content, _bound(keys, kind, identity))
    return MAGIC + keys.current.to_bytes(VERSION_BYTES, "big") + nonce + box


def sealed_version(sealed: bytes) -> int:
    """The version of the key that `sealed` needs; IntegrityFailure `seal_broken` for bytes of another form."""
    if sealed.startswith(MAGIC_OF_VERSION_ONE):
        return 1
    if not sealed.startswith(MAGIC) or len(sealed) < len(MAGIC) + VERSION_BYTES + NONCE_BYTES:
        raise IntegrityFailure("seal_broken")
    return int.from_bytes(sealed[len(MAGIC) : len(MAGIC) + VERSION_BYTES], "big")


def unseal(keys: SealingKeys, kind: str, identity: str, sealed: bytes) -> bytes:
    """The content; IntegrityFailure `seal_broken` when key, kind, identity or bytes do not match, `key_missing` when
    the version of the key is not kept."""
    version = sealed_version(sealed)
    start = len(MAGIC) + (0 if sealed.startswith(MAGIC_OF_VERSION_ONE) else VERSION_BYTES)
    nonce, box = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    key = _derived(keys.version(version), keys.tenant, f"seal/{kind}")
    try:
        return AESGCM(key).decrypt(nonce, box, _bound(keys, kind, identity))
    except (InvalidTag, ValueError):
        raise IntegrityFailure("seal_broken") from None


def keyed_digest(keys: TenantKeys, use: str, content: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of `content`, hexadecimal: equal contents can be recognised, guesses cannot be tried
    without the tenant's key."""
    return hmac.new(_derived(keys.digest, keys.tenant, f"digest/{use}"), content, hashlib.sha256).hexdigest()
