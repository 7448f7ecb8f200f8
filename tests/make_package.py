"""An implementation-guide package of our own: a profile with slices, fixed and pattern values, bindings and a rule."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

Json = dict[str, Any]
BASE = "http://example.org/fhir/"


def element(identity: str, least: int = 0, most: str = "*", **more: Any) -> Json:
    """One element of a snapshot."""
    path = ".".join(part.partition(":")[0] for part in identity.split("."))
    return {"id": identity, "path": path, "min": least, "max": most, **more}


def structure(name: str, kind: str, *elements: Json) -> Json:
    """A StructureDefinition with a snapshot."""
    root = element(kind)
    made = {"resourceType": "StructureDefinition", "url": BASE + name, "version": "1.0", "type": kind}
    return {**made, "snapshot": {"element": [root, *elements]}}


def kind(code: str, *profiles: str, targets: tuple[str, ...] = ()) -> list[Json]:
    """The `type` of an element."""
    made: Json = {"code": code}
    if profiles:
        made["profile"] = list(profiles)
    if targets:
        made["targetProfile"] = list(targets)
    return [made]


PRESSURE = structure(
    "pressure",
    "Observation",
    element("Observation.category", 1, type=kind("CodeableConcept"),
            slicing={"discriminator": [{"type": "pattern", "path": "$this"}], "rules": "open"}),
    element("Observation.category:vital", 1, "1", type=kind("CodeableConcept"),
            patternCodeableConcept={"coding": [{"system": BASE + "categories", "code": "vital"}]}),
    element("Observation.code", 1, "1", type=kind("CodeableConcept"),
            patternCodeableConcept={"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}),
    element("Observation.subject", 1, "1", type=kind("Reference", targets=(BASE + "person",))),
    element("Observation.effective[x]", 1, "1", type=kind("dateTime")),
    element("Observation.method", 0, "1", type=kind("CodeableConcept"),
            binding={"strength": "required", "valueSet": BASE + "methods"}),
    element("Observation.value[x]", 0, "0"),
    element("Observation.component", 2, type=kind("BackboneElement"),
            slicing={"discriminator": [{"type": "value", "path": "code.coding.code"}], "rules": "closed"}),
    element("Observation.component:upper", 1, "1", type=kind("BackboneElement")),
    element("Observation.component:upper.code", 1, "1", type=kind("CodeableConcept"),
            patternCodeableConcept={"coding": [{"code": "8480-6"}]}),
    element("Observation.component:upper.valueQuantity", 1, "1", type=kind("Quantity")),
    element("Observation.component:lower", 1, "1", type=kind("BackboneElement")),
    element("Observation.component:lower.code", 1, "1", type=kind("CodeableConcept")),
    element("Observation.component:lower.code.coding", 1, type=kind("Coding")),
    element("Observation.component:lower.code.coding.code", 1, "1", type=kind("code"), fixedCode="8462-4"),
)  # fmt: skip
PRESSURE["snapshot"]["element"][0]["constraint"] = [
    {"key": "own-1", "severity": "error", "expression": "status != 'amended' or note.exists()", "human": "x"},
    {"key": "own-2", "severity": "error", "expression": "code.memberOf('http://example.org/x')", "human": "x"},
]
PERSON = structure(
    "person",
    "Patient",
    element("Patient.extension", 0, type=kind("Extension"),
            slicing={"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}),
    element("Patient.extension:shoe", 1, "1", type=kind("Extension", BASE + "shoe-size")),
    element("Patient.birthDate", 1, "1", type=kind("date")),
)  # fmt: skip
SHOE = structure(
    "shoe-size",
    "Extension",
    element("Extension.extension", 0, "0"),
    element("Extension.url", 1, "1", fixedUri=BASE + "shoe-size"),
    element("Extension.value[x]", 1, "1", type=kind("integer")),
)
METHODS = {"resourceType": "ValueSet", "url": BASE + "methods",
           "compose": {"include": [{"system": BASE + "method-codes"}], "exclude": [
               {"system": BASE + "method-codes", "concept": [{"code": "old"}]}]}}  # fmt: skip
METHOD_CODES = {"resourceType": "CodeSystem", "url": BASE + "method-codes", "content": "complete",
                "concept": [{"code": "cuff", "concept": [{"code": "large-cuff"}]}, {"code": "old"}]}  # fmt: skip


def packed(*resources: Json) -> bytes:
    """A .tgz with these resources."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for number, one in enumerate(resources):
            content = json.dumps(one).encode()
            member = tarfile.TarInfo(f"package/{number}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return held.getvalue()


def package() -> bytes:
    """All of it."""
    return packed(PRESSURE, PERSON, SHOE, METHODS, METHOD_CODES, {"not": "a resource"})


def pressure() -> Json:
    """An Observation that holds to the profile."""

    def part(code: str, value: int) -> Json:
        return {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": {"value": value}}

    return {
        "resourceType": "Observation",
        "meta": {"profile": [BASE + "pressure"]},
        "status": "final",
        "category": [
            {"text": "another"},
            {"coding": [{"system": BASE + "categories", "code": "vital", "display": "V"}]},
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2020-01-01",
        "method": {"coding": [{"system": BASE + "method-codes", "code": "large-cuff"}]},
        "component": [part("8480-6", 120), part("8462-4", 80)],
    }
