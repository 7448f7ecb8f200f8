"""Parts of resources: `_summary` and `_elements` (R4, 3.1.1.5.9 and 3.1.1.5.10); pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias

from preceptor.fhir.definitions import definitions

Json: TypeAlias = dict[str, Any]
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
ALWAYS = frozenset({"resourceType", "id", "meta"})


def project(resource: Json, summary: str, elements: Collection[str]) -> Json:
    """The resource with the elements asked for and those that must be there, marked as a part."""
    if not summary and not elements:
        return resource
    kind = definitions().types[str(resource["resourceType"])]
    kept = set(ALWAYS)
    for element in kind.elements:
        name = element.name.removesuffix("[x]")
        if (
            element.least > 0
            or name in elements
            or (summary == "true" and element.summary)
            or (summary == "text" and name == "text")
            or (summary == "data" and name != "text")
        ):
            kept.update(element.names())
        kept.update(element.names().keys() & set(elements))
    part = {name: value for name, value in resource.items() if name.removeprefix("_") in kept}
    meta = dict(part.get("meta", {}))
    meta["tag"] = [*meta.get("tag", []), SUBSETTED]
    return {**part, "meta": meta}
