"""Sealing bytes so that they open only with the tenant's key and under the identity they were sealed for.

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
from preceptor.vault.keys import TenantKeys

MAGIC = b"PS1"  # format and key version
NONCE_BYTES = 12


def _derived(keys: TenantKeys, use: str) -> bytes:
    info = f"preceptor/1/{keys.tenant}/{use}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(keys.data)


def _bound(keys: TenantKeys, kind: str, identity: str) -> bytes:
    # Lengths are written out, so that no two identities give the same bytes.
    parts = (keys.tenant, kind, identity)
    return b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)


def seal(keys: TenantKeys, kind: str, identity: str, content: bytes) -> bytes:
    """`content` sealed for the row `identity` of record kind `kind`; 31 bytes longer than `content`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    box = AESGCM(_derived(keys, f"seal/{kind}")).encrypt(nonce, content, _bound(keys, kind, identity))
    return MAGIC + nonce + box


def unseal(keys: TenantKeys, kind: str, identity: str, sealed: bytes) -> bytes:
    """The content; IntegrityFailure `seal_broken` when key, kind, identity or bytes do not match."""
    if not sealed.startswith(MAGIC):
        raise IntegrityFailure("seal_broken")
    nonce, box = sealed[len(MAGIC) : len(MAGIC) + NONCE_BYTES], sealed[len(MAGIC) + NONCE_BYTES :]
    try:
        return AESGCM(_derived(keys, f"seal/{kind}")).decrypt(nonce, box, _bound(keys, kind, identity))
    except (InvalidTag, ValueError):
        raise IntegrityFailure("seal_broken") from None


def keyed_digest(keys: TenantKeys, use: str, content: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of `content`, hexadecimal: equal contents can be recognised, guesses cannot be tried
    without the tenant's key."""
    return hmac.new(_derived(keys, f"digest/{use}"), content, hashlib.sha256).hexdigest()
