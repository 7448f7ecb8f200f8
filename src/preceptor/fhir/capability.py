"""What the server can do, generated from what is there (hl7.org/fhir/R4/capabilitystatement.html); pure."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from preceptor.fhir.search_parameters import Parameter, parameters
from preceptor.fhir.types import KEPT

Json: TypeAlias = dict[str, Any]
INTERACTIONS = (
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)
DIGESTS = "Kept as digests: whole values, beginnings of two letters on, :exact; no :contains, no sorting, no :missing."
DATES = "Kept as digests: a year, a month or a day, without a comparing prefix."
AUDIT: Json = {
    "type": "AuditEvent",
    "documentation": "The log, made anew for each request; needs the permission audit:read.",
    "interaction": [{"code": "read"}, {"code": "search-type"}],
    "searchParam": [
        {"name": "_id", "type": "token", "definition": "http://hl7.org/fhir/SearchParameter/Resource-id"},
        {"name": "date", "type": "date", "definition": "http://hl7.org/fhir/SearchParameter/AuditEvent-date"},
    ],
}
OPERATION = "http://hl7.org/fhir/OperationDefinition/"


def capability_statement(version: str, day: date, base: str, token: str) -> Json:
    """The statement of this server; `base` is its FHIR base, `token` the address of its token endpoint."""
    security: Json = {
        "cors": False,
        "service": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        "code": "SMART-on-FHIR",
                    }
                ]
            }
        ],
        "extension": [
            {
                "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                "extension": [{"url": "token", "valueUri": token}],
            }
        ],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": day.isoformat(),
        "kind": "instance",
        "software": {"name": "Preceptor", "version": version},
        "implementation": {"description": "Clinical record of Preceptor", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "A parameter, modifier or value that is not listed is refused, never ignored.",
                "security": security,
                "resource": [*(_resource(kind) for kind in sorted(KEPT)), AUDIT],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(kind: str) -> Json:
    own = parameters(kind)
    made: Json = {
        "type": kind,
        "interaction": [{"code": code} for code in INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "not-match",
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "local"],
    }
    includes = [f"{kind}:{p.name}" for p in own.values() if p.kind == "reference"]
    reverse = [
        f"{other}:{p.name}"
        for other in sorted(KEPT)
        for p in parameters(other).values()
        if p.kind == "reference" and kind in p.targets
    ]
    if includes:
        made["searchInclude"] = sorted(includes)
    if reverse:
        made["searchRevInclude"] = sorted(reverse)
    made["searchParam"] = [_parameter(own[name]) for name in sorted(own)]
    operations = [{"name": "validate", "definition": OPERATION + "Resource-validate"}]
    if kind == "Patient":
        operations.append({"name": "everything", "definition": OPERATION + "Patient-everything"})
    return {**made, "operation": operations}


def _parameter(parameter: Parameter) -> Json:
    said: Json = {"name": parameter.name, "definition": parameter.url, "type": parameter.type}
    if parameter.kind == "digest":
        said["documentation"] = DATES if parameter.type == "date" else DIGESTS
    return said
