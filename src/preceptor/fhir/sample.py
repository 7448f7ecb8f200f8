"""Patients of an invented clinic, the same in every run: what `make run` shows and what later examples work on; pure.

Nobody here exists. Names are of no census list in this combination, numbers are of ranges set aside for fiction
(telephone 555-01xx), ids are UUIDs of version 5 of our own names.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from preceptor.fhir.lossless import Digits

Json: TypeAlias = dict[str, Any]
NAMESPACE = UUID("6f1c6b1e-0e0f-5c57-9a52-6a4b3d7a9c01")
LOINC, ICD, RXNORM, UCUM, HCPCS = (
    "http://loinc.org",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://unitsofmeasure.org",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
)
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


@dataclass(frozen=True)
class Story:
    """One patient and why the clinic sees her or him. Conditions and medicines are (code, words); results (code, words,
    value, unit, day); orders (code, words, reason's number)."""

    given: str
    family: str
    gender: str
    birth: str
    conditions: Sequence[tuple[str, str, str]]
    medicines: Sequence[tuple[str, str]]
    results: Sequence[tuple[str, str, str, str, str]]
    orders: Sequence[tuple[str, str, int]]
    note: str


def stories() -> tuple[Story, ...]:
    """The patients, in order."""
    listed = json.loads(resources.files("preceptor.fhir").joinpath("data", "stories.json").read_text("utf-8"))
    return tuple(Story(**one) for one in listed)


def sample_bundle() -> Json:
    """All resources, as a collection."""
    made = [
        _organization("clinic", "Fernhollow Clinic"),
        _organization("payer", "Brightwater Health Plan (invented)"),
        _practitioner(),
    ]
    for number, story in enumerate(stories(), 1):
        made += _chart(number, story)
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in made]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def identity(name: str) -> str:
    """The id of a sample resource by its name, such as `patient-1`."""
    return str(uuid5(NAMESPACE, name))


def _concept(system: str, code: str, text: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def _to(kind: str, name: str) -> Json:
    return {"reference": f"{kind}/{identity(name)}"}


def _organization(name: str, said: str) -> Json:
    return {"resourceType": "Organization", "id": identity(name), "active": True, "name": said}


def _practitioner() -> Json:
    return {
        "resourceType": "Practitioner",
        "id": identity("practitioner"),
        "name": [{"family": "Halvergate", "given": ["Ysolde"], "prefix": ["Dr."]}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "0000000000"}],
    }


def _chart(number: int, story: Story) -> list[Json]:
    patient = f"patient-{number}"
    about = {"subject": _to("Patient", patient)}
    day = max(day for *_, day in story.results)
    made: list[Json] = [_patient(number, story), _coverage(number), _encounter(number, day)]
    for place, (code, text, onset) in enumerate(story.conditions):
        status = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
        condition = {"clinicalStatus": status, "code": _concept(ICD, code, text), "onsetDateTime": onset}
        made.append(_resource("Condition", f"condition-{number}-{place}", {**condition, **about}))
    for place, (drug, dose) in enumerate(story.medicines):
        request = {
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": drug},
            "authoredOn": day,
        }
        dosage = {"dosageInstruction": [{"text": dose}], "requester": _to("Practitioner", "practitioner")}
        made.append(_resource("MedicationRequest", f"medication-{number}-{place}", {**request, **about, **dosage}))
    for place, (code, text, value, unit, at) in enumerate(story.results):
        made.append(_result(f"result-{number}-{place}", about, (code, text, value, unit, at)))
    for place, (code, text, reason) in enumerate(story.orders):
        made.append(_order(number, place, about, (code, text, reason), day))
    return [*made, _note(number, about, story, day)]


def _resource(kind: str, name: str, said: Json) -> Json:
    return {"resourceType": kind, "id": identity(name), **said}


def _patient(number: int, story: Story) -> Json:
    said = {
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.19.5", "value": f"FH-{40_000 + number * 17}"}],
        "active": True,
        "name": [{"use": "official", "family": story.family, "given": [story.given]}],
        "telecom": [{"system": "phone", "value": f"555-01{10 + number}", "use": "home"}],
        "gender": story.gender,
        "birthDate": story.birth,
        "address": [{"line": [f"{number * 11} Larkspur Row"], "city": "Fernhollow", "state": "VT", "country": "US"}],
        "managingOrganization": _to("Organization", "clinic"),
    }
    return _resource("Patient", f"patient-{number}", said)


def _coverage(number: int) -> Json:
    said = {
        "status": "active",
        "subscriberId": f"BW{700_000 + number * 31}",
        "beneficiary": _to("Patient", f"patient-{number}"),
        "payor": [_to("Organization", "payer")],
    }
    return _resource("Coverage", f"coverage-{number}", said)


def _encounter(number: int, day: str) -> Json:
    ambulatory = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    said = {
        "status": "finished",
        "class": ambulatory,
        "subject": _to("Patient", f"patient-{number}"),
        "period": {"start": day, "end": day},
        "serviceProvider": _to("Organization", "clinic"),
    }
    return _resource("Encounter", f"encounter-{number}", said)


def _result(name: str, about: Json, result: tuple[str, str, str, str, str]) -> Json:
    code, text, value, unit, day = result
    vital = code in ("8480-6", "8462-4", "8867-4", "8310-5", "9279-1", "2708-6")
    said = {
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs" if vital else "laboratory"}]}],
        "code": _concept(LOINC, code, text),
        "effectiveDateTime": day,
        "valueQuantity": {"value": Digits(value), "unit": unit, "system": UCUM, "code": unit},
    }
    return _resource("Observation", name, {**said, **about})


def _order(number: int, place: int, about: Json, order: tuple[str, str, int], day: str) -> Json:
    code, text, reason = order
    device = code[0] in "AE"
    what = {"codeCodeableConcept" if device else "code": {"coding": [{"system": HCPCS, "code": code}], "text": text}}
    if code.isdigit():  # a code of a list that does not ship with the product: words only
        what = {"code": {"text": text}}
    said = {
        "status": "active",
        "intent": "order",
        **what,
        **about,
        "authoredOn": day,
        "requester": _to("Practitioner", "practitioner"),
        "reasonReference": [_to("Condition", f"condition-{number}-{reason}")],
        "insurance": [_to("Coverage", f"coverage-{number}")],
    }
    return _resource("DeviceRequest" if device else "ServiceRequest", f"order-{number}-{place}", said)


def _note(number: int, about: Json, story: Story, day: str) -> Json:
    text = f"Progress note, {day}\n\n{story.note}\n"
    data = base64.b64encode(text.encode()).decode()
    attachment = {"contentType": "text/plain", "data": data, "title": "Progress note"}
    said = {
        "status": "current",
        "type": _concept(LOINC, "11506-3", "Progress note"),
        **about,
        "date": f"{day}T12:00:00Z",
        "author": [_to("Practitioner", "practitioner")],
        "content": [{"attachment": attachment}],
        "context": {"encounter": [_to("Encounter", f"encounter-{number}")]},
    }
    return _resource("DocumentReference", f"note-{number}", said)
