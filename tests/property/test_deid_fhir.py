"""Planted identifiers survive in no FHIR R4 resource of any type, and redacting twice changes nothing more."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.deid.fhir import FhirRedaction, redact_resource
from preceptor.deid.fhir_types import PRIMITIVES, RESOURCES, elements
from preceptor.deid.labels import LABELS, POLICIES, Policy

MARK = "Zyxquill 00482913"
"""A name and a number that stand nowhere else; either alone is a find."""
DAY = "2023-03-14"
PLANTED: dict[str, Any] = {
    "base64Binary": "zyxquill00482913",
    "boolean": True,
    "canonical": "http://zyxquill.org/Questionnaire/00482913",
    "code": "zyxquill00482913",
    "date": DAY,
    "dateTime": f"{DAY}T09:41:00Z",
    "decimal": 1.5,
    "id": "zyxquill-00482913",
    "instant": f"{DAY}T09:41:00Z",
    "integer": 3,
    "markdown": f"*{MARK}*",
    "oid": "urn:oid:1.2.00482913",
    "positiveInt": 3,
    "string": MARK,
    "time": "09:41:00",
    "unsignedInt": 3,
    "uri": "http://zyxquill.org/Patient/00482913?x=1",
    "url": "http://zyxquill.org/a",
    "uuid": "urn:uuid:00482913-1111-4222-8333-444455556666",
    "xhtml": f'<div xmlns="x" title="{MARK}"><b>Zyxquill</b><i>00482913</i></div>',
}
ALLOWED: dict[str, str] = {
    "Organization.name": "Marlowe Clinic",
    "Organization.alias": "MC",
    "HealthcareService.name": "Cardiology",
    "Device.manufacturer": "Maker",
    "Extension.url": "http://example.org/any",
}
"""What the policies but `strict` keep: names of institutions; and an extension needs a name."""
CODING = {"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}
SEALED = ("HumanName", "Address", "ContactPoint", "Identifier", "Attachment")
IDENTIFYING = frozenset(
    [
        "Annotation.authorString",
        "AuditEvent.agent.altId",
        "AuditEvent.agent.name",
        "AuditEvent.agent.network.address",
        "Bundle.entry.request.ifNoneExist",
        "Claim.insurance.preAuthRef",
        "ClaimResponse.preAuthRef",
        "ContactDetail.name",
        "Contributor.name",
        "Coverage.class.value",
        "Coverage.dependent",
        "Coverage.subscriberId",
        "Device.distinctIdentifier",
        "Device.lotNumber",
        "Device.serialNumber",
        "Device.udiCarrier.carrierHRF",
        "Device.udiCarrier.deviceIdentifier",
        "Element.id",
        "ExplanationOfBenefit.preAuthRef",
        "FamilyMemberHistory.name",
        "Immunization.lotNumber",
        "Medication.batch.lotNumber",
        "Reference.reference",
        "Subscription.channel.header",
        "Subscription.criteria",
        "TestReport.tester",
    ]
)
"""Strings that identify, whatever a reader of free text thinks of them."""
Plant: TypeAlias = Callable[[str, str, str], Any]
FOUND = re.compile(r"zyxquill|00482913", re.I)
TO_MASK = re.compile(r"zyxquill(?: ?00482913)?|00482913", re.I)


def masked(text: str) -> str:
    return TO_MASK.sub("[NAME]", text)


def deaf(text: str) -> str:
    """A reader of free text that finds nothing."""
    return text


def spoken(owner: str, key: str, kind: str) -> Any:
    """Identifiers wherever the type can hold one."""
    return ALLOWED.get(f"{owner}.{key}", PLANTED[kind])


def structured(owner: str, key: str, kind: str) -> Any:
    """The same, but in free text nothing to find."""
    free = kind in ("string", "markdown", "xhtml") and owner not in SEALED and f"{owner}.{key}" not in IDENTIFYING
    return "walks daily" if free else spoken(owner, key, kind)


def value_of(owner: str, key: str, kind: str, depth: int, chosen: Callable[[str], bool], plant: Plant) -> Any:
    """One value of an element, planted or built up."""
    if kind in PRIMITIVES:
        return plant(owner, key, kind)
    if kind == "Coding" and chosen("coding"):
        return CODING
    if kind == "Resource":
        return {"resourceType": "Patient", "id": PLANTED["id"], "name": [{"text": MARK}]}
    return object_of(kind, depth - 1, chosen, plant)


def object_of(kind: str, depth: int, chosen: Callable[[str], bool], plant: Plant = spoken) -> dict[str, Any]:
    """An object of a type: the chosen elements, and extensions beside the chosen primitives."""
    made: dict[str, Any] = {"resourceType": kind} if kind in RESOURCES else {}
    for key, type_name in elements(kind).items():
        deep = type_name not in PRIMITIVES and depth <= 0
        if deep or (key != "url" and not chosen(key)):
            continue
        made[key] = value_of(kind, key, type_name, depth, chosen, plant)
        if type_name in PRIMITIVES and depth > 0 and chosen(f"_{key}"):
            said = plant(kind, "extension", "string")
            made[f"_{key}"] = {"id": MARK, "extension": [{"url": ALLOWED["Extension.url"], "valueString": said}]}
    return made


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Any]:
    """A resource of any type, bare or in a Bundle, with a third of its elements and things no type knows."""
    kind = draw(st.sampled_from(sorted(RESOURCES)))
    random = draw(st.randoms(use_true_random=True))
    made = object_of(
        kind, 3, lambda key: key in ("id", "resource", "entry", "item", "answer") or random.random() < 0.33
    )
    if draw(st.booleans()):
        made[draw(st.sampled_from(["zyxquill", "id2", "_zyxquill", "valueZyxquill"]))] = MARK
    if draw(st.booleans()):
        made = {
            "resourceType": "Bundle",
            "entry": [{"fullUrl": f"http://zyxquill.org/{kind}/00482913", "resource": made}],
        }
    return made


def check(resource: dict[str, Any], policy: Policy, free_text: Callable[[str], str] | None) -> FhirRedaction:
    before = copy.deepcopy(resource)
    result = redact_resource(resource, policy, free_text)
    assert resource == before
    text = json.dumps(result.resource)
    assert not FOUND.search(text)
    assert policy == "limited" or "-03-14" not in text
    assert result.resource["resourceType"] == resource["resourceType"]
    assert json.loads(text) == result.resource
    assert redact_resource(result.resource, policy, free_text) == FhirRedaction(result.resource, ())
    for one in result.removed:
        assert one.label in LABELS
        assert reaches(resource, one.path), one.path
    return result


def reaches(resource: Mapping[str, Any], path: str) -> bool:
    """Whether a path names something of the resource."""
    root, *steps = path.split(".")
    at: Any = resource
    for step in steps:
        if step == "?":
            return isinstance(at, Mapping)
        key, *numbers = re.findall(r"[^\[\]]+", step)
        if not isinstance(at, Mapping) or key not in at:
            return False
        at = at[key]
        for number in numbers:
            at = at[int(number)]
    return root == resource["resourceType"]


@pytest.mark.parametrize("kind", sorted(RESOURCES))
def test_nothing_survives_in_any_element_of_any_type(kind: str) -> None:
    everything = object_of(kind, 2, lambda key: key != "coding")
    assert len(check(everything, "safe-harbor", None).removed) > 10
    check(everything, "safe-harbor", masked)
    check(everything, "strict", None)
    check(everything, "limited", masked)


@pytest.mark.parametrize("kind", sorted(RESOURCES))
def test_structured_elements_need_no_reader_of_text(kind: str) -> None:
    result = check(object_of(kind, 2, lambda key: key != "coding", structured), "safe-harbor", deaf)
    assert "walks daily" in json.dumps(result.resource)


def test_the_planting_covers_every_type_of_value() -> None:
    assert PLANTED.keys() == PRIMITIVES
    patient = object_of("Patient", 2, lambda key: key != "coding")
    assert patient["contact"]["name"]["family"] == MARK
    assert FOUND.search(json.dumps(patient))


@settings(deadline=None, max_examples=150)
@given(resources(), st.sampled_from(POLICIES), st.sampled_from([None, masked]))
def test_planted_identifiers_never_survive(
    resource: dict[str, Any], policy: Policy, reader: Callable[[str], str] | None
) -> None:
    check(resource, policy, reader)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(MARK) | st.just(DAY),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "url", MARK]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.data(), st.sampled_from(["Patient", "Observation", "Bundle", "QuestionnaireResponse", "Coverage", "AuditEvent"])
)
def test_values_of_the_wrong_shape_are_removed(data: st.DataObject, kind: str) -> None:
    keys = st.sampled_from(sorted(elements(kind).keys() | {f"_{key}" for key in elements(kind)} | {MARK}))
    resource = {"resourceType": kind} | data.draw(st.dictionaries(keys, JSON, max_size=6))
    check(resource, "safe-harbor", None)


@given(st.permutations(["a", "b", "c", "d"]), st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=8))
def test_references_point_at_the_same_resources_as_before(ids: list[str], targets: list[str]) -> None:
    entries = [
        {"fullUrl": f"urn:uuid:{name}", "resource": {"resourceType": "Patient", "id": name, "gender": "other"}}
        for name in ids
    ]
    group = {"resourceType": "Group", "member": [{"entity": {"reference": f"urn:uuid:{name}"}} for name in targets]}
    shown: Any = redact_resource(
        {"resourceType": "Bundle", "entry": [{"resource": group}, *entries]}, "safe-harbor"
    ).resource
    new = {name: f"Patient/{entry['resource']['id']}" for name, entry in zip(ids, shown["entry"][1:], strict=True)}
    assert len(set(new.values())) == len(ids)
    got = [member["entity"]["reference"] for member in shown["entry"][0]["resource"].get("member", [])]
    assert got == [new.get(name, "Resource/resource-1") for name in targets]
