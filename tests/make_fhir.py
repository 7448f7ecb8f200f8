"""FHIR resources made from the definitions: valid ones of any type, always the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

from preceptor.fhir.definitions import Element, definitions
from preceptor.fhir.primitives import CHECKS

Json = dict[str, Any]
TYPES = (
    "Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Organization", "Location", "Encounter",
    "Condition", "Observation", "DiagnosticReport", "DocumentReference", "Binary", "Procedure",
    "MedicationRequest", "MedicationStatement", "Medication", "AllergyIntolerance", "Immunization",
    "FamilyMemberHistory", "CarePlan", "Goal", "ServiceRequest", "DeviceRequest", "Device", "Specimen",
    "Appointment", "Task", "Communication", "Questionnaire", "QuestionnaireResponse", "Coverage", "Claim",
    "ClaimResponse", "Consent", "Provenance", "AuditEvent", "List", "Group", "Composition",
)  # fmt: skip
PRIMITIVES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, -3, 17],
    "positiveInt": [1, 9],
    "unsignedInt": [0, 4],
    "decimal": [1, 2],
    "string": ["word", "two words", "naïve"],
    "markdown": ["some *text*"],
    "code": ["a-code"],
    "uri": ["http://example.org/u", "urn:oid:1.2.3"],
    "url": ["http://example.org/l"],
    "canonical": ["http://example.org/c|1.0"],
    "oid": ["urn:oid:1.2.3"],
    "uuid": ["urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"],
    "id": ["an-id"],
    "date": ["2020", "2020-02", "2020-02-29"],
    "dateTime": ["2020", "2020-02-29", "2020-02-29T10:00:00+01:00", "2020-02-29T10:00:00.5Z"],
    "instant": ["2020-02-29T10:00:00Z"],
    "time": ["10:00:00"],
    "base64Binary": ["aGVsbG8="],
    "xhtml": ['<div xmlns="http://www.w3.org/1999/xhtml"><p>said</p></div>'],
}
GIVEN: dict[str, Json] = {
    "Quantity": {"value": 5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
    "Age": {"value": 5, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"},
    "Distance": {"value": 5, "system": "http://unitsofmeasure.org", "code": "m"},
    "TriggerDefinition": {"type": "named-event", "name": "admission"},
    "Count": {"value": 5, "system": "http://unitsofmeasure.org", "code": "1"},
    "Duration": {"value": 5, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
    "Period": {"start": "2020-01-01", "end": "2020-01-02"},
    "ContactPoint": {"system": "phone", "value": "555-0100", "use": "work"},
    "Attachment": {"contentType": "text/plain", "data": "aGVsbG8="},
    "Range": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 2, "unit": "mg"}},
    "Ratio": {"numerator": {"value": 1}, "denominator": {"value": 2}},
    "Timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    "Identifier": {"system": "http://example.org/ids", "value": "77"},
    "Meta": {"tag": [{"system": "http://example.org/tags", "code": "t"}]},
    "Money": {"value": 10, "currency": "USD"},
    "Address": {"city": "Springfield", "line": ["1 Main St"], "use": "work"},
    "Dosage": {"text": "one daily"},
    "Expression": {"language": "text/fhirpath", "expression": "true"},
    "UsageContext": {"code": {"code": "age"}, "valueCodeableConcept": {"text": "x"}},
}
LEFT_OUT = frozenset((
    "extension", "modifierExtension", "contained", "id", "implicitRules", "abatement[x]", "emptyReason",
    "deleted", "dataAbsentReason", "component", "cancelationReason", "born[x]", "age[x]", "estimatedAge",
    "query", "member", "start", "end", "initial", "answerOption", "answerValueSet", "enableWhen",
    "maxLength", "orderDetail", "reference", "targetDisease", "conclusion", "detail", "measure", "item",
    "section", "entry", "activity", "comparator", "detail[x]", "lastModified", "authoredOn"
))  # fmt: skip
"""Elements bound to others by an invariant: a resource with them at random would often not be valid."""
NEEDED: dict[str, Json] = {
    "AllergyIntolerance": {
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        }
    },
    "Appointment": {"status": "proposed"},
    "Organization": {"name": "Clinic"},
    "Consent": {"policyRule": {"text": "rule"}, "patient": {"reference": "Patient/p1"}},
    "Group": {"actual": True},
    "Observation.referenceRange": {"text": "normal"},
    "Patient.contact": {"organization": {"reference": "Organization/o1"}},
    "Appointment.participant": {"actor": {"reference": "Patient/p1"}},
    "Condition.stage": {"summary": {"text": "II"}},
    "Condition.evidence": {"code": [{"text": "x"}]},
    "Immunization.education": {"documentType": "x"},
    "Composition.section": {"text": {"status": "generated", "div": PRIMITIVES["xhtml"][0]}},
}
NOT_AT_HOME = frozenset({"verificationStatus", "onsetAge", "abatementAge"})


def make_resource(kind: str, rng: random.Random, share: float = 0.35) -> Json:
    """A valid resource of a type; each optional element stands in it with this chance."""
    made: Json = {"resourceType": kind, "id": f"{kind.lower()}-{rng.randrange(10**6)}"}
    return {**made, **_members(kind, rng, share, 0)}


def _members(kind: str, rng: random.Random, share: float, deep: int) -> Json:
    made: Json = {}
    for element in definitions().types[kind].elements:
        optional = element.least == 0
        if element.name in NOT_AT_HOME or (
            optional and (element.name in LEFT_OUT or rng.random() > share / (1 + deep))
        ):
            continue
        names = sorted(element.names().items())
        for member, type_ in rng.sample(names, len(names)):
            value = _value(element, type_, rng, share, deep)
            if value is not None:
                made[member] = [value] if element.many else value
                break
    return {**made, **NEEDED.get(kind, {})}


def _value(element: Element, kind: str, rng: random.Random, share: float, deep: int) -> Any:
    known = definitions().values.get(element.values or "")
    if kind in CHECKS:
        if element.values is not None and known is None:
            return {"mimetypes": "text/plain", "currencies": "USD"}.get(element.values.rpartition("/")[2], "mg")
        return rng.choice(sorted(known[1])) if known is not None else rng.choice(PRIMITIVES[kind])
    if kind in ("Coding", "CodeableConcept"):
        system, code = rng.choice(sorted(known[0])) if known is not None else ("http://example.org/codes", "c1")
        coding = {"system": system, "code": code}
        return coding if kind == "Coding" else {"coding": [coding], "text": "a concept"}
    if kind == "Reference":
        targets = sorted(element.targets.get("Reference", {"Patient"}))
        return {"reference": f"{rng.choice(targets)}/r{rng.randrange(100)}"}
    if kind in GIVEN:
        return dict(GIVEN[kind])
    if kind in ("Resource", "Extension", "ElementDefinition") or deep > 3:
        return None if element.least == 0 else {"text": "x"}
    return _members(kind, rng, share, deep + 1) or None
