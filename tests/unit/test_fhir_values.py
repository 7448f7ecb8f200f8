"""Extensions by name, what a machine made, times, references, narratives: the small parts, each by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from preceptor.errors import Invalid
from preceptor.fhir.check import check
from preceptor.fhir.extensions import KNOWN, Registry, birth_sex, categories, read_registry
from preceptor.fhir.issues import is_valid
from preceptor.fhir.moments import interval
from preceptor.fhir.narrative import look
from preceptor.fhir.provenance import AIAST, Made, ai_device, is_labelled, labelled, provenance
from preceptor.fhir.references import read_reference

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


def test_us_core_extensions_are_read_and_written() -> None:
    """Race and ethnicity as codes and text, birth sex as a code; what is written is valid and read again."""
    registry = Registry()
    patient: dict[str, Any] = {"resourceType": "Patient"}
    assert categories(registry, patient, "race") is None and birth_sex(registry, patient) is None
    white = {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"}
    patient = registry.write(patient, "race", {"ombCategory": [white], "text": ["White"]})
    patient = registry.write(patient, "birthsex", "F")
    patient = registry.write(patient, "birthsex", "M")
    race = categories(registry, patient, "race")
    assert race is not None and (race.omb, race.detailed, race.text) == (("2106-3",), (), "White")
    assert birth_sex(registry, patient) == "M" and len(patient["extension"]) == 2
    assert is_valid(check(patient))
    with pytest.raises(Invalid):
        registry.write({"resourceType": "Observation"}, "race", {})
    with pytest.raises(Invalid):
        registry.read(patient, "shoe")


def test_a_site_names_its_own() -> None:
    """By a JSON object; what is not understood is refused, not half taken."""
    said = {"shoe": {"url": "http://example.org/shoe", "on": ["Patient"], "type": "decimal"}}
    registry = read_registry(json.dumps(said))
    assert registry.read(registry.write({"resourceType": "Patient"}, "shoe", 42), "shoe") == [42]
    assert set(registry.kinds) == {*KNOWN, "shoe"}
    for wrong in (
        "x", "[]", '{"race": {}}', '{"a": {"url": "relative", "type": "code"}}', '{"a": {"url": "urn:a"}}',
        '{"a": {"url": "urn:a", "type": "Nothing"}}', '{"a": {"url": "urn:a", "type": "code", "on": ["Nobody"]}}',
        '{"a": {"url": "urn:a", "type": "code", "parts": {"b": "code"}}}',
        '{"a": {"url": "urn:a", "type": "code", "x": 1}}',
    ):  # fmt: skip
        with pytest.raises(Invalid, match="invalid_setting"):
            read_registry(wrong)


def test_what_a_machine_made_says_so() -> None:
    """The label once, the Device, and a Provenance with human, machine, rules and sources; all of them valid."""
    note = {
        "resourceType": "Condition",
        "id": "x",
        "meta": {"security": [AIAST]},
        "subject": {"reference": "Patient/p"},
    }
    assert labelled(labelled(note))["meta"]["security"] == [AIAST] and is_labelled(note)
    device = ai_device("Encounter note", "1.2", "some-model")
    made = Made(
        ["Condition/c/_history/1"],
        ["DocumentReference/d/_history/3"],
        "account:maria",
        "Device/d",
        "draft",
        rules="fit-1",
    )
    said = provenance(made, AT)
    assert is_labelled(said) and is_valid(check(said)) and is_valid(check(device))
    assert [agent["type"]["coding"][0]["code"] for agent in said["agent"]] == ["author", "assembler"]
    assert said["entity"][0]["what"]["reference"].endswith("/_history/3") and said["policy"] == [
        "urn:preceptor:rules:fit-1"
    ]
    approved = provenance(Made(["Condition/c/_history/2"], [], "account:maria", None, "approved", approved=True), AT)
    assert not is_labelled(approved) and approved["agent"][0]["type"]["coding"][0]["code"] == "verifier"


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2026-01-01T01:00:00+02:00", "2025-12-31T23:00:00Z", "2025-12-31T23:00:01Z"),
        ("2026-01-01T01:00:00.5-01:00", "2026-01-01T02:00:00.5Z", "2026-01-01T02:00:00.6Z"),
        ("2026-06-30T23:59:60Z", "2026-06-30T23:59:59Z", "2026-07-01T00:00:00Z"),
        ("9999-12-31", "9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_times_are_intervals(text: str, low: str, high: str) -> None:
    """Fewer digits cover more time; zones are reckoned with; the ends of the calendar hold."""
    found = interval(text)
    assert found is not None
    assert (found.low, found.high) == (datetime.fromisoformat(low), datetime.fromisoformat(high))


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-02-30", "2026-01-01T25:00:00Z", "0000", "x", "2026-01-01T"]
)
def test_what_is_no_time(text: str) -> None:
    """None, not an error."""
    assert interval(text) is None


@pytest.mark.parametrize(
    ("text", "form", "relative"),
    [
        ("Patient/1", "rest", "Patient/1"),
        ("Patient/1/_history/2", "rest", "Patient/1"),
        ("http://other.example/fhir/Patient/1", "rest", None),
        ("#a", "local", None),
        ("urn:uuid:5fe62cd5-bfcf-4d3b-a1e9-80d6f75d6f82", "urn", None),
        ("Patient?identifier=a|b", "conditional", None),
        ("http://example.org/x y", None, None),
        ("Nothing/1", None, None),
        ("patient/1", None, None),
        ("Patient/" + "x" * 65, None, None),
        ("../Patient/1", None, None),
    ],
)
def test_forms_of_references(text: str, form: str | None, relative: str | None) -> None:
    """What is of none of the forms is refused, not guessed at."""
    target = read_reference(text)
    assert (target.form if target else None) == form
    assert (target.relative if target else None) == relative


@pytest.mark.parametrize(
    ("inner", "seen"),
    [
        ("<p>a&nbsp;b</p>", "safe"), ('<img src="#a" alt="x"/>', "safe"), (" <br/> ", "empty"),
        ('<a href="https://example.org">x</a>', "safe"), ('<a href=" javascript:x()">x</a>', "unsafe"),
        ('<a href="data:text/html,x">x</a>', "unsafe"), ('<p style="color:red">x</p>', "safe"),
        ('<p style="width: expression(x)">x</p>', "unsafe"), ("<p>&undefined;</p>", "unsafe"),
        ("<?php x ?>a", "unsafe"), ('<p xmlns="http://example.org">x</p>', "unsafe"), ("<svg>x</svg>", "unsafe"),
        ("<b>" * 100 + "x" + "</b>" * 100, "unsafe"),
    ],
)  # fmt: skip
def test_narratives(inner: str, seen: str) -> None:
    """Allowed elements and attributes only, and nothing that runs."""
    assert look(DIV.format(inner)) == seen


def test_narratives_cannot_grow() -> None:
    """Entities that expand, other roots, no name space."""
    bomb = '<!DOCTYPE d [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>' + DIV.format("&b;")
    for text in (bomb, "<p>x</p>", "<div>x</div>", DIV.format("x") + DIV.format("x"), ""):
        assert look(text) == "unsafe"
