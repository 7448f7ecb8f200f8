"""FHIR R4 resources lose their identifiers by path and type, and keep their codes, numbers and links."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from preceptor.deid.fhir import redact_resource
from preceptor.deid.fhir_types import RESOURCES, elements
from preceptor.deid.labels import Policy

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
NAME = {"family": "Quillfeather", "given": ["Tamsin", "Oriel"]}
HOME = {"line": ["12 Elm Street"], "city": "Marlowe", "district": "Tully", "state": "VT", "postalCode": "05401-1234"}
WHEN = "2023-03-14T09:26:53Z"
SUBJECT = {"reference": "Patient/quill-77", "display": "Tamsin Quillfeather"}
CODE = {"coding": [{"system": SNOMED, "code": "38341003", "display": "Hypertension"}], "text": "seen by Tamsin"}
NUMBER = {"system": "urn:oid:1.2.36", "value": "QF00482913"}
SECRETS = ("Quill", "quill", "Tamsin", "Oriel", "Elm", "00482913", "555-0142", "@post", "-03-14", "-01", "0901", "UDI9")

EXAMPLES: list[dict[str, Any]] = [
    {"resourceType": "Account", "identifier": [NUMBER], "name": "Tamsin's account", "servicePeriod": {"start": WHEN}},
    {"resourceType": "AllergyIntolerance", "code": CODE, "patient": SUBJECT, "onsetDateTime": WHEN},
    {"resourceType": "Appointment", "status": "booked", "start": WHEN, "comment": "call 555-0142", "participant": []},
    {
        "resourceType": "AuditEvent",
        "recorded": WHEN,
        "agent": [{"name": "Tamsin", "altId": "quill", "requestor": True}],
    },
    {"resourceType": "Basic", "code": CODE, "author": SUBJECT, "created": "2023-03-14"},
    {"resourceType": "Binary", "contentType": "text/plain", "data": "UXVpbGw=0901"},
    {"resourceType": "CarePlan", "title": "Plan for Tamsin", "subject": SUBJECT, "note": [{"text": "Tamsin walks"}]},
    {"resourceType": "CareTeam", "name": "Team Quillfeather", "participant": [{"member": SUBJECT}]},
    {"resourceType": "Claim", "patient": SUBJECT, "insurance": [{"preAuthRef": ["00482913"], "sequence": 1}]},
    {"resourceType": "Communication", "payload": [{"contentString": "Dear Tamsin"}], "sent": WHEN},
    {"resourceType": "Composition", "title": "Visit of Tamsin", "date": WHEN, "author": [SUBJECT]},
    {"resourceType": "Condition", "code": CODE, "subject": SUBJECT, "onsetPeriod": {"start": WHEN}},
    {"resourceType": "Consent", "patient": SUBJECT, "dateTime": WHEN, "sourceAttachment": {"title": "Tamsin.pdf"}},
    {"resourceType": "Coverage", "subscriberId": "00482913", "dependent": "0901", "beneficiary": SUBJECT},
    {"resourceType": "Device", "serialNumber": "00482913", "udiCarrier": [{"deviceIdentifier": "UDI9"}]},
    {"resourceType": "DiagnosticReport", "code": CODE, "conclusion": "Tamsin is well", "issued": WHEN},
    {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "http://x.org/quill", "data": "0901"}}]},
    {"resourceType": "Encounter", "subject": SUBJECT, "period": {"start": WHEN, "end": WHEN}, "identifier": [NUMBER]},
    {"resourceType": "ExplanationOfBenefit", "preAuthRef": ["00482913"], "patient": SUBJECT, "created": WHEN},
    {"resourceType": "FamilyMemberHistory", "name": "Oriel Quillfeather", "bornDate": "1960-03-14"},
    {"resourceType": "Goal", "description": {"text": "Tamsin walks"}, "subject": SUBJECT, "startDate": "2023-03-14"},
    {"resourceType": "ImagingStudy", "series": [{"uid": "1.2.00482913", "modality": {"code": "MR"}}]},
    {"resourceType": "Immunization", "lotNumber": "00482913", "patient": SUBJECT, "occurrenceDateTime": WHEN},
    {"resourceType": "Location", "name": "Tamsin's house", "address": HOME, "position": {"latitude": 44.0901}},
    {"resourceType": "MedicationRequest", "dosageInstruction": [{"text": "Tamsin: 1 daily"}], "authoredOn": WHEN},
    {"resourceType": "Observation", "code": CODE, "valueString": "told by Tamsin", "effectiveInstant": WHEN},
    {"resourceType": "Patient", "name": [NAME], "address": [HOME], "telecom": [{"value": "t@post.org"}]},
    {"resourceType": "Person", "name": [NAME], "birthDate": "1971-03-14", "photo": {"data": "0901"}},
    {"resourceType": "Practitioner", "name": [NAME], "qualification": [{"identifier": [NUMBER], "code": CODE}]},
    {"resourceType": "Procedure", "code": CODE, "performedDateTime": WHEN, "performer": [{"actor": SUBJECT}]},
    {"resourceType": "QuestionnaireResponse", "item": [{"linkId": "1", "answer": [{"valueString": "Tamsin"}]}]},
    {"resourceType": "RelatedPerson", "name": [NAME], "patient": SUBJECT, "telecom": [{"value": "555-0142"}]},
    {"resourceType": "ServiceRequest", "patientInstruction": "Tamsin, fast", "occurrenceTiming": {"event": [WHEN]}},
    {"resourceType": "Specimen", "accessionIdentifier": NUMBER, "collection": {"collectedDateTime": WHEN}},
    {"resourceType": "Task", "description": "Call Tamsin", "for": SUBJECT, "lastModified": WHEN},
]


def test_the_table_holds_r4() -> None:
    assert len(RESOURCES) == 146
    assert elements("Patient")["deceasedDateTime"] == "dateTime"
    assert elements("Questionnaire.item")["item"] == "Questionnaire.item"
    assert elements("Age")["comparator"] == "code"
    assert elements("Meta").keys() == {
        "id",
        "extension",
        "versionId",
        "lastUpdated",
        "source",
        "profile",
        "security",
        "tag",
    }
    assert sum(key.startswith("value") for key in elements("Extension")) == 50
    known = {kind for name in RESOURCES for kind in elements(name).values()}
    assert {"HumanName", "Timing", "instant"} <= known


@pytest.mark.parametrize("policy", ["safe-harbor", "strict", "document"])
@pytest.mark.parametrize("resource", EXAMPLES, ids=lambda resource: resource["resourceType"])
def test_no_identifier_survives(resource: dict[str, Any], policy: Policy) -> None:
    given = {"id": "quill-77", "identifier": NUMBER if resource["resourceType"] == "Composition" else [NUMBER]}
    whole = {**resource, **given, "text": {"status": "generated", "div": "<div title='quill'>Tamsin</div>"}}
    before = copy.deepcopy(whole)
    result = redact_resource(whole, policy)
    assert whole == before
    assert result.resource["resourceType"] == resource["resourceType"]
    assert not [secret for secret in SECRETS if secret in json.dumps(result.resource)]
    assert redact_resource(result.resource, policy) == type(result)(result.resource, ())
    if "code" in resource and "coding" in resource["code"]:
        assert "38341003" in json.dumps(result.resource)


def test_enough_types_are_tried() -> None:
    assert len({resource["resourceType"] for resource in EXAMPLES}) >= 25


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "q1",
    "active": True,
    "name": [NAME, {"text": "Tam"}],
    "telecom": [
        {"system": "phone", "value": "555-0142", "use": "home"},
        {"system": "email", "value": "t@post.org"},
    ],
    "gender": "female",
    "birthDate": "1971-03-14",
    "_birthDate": {"extension": [{"url": HL7 + "patient-birthTime", "valueDateTime": "1971-03-14T03:00:00Z"}]},
    "address": [HOME],
    "photo": [{"contentType": "image/png", "data": "AAAA"}],
    "extension": [
        {
            "url": CORE + "us-core-race",
            "extension": [
                {
                    "url": "ombCategory",
                    "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"},
                },
                {"url": "text", "valueString": "White"},
            ],
        },
        {"url": CORE + "us-core-birthsex", "valueCode": "F"},
        {"url": HL7 + "patient-mothersMaidenName", "valueString": "Oriel"},
        {"url": HL7 + "patient-birthPlace", "valueAddress": {"city": "Marlowe", "state": "VT"}},
    ],
    "contact": [{"name": NAME, "gender": "male"}],
}


def test_a_patient() -> None:
    result = redact_resource(PATIENT, "safe-harbor")
    assert result.resource == {
        "resourceType": "Patient",
        "id": "patient-1",
        "active": True,
        "telecom": [{"system": "phone", "use": "home"}, {"system": "email"}],
        "gender": "female",
        "birthDate": "1971",
        "_birthDate": {"extension": [{"url": HL7 + "patient-birthTime", "valueDateTime": "1971"}]},
        "address": [{"state": "VT", "postalCode": "054"}],
        "extension": [
            {
                "url": CORE + "us-core-race",
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"},
                    },
                    {"url": "text", "valueString": "[TEXT]"},
                ],
            },
            {"url": CORE + "us-core-birthsex", "valueCode": "F"},
            {"url": HL7 + "patient-birthPlace", "valueAddress": {"state": "VT"}},
        ],
        "contact": [{"gender": "male"}],
    }
    assert [(one.path, one.label) for one in result.removed] == [
        ("Patient.id", "OTHER_ID"),
        ("Patient.name[0]", "NAME"),
        ("Patient.name[1]", "NAME"),
        ("Patient.telecom[0].value", "PHONE"),
        ("Patient.telecom[1].value", "EMAIL"),
        ("Patient.birthDate", "DATE"),
        ("Patient._birthDate.extension[0].valueDateTime", "DATE"),
        ("Patient.address[0].line[0]", "GEO"),
        ("Patient.address[0].city", "GEO"),
        ("Patient.address[0].district", "GEO"),
        ("Patient.address[0].postalCode", "GEO"),
        ("Patient.photo[0]", "PHOTO"),
        ("Patient.extension[0].extension[1].valueString", "OTHER_ID"),
        ("Patient.extension[2].valueString", "NAME"),
        ("Patient.extension[3].valueAddress.city", "GEO"),
        ("Patient.contact[0].name", "NAME"),
    ]
