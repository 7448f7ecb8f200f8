"""Factories for signed tokens: keys, key sets, tokens that hold and tokens that do not."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

Key = ECKey | RSAKey


def ec_key(kid: str = "k1", curve: str = "P-384") -> ECKey:
    """A fresh EC key."""
    made = ec.generate_private_key({"P-384": ec.SECP384R1(), "P-256": ec.SECP256R1()}[curve])
    return ECKey.import_key(ECKey.import_key(made_pem(made)).as_dict(private=True) | {"kid": kid, "use": "sig"})


def rsa_key(kid: str = "r1", bits: int = 2048) -> RSAKey:
    """A fresh RSA key."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return RSAKey.import_key(RSAKey.import_key(made_pem(made)).as_dict(private=True) | {"kid": kid, "use": "sig"})


def made_pem(key: Any) -> bytes:
    """The PEM of a private key."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_set(*keys: Key) -> str:
    """The JWK Set with the public halves."""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def claims(**said: object) -> dict[str, Any]:
    """Claims that hold now, and what a test says instead; None leaves a claim out."""
    now = int(time.time())
    usual = {"iss": "https://smart.hospital.example", "aud": "https://preceptor.example", "sub": "u-77"}
    usual |= {"iat": now, "exp": now + 300, "scope": "policy:ask policy:read user/Observation.rs"}
    return {name: value for name, value in {**usual, **said}.items() if value is not None}


def signed(key: Key, payload: dict[str, Any], *, algorithm: str = "ES384", **header: object) -> str:
    """A compact token."""
    protected = {"alg": algorithm, "kid": key.kid, **header}
    text = json.dumps(payload).encode()
    return jws.serialize_compact(protected, text, key, algorithms=[algorithm])  # type: ignore[arg-type]


def b64(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(header: dict[str, Any], payload: dict[str, Any], signature: bytes = b"") -> str:
    """A token with any header and signature."""
    return ".".join((b64(json.dumps(header).encode()), b64(json.dumps(payload).encode()), b64(signature)))
