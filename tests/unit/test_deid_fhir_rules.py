"""References, free text, questions, addresses of terminologies and unknown elements of FHIR R4 resources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from preceptor.deid.fhir import bundle_patient, redact_resource
from preceptor.deid.fhir_paths import asked, terminology
from preceptor.deid.labels import POLICIES, Policy
from preceptor.errors import Invalid

LOINC = "http://loinc.org"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
HOME = {"line": ["12 Elm Street"], "city": "Marlowe", "district": "Tully", "state": "VT", "postalCode": "05401-1234"}
WHEN = "2023-03-14T09:26:53Z"


def out(resource: dict[str, Any], policy: Policy = "safe-harbor", **more: Any) -> Any:
    return redact_resource(resource, policy, **more).resource


def labels(resource: dict[str, Any], policy: Policy = "safe-harbor", **more: Any) -> dict[str, str]:
    return {one.path: one.label for one in redact_resource(resource, policy, **more).removed}


def test_references_stay_together() -> None:
    patient = {"resourceType": "Patient", "id": "77"}
    visit = {"resourceType": "Encounter", "id": "77", "subject": {"reference": "Patient/77"}}
    seen = {
        "resourceType": "Observation",
        "subject": {"reference": "http://here.org/fhir/Patient/77/_history/3"},
        "encounter": {"reference": "urn:uuid:5e0c"},
        "performer": [
            {"reference": "Practitioner/9", "display": "Dr Quill"},
            {"reference": "urn:uuid:none"},
            {"reference": "Patient?id=7"},
        ],
        "focus": [{"reference": "http://there.org/fhir/Patient/77"}, {"reference": "#"}],
        "specimen": {"reference": "#s"},
        "contained": [{"resourceType": "Specimen", "id": "s", "subject": {"reference": "#"}}],
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": "http://here.org/fhir/Patient/77", "resource": patient},
            {"fullUrl": "urn:uuid:5e0c", "resource": visit},
            {"fullUrl": "http://here.org/fhir/Observation/1", "resource": seen},
        ],
    }
    result = out(bundle)
    one, two, three = result["entry"]
    assert one["fullUrl"].endswith("/fhir/Patient/patient-1")
    assert one["resource"]["id"] == "patient-1"
    assert two["fullUrl"].endswith("/fhir/Encounter/encounter-1")
    assert two["resource"] == {
        "resourceType": "Encounter",
        "id": "encounter-1",
        "subject": {"reference": "Patient/patient-1"},
    }
    shown = three["resource"]
    assert shown["subject"] == {"reference": "Patient/patient-1"}
    assert shown["encounter"] == {"reference": "Encounter/encounter-1"}
    assert shown["performer"][:2] == [
        {"reference": "Practitioner/practitioner-1"},
        {"reference": "Resource/resource-1"},
    ]
    assert shown["focus"][0] == {"reference": "Patient/patient-3"}  # another server's 77 is another patient
    assert shown["focus"][1] == {"reference": "#"}
    assert shown["specimen"] == {"reference": "#specimen-1"}
    assert shown["contained"][0]["id"] == "specimen-1"
    assert redact_resource(result, "safe-harbor").removed == ()


def test_a_transaction_bundle() -> None:
    request = {"method": "PUT", "url": "Patient/77", "ifNoneExist": "identifier=QF00482913", "ifMatch": "W/quill"}
    entry = {"resource": {"resourceType": "Patient", "id": "77"}, "request": request}
    search = {
        "request": {"method": "GET", "url": "Patient?name=Quill"},
        "response": {"status": "200 OK", "etag": "quill"},
    }
    bundle = {
        "resourceType": "Bundle",
        "entry": [entry, search],
        "link": [{"relation": "self", "url": "http://x.org/?quill"}],
    }
    shown = out(bundle)
    assert shown["entry"][0] == {
        "resource": {"resourceType": "Patient", "id": "patient-1"},
        "request": {"method": "PUT", "url": "Patient/patient-1"},
    }
    assert shown["entry"][1] == {"request": {"method": "GET", "url": "Patient"}, "response": {"status": "200 OK"}}
    assert shown["link"] == [{"relation": "self"}]


def test_free_text_goes_to_the_caller() -> None:
    heard: list[str] = []

    def mask(text: str) -> str:
        heard.append(text)
        return text.replace("Tamsin", "[NAME]")

    note = {
        "resourceType": "Observation",
        "text": {
            "status": "generated",
            "div": "<div><p>Tamsin &amp; son</p><table><tr><td>a</td><td>b</td></tr></table></div>",
        },
        "code": {"coding": [{"code": "x1", "display": "Tamsin's code"}], "text": "Tamsin's code"},
        "note": [{"text": "no name", "authorString": "Tamsin"}],
    }
    result = redact_resource(note, "safe-harbor", mask)
    assert result.resource["text"] == {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">[NAME] &amp; son\na b</div>',
    }
    assert result.resource["code"] == {"coding": [{"code": "x1", "display": "[NAME]'s code"}], "text": "[NAME]'s code"}
    assert result.resource["note"] == [{"text": "no name"}]
    assert heard == ["Tamsin & son\na b", "Tamsin's code", "no name"]  # each text once
    assert {one.path: one.label for one in result.removed} == {
        "Observation.text.div": "NAME",
        "Observation.code.coding[0].display": "NAME",
        "Observation.code.text": "NAME",
        "Observation.note[0].authorString": "NAME",
    }


def test_what_answers_a_question_for_an_identifier_is_removed() -> None:
    items = [
        {"linkId": "1", "text": "Mother's name", "answer": [{"valueString": "oriel"}]},
        {"linkId": "2", "text": "Home phone", "answer": [{"valueInteger": 5550142}]},
        {"linkId": "3", "text": "Glasses a day", "answer": [{"valueInteger": 3}]},
    ]
    form = {"resourceType": "QuestionnaireResponse", "item": items}
    shown = redact_resource(form, "safe-harbor", lambda text: text)
    assert [item.get("answer") for item in shown.resource["item"]] == [None, None, [{"valueInteger": 3}]]  # type: ignore[attr-defined]
    assert [one.label for one in shown.removed] == ["NAME", "PHONE"]


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("patient-mothersMaidenName", "NAME"),
        ("E-mail address", "EMAIL"),
        ("IP address", "IP"),
        ("homePhone", "PHONE"),
        ("Date of birth", "DATE"),
        ("member id", "HEALTH_PLAN"),
        ("Platelets", None),
        ("us-core-birthsex", None),
        ("Stage", None),
    ],
)
def test_what_a_question_asks(question: str, label: str | None) -> None:
    assert asked(question) == label


@pytest.mark.parametrize(
    ("uri", "stays", "strict"),
    [
        (LOINC, True, True),
        ("http://snomed.info/sct/731000124108", True, True),
        ("http://hl7.org/fhir/ValueSet/observation-status|4.0.1", True, True),
        ("urn:oid:2.16.840.1.113883.6.238", True, True),
        ("https://marlowe-clinic.org/codes", True, False),
        ("https://marlowe-clinic.org/Patient/77", False, False),
        ("https://marlowe-clinic.org/codes?mrn=7", False, False),
        ("https://quill@marlowe-clinic.org/codes", False, False),
        ("https://marlowe-clinic.org/00482913", False, False),
        ("urn:uuid:5e0c2a34-1111-2222-3333-444455556666", False, False),
        ("javascript:alert(1)", False, False),
    ],
)
def test_addresses_of_terminologies_stay(uri: str, stays: bool, strict: bool) -> None:
    assert terminology(uri, "safe-harbor") is stays
    assert terminology(uri, "strict") is strict


@pytest.mark.parametrize("value", ["2023-03-14", "555-0142", "219-09-9999", "00482913", "a  b", "x" * 200])
def test_a_code_without_a_system_is_no_place_for_numbers(value: str) -> None:
    coded = {
        "resourceType": "Basic",
        "language": value,
        "code": {"coding": [{"code": value}, {"system": LOINC, "code": "4548-4"}]},
    }
    assert out(coded) == {"resourceType": "Basic", "code": {"coding": [{"system": LOINC, "code": "4548-4"}]}}


def test_institutions_by_policy() -> None:
    clinic = {"resourceType": "Organization", "name": "Marlowe Clinic", "alias": ["MC"], "active": True}
    assert out(clinic) == clinic
    assert out(clinic, "strict") == {"resourceType": "Organization", "active": True}
    employer = {**clinic, "type": [{"coding": [{"code": "bus"}]}]}
    assert labels(employer) == {"Organization.name": "NAME", "Organization.alias[0]": "NAME"}


def test_the_unknown_is_removed() -> None:
    patient = {
        "resourceType": "Patient",
        "Quillfeather": 1,
        "gender": {"was": "Quillfeather"},
        "active": "Quillfeather",
        "_name": {"id": "Quillfeather"},
        "contained": [{"resourceType": "Quillfeather"}, "Quillfeather", {"id": "x"}],
        "extension": [{"url": "http://x.org/Patient/Quillfeather", "valueBoolean": True}, {"valueBoolean": True}],
        "generalPractitioner": [[{"display": "Quillfeather"}]],
    }
    result = redact_resource(patient, "limited")
    assert result.resource == {"resourceType": "Patient"}
    assert len(result.removed) == 10
    assert "Quill" not in "".join(one.path for one in result.removed)


def test_lists_of_primitives_stay_beside_their_extensions() -> None:
    absent = {"extension": [{"url": HL7 + "data-absent-reason", "valueCode": "masked"}]}
    given = {"resourceType": "PlanDefinition", "library": ["Quill", LOINC], "_library": [absent, None]}
    assert out(given) == {"resourceType": "PlanDefinition", "library": [None, LOINC], "_library": [absent, None]}
    assert out({**given, "_library": [None, absent]}) == {
        "resourceType": "PlanDefinition",
        "library": [LOINC],
        "_library": [absent],
    }


def test_a_resource_among_parameters_is_not_the_entry_around_it() -> None:
    inner = {"resourceType": "Patient", "id": "77"}
    parameters = {"resourceType": "Parameters", "id": "1", "parameter": [{"name": "patient", "resource": inner}]}
    shown = out({"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:5e0c", "resource": parameters}]})
    assert shown["entry"][0]["resource"]["id"] == "parameters-1"
    assert shown["entry"][0]["resource"]["parameter"][0]["resource"]["id"] == "patient-1"


@pytest.mark.parametrize(
    "resource", [{}, {"resourceType": "Quill"}, {"resourceType": 7}, {"resourceType": "HumanName"}]
)
def test_without_a_known_type_it_is_refused(resource: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        redact_resource(resource, "safe-harbor")
    assert refused.value.code == "invalid_request"
    assert "Quill" not in str(refused.value)


def test_depth_is_limited() -> None:
    item: dict[str, Any] = {"linkId": "1", "text": "deep Quill"}
    for _ in range(300):
        item = {"linkId": "1", "item": [item]}
    assert "Quill" not in json.dumps(out({"resourceType": "QuestionnaireResponse", "item": [item]}))


def test_the_patient_of_a_bundle() -> None:
    patient = {"resourceType": "Patient", "id": "1"}
    other = {"resourceType": "Observation", "contained": [patient]}
    assert bundle_patient(patient) is patient
    assert (
        bundle_patient({"resourceType": "Bundle", "entry": [{}, {"resource": other}, {"resource": patient}]}) is patient
    )
    assert bundle_patient(other) is patient
    assert bundle_patient({"resourceType": "Bundle", "entry": "junk"}) is None


@pytest.mark.parametrize("policy", POLICIES)
def test_clinical_content_stays(policy: Policy) -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "4548-4", "display": "Hemoglobin A1c"}]},
        "valueQuantity": {"value": 7.2, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
        "component": [{"code": {"coding": [{"system": LOINC, "code": "8480-6"}]}, "valueInteger": 142}],
    }
    assert out(observation, policy) == observation
    assert redact_resource(observation, policy).removed == ()
