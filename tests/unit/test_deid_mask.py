"""The second look: what the first one missed is masked, or nothing is released."""

from __future__ import annotations

import pytest

from preceptor.deid.detect import Known, detect
from preceptor.deid.mask import mask, residue, verified
from preceptor.deid.spans import Span
from preceptor.errors import IntegrityFailure

PATIENT = Known.from_json(
    {"names": ["Ngozi Okafor"], "identifiers": ["MZQ7714209"], "telecom": ["312-555-0142"], "birthDate": "1961-04-02"}
)


def test_a_missed_number_of_the_record_is_masked_by_the_second_look() -> None:
    text = "chart mzq-771 4209 pulled"
    assert verified(text, [], "safe-harbor", PATIENT).text.count("[") == 1
    assert "4209" not in verified(text, [], "safe-harbor", PATIENT).text


def test_a_missed_shape_is_masked_by_the_second_look() -> None:
    found = residue("SSN 123-45-6789", [], "safe-harbor")
    assert {span.label for span in found} == {"SSN"}
    assert all(span.source.startswith("check:") for span in found)


def test_a_name_masked_in_one_place_and_open_in_another() -> None:
    text = "Dr. Qushirivaz came. Later Qushirivaz left."
    once = [Span(4, 14, "NAME", 0.87, "name:title")]
    assert "Qushirivaz" not in verified(text, once, "safe-harbor").text


def test_the_rules_that_found_nothing_new_leave_the_text_alone() -> None:
    text = "BP 128/76, HR 72, SpO2 98 %. Continue metformin 500 mg."
    assert residue(text, [], "safe-harbor") == []
    assert mask(text, "safe-harbor").text == text


def test_a_document_s_second_look_is_for_the_record_s_own_only() -> None:
    text = "Call 1-800-555-0199 or write to the agency. Ngozi Okafor asked."
    assert residue(text, [], "document") == []
    assert {span.label for span in residue(text, [], "document", PATIENT)} == {"NAME"}


def test_what_does_not_come_to_rest_is_not_released() -> None:
    for text, known in (("SSN 123-45-6789", None), ("ngozi okafor came", PATIENT), ("chart MZQ 771 4209", PATIENT)):
        with pytest.raises(IntegrityFailure) as refused:
            verified(text, [], "safe-harbor", known, rounds=0)
        assert refused.value.code == "deid_unverified"
        assert not any(word in str(refused.value) for word in text.split())


@pytest.mark.parametrize(
    "text",
    [
        "OKAFOR, NGOZI",
        "ngozi okafor",
        "Ngozi Okafar",  # one wrong letter
        "okaforngozi@home",
        "born 2 April 1961",
        "born 04.02.61",
        "MZQ 771 4209",
        "MZQ77I42O9",  # scanned
        "312.555.0142 or 555 0142",
        "N.O.",
    ],
)
def test_the_record_is_found_in_other_forms(text: str) -> None:
    out = mask(f"Seen today: {text} .", "safe-harbor", PATIENT).text.lower()
    for part in ("okafor", "okafar", "ngozi", "1961", "4209", "42o9", "0142", "n.o."):
        assert part not in out


def test_the_record_s_values_are_not_shown_by_its_text_form() -> None:
    assert "Okafor" not in repr(PATIENT)


def test_a_limited_data_set_keeps_dates_and_towns_and_takes_streets_and_names() -> None:
    out = mask("Ngozi Okafor, 12 Elm Street, Peoria, IL 61602, seen 3/4/2024, age 93.", "limited", PATIENT).text
    assert "3/4/2024" in out and "Peoria" in out and "61602" in out and "93" in out
    assert "Elm" not in out and "Okafor" not in out


def test_strict_takes_facilities_states_and_years() -> None:
    out = mask("Admitted to Riverside General Hospital in Ohio in 2019.", "strict").text
    assert "Riverside" not in out and "Ohio" not in out and "2019" not in out


def test_detect_needs_no_text() -> None:
    assert detect("", "safe-harbor") == []
    assert mask("", "safe-harbor", PATIENT).text == ""


@pytest.mark.parametrize(
    "text",
    [
        "MZQ   771     4209",  # aligned columns
        "MZQ; , ; 7714209",
        "04|02|1961",
        "4 / 2 / 1961",
        "610402",
        "mr. ngozi",
    ],
)
def test_the_record_s_values_are_found_across_whatever_stands_between(text: str) -> None:
    out = mask(f"Seen: {text} .", "safe-harbor", PATIENT).text
    assert out != f"Seen: {text} ."
    assert not any(part in out for part in ("4209", "1961", "610402", "ngozi"))


def test_a_name_without_spaces_around_it() -> None:
    known = Known.from_json({"names": ["\u738b\u5c0f\u660e"]})
    assert "\u5c0f" not in mask("\u738b\u5c0f\u660e\u6765\u4e86", "safe-harbor", known).text


def test_a_limited_data_set_keeps_packed_dates_and_long_zip_codes() -> None:
    for kept in ("seen 2024-03-12 (20240312)", "Boise, ID 83702-1234"):
        assert mask(kept, "limited").text == kept


def test_two_dates_are_two_masks() -> None:
    assert mask("seen on 03/12/2024 and 3/14/2024", "safe-harbor").text == "seen on [DATE] and [DATE]"


@pytest.mark.parametrize("word", ["High", "White", "Oral", "Clear", "Trace", "Dull"])
def test_one_word_without_context_is_no_name(word: str) -> None:
    assert mask(word, "safe-harbor").text == word


def test_a_number_of_the_record_is_found_among_the_digits_alone() -> None:
    known = Known.from_json({"identifiers": ["88213445"]})
    for text in ("88      213      445", "88; , ; 213445", "88 (old: 213) 445"):
        assert "445" not in mask(f"chart {text} pulled", "safe-harbor", known).text
