"""Which data types a search expression finds, told from the definitions alone; pure."""

from __future__ import annotations

from functools import lru_cache

from preceptor.fhir.definitions import definitions
from preceptor.fhir.path_parse import Call, Operation, Step, Tree, Typed, Unsupported, parse

KEEPING = frozenset({"where", "first", "exists"})


@lru_cache(maxsize=2048)
def types_found(expression: str, base: str) -> frozenset[str]:
    """The types of what an expression finds in resources of `base`; empty when it cannot be told."""
    try:
        return _types(parse(expression), base)
    except Unsupported:
        return frozenset()


def _types(tree: Tree, base: str) -> frozenset[str]:
    if isinstance(tree, Operation):
        return _types(tree.left, base) | _types(tree.right, base) if tree.sign == "|" else frozenset({"boolean"})
    if isinstance(tree, Typed):
        return frozenset({tree.type}) if _types(tree.left, base) else frozenset()
    if isinstance(tree, Call):
        return _of_call(tree, base)
    if not isinstance(tree, Step):
        return frozenset()
    if tree.left is None:
        return frozenset({base}) if tree.name in (base, "Resource", "DomainResource") else _below(base, tree.name)
    return frozenset(found for owner in _types(tree.left, base) for found in _below(owner, tree.name))


def _of_call(tree: Call, base: str) -> frozenset[str]:
    if tree.left is None:
        return frozenset()
    inner = _types(tree.left, base)
    if tree.name in ("as", "ofType") and isinstance(tree.arguments[0], Step):
        return frozenset({tree.arguments[0].name}) if inner else frozenset()
    if tree.name == "exists":
        return frozenset({"boolean"}) if inner else frozenset()
    return inner if tree.name in KEEPING else frozenset()


def _below(owner: str, name: str) -> frozenset[str]:
    found = definitions().types.get(owner)
    if found is None:
        return frozenset()
    for element in found.elements:
        if element.name in (name, name + "[x]"):
            return frozenset(element.types)
    return frozenset()
