"""What becomes of an element by its path: removed with a label, kept as a short code, or an institution's name."""

from __future__ import annotations

import re

from preceptor.deid.fhir_types import CANONICAL, RESOURCES, TERMINOLOGIES
from preceptor.deid.labels import Label, Policy
from preceptor.deid.lists import words_of

TEXT = "[TEXT]"
"""What stands for free text that no one looked at."""

GONE: dict[str, Label] = {
    "Address.extension": "GEO",
    "ContactPoint.value": "OTHER_ID",
    "ContactPoint.extension": "OTHER_ID",
    "Identifier.value": "OTHER_ID",
    "Identifier.extension": "OTHER_ID",
    "Attachment.data": "OTHER_ID",
    "Attachment.url": "URL",
    "Attachment.title": "OTHER_ID",
    "Attachment.hash": "OTHER_ID",
    "Attachment.extension": "OTHER_ID",
    "Meta.source": "URL",
    "Annotation.authorString": "NAME",
    "ContactDetail.name": "NAME",
    "Contributor.name": "NAME",
    "AuditEvent.agent.name": "NAME",
    "AuditEvent.agent.altId": "OTHER_ID",
    "AuditEvent.agent.network.address": "IP",
    "AuditEvent.entity.name": "OTHER_ID",
    "FamilyMemberHistory.name": "NAME",
    "NamingSystem.responsible": "NAME",
    "SubstanceSourceMaterial.organism.author.authorDescription": "NAME",
    "TestReport.tester": "NAME",
    "TestReport.participant.display": "NAME",
    "TestReport.participant.uri": "URL",
    "Patient.photo": "PHOTO",
    "Person.photo": "PHOTO",
    "Practitioner.photo": "PHOTO",
    "RelatedPerson.photo": "PHOTO",
    "Location.position": "GEO",
    "VerificationResult.targetLocation": "OTHER_ID",
    "VerificationResult.attestation.sourceIdentityCertificate": "LICENSE",
    "VerificationResult.attestation.proxyIdentityCertificate": "LICENSE",
    "VerificationResult.validator.identityCertificate": "LICENSE",
    "Bundle.link.url": "URL",
    "Bundle.entry.request.ifNoneMatch": "OTHER_ID",
    "Bundle.entry.request.ifMatch": "OTHER_ID",
    "Bundle.entry.request.ifNoneExist": "OTHER_ID",
    "Bundle.entry.response.etag": "OTHER_ID",
    "Subscription.criteria": "OTHER_ID",
    "Subscription.channel.header": "OTHER_ID",
    "Endpoint.header": "OTHER_ID",
    "Coverage.subscriberId": "HEALTH_PLAN",
    "Coverage.dependent": "HEALTH_PLAN",
    "Coverage.class.value": "HEALTH_PLAN",
    "Claim.insurance.preAuthRef": "HEALTH_PLAN",
    "Claim.insurance.businessArrangement": "ACCOUNT",
    "ClaimResponse.preAuthRef": "HEALTH_PLAN",
    "ClaimResponse.insurance.businessArrangement": "ACCOUNT",
    "CoverageEligibilityRequest.insurance.businessArrangement": "ACCOUNT",
    "CoverageEligibilityResponse.preAuthRef": "HEALTH_PLAN",
    "CoverageEligibilityResponse.insurance.item.authorizationUrl": "URL",
    "ExplanationOfBenefit.preAuthRef": "HEALTH_PLAN",
    "ExplanationOfBenefit.insurance.preAuthRef": "HEALTH_PLAN",
    # A lot is shared by many, but with a date and a place it finds one person; nothing here needs it.
    "Immunization.lotNumber": "OTHER_ID",
    "Medication.batch.lotNumber": "OTHER_ID",
    "Device.udiCarrier": "DEVICE",
    "Device.distinctIdentifier": "DEVICE",
    "Device.lotNumber": "DEVICE",
    "Device.serialNumber": "DEVICE",
    "Device.url": "URL",
    "DeviceDefinition.udiDeviceIdentifier": "DEVICE",
    "DeviceDefinition.url": "URL",
    "DeviceDefinition.onlineInformation": "URL",
    "Contract.url": "URL",
    "ImagingStudy.series.uid": "DEVICE",
    "ImagingStudy.series.instance.uid": "DEVICE",
    "MolecularSequence.repository.url": "URL",
    "MolecularSequence.repository.datasetId": "OTHER_ID",
    "MolecularSequence.repository.variantsetId": "OTHER_ID",
    "MolecularSequence.repository.readsetId": "OTHER_ID",
    "MolecularSequence.observedSeq": "BIOMETRIC",
    "Signature.data": "BIOMETRIC",
}
"""`Type.element` → removed whatever it holds, under this label."""

GONE_TYPES: dict[str, Label] = {
    "HumanName": "NAME",
    "base64Binary": "OTHER_ID",
    "id": "OTHER_ID",
    "oid": "OTHER_ID",
    "uuid": "OTHER_ID",
    "url": "URL",
}
"""Data types that are removed wherever they stand; `Resource.id` has its own rule."""

SHORT = words_of(
    """
    Bundle.link.relation Bundle.entry.response.status Coding.version ElementDefinition.path ElementDefinition.max
    ElementDefinition.base.path ElementDefinition.base.max Parameters.parameter.name Questionnaire.item.linkId
    Questionnaire.item.prefix Questionnaire.item.enableWhen.question Quantity.unit QuestionnaireResponse.item.linkId
    """
)
"""Strings that hold the structure together: kept when they are short and hold no long number."""

INSTITUTION = frozenset(("Organization.name", "Organization.alias", "HealthcareService.name", "Device.manufacturer"))
"""Names of institutions: kept but for `strict`, since a provider is no identifier of its patient."""

EMPLOYERS = frozenset(("bus", "edu", "cg", "reli", "other"))
"""Organization types that may be an employer or household; their names are identifiers (164.514(b)(2)(i))."""

_WORDS: tuple[tuple[str, Label], ...] = (
    (r"ip address", "IP"),
    (r"e-? ?mails?", "EMAIL"),
    (r"fax", "FAX"),
    (r"(?:tele|mobile |cell ?)?phones?|mobile|pager|telecom|telefono", "PHONE"),
    (r"ssn|social security", "SSN"),
    (r"mrn|medical record", "MRN"),
    (r"member|subscriber|policy|beneficiary|insurance (?:id|number)|group number|mbi", "HEALTH_PLAN"),
    (r"licen[sc]e|npi|dea|certificate", "LICENSE"),
    (r"account|iban|card number", "ACCOUNT"),
    (r"vin|vehicle|plate", "VEHICLE"),
    (r"serial|udi|imei|device id", "DEVICE"),
    (r"web ?site|url|home ?page", "URL"),
    (r"photo(?:graph)?|portrait|picture", "PHOTO"),
    (r"finger ?print|voice ?print|biometric|retina scan", "BIOMETRIC"),
    (r"dob|birth ?(?:date|day|time)|date of (?:birth|death)", "DATE"),
    (r"address|street|city|town|county|district|zip|postal|postcode|birth ?place|place of birth|geo ?location|latitude"
     r"|longitude|residence|neighbou?rhood|hometown|congregation", "GEO"),
    (r"names?|maiden|alias|nick ?name|surname|initials|nombre|apellidos?", "NAME"),
    (r"identifier|identification|passport|id|(?:case|claim|order|reference|record|tracking) (?:number|no)", "OTHER_ID"),
    (r"age|years old|edad", "AGE90"),
)  # fmt: skip
_ASKED = re.compile("|".join(rf"(?P<w{number}>\b(?:{words})\b)" for number, (words, _) in enumerate(_WORDS)))
_CAMEL = re.compile(r"\[[A-Z0-9_]+\]|(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
"""Where words part; a mask "[NAME]" is no word of the question."""


def asked(question: str) -> Label | None:
    """What a question, an extension's name or a parameter asks for, if it is an identifier: "homePhone" → PHONE.

    The answer to "Your mother's name?" is a name, though no rule for text could know that alone.
    """
    found = {match.lastgroup for match in _ASKED.finditer(_CAMEL.sub(" ", question).lower())}
    return next((label for number, (_, label) in enumerate(_WORDS) if f"w{number}" in found), None)


_KNOWN_HOST = "|".join(re.escape(host) for host in TERMINOLOGIES)
_PUBLISHED = re.compile(rf"https?://(?:[\w-]+\.){{0,3}}(?:{_KNOWN_HOST})(?:[:/][\w./+:~-]*)?", re.I)
_LOCAL = re.compile(r"https?://(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?::\d{1,5})?(?:/[\w./+:~-]*)?")
_NAMESPACE = re.compile(r"urn:(?:oid:[0-2](?:\.\d{1,39}){1,30}|(?:iso|ietf|hl7-org)[\w:.-]{1,80})")
_INSTANCE = re.compile(rf"/(?:{'|'.join(sorted(RESOURCES - CANONICAL))})(?:/|$)")
_PORTAL = re.compile(_INSTANCE.pattern, re.I)
_NUMBERED = re.compile(r"\d{7}|[0-9a-f]{8}-[0-9a-f]{4}-", re.I)
_VERSION = re.compile(r"[\w.-]{1,32}")


def terminology(value: str, policy: Policy) -> bool:
    """Whether a URI names a code system, profile or namespace and not a record: no query, user, long number or id.

    Under `strict` only those of published terminologies, since a host's name may be a facility's.
    """
    address, _, version = value.partition("|")
    address, _, fragment = address.partition("#")
    if (version and not _VERSION.fullmatch(version)) or (fragment and not short(fragment)) or len(address) > 255:
        return False
    if _NAMESPACE.fullmatch(address):
        return True
    if _INSTANCE.search(address):
        return False
    if _PUBLISHED.fullmatch(address):
        return True
    if policy == "strict" or _NUMBERED.search(address) or _PORTAL.search(address):
        return False
    return bool(_LOCAL.fullmatch(address))


_SHORT = re.compile(r"[\w./+*:#%()\[\]{}^' °µμ-]{1,64}")
_SNOMED_VERSION = re.compile(_PUBLISHED.pattern + r"/version/\d{8}", re.I)
_SOMEONE = re.compile(r"\d{6}|\d{4}-\d{2}(?!\d)|\d{3}[-. ]\d{4}|\d{3}-\d{2}-\d{4}")
"""A long number, a date, a telephone or social security number: no code but of a code system."""
_CODE = re.compile(r"[^\s]+(?: [^\s]+)*")


def short(value: str) -> bool:
    """Whether a string is a link id, unit or version rather than a sentence or a number of someone."""
    return bool(_SHORT.fullmatch(value)) and not _SOMEONE.search(value) and len(value.split()) < 5


def short_version(value: str) -> bool:
    """Whether a string is a version of a code system; those are dates ("20240301") or addresses too."""
    return short(value) or bool(re.fullmatch(r"\d{4}-?\d{2}(-?\d{2})?", value) or _SNOMED_VERSION.fullmatch(value))


def code(value: str, known_system: bool) -> bool:
    """Whether a value has the form of a code; without a code system a number or date is someone's."""
    fits = len(value) <= 128 and bool(_CODE.fullmatch(value))
    return fits and (known_system or not _SOMEONE.search(value))
