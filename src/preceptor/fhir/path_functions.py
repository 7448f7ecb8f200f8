"""The functions of FHIRPath that are evaluated here; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeAlias, cast

from preceptor.fhir.path_parse import Unsupported
from preceptor.fhir.path_values import Bare, Items, Scope, children, contents, descendants, distinct, same, truth

Function: TypeAlias = Callable[[Items, Scope, "list[Items]"], Items]
Inner: TypeAlias = Callable[[Items, Scope], Items]
Lazy: TypeAlias = Callable[[Items, Scope, Sequence[Inner]], Items]
MOST_REPEATED = 10_000
_REFERENCE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def _each(items: Items, scope: Scope, inner: Inner) -> list[tuple[Any, Items]]:
    return [(item, inner([item], replace(scope, this=item, index=n))) for n, item in enumerate(items)]


def _where(items: Items, scope: Scope, inner: Sequence[Inner]) -> Items:
    return [item for item, found in _each(items, scope, inner[0]) if truth(found) is True]


def _exists(items: Items, scope: Scope, inner: Sequence[Inner]) -> Items:
    return [bool(_where(items, scope, inner) if inner else items)]


def _all(items: Items, scope: Scope, inner: Sequence[Inner]) -> Items:
    return [all(truth(found) is True for _, found in _each(items, scope, inner[0]))]


def _select(items: Items, scope: Scope, inner: Sequence[Inner]) -> Items:
    return [one for _, found in _each(items, scope, inner[0]) for one in found]


def _repeat(items: Items, scope: Scope, inner: Sequence[Inner]) -> Items:
    found: Items = []
    waiting = items
    while waiting and len(found) < MOST_REPEATED:
        waiting = [one for one in _select(waiting, scope, inner) if not any(same(one, old) for old in found)]
        found += distinct(waiting)
    return found


def _iif(items: Items, scope: Scope, inner: Sequence[Inner]) -> Items:
    focus = replace(scope, this=items[0]) if len(items) == 1 else scope
    if truth(inner[0](items, focus)) is True:
        return inner[1](items, focus)
    return inner[2](items, focus) if len(inner) > 2 else []


def _trace(items: Items, scope: Scope, inner: Sequence[Inner]) -> Items:
    return items  # shows its input to whoever debugs: contents of resources are not shown to anybody here


LAZY: dict[str, Lazy] = {
    "where": _where,
    "exists": _exists,
    "all": _all,
    "select": _select,
    "repeat": _repeat,
    "iif": _iif,
    "trace": _trace,
}
"""Functions whose arguments are evaluated for each item."""


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        raise Unsupported from None


def _text(items: Items) -> str | None:
    return items[0] if len(items) == 1 and isinstance(items[0], str) else None


def _on_text(act: Callable[[str, list[Any]], Any]) -> Function:
    """A function of one text and of single arguments; empty when the text or an argument is."""

    def call(items: Items, scope: Scope, arguments: list[Items]) -> Items:
        text = _text(items)
        if text is None or any(len(one) != 1 for one in arguments):
            return []
        found = act(text, [one[0] for one in arguments])
        return [] if found is None else cast("Items", found) if isinstance(found, list) else [found]

    return call


def _substring(text: str, arguments: list[Any]) -> str | None:
    start = arguments[0]
    if not 0 <= start < len(text):
        return None
    return text[start : start + arguments[1]] if len(arguments) > 1 else text[start:]


def _number(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    item = items[0] if len(items) == 1 else None
    if isinstance(item, bool):
        return [int(item)]
    if isinstance(item, int):
        return [item]
    return [int(item)] if isinstance(item, str) and re.fullmatch(r"[+-]?\d{1,18}", item) else []


def _decimal(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    item = items[0] if len(items) == 1 else None
    if isinstance(item, int | Decimal):
        return [Decimal(item)]
    try:
        return [Decimal(item)] if isinstance(item, str) else []
    except InvalidOperation:
        return []


def _string(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    item = items[0] if len(items) == 1 else None
    if isinstance(item, bool):
        return ["true" if item else "false"]
    if isinstance(item, str | int | Decimal):
        return [getattr(item, "text", None) or str(item)]
    return []


def _extension(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    url = _text(arguments[0])
    found: Items = []
    for item in items:
        listed = (contents(item) or {}).get("extension")
        if isinstance(listed, list):
            found += [one for one in cast("Items", listed) if (contents(one) or {}).get("url") == url]
    return found


def _resolve(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    """What references lead to: contained resources, what the scope finds, else a resource of which only the type is
    known (enough for `resolve() is Patient`)."""
    found: Items = []
    for item in items:
        given: dict[str, Any] = cast("dict[str, Any]", item) if isinstance(item, dict) else {"reference": item}
        reference = given.get("reference")
        if isinstance(reference, str):
            resource = _led_to(reference, scope)
            if resource is not None:
                found.append(resource)
                continue
        kind = given.get("type")
        if isinstance(kind, str):
            found.append({"resourceType": kind})
    return found


def _led_to(reference: str, scope: Scope) -> Any:
    if reference.startswith("#"):
        listed = (contents(scope.root) or {}).get("contained")
        inner = cast("Items", listed) if isinstance(listed, list) else []
        return next((one for one in inner if (contents(one) or {}).get("id") == reference[1:]), None)
    resource = scope.resolve(reference) if scope.resolve is not None else None
    if resource is not None:
        return resource
    match = _REFERENCE.fullmatch(reference)
    return {"resourceType": match[1]} if match is not None else None


def _truths(items: Items, wanted: bool, every: bool) -> Items:
    found = [item is wanted for item in items]
    return [all(found) if every else any(found)]


def _not(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    answer = truth(items)
    return [] if answer is None else [not answer]


def _among(items: Items, others: Items) -> list[bool]:
    return [any(same(item, other) for other in others) for item in items]


def _intersect(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    return distinct([item for item, there in zip(items, _among(items, arguments[0]), strict=True) if there])


def _exclude(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    return [item for item, there in zip(items, _among(items, arguments[0]), strict=True) if not there]


def _has_value(items: Items, scope: Scope, arguments: list[Items]) -> Items:
    return [len(items) == 1 and not isinstance(items[0], dict | Bare)]


FUNCTIONS: dict[str, Function] = {
    "empty": lambda items, scope, arguments: [not items],
    "not": _not,
    "hasValue": _has_value,
    "getValue": lambda items, scope, arguments: items if _has_value(items, scope, [])[0] else [],
    "count": lambda items, scope, arguments: [len(items)],
    "first": lambda items, scope, arguments: items[:1],
    "last": lambda items, scope, arguments: items[-1:],
    "tail": lambda items, scope, arguments: items[1:],
    "single": lambda items, scope, arguments: items if len(items) == 1 else [],
    "skip": lambda items, scope, arguments: items[max(0, arguments[0][0]) :],
    "take": lambda items, scope, arguments: items[: max(0, arguments[0][0])],
    "distinct": lambda items, scope, arguments: distinct(items),
    "isDistinct": lambda items, scope, arguments: [len(distinct(items)) == len(items)],
    "allTrue": lambda items, scope, arguments: _truths(items, True, True),
    "anyTrue": lambda items, scope, arguments: _truths(items, True, False),
    "allFalse": lambda items, scope, arguments: _truths(items, False, True),
    "anyFalse": lambda items, scope, arguments: _truths(items, False, False),
    "union": lambda items, scope, arguments: distinct([*items, *arguments[0]]),
    "combine": lambda items, scope, arguments: [*items, *arguments[0]],
    "intersect": _intersect,
    "exclude": _exclude,
    "subsetOf": lambda items, scope, arguments: [all(_among(items, arguments[0]))],
    "supersetOf": lambda items, scope, arguments: [all(_among(arguments[0], items))],
    "children": lambda items, scope, arguments: [child for item in items for child in children(item)],
    "descendants": lambda items, scope, arguments: descendants(items),
    "extension": _extension,
    "resolve": _resolve,
    "matches": _on_text(lambda text, a: _pattern(a[0]).search(text) is not None),
    "replaceMatches": _on_text(lambda text, a: _pattern(a[0]).sub(a[1].replace("$", "\\"), text)),
    "replace": _on_text(lambda text, a: text.replace(a[0], a[1])),
    "contains": _on_text(lambda text, a: a[0] in text),
    "startsWith": _on_text(lambda text, a: text.startswith(a[0])),
    "endsWith": _on_text(lambda text, a: text.endswith(a[0])),
    "indexOf": _on_text(lambda text, a: text.find(a[0])),
    "substring": _on_text(_substring),
    "split": _on_text(lambda text, a: text.split(a[0])),
    "trim": _on_text(lambda text, a: text.strip()),
    "length": _on_text(lambda text, a: len(text)),
    "upper": _on_text(lambda text, a: text.upper()),
    "lower": _on_text(lambda text, a: text.lower()),
    "join": lambda items, scope, arguments: [str(arguments[0][0] if arguments else "").join(map(str, items))],
    "toInteger": _number,
    "toDecimal": _decimal,
    "toString": _string,
    "htmlChecks": lambda items, scope, arguments: [True],  # the walker checks narratives itself (`narrative.py`)
}
"""Function → what it finds: of the focus, with each argument evaluated on `$this`."""
