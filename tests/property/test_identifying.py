"""Identifying values: what is stored is found by what people type, and by nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.errors import Invalid
from preceptor.vault.identifying import (
    LONGEST,
    SHORTEST,
    Sought,
    Stored,
    digests,
    fold,
    kind_of,
    refuse_sort,
    require_id,
    sought,
)

KEY, OTHER = b"k" * 32, b"o" * 32
NAMES = st.text(st.characters(categories=("L", "M", "N", "Zs", "Pd")), min_size=1, max_size=30)


def ask(value: str, parameter: str = "family", modifier: str = "", key: bytes = KEY) -> Sought:
    found = sought(key, "Patient", parameter, modifier, value)
    assert found is not None
    return found


@given(NAMES)
def test_every_beginning_finds_the_name_in_any_case_and_accent(name: str) -> None:
    stored, folded = digests(KEY, "Patient", "family", [Stored(name)]), fold(name)
    for length in range(SHORTEST, len(folded) + 1):
        for typed in (folded[:length], folded[:length].upper(), unicodedata.normalize("NFD", folded[:length])):
            if fold(typed) == folded[:length]:  # a few letters have no upper form that folds back
                found = ask(typed)
                assert found.digest in stored
                assert found.certain == (length <= LONGEST)
    assert ask(name, modifier="exact").digest in stored


@given(NAMES, NAMES)
def test_another_name_is_not_found(name: str, other: str) -> None:
    stored, typed = digests(KEY, "Patient", "family", [Stored(name)]), fold(other)
    if len(typed) >= SHORTEST:
        found = ask(other)
        assert (found.digest in stored) == fold(name).startswith(typed[:LONGEST])
    exact = ask(other, modifier="exact").digest in stored
    assert exact == (unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other))


@given(NAMES)
def test_tenants_parameters_and_types_do_not_share_digests(name: str) -> None:
    stored = [
        digests(KEY, "Patient", "family", [Stored(name)]),
        digests(OTHER, "Patient", "family", [Stored(name)]),
        digests(KEY, "Patient", "given", [Stored(name)]),
        digests(KEY, "Practitioner", "family", [Stored(name)]),
    ]
    assert sum(map(len, stored)) == len(frozenset().union(*stored))


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Müller", "mu"),
        ("MÜLLER", "muller"),
        ("O'Brien", "obri"),
        ("O’Brien", "O'BRIEN"),
        ("Łukasz", "lukasz"),
        ("Straße", "STRASSE"),
        ("Nguyễn  Văn", "nguyen van"),
        ("de la Cruz", "De La"),
        ("ﬁnley", "Finley"),
    ],
)
def test_names_as_people_type_them(stored: str, typed: str) -> None:
    assert ask(typed).digest in digests(KEY, "Patient", "family", [Stored(stored)])


@pytest.mark.parametrize(
    "typed", ["(312) 555-0177", "312.555.0177", "+1 312 555 0177", "tel:+1-312-555-0177", "3125550177x22"]
)
def test_telephone_numbers_meet_in_their_digits(typed: str) -> None:
    stored = digests(KEY, "Patient", "phone", [Stored("312-555-0177", "phone")])
    assert ask(typed, "phone").digest in stored
    assert ask("3125550178", "phone").digest not in stored
    assert ask("phone|" + typed, "phone").digest in stored
    assert ask("fax|" + typed, "phone").digest not in stored


def test_identifiers_are_found_with_and_without_system() -> None:
    stored = digests(KEY, "Patient", "identifier", [Stored("MZQ-77", "urn:mrn")])
    for typed in ("mzq-77", "urn:mrn|MZQ-77", "urn:mrn|"):
        assert ask(typed, "identifier").digest in stored, typed
    for typed in ("mzq77", "|MZQ-77", "urn:other|MZQ-77", "urn:other|"):
        assert ask(typed, "identifier").digest not in stored, typed
    assert ask("|MZQ", "identifier").digest in digests(KEY, "Patient", "identifier", [Stored("MZQ")])


def test_dates_are_found_by_day_month_and_year_and_not_more_closely_than_known() -> None:
    stored = digests(KEY, "Patient", "birthdate", [Stored("1951-03-14")])
    for typed, wanted in (
        ("1951", True),
        ("1951-03", True),
        ("1951-03-14", True),
        ("eq1951-03-14", True),
        ("1951-03-15", False),
        ("1952", False),
    ):
        assert (ask(typed, "birthdate").digest in stored) == wanted, typed
    coarse = digests(KEY, "Patient", "birthdate", [Stored("1951")])
    assert ask("1951-03", "birthdate").digest not in coarse
    assert ask("2024-02-29", "death-date").digest in digests(
        KEY, "Patient", "death-date", [Stored("2024-02-29T08:00Z")]
    )


@pytest.mark.parametrize(
    ("parameter", "modifier", "value"),
    [
        ("family", "contains", "zzsecret"),
        ("family", "text", "zzsecret"),
        ("family", "not a modifier", "zzsecret"),
        ("family", "", "z"),
        ("family", "", " '' "),
        ("phone", "exact", "zzsecret"),
        ("identifier", "of-type", "zzsecret"),
        ("identifier", "", ""),
        ("birthdate", "", "gt1951"),
        ("birthdate", "", "ap1951-01-01"),
        ("birthdate", "", "1951-03-14T10:00Z"),
        ("birthdate", "", "zzsecret"),
        ("birthdate", "missing", "true"),
    ],
)
def test_what_digests_cannot_answer_is_refused_without_the_value(parameter: str, modifier: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        sought(KEY, "Patient", parameter, modifier, value)
    assert caught.value.code == "identifying_search"
    assert "zzsecret" not in str(caught.value) + str(caught.value.ids)


def test_sorting_is_refused_and_other_parameters_are_not_ours() -> None:
    for parameter in ("family", "birthdate", "identifier"):
        with pytest.raises(Invalid):
            refuse_sort("Patient", parameter)
    refuse_sort("Observation", "date")
    assert kind_of("Observation", "identifier") == "identifier"
    assert kind_of("Observation", "string:value-string") == "text"
    assert kind_of("Observation", "code") is None
    assert kind_of("Coverage", "identifier") == "identifier"
    assert sought(KEY, "Observation", "code", "", "x") is None
    assert digests(KEY, "Observation", "code", [Stored("x")]) == frozenset()


@pytest.mark.parametrize("identity", ["MRN00482913", "maria-lopez", "1", "019A5B1C7C1E7D5AB0C43F0F8F3E9A10", ""])
def test_ids_that_may_identify_need_the_tenants_leave(identity: str) -> None:
    with pytest.raises(Invalid) as caught:
        require_id(identity, any_form=False)
    assert caught.value.code == "client_id"
    require_id(identity, any_form=True)
    require_id("019A5B1C-7C1E-7D5A-B0C4-3F0F8F3E9A10", any_form=False)
