"""Signed tokens (JWT, RFC 7519) checked against registered keys: claims, or a refusal with its reason; pure.

RS384, ES384 and ES256 only, so neither `none` nor a shared secret can be meant (RFC 8725 sections 3.1 and 3.2). Which
key is used follows from `kid` and the algorithm, never from anything the token brings along (`jwk`, `jku`, `x5u`).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeGuard, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from preceptor.errors import Invalid

ALGORITHMS = {"RS384": ("RSA", None), "ES384": ("EC", "P-384"), "ES256": ("EC", "P-256")}
"""Algorithm → key type and curve it may be used with."""
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 16_384
LONGEST_JWKS = 65_536
MOST_KEYS = 50
SMALLEST_RSA_BITS = 2048
FARTHEST_SECONDS = 24 * 3600  # a token of an outside issuer that lives longer than a day is refused
PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")

Reason = Literal[
    "malformed", "algorithm", "critical", "key_unknown", "key_unfit", "signature", "issuer", "audience", "expired",
    "not_yet", "lifetime", "claims",
]  # fmt: skip
Keys = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Parsed:
    """A token taken apart. Nothing in it is proven."""

    text: str
    algorithm: str
    kid: str
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Expected:
    """What a token must say: `issuer` (exact), `audience` (exact, or one of a list), the longest life in seconds."""

    issuer: str
    audience: str
    longest: int = FARTHEST_SECONDS


@dataclass(frozen=True)
class Proven:
    """A token whose signature and claims hold."""

    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Refused:
    """A token that does not hold. `key_unknown` alone may change when the keys are fetched anew."""

    reason: Reason


def parse_keys(text: str) -> Keys:
    """The public signing keys of a JWK Set (RFC 7517); Invalid when it is none, or holds a private key.

    Keys of other kinds are left out; a set without any usable key is Invalid.
    """
    try:
        document: object = json.loads(text) if len(text) <= LONGEST_JWKS else None
    except (ValueError, RecursionError):
        document = None
    keys = cast("dict[str, object]", document).get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise Invalid("invalid_request", "This is no JWK Set.")
    usable = list[Mapping[str, str]]()
    for entry in cast("list[object]", keys):
        key = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
        if any(member in key for member in PRIVATE_MEMBERS):
            raise Invalid("invalid_request", "The JWK Set holds a private or shared key; take it back and replace it.")
        names = ("kty", "kid", "use", "alg", "crv", "n", "e", "x", "y")
        plain = {name: value for name in names if isinstance(value := key.get(name), str)}
        if plain.get("kty") in ("RSA", "EC") and plain.get("kid") and plain.get("use", "sig") == "sig":
            usable.append(plain)
    if not usable or len(usable) > MOST_KEYS:
        raise Invalid("invalid_request", "The JWK Set has no RSA or EC signing key with a kid, or too many keys.")
    return tuple(usable)


def parse_token(text: str) -> Parsed | Refused:
    """The parts of a compact JWS; nothing is proven yet."""
    if len(text) > LONGEST_TOKEN or not re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", text):
        return Refused("malformed")
    header, claims = (_object(part) for part in text.split(".")[:2])
    if header is None or claims is None:
        return Refused("malformed")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        return Refused("algorithm")
    if "crit" in header or "b64" in header:
        return Refused("critical")
    if not isinstance(kid, str) or not kid:
        return Refused("key_unknown")
    return Parsed(text, algorithm, kid, claims)


def check(token: Parsed, keys: Keys, expected: Expected, now: datetime) -> Proven | Refused:
    """Whether the token is signed by one of `keys` and says what is expected at `now`."""
    found = [key for key in keys if key.get("kid") == token.kid]
    if not found:
        return Refused("key_unknown")
    kind, curve = ALGORITHMS[token.algorithm]
    fit = [
        k
        for k in found
        if k["kty"] == kind and k.get("crv") == curve and k.get("alg", token.algorithm) == token.algorithm
    ]
    if len(fit) != 1:
        return Refused("key_unfit")
    try:
        key = RSAKey.import_key(dict(fit[0])) if kind == "RSA" else ECKey.import_key(dict(fit[0]))
        if isinstance(key, RSAKey) and key.public_key.key_size < SMALLEST_RSA_BITS:
            return Refused("key_unfit")
    except (JoseError, ValueError, TypeError, KeyError):
        return Refused("key_unfit")
    try:
        jws.deserialize_compact(token.text, key, algorithms=[token.algorithm])
    except (JoseError, ValueError, TypeError):
        return Refused("signature")
    return _claims(token.claims, expected, now.timestamp())


def _claims(claims: Mapping[str, Any], expected: Expected, now: float) -> Proven | Refused:
    if claims.get("iss") != expected.issuer:
        return Refused("issuer")
    audience = claims.get("aud")
    if expected.audience not in (cast("list[object]", audience) if isinstance(audience, list) else [audience]):
        return Refused("audience")
    expires, before, issued = (claims.get(name) for name in ("exp", "nbf", "iat"))
    if not _time(expires) or (before is not None and not _time(before)) or (issued is not None and not _time(issued)):
        return Refused("claims")
    if expires + LEEWAY_SECONDS <= now:
        return Refused("expired")
    if any(start is not None and start - LEEWAY_SECONDS > now for start in (before, issued)):
        return Refused("not_yet")
    if (
        expires - (issued if issued is not None else now) > expected.longest
        or expires - now > expected.longest + LEEWAY_SECONDS
    ):
        return Refused("lifetime")
    return Proven(claims)


def _time(value: object) -> TypeGuard[float]:
    """Whether a claim is a NumericDate (RFC 7519 section 2); NaN and infinity are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**40


def _object(part: str) -> dict[str, Any] | None:
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        found: object = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, binascii.Error, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError  # two readers may take different ones
    return dict(pairs)
