"""The resource types that are kept, and those that are only exchanged; pure."""

from __future__ import annotations

from preceptor.errors import Invalid

KEPT = frozenset(
    {
        "AllergyIntolerance", "Appointment", "Binary", "Bundle", "CarePlan", "Claim", "ClaimResponse", "Communication",
        "Composition", "Condition", "Consent", "Coverage", "Device", "DeviceRequest", "DiagnosticReport",
        "DocumentReference", "Encounter", "FamilyMemberHistory", "Goal", "Group", "Immunization", "List", "Location",
        "Medication", "MedicationRequest", "MedicationStatement", "Observation", "Organization", "Patient",
        "Practitioner", "PractitionerRole", "Procedure", "Provenance", "Questionnaire", "QuestionnaireResponse",
        "RelatedPerson", "ServiceRequest", "Specimen", "Task",
    }
)  # fmt: skip
"""Resource types that are stored. AuditEvent is made from the log, never written; Parameters and OperationOutcome are
said, not kept."""


def require_kept(type_: object) -> str:
    """The type. Invalid `fhir_type` when resources of it are not kept."""
    if not isinstance(type_, str) or type_ not in KEPT:
        raise Invalid("fhir_type")
    return type_
