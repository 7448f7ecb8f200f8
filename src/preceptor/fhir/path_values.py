"""What FHIRPath expressions are evaluated over: plain JSON, with a mark for an element that has no value; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias, cast

from preceptor.fhir.moments import interval

Items: TypeAlias = "list[Any]"


@dataclass(frozen=True)
class Bare:
    """A primitive element without value: its id and extensions only (the member `_name` of the JSON)."""

    content: Mapping[str, Any]


@dataclass(frozen=True)
class Scope:
    """What an expression sees beside its focus: `resource` is `%resource`, `root` the one that contains it."""

    resource: Any = None
    root: Any = None
    this: Any = None
    index: int = 0
    resolve: Callable[[str], Any] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])


def contents(item: Any) -> dict[str, Any] | None:
    """The members of an item; None when it has none."""
    if isinstance(item, Bare):
        return dict(item.content)
    return cast("dict[str, Any]", item) if isinstance(item, dict) else None


def truth(items: Items) -> bool | None:
    """A collection as a Boolean (specification, section 4.5): None when empty; an item that is none counts as true."""
    if not items:
        return None
    return items[0] if isinstance(items[0], bool) and len(items) == 1 else True


def same(left: object, right: object) -> bool:
    """Equality of two items (`=`)."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def equal(left: Items, right: Items) -> bool | None:
    """Equality of two collections: None when one is empty."""
    if not left or not right:
        return None
    return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))


def equivalent(left: Items, right: Items) -> bool:
    """Equivalence (`~`): in any order, letters of any case, blanks alike."""
    if len(left) != len(right):
        return False
    return sorted(map(_folded, left)) == sorted(map(_folded, right))


def _folded(item: object) -> str:
    return " ".join(item.casefold().split()) if isinstance(item, str) else repr(item)


def compare(left: Items, right: Items) -> int | None:
    """-1, 0 or 1; None when one is empty, the two cannot be compared, or their digits do not settle it."""
    if len(left) != 1 or len(right) != 1:
        return None
    return _compare(left[0], right[0])


def _compare(one: Any, other: Any) -> int | None:
    if isinstance(one, dict) and isinstance(other, dict):
        first, second = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        if any(first.get(k) != second.get(k) for k in ("system", "code", "unit")):
            return None
        return _compare(first.get("value"), second.get("value"))
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return (one > other) - (one < other)
    if not isinstance(one, str) or not isinstance(other, str):
        return None
    early, late = interval(one), interval(other)
    if early is None or late is None:
        return (one > other) - (one < other)
    if early == late:
        return 0
    if early.high <= late.low:
        return -1
    return 1 if late.high <= early.low else None


def children(item: Any) -> Items:
    """All direct children of an item."""
    found: Items = []
    members = contents(item) or {}
    for name, value in members.items():
        if name != "resourceType" and not (name.startswith("_") and name[1:] in members):
            found += value if isinstance(value, list) else [Bare(value) if name.startswith("_") else value]
    return found


def descendants(items: Items) -> Items:
    """All children, and theirs."""
    found: Items = []
    waiting = list(items)
    while waiting:
        below = [child for item in waiting for child in children(item)]
        found += below
        waiting = below
    return found


def distinct(items: Items) -> Items:
    """Each item once, in order."""
    found: Items = []
    seen = set[tuple[str, object]]()
    for item in items:
        if isinstance(item, str | int | Decimal):
            key = ("bool" if isinstance(item, bool) else "str" if isinstance(item, str) else "number", item)
            if key in seen:
                continue
            seen.add(key)
        elif any(same(item, other) for other in found):
            continue
        found.append(item)
    return found
