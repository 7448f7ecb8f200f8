"""Addresses, identifiers, dates and ages of FHIR R4 resources, policy by policy."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from preceptor.deid.fhir import redact_resource
from preceptor.deid.labels import Policy

LOINC = "http://loinc.org"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
HOME = {"line": ["12 Elm Street"], "city": "Marlowe", "district": "Tully", "state": "VT", "postalCode": "05401-1234"}
WHEN = "2023-03-14T09:26:53Z"


def out(resource: dict[str, Any], policy: Policy = "safe-harbor", **more: Any) -> Any:
    return redact_resource(resource, policy, **more).resource


def labels(resource: dict[str, Any], policy: Policy = "safe-harbor", **more: Any) -> dict[str, str]:
    return {one.path: one.label for one in redact_resource(resource, policy, **more).removed}


@pytest.mark.parametrize(
    ("policy", "address", "kept"),
    [
        ("safe-harbor", HOME, {"state": "VT", "postalCode": "054"}),
        ("document", {"postalCode": "03601"}, {"postalCode": "000"}),  # a restricted area
        ("safe-harbor", {"postalCode": "SW1A 1AA", "country": "GB"}, {"country": "GB"}),
        ("safe-harbor", {"state": "12 Elm Street", "country": "USA"}, {"country": "USA"}),
        ("safe-harbor", {"text": "12 Elm Street", "use": "home"}, {"use": "home"}),
        ("strict", {**HOME, "country": "US"}, {"country": "US"}),
        ("limited", HOME, {"city": "Marlowe", "district": "Tully", "state": "VT", "postalCode": "05401-1234"}),
        ("limited", {"city": "12 Elm Street, Marlowe", "state": "VT"}, {"state": "VT"}),
        (
            "safe-harbor",
            {"extension": [{"url": HL7 + "geolocation", "valueDecimal": 44.1}], "state": "VT"},
            {"state": "VT"},
        ),
    ],
)
def test_addresses(policy: Policy, address: dict[str, Any], kept: dict[str, str]) -> None:
    assert out({"resourceType": "Patient", "address": [address]}, policy)["address"] == [kept]


@pytest.mark.parametrize(
    ("identifier", "label"),
    [
        ({"type": {"coding": [{"code": "MR"}]}}, "MRN"),
        ({"type": {"coding": [{"code": "SS"}]}}, "SSN"),
        ({"type": {"coding": [{"code": "MB"}]}}, "HEALTH_PLAN"),
        ({"type": {"coding": [{"code": "AN"}]}}, "ACCOUNT"),
        ({"type": {"coding": [{"code": "SNO"}]}}, "DEVICE"),
        ({"system": "http://hl7.org/fhir/sid/us-npi"}, "LICENSE"),
        ({"system": "http://hl7.org/fhir/sid/us-ssn"}, "SSN"),
        ({"system": "http://hl7.org/fhir/sid/us-mbi"}, "HEALTH_PLAN"),
        ({"system": "http://example.org/vin"}, "VEHICLE"),
        ({}, "OTHER_ID"),
    ],
)
def test_identifiers_get_the_label_of_their_kind(identifier: dict[str, Any], label: str) -> None:
    patient = {"resourceType": "Patient", "identifier": [{**identifier, "value": "A1"}]}
    assert labels(patient)["Patient.identifier[0].value"] == label
    assert "A1" not in json.dumps(out(patient))


def test_dates_by_policy() -> None:
    encounter = {"resourceType": "Encounter", "period": {"start": WHEN, "end": "2023"}, "meta": {"lastUpdated": "junk"}}
    assert out(encounter) == {"resourceType": "Encounter", "period": {"start": "2023", "end": "2023"}}
    assert out(encounter, "limited")["period"] == {"start": WHEN, "end": "2023"}
    assert out(encounter, "strict") == {"resourceType": "Encounter"}
    assert labels(encounter) == {"Encounter.period.start": "DATE", "Encounter.meta.lastUpdated": "DATE"}


@pytest.mark.parametrize(
    ("more", "as_of", "kept"),
    [
        ({}, None, "1933"),  # nothing says how old
        ({}, date(2023, 1, 1), None),
        ({}, date(2022, 12, 31), "1933"),
        ({"meta": {"lastUpdated": WHEN}}, None, None),
        ({"deceasedDateTime": "2001-03-14", "meta": {"lastUpdated": WHEN}}, date(2024, 1, 1), "1933"),
        ({"deceasedDateTime": "2023-01-14"}, None, None),
        ({"identifier": [{"period": {"end": "9999-12-31"}}]}, None, "1933"),  # "no end" is no age
    ],
)
def test_a_birth_year_that_shows_an_age_over_89_is_removed(more: dict[str, Any], as_of: date | None, kept: Any) -> None:
    patient = {"resourceType": "Patient", "birthDate": "1933-03-14", **more}
    result = redact_resource(patient, "safe-harbor", as_of=as_of)
    assert result.resource.get("birthDate") == kept
    assert ("AGE90" in [one.label for one in result.removed]) == (kept is None)
    assert out(patient, "limited", as_of=as_of)["birthDate"] == "1933-03-14"


def test_the_newest_date_of_a_bundle_counts_for_its_patient() -> None:
    patient = {"resourceType": "Patient", "birthDate": "1930-03-14"}
    visit = {"resourceType": "Encounter", "period": {"start": WHEN}}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": patient}, {"resource": visit}]}
    assert out(bundle)["entry"] == [
        {"resource": {"resourceType": "Patient"}},
        {"resource": {"resourceType": "Encounter", "period": {"start": "2023"}}},
    ]
    assert labels(bundle)["Bundle.entry[0].resource.birthDate"] == "AGE90"


def test_ages_over_89() -> None:
    years = {"value": 93, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}
    old = {**years, "value": 90, "comparator": ">="}
    condition = {"resourceType": "Condition", "onsetAge": years, "abatementRange": {"low": years, "high": years}}
    assert out(condition)["onsetAge"] == old
    assert out(condition)["abatementRange"] == {"low": {**years, "value": 90}}
    assert out(condition, "limited") == condition
    assert out({**condition, "onsetAge": {**years, "value": 89}})["onsetAge"]["value"] == 89
    months = {"value": 1100, "code": "mo"}
    assert out({"resourceType": "Condition", "onsetAge": months})["onsetAge"] == {
        "value": 90,
        "comparator": ">=",
        "code": "a",
    }
    said = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": LOINC, "code": "30525-0"}]},
        "valueInteger": 93,
    }
    assert "valueInteger" not in out(said)
    assert out({**said, "valueInteger": 42})["valueInteger"] == 42
    asked_ = {"linkId": "2", "text": "Your age?", "answer": [{"valueInteger": 93}, {"valueString": "ninety, 93"}]}
    assert "93" not in json.dumps(out({"resourceType": "QuestionnaireResponse", "item": [asked_]}))
    pulse = {"resourceType": "Observation", "valueQuantity": {"value": 93, "unit": "/min"}}
    assert out(pulse) == pulse
