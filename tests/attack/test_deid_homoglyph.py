"""Letters and digits that look like others: other scripts, mathematical, full-width, circled, accents on top."""

from __future__ import annotations

import pytest
from tests.view_case import hidden, masked

from preceptor.deid.views import views

NAMES = [
    "\u0408\u043ehn Smi\u0442h",  # Cyrillic
    "J\u03bfhn Sm\u03b9th",  # Greek
    "\uff2a\uff4f\uff48\uff4e \uff33\uff4d\uff49\uff54\uff48",  # full width
    "\U0001d409\U0001d428\U0001d421\U0001d427 \U0001d412\U0001d426\U0001d422\U0001d42d\U0001d421",  # bold
    "\u24bf\u24de\u24d7\u24dd \u24c8\u24dc\u24d8\u24e3\u24d7",  # circled
    "\U0001f159\U0001f15e\U0001f157\U0001f15d \U0001f162\U0001f15c\U0001f158\U0001f163\U0001f157",  # white on black
    "J\u0336o\u0336h\u0336n\u0336 S\u0336m\u0336i\u0336t\u0336h\u0336",  # struck through
    "J\u00f3hn Sm\u00edth",  # accented
    "\u13abohn \u13daith",  # Cherokee capitals
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_look_alikes_is_masked(name: str) -> None:
    assert hidden(f"Spoke with Mr. {name} about the plan.", *name.split())


@pytest.mark.parametrize("zero", [0x0660, 0x06F0, 0x0966, 0x0E50, 0xFF10, 0x1D7CE, 0x1D7F6, 0x1FBF0])
def test_digits_of_other_scripts_are_masked(zero: int) -> None:
    digits = "".join(chr(zero + int(digit)) for digit in "482913")
    assert hidden(f"MRN: {digits} noted", digits)


@pytest.mark.parametrize("digits", ["\u2463\u2467\u2461\u2468\u2460\u2462", "\u2074\u2078\u00b2\u2079\u00b9\u00b3"])
def test_circled_and_superior_digits_are_masked(digits: str) -> None:
    assert hidden(f"MRN: {digits} noted", digits)


def test_words_that_are_really_foreign_and_units_stay() -> None:
    text = "\u0418\u0432\u0430\u043d \u043f\u0440\u0438\u0448\u0435\u043b; "
    text += "TNF-\u03b1, 25 kg/m\u00b2, 10\u2079/L, 5 \u00b5g"
    assert [view.text for view in views(text) if view.name != "plain"] == []
    assert masked("BMI 25 kg/m\u00b2, WBC 5.4\u00d710\u2079/L, \u03b2-blocker") == (
        "BMI 25 kg/m\u00b2, WBC 5.4\u00d710\u2079/L, \u03b2-blocker"
    )
