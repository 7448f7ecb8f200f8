"""Redact FHIR R4 resources by path and data type (45 CFR 164.514(b)(2), (e)(2)); only free text needs more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from preceptor.deid.fhir_ids import NeutralIds
from preceptor.deid.fhir_place import Place, Removed
from preceptor.deid.fhir_types import RESOURCES
from preceptor.deid.fhir_values import OLDEST
from preceptor.deid.fhir_walk import Walk
from preceptor.deid.labels import Policy
from preceptor.errors import Invalid


@dataclass(frozen=True, slots=True)
class FhirRedaction:
    """The redacted resource, and each element that was removed or changed, in the order of the original."""

    resource: dict[str, object]
    removed: tuple[Removed, ...]


def redact_resource(
    resource: Mapping[str, object],
    policy: Policy,
    free_text: Callable[[str], str] | None = None,
    *,
    as_of: date | None = None,
) -> FhirRedaction:
    """`resource`, any R4 resource or Bundle, without identifiers; the input is not changed.

    Structured elements are decided by path and data type alone. Free text (narratives, notes, displays, plain
    strings) goes through `free_text`, once for each text, and becomes `[TEXT]` without it. What R4 does not know is
    removed. Ids, `fullUrl` and references become neutral ones ("patient-1") that still point at each other.
    Dates keep their year (a cut `instant` is no valid instant any more), or nothing when an age over 89 shows,
    counted in years to the date of death, else to the newest date in the resource or `as_of`, whichever is later.

    Redacting the result again changes nothing, provided that `free_text` leaves its own results alone.
    Not covered: an identifier in a code or display of a code system, in a city under `limited`, or in an
    institution's name. Raises Invalid ("invalid_request") when `resource` has no R4 `resourceType`.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in RESOURCES:
        raise Invalid("invalid_request", "The resource has no resourceType of FHIR R4.")
    walk = Walk(policy, free_text, _ids(resource))
    redacted = walk.resource(resource, Place(kind))
    years = walk.years | ({as_of.year} if as_of else set[int]())
    if years and max(years) - min(years) > OLDEST:
        walk = Walk(policy, free_text, _ids(resource), frozenset(years), walk.texts)
        redacted = walk.resource(resource, Place(kind))
    return FhirRedaction(redacted or {"resourceType": kind}, tuple(walk.removed))


def _ids(resource: Mapping[str, object]) -> NeutralIds:
    ids = NeutralIds()
    ids.learn(resource)
    return ids


def bundle_patient(resource: Mapping[str, object]) -> Mapping[str, object] | None:
    """The Patient in `resource`: itself, the first Patient among a Bundle's entries or among the contained; else None.

    For `Known.from_json`, which takes a Patient. The result is the caller's own object, not a copy.
    """
    if resource.get("resourceType") == "Patient":
        return resource
    entries = [entry.get("resource") for entry in _objects(resource.get("entry"))]
    for inner in _objects([*entries, *_objects(resource.get("contained"))]):
        if inner.get("resourceType") == "Patient":
            return inner
    return None


def _objects(value: object) -> list[Mapping[str, object]]:
    items = cast("list[object]", value) if isinstance(value, list | tuple) else []
    return [cast("Mapping[str, object]", item) for item in items if isinstance(item, Mapping)]
