"""A token that has expired, is not yet valid, lives too long or is meant for another server opens nothing."""

from __future__ import annotations

from tests.attack.test_token_forged import Hospital, believed
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make_tokens import signed


async def test_time_and_audience(hospital: Hospital) -> None:
    await believed(hospital)
    now = int(hospital.claims()["iat"])  # type: ignore[call-overload]
    refused = {
        "expired": {"exp": now - 31, "iat": now - 400},
        "no expiry": {"exp": None},
        "expiry as text": {"exp": str(now + 100)},
        "expiry beyond a day": {"exp": now + 90_000},
        "infinite": {"exp": 1e300},
        "not yet": {"nbf": now + 120},
        "issued later": {"iat": now + 120},
        "no audience": {"aud": None},
        "another audience": {"aud": "https://elsewhere.example"},
        "audience with a slash more": {"aud": "https://preceptor.example/"},
        "list without ours": {"aud": ["https://elsewhere.example"]},
    }
    for name, said in refused.items():
        assert await hospital.status(signed(hospital.ec, hospital.claims(**said))) == 401, name
    for said in ({"exp": now - 5}, {"nbf": now + 5}, {"aud": ["https://x.example", "https://preceptor.example"]}):
        assert await hospital.status(signed(hospital.ec, hospital.claims(**said))) == 200, said
