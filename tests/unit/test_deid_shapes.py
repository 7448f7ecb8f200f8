"""Numbers, codes, ages and dates by their form: what identifies is taken, what is measured stays."""

from __future__ import annotations

import pytest

from preceptor.deid.mask import mask
from preceptor.deid.scanned import unscanned


def masked(text: str) -> str:
    return mask(text, "safe-harbor").text


@pytest.mark.parametrize(
    "text",
    [
        "Chart | 601220 | pulled",
        "the number on the bracelet was 33-50-63",
        "Case: M9005-401",
        "reference AUTH7877XM",
        "badge # B-0717",
        "Medicaid CT32558R",
        "tracking 9400 1000 2926 4642 7016 88",
        "MBI 1EG4-TE5-MK73",
        "plate of the car is WJM 869",
        "my last four are 4412",
        "4412 are the last four of my social",
        "SSN ***-**-4412",
        "UDI (01)00810156339969(17)280913(21)A39351",
        "lic 35.800578",
        "pager 80021",
        "the 6009 card was declined",
        "1Z 999 AA1 01 2345 6784",
    ],
)
def test_identifiers_are_taken(text: str) -> None:
    digits = max((word for word in text.split() if any(c.isdigit() for c in word)), key=len)
    assert digits.strip(".,") not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "platelets 250000, WBC 12000, viral load 1250000 copies",
        "ICD-10 E11.9, HCPCS E0601, CPT 99213, LOINC 4548-4, RxNorm 860975, NDC 0093-7214-01",
        "heparin 5000 units, 1000 mL NS, 150-400 reference",
        "NCT01234567 and PMID 31234567",
        "lot EK9231 of the vaccine, Azure XT DR",
        "pain 7/10, strength 5/5, murmur 2/6, GCS 15",
        "HR 92, BP 98/60, SpO2 94 %, temp 98.6, glucose 110",
        "89-year-old woman, age 45, 3 days ago, for 10-15 minutes",
        "2019-2020 season, in 2015, grade 3-4 toxicity, L4-5 disc",
        "IgA deficiency, H. pylori, E. coli, C. diff",
    ],
)
def test_measures_and_codes_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She is 94 years old", "She is [AGE90] years old"),
        ("94F with cough", "[AGE90]F with cough"),
        ("aged 91", "aged [AGE90]"),
        ("turns 90 next week", "turns [AGE90] next week"),
        ("her 100th birthday", "her [AGE90] birthday"),
        ("died at 97", "died at [AGE90]"),
        ("a ninety-three-year-old man", "a [AGE90]-year-old man"),
        ("edad: 92", "edad: [AGE90]"),
        ("How old is he? 96.", "How old is he? [AGE90]."),
    ],
)
def test_ages_over_89(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "date",
    [
        "12MAR2017",
        "02.16.17",
        "July the 24th",
        "March 3-7",
        "3 to 9 May 2021",
        "3/4-3/9/21",
        "the 21st",
        "5-abr-2014",
        "10/26",
    ],
)
def test_dates_in_many_forms(date: str) -> None:
    assert date not in masked(f"Seen on {date} in clinic")


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("383-9l2-4155", "383-912-4155"),
        ("ZIP 53O15", "ZIP 53015"),
        ("Z79.899 T12 B12 E11.9 L4-5", "Z79.899 T12 B12 E11.9 L4-5"),
        ("SOB, Bill, loss", "SOB, Bill, loss"),
    ],
)
def test_scanned_digits(seen: str, meant: str) -> None:
    assert unscanned(seen) == meant
    assert len(unscanned(seen)) == len(seen)
