"""A public key used as a shared secret, or a key under an algorithm it was not registered for, opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from tests.attack.test_token_forged import Hospital
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make_tokens import b64, raw, signed


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_the_public_key_is_no_shared_secret(hospital: Hospital, algorithm: str) -> None:
    name = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    for key in (hospital.rsa, hospital.ec):
        for secret in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
            unsigned = raw({"alg": algorithm, "kid": key.kid}, hospital.claims()).rstrip(".")
            mac = hmac.new(secret, unsigned.encode(), name).digest()
            assert await hospital.status(f"{unsigned}.{b64(mac)}") == 401


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS384"])
async def test_other_algorithms_of_the_same_key_are_refused(hospital: Hospital, algorithm: str) -> None:
    assert await hospital.status(signed(hospital.rsa, hospital.claims(), algorithm=algorithm)) == 401
