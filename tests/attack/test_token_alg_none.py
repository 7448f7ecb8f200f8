"""A token that says it needs no signature (`alg: none`, RFC 8725 section 3.1) opens nothing."""

from __future__ import annotations

import pytest
from tests.attack.test_token_forged import Hospital
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make_tokens import raw


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_a_token_without_signature_is_refused(hospital: Hospital, algorithm: str) -> None:
    for kid in ({}, {"kid": "k1"}):
        assert await hospital.status(raw({"alg": algorithm, **kid}, hospital.claims())) == 401
