"""Which slice of an element an item belongs to, by the discriminators of the slicing; pure.

hl7.org/fhir/R4/profiling.html#discriminator. A discriminator whose value the profile does not settle is said to be not
checked, and the item then counts as belonging to no slice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

from preceptor.fhir.packages import Package, profile_of, tree_of
from preceptor.fhir.path_compile import compiled
from preceptor.fhir.path_parse import Unsupported
from preceptor.fhir.path_values import Bare, Items, Scope
from preceptor.fhir.profile_tree import ABSENT, Node, meets

Json: TypeAlias = dict[str, Any]
Finder: TypeAlias = Callable[[str], "Json | None"]
CORE = "http://hl7.org/fhir/StructureDefinition/"


class _Unsettled(Exception):
    pass


def slice_of(
    child: Node, item: Any, kind: str, find: Finder, unchecked: Callable[[str], None], package: Package
) -> Node | None:
    """The slice of `child` whose discriminators the item meets; of nested ones the innermost."""
    if isinstance(item, Bare):
        return None
    best: Node | None = None
    for one in child.slices:
        try:
            met = all(_met(by, path, one, item, kind, find, package) for by, path in child.discriminators)
        except (_Unsettled, Unsupported):
            unchecked(f"slice {child.name}:{one.slice}")
            continue
        if met and (best is None or one.slice.startswith(best.slice + "/")):
            best = one
    return best


def _met(by: str, path: str, one: Node, item: Any, kind: str, find: Finder, package: Package) -> bool:
    if by == "type" and path == "$this" and kind:
        return any(allowed.code == kind for allowed in one.types)
    found = _items(path, item, find)
    if by == "exists":
        node = _node_at(one, path, package)
        if node is None:
            raise _Unsettled
        return bool(found) if node.least > 0 else not found if node.most == 0 else True
    if by == "type":
        return _typed(one, path, item, found, package)
    if by == "profile":
        return _profiled(one, path, found, package)
    wanted = _wanted(one, path, package)
    return any(wanted(value) for value in found)


def _items(path: str, item: Any, find: Finder) -> Items:
    if path == "$this":
        return [item]
    return compiled(path)([item], Scope(item, item, item, resolve=find))


def _steps(path: str) -> list[str]:
    """The elements of a discriminator's path; `extension('url')` is one step."""
    steps, inside, text = list[str](), False, ""
    for letter in path:
        inside = inside != (letter == "'")
        if letter == "." and not inside:
            steps.append(text)
            text = ""
        else:
            text += letter
    return [step for step in [*steps, text] if step and step != "$this"]


def _wanted(one: Node, path: str, package: Package) -> Callable[[Any], bool]:
    """What the values at a path must be, by what the slice fixes there, above it, or by a required value set."""
    node: Node | None = one
    steps = _steps(path)
    if steps == ["url"] and "url" not in one.children and one.types and one.types[0].profiles:
        url = one.types[0].profiles[0].partition("|")[0]
        return lambda value: value == url
    above: Any = ABSENT
    for step in steps:
        if node is not None:
            above = _inside(_settled(node), step) if _settled(node) is not ABSENT else _inside(above, step)
            node = _child(node, step, package)
        else:
            above = _inside(above, step)
    if node is not None and _settled(node) is not ABSENT:
        pattern = _settled(node)
        return lambda value: meets(pattern, value)
    if above is not ABSENT:
        patterns: list[Any] = cast("list[Any]", above) if isinstance(above, list) else [above]
        return lambda value: any(meets(inner, value) for inner in patterns)
    if node is not None and node.values is not None:
        codes = package.values.codes(node.values)
        if codes is not None:
            return lambda value: _in_set(codes, value)
    if node is not None:
        below = _settled_below(node)
        if below:
            return lambda value: isinstance(value, dict) and all(_holds_below(value, *part) for part in below)
    raise _Unsettled


def _settled(node: Node) -> Any:
    return node.fixed if node.fixed is not ABSENT else node.pattern


def _settled_below(node: Node) -> list[tuple[list[str], Any]]:
    """What children of a node fix, when the node itself does not: `code.coding.code` for `code`."""
    found = list[tuple[list[str], Any]]()
    for name, child in node.children.items():
        for inner in (child, *child.slices):
            if inner.least < 1:
                continue
            if _settled(inner) is not ABSENT:
                found.append(([name], _settled(inner)))
            else:
                found += [([name, *path], value) for path, value in _settled_below(inner)]
    return found


def _holds_below(value: Any, path: list[str], wanted: Any) -> bool:
    items: list[Any] = [value]
    for name in path:
        found = [cast("Json", item).get(name) for item in items if isinstance(item, dict)]
        items = [one for item in found for one in (cast("list[Any]", item) if isinstance(item, list) else [item])]
    return any(meets(wanted, item) for item in items)


def _inside(pattern: Any, step: str) -> Any:
    if isinstance(pattern, list):
        found = [_inside(inner, step) for inner in cast("list[Any]", pattern)]
        return [one for one in found if one is not ABSENT] or ABSENT
    return cast("Json", pattern).get(step, ABSENT) if isinstance(pattern, dict) else ABSENT


def _child(node: Node, step: str, package: Package) -> Node | None:
    """The node a step leads to: an element, a slice of `extension`, or the root of the profile of a type."""
    if step.startswith("extension("):
        url = step[len("extension('") : -len("')")]
        for one in node.children["extension"].slices if "extension" in node.children else []:
            if any(url == profile.partition("|")[0] for kind in one.types for profile in kind.profiles):
                return one
        return None
    if step.startswith("ofType("):
        return node
    if step == "resolve()":
        for kind in node.types:
            if len(kind.targets) == 1 and (found := profile_of(package, kind.targets[0])) is not None:
                return tree_of(package, found)
        return None
    found = node.children.get(step) or node.children.get(step + "[x]")
    if found is not None:
        return found
    for kind in node.types:
        if len(kind.profiles) == 1 and (structure := profile_of(package, kind.profiles[0])) is not None:
            return tree_of(package, structure).children.get(step)
    return None


def _node_at(one: Node, path: str, package: Package) -> Node | None:
    node: Node | None = one
    for step in _steps(path):
        node = _child(node, step, package) if node is not None else None
    return node


def _in_set(codes: dict[str, set[str]], value: Any) -> bool:
    if isinstance(value, str):
        return any(value in listed for listed in codes.values())
    if not isinstance(value, dict):
        return False
    given = cast("Json", value)
    if isinstance(given.get("coding"), list):
        return any(_in_set(codes, coding) for coding in given["coding"])
    return given.get("code") in codes.get(str(given.get("system", "")), set())


def _typed(one: Node, path: str, item: Any, found: Items, package: Package) -> bool:
    node = _node_at(one, path, package)
    wanted = {kind.code for kind in node.types} if node is not None else set[str]()
    if "resolve()" in path:
        owner = _node_at(one, path.replace("resolve()", "").strip("."), package)
        wanted = set[str]()
        for kind in owner.types if owner is not None else ():
            for canonical in kind.targets:
                structure = profile_of(package, canonical)
                wanted.add(str(structure["type"]) if structure is not None else canonical.removeprefix(CORE))
    if not wanted:
        raise _Unsettled
    return any(_kind_of(value) in wanted for value in found)


def _kind_of(value: Any) -> str:
    if isinstance(value, dict):
        given = cast("Json", value)
        for kind, members in _SHAPES.items():
            if members & given.keys():
                return str(given.get("resourceType", kind)) if kind == "resource" else kind
        return ""
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "integer"


_SHAPES: dict[str, frozenset[str]] = {
    "resource": frozenset({"resourceType"}),
    "CodeableConcept": frozenset({"coding"}),
    "Reference": frozenset({"reference"}),
    "Period": frozenset({"start", "end"}),
    "Quantity": frozenset({"unit", "value"}),
}
"""Type → members only it has among those that slicings by type tell apart."""


def _profiled(one: Node, path: str, found: Items, package: Package) -> bool:
    """By profile: told by the type of the resource and by what it claims to be; whether it holds is checked then."""
    node = _node_at(one, path.replace("resolve()", "").strip("."), package)
    wanted = [p for kind in (node.types if node is not None else ()) for p in (*kind.targets, *kind.profiles)]
    types = {str(s["type"]) for p in wanted if (s := profile_of(package, p)) is not None}
    types |= {p.removeprefix(CORE) for p in wanted if p.startswith(CORE)}
    if not types:
        raise _Unsettled
    return any(_kind_of(value) in types for value in found)
