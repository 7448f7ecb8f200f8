"""Check digits and number rules that tell an identifier from digits that only look like one."""

from __future__ import annotations

_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def luhn(digits: str) -> bool:
    """Whether the last of the ASCII digits is the Luhn check digit of the rest (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return bool(digits) and total % 10 == 0


def npi(digits: str) -> bool:
    """Whether ten digits are a National Provider Identifier: Luhn over "80840" and the number (45 CFR 162.406)."""
    return len(digits) == 10 and digits[0] in "12" and luhn("80840" + digits)


def dea(number: str) -> bool:
    """Whether two letters and seven digits are a DEA registration: digits 1, 3, 5 plus twice 2, 4, 6 end in 7."""
    digits = number[2:]
    if len(number) != 9 or not number[:1].isalpha() or not digits.isdecimal():
        return False
    odd, even = sum(int(d) for d in digits[0:6:2]), sum(int(d) for d in digits[1:6:2])
    return (odd + 2 * even) % 10 == int(digits[6])


def ssn(digits: str) -> bool:
    """Whether nine digits can be a social security number: area not 000, 666 or 9xx, group and serial not zero."""
    return (
        len(digits) == 9
        and digits[:3] not in ("000", "666")
        and digits[0] != "9"
        and digits[3:5] != "00"
        and digits[5:] != "0000"
    )


def vin(number: str) -> bool:
    """Whether 17 characters carry the check digit of a vehicle identification number (49 CFR 565.15)."""
    if len(number) != 17:
        return False
    total = 0
    for letter, weight in zip(number.upper(), _VIN_WEIGHTS, strict=True):
        value = int(letter) if letter.isdecimal() else _VIN_VALUES.get(letter)
        if value is None:
            return False
        total += value * weight
    return "0123456789X"[total % 11] == number[8].upper()
