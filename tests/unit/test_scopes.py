"""SMART scopes: what is read, what narrowing leaves, what a request may do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.access.compartment import PATIENT, within
from preceptor.access.scopes import (
    Ask,
    Granted,
    InScope,
    OutOfScope,
    Scope,
    decide_scope,
    narrow,
    parse_scope,
    parse_scopes,
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patient/Observation.rs", "patient/Observation.rs"),
        ("user/*.cruds", "user/*.cruds"),
        ("system/Patient.read", "system/Patient.rs"),
        ("user/Patient.write", "user/Patient.cud"),
        ("user/Patient.*", "user/Patient.cruds"),
        ("user/Observation.rs?category=laboratory", "user/Observation.rs?category=laboratory"),
    ],
)
def test_a_scope_is_read(text: str, said: str) -> None:
    assert str(parse_scope(text)) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "openid",
        "launch/patient",
        "patient/Observation.",
        "patient/Observation.sr",  # out of order
        "patient/Observation.rr",
        "patient/Observation.x",
        "admin/Observation.rs",
        "patient/observation.rs",
        "patient/Observation.rs?",
        "patient/Observation.rs?category=",
        "patient/Observation.read?category=laboratory",  # version 1 knows no limits
        "patient/Observation.rs\n",
        "patient/../Observation.rs",
        "PATIENT/Observation.rs",
    ],
)
def test_anything_else_grants_nothing(text: str) -> None:
    assert parse_scope(text) is None


def test_a_list_keeps_what_it_knows_and_permissions_by_name() -> None:
    found = parse_scopes("openid patient/Observation.rs policy:ask policy:burn", {"policy:ask", "audit:read"})
    assert str(found) == "patient/Observation.rs policy:ask"
    assert parse_scopes(" ".join(["user/*.r"] * 101)) == Granted(())


def test_narrowing_never_widens() -> None:
    held = parse_scopes("system/Observation.rs?category=laboratory system/Patient.r policy:ask", {"policy:ask"})
    asked = parse_scopes("system/*.cruds user/*.cruds", {"policy:ask"})
    assert str(narrow(asked, held)) == "system/Observation.rs?category=laboratory system/Patient.r"


SCOPES = st.builds(
    Scope,
    st.sampled_from(["patient", "user", "system"]),
    st.sampled_from(["*", "Patient", "Observation", "Practitioner"]),
    st.frozensets(st.sampled_from("cruds"), min_size=1),
    st.sampled_from([(), (("category", "laboratory"),), (("status", "final"),)]),
)
ASKS = st.builds(
    Ask,
    st.sampled_from(["Patient", "Observation", "Practitioner"]),
    st.sampled_from("cruds"),
    st.sampled_from([None, "1", "2"]),
)


@given(st.lists(SCOPES, max_size=4), st.lists(SCOPES, max_size=4), ASKS, st.booleans())
def test_what_narrowed_scopes_allow_both_allow(one: list[Scope], other: list[Scope], ask: Ask, program: bool) -> None:
    both = narrow(Granted(tuple(one)), Granted(tuple(other)))
    if isinstance(decide_scope(both.scopes, ask, program=program, patient="1"), InScope):
        for side in (one, other):
            assert isinstance(decide_scope(side, ask, program=program, patient="1"), InScope)


@given(SCOPES)
def test_a_written_scope_reads_back(scope: Scope) -> None:
    assert parse_scope(str(scope)) == scope


@pytest.mark.parametrize(
    ("scopes", "ask", "program", "reason"),
    [
        ("patient/*.rs", Ask("Observation", "r", "1"), False, None),
        ("patient/*.rs", Ask("Observation", "r", "2"), False, "other_patient"),
        ("patient/*.rs", Ask("Observation", "r", None), False, "other_patient"),
        ("patient/*.rs", Ask("Practitioner", "r", "1"), False, "no_compartment"),
        ("patient/*.rs", Ask("Observation", "u", "1"), False, "no_scope"),
        ("system/*.rs", Ask("Observation", "r", "1"), False, "system_only"),
        ("user/*.rs", Ask("Observation", "r", "1"), True, "system_only"),
        ("system/*.rs", Ask("Observation", "r", "1"), True, None),
        ("user/Patient.rs", Ask("Observation", "r", "1"), False, "no_scope"),
    ],
)
def test_decisions(scopes: str, ask: Ask, program: bool, reason: str | None) -> None:
    found = decide_scope(parse_scopes(scopes).scopes, ask, program=program, patient="1")
    assert (found.reason if isinstance(found, OutOfScope) else None) == reason


def test_limits_come_back_as_alternatives_and_fall_to_a_scope_without() -> None:
    limited = "user/Observation.rs?category=laboratory user/Observation.rs?category=vital-signs"
    ask = Ask("Observation", "s", "1")
    found = decide_scope(parse_scopes(limited).scopes, ask, program=False)
    assert isinstance(found, InScope)
    assert found.limits == ((("category", "laboratory"),), (("category", "vital-signs"),))
    found = decide_scope(parse_scopes(limited + " user/*.s").scopes, ask, program=False)
    assert found == InScope("user/*.s")


def test_no_patient_in_context() -> None:
    found = decide_scope(parse_scopes("patient/*.rs").scopes, Ask("Observation", "r", "1"), program=False)
    assert found == OutOfScope("no_patient")


def test_the_compartment() -> None:
    assert len(PATIENT) == 67 and "Practitioner" not in PATIENT
    assert within("Observation", "9", {"subject": ["Patient/1"]}, "1")
    assert not within("Observation", "9", {"subject": ["Patient/12", "https://elsewhere.example/Patient/1"]}, "1")
    assert not within("Observation", "9", {"derived-from": ["Patient/1"]}, "1")  # no parameter of the compartment
    assert within("Patient", "1", {}, "1") and not within("Patient", "2", {}, "1")
    assert not within("Practitioner", "1", {"subject": ["Patient/1"]}, "1")
