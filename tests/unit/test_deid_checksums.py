"""Check digits: numbers that hold and the same numbers with one digit changed."""

from __future__ import annotations

import pytest

from preceptor.deid import checksums


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checksums.luhn, "79927398713", "79927398710"),  # the textbook number
        (checksums.npi, "1234567893", "1234567890"),  # the example of the NPI standard
        (checksums.npi, "1234567893", "123456789"),  # too short
        (checksums.dea, "AB1234563", "AB1234564"),
        (checksums.dea, "AB1234563", "1B1234563"),  # starts with a digit
        (checksums.ssn, "219099999", "000099999"),  # no area 000
        (checksums.ssn, "219099999", "666099999"),  # no area 666
        (checksums.ssn, "219099999", "912099999"),  # 9xx is a taxpayer number
        (checksums.ssn, "219099999", "219009999"),  # no group 00
        (checksums.ssn, "219099999", "219090000"),  # no serial 0000
        (checksums.vin, "1M8GDM9AXKP042788", "1M8GDM9A1KP042788"),  # check digit X
        (checksums.vin, "1M8GDM9AXKP042788", "IM8GDM9AXKP042788"),  # the letter I is never used
    ],
)
def test_check(check: object, good: str, bad: str) -> None:
    assert callable(check)
    assert check(good)
    assert not check(bad)
