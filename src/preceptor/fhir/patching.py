"""JSON Patch (RFC 6902) of a resource."""

# jsonpatch ships no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import copy
from typing import Any, TypeAlias, cast

from jsonpatch import JsonPatch, JsonPatchException
from jsonpointer import JsonPointerException

from preceptor.errors import Invalid

Json: TypeAlias = dict[str, Any]
MOST_OPERATIONS = 200


def patched(resource: Json, operations: object) -> Json:
    """The resource after the operations, all of them or none. Invalid `fhir_patch` for a patch that is none or does not
    apply; what it makes is validated like any resource."""
    if not isinstance(operations, list) or not operations or len(cast("list[Any]", operations)) > MOST_OPERATIONS:
        raise Invalid("fhir_patch")
    try:
        made = JsonPatch(cast("list[Any]", operations)).apply(copy.deepcopy(resource))
    except (JsonPatchException, JsonPointerException, TypeError, KeyError, IndexError, ValueError, AttributeError):
        raise Invalid("fhir_patch") from None
    if not isinstance(made, dict):
        raise Invalid("fhir_patch")
    return cast("Json", made)
