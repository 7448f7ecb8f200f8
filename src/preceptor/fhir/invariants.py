"""Invariants: the frequent ones written out, the others as the FHIRPath of the specification; pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from preceptor.fhir.path_compile import compiled
from preceptor.fhir.path_parse import Unsupported
from preceptor.fhir.path_values import Scope, compare, truth


def _has(value: dict[str, Any], name: str) -> bool:
    return name in value or f"_{name}" in value


def _period(value: dict[str, Any]) -> bool:
    start, end = value.get("start"), value.get("end")
    return not isinstance(start, str) or not isinstance(end, str) or compare([start], [end]) != 1


WRITTEN: dict[str, Callable[[dict[str, Any]], bool]] = {
    "qty-3": lambda value: not _has(value, "code") or _has(value, "system"),
    "att-1": lambda value: not _has(value, "data") or _has(value, "contentType"),
    "cpt-2": lambda value: not _has(value, "value") or _has(value, "system"),
    "per-1": _period,
    "sqty-1": lambda value: not _has(value, "comparator"),
    "obs-3": lambda value: any(_has(value, name) for name in ("low", "high", "text")),
    "pat-1": lambda value: any(_has(value, name) for name in ("name", "telecom", "address", "organization")),
    "bdl-5": lambda value: any(_has(value, name) for name in ("resource", "request", "response")),
}
"""Invariant → the same, over the JSON object. A test holds each against its FHIRPath."""


def holds(key: str, expression: str, value: Any, resource: Any, root: Any) -> bool | None:
    """Whether an invariant holds; None when it cannot be evaluated here. An expression that comes out empty holds: the
    digits of the data do not settle it."""
    written = WRITTEN.get(key)
    if written is not None and isinstance(value, dict):
        return written(value)  # pyright: ignore[reportUnknownArgumentType]
    try:
        found = compiled(expression)([value], Scope(resource, root, value))
    except (Unsupported, TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError):
        return None
    return truth(found) is not False
