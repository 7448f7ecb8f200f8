"""FHIRPath compiled to closures over plain JSON: invariants of the specification and of profiles, search parameters.

A subset of FHIRPath N1: what needs a terminology server, the time of the day or types that JSON does not show is
`Unsupported`, and whoever asked says "not checked". A choice (`value[x]`) is followed by its base name; `as`, `is` and
`ofType` choose among its members by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache
from typing import Any, TypeAlias, cast

from preceptor.fhir.definitions import choices
from preceptor.fhir.path_functions import FUNCTIONS, LAZY
from preceptor.fhir.path_parse import Call, Indexed, Literal, Operation, Step, Tree, Typed, Unsupported, Variable, parse
from preceptor.fhir.path_values import Bare, Items, Scope, compare, contents, distinct, equal, equivalent, same, truth

Compiled: TypeAlias = Callable[[Items, Scope], Items]

VARIABLES = {
    "%ucum": "http://unitsofmeasure.org",
    "%sct": "http://snomed.info/sct",
    "%loinc": "http://loinc.org",
}
ABSTRACT = frozenset({"Resource", "DomainResource"})


@lru_cache(maxsize=4096)
def compiled(text: str) -> Compiled:
    """The closure of an expression; Unsupported when it cannot be evaluated here."""
    return _compile(parse(text))


def evaluate(text: str, item: Any, scope: Scope | None = None) -> Items:
    """The items an expression finds in one item."""
    scope = scope or Scope(item, item)
    return compiled(text)([item], replace(scope, this=item))


def _compile(tree: Tree) -> Compiled:
    if isinstance(tree, Literal):
        found: Items = [] if tree.value is None else [tree.value]
        return lambda items, scope: found
    if isinstance(tree, Variable):
        return _variable(tree.name)
    if isinstance(tree, Step):
        return _step(tree)
    if isinstance(tree, Call):
        return _call(tree)
    if isinstance(tree, Indexed):
        left, index = _compile(tree.left), _compile(tree.index)
        return lambda items, scope: _at(left(items, scope), index(items, scope))
    if isinstance(tree, Typed):
        return _typed(tree.sign, tree.left, tree.type)
    return _operation(tree)


def _at(items: Items, index: Items) -> Items:
    return items[index[0] : index[0] + 1] if len(index) == 1 and isinstance(index[0], int) and index[0] >= 0 else []


def _variable(name: str) -> Compiled:
    if name in VARIABLES:
        found: Items = [VARIABLES[name]]
        return lambda items, scope: found
    if name == "$this":
        return lambda items, scope: [scope.this]
    if name == "$index":
        return lambda items, scope: [scope.index]
    if name == "%resource":
        return lambda items, scope: [scope.resource]
    if name == "%rootResource":
        return lambda items, scope: [scope.root]
    if name == "%context":
        return lambda items, scope: [scope.this]
    raise Unsupported


def _step(tree: Step) -> Compiled:
    name = tree.name
    if tree.left is None and name[:1].isupper():
        return lambda items, scope: [item for item in items if _is_named(item, name)]
    follow = _follow(name)
    if tree.left is None:
        return lambda items, scope: follow(items)
    left = _compile(tree.left)
    return lambda items, scope: follow(left(items, scope))


def _is_named(item: Any, name: str) -> bool:
    if not isinstance(item, dict):
        return False
    kind = cast("dict[str, Any]", item).get("resourceType")
    return kind == name or (kind is None or name in ABSTRACT)


def _follow(name: str, *exactly: str) -> Callable[[Items], Items]:
    """Follows a member; of a choice, all its forms, or those that are named."""
    names = exactly or (name, *(full for full in choices().get(name, ())))
    bare = tuple("_" + full for full in names)

    def follow(items: Items) -> Items:
        found: Items = []
        for item in items:
            content = contents(item)
            if content is None:
                continue
            for full in names:
                if full in content:
                    value = content[full]
                    if isinstance(value, list):
                        found += [one for one in cast("Items", value) if one is not None]
                    else:
                        found.append(value)
                    break
            else:
                for full in bare:
                    if isinstance(content.get(full), dict):
                        found.append(Bare(content[full]))
                        break
        return found

    return follow


def _typed(sign: str, tree: Tree, kind: str) -> Compiled:
    if isinstance(tree, Step) and tree.name in choices() and not tree.name[:1].isupper():
        exact = tree.name + kind[:1].upper() + kind[1:]
        chosen, all_of = _follow(tree.name, exact), _follow(tree.name)
        left = _compile(tree.left) if tree.left is not None else None

        def of_choice(items: Items, scope: Scope) -> Items:
            focus = items if left is None else left(items, scope)
            found = chosen(focus)
            if sign != "is":
                return found
            return [bool(found)] if found or all_of(focus) else []

        return of_choice
    inner = _compile(tree)

    def of_any(items: Items, scope: Scope) -> Items:
        found = inner(items, scope)
        if sign == "is":
            return [is_type(found[0], kind)] if len(found) == 1 else []
        return [item for item in found if is_type(item, kind)]

    return of_any


def is_type(item: Any, kind: str) -> bool:
    """Whether an item may be of a type. JSON shows kinds of primitives and types of resources only; where it does not
    show the type of an element the answer is yes."""
    if isinstance(item, bool):
        return kind.lower() == "boolean"
    if isinstance(item, int | Decimal):
        return kind.lower() in ("integer", "decimal", "positiveint", "unsignedint")
    if isinstance(item, str):
        return (kind[:1].islower() and kind not in ("boolean", "integer", "decimal")) or kind == "String"
    found = cast("dict[str, Any]", item).get("resourceType") if isinstance(item, dict) else None
    return kind == found or kind in ABSTRACT if found is not None else kind[:1].isupper()


def _call(tree: Call) -> Compiled:
    left = _compile(tree.left) if tree.left is not None else None
    if tree.name in ("as", "is", "ofType") and len(tree.arguments) == 1 and isinstance(tree.arguments[0], Step):
        sign = "is" if tree.name == "is" else "as"
        return _typed(sign, tree.left if tree.left is not None else Variable("$this"), tree.arguments[0].name)
    lazy = LAZY.get(tree.name)
    arguments = tuple(_compile(argument) for argument in tree.arguments)
    if lazy is not None:
        if left is None:
            return lambda items, scope: lazy(items, scope, arguments)
        return lambda items, scope: lazy(left(items, scope), scope, arguments)
    function = FUNCTIONS.get(tree.name)
    if function is None:
        raise Unsupported

    def call(items: Items, scope: Scope) -> Items:
        focus = items if left is None else left(items, scope)
        here: Items = [scope.this] if scope.this is not None else items
        return function(focus, scope, [argument(here, scope) for argument in arguments])

    return call


def _operation(tree: Operation) -> Compiled:
    left, right = _compile(tree.left), _compile(tree.right)
    if tree.sign in _LOGIC:
        logic = _LOGIC[tree.sign]
        return lambda items, scope: logic(truth(left(items, scope)), lambda: truth(right(items, scope)))
    if tree.sign in _COMPARED:
        holds = _COMPARED[tree.sign]

        def compared(items: Items, scope: Scope) -> Items:
            found = compare(left(items, scope), right(items, scope))
            return [] if found is None else [holds(found)]

        return compared
    act = _ACTS[tree.sign]
    return lambda items, scope: act(left(items, scope), right(items, scope))


def _and(left: bool | None, right: Callable[[], bool | None]) -> Items:
    if left is False:
        return [False]
    other = right()
    return [False] if other is False else [] if left is None or other is None else [True]


def _or(left: bool | None, right: Callable[[], bool | None]) -> Items:
    if left is True:
        return [True]
    other = right()
    return [True] if other is True else [] if left is None or other is None else [False]


def _xor(left: bool | None, right: Callable[[], bool | None]) -> Items:
    other = right()
    return [] if left is None or other is None else [left is not other]


def _implies(left: bool | None, right: Callable[[], bool | None]) -> Items:
    return _or(None if left is None else not left, right)


_LOGIC: dict[str, Callable[[bool | None, Callable[[], bool | None]], Items]] = {
    "and": _and, "or": _or, "xor": _xor, "implies": _implies,
}  # fmt: skip
_COMPARED: dict[str, Callable[[int], bool]] = {
    "<": lambda found: found < 0,
    "<=": lambda found: found <= 0,
    ">": lambda found: found > 0,
    ">=": lambda found: found >= 0,
}


def _known(answer: bool | None) -> Items:
    return [] if answer is None else [answer]


def _not_equal(left: Items, right: Items) -> Items:
    answer = equal(left, right)
    return [] if answer is None else [not answer]


def _within(left: Items, right: Items) -> Items:
    return [any(same(left[0], item) for item in right)] if left else []


def _joined(left: Items, right: Items) -> Items:
    return [("".join(map(str, left[:1]))) + "".join(map(str, right[:1]))]


def _reckon(sign: str) -> Callable[[Items, Items], Items]:
    def act(left: Items, right: Items) -> Items:
        if len(left) != 1 or len(right) != 1:
            return []
        one, other = left[0], right[0]
        if sign == "+" and isinstance(one, str) and isinstance(other, str):
            return [one + other]
        if not isinstance(one, int | Decimal) or not isinstance(other, int | Decimal):
            return []
        try:
            return [_ARITHMETIC[sign](Decimal(one), Decimal(other))]
        except (DivisionByZero, InvalidOperation):
            return []

    return act


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "div": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
}
_ACTS: dict[str, Callable[[Items, Items], Items]] = {
    "=": lambda left, right: _known(equal(left, right)),
    "!=": _not_equal,
    "~": lambda left, right: [equivalent(left, right)],
    "!~": lambda left, right: [not equivalent(left, right)],
    "|": lambda left, right: distinct([*left, *right]),
    "in": _within,
    "contains": lambda left, right: _within(right, left),
    "&": _joined,
    **{sign: _reckon(sign) for sign in _ARITHMETIC},
}
