"""The snapshot of a profile as a tree: elements, and the slices of elements; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Allowed:
    """A type an element may have: its code, the profiles of which one must hold, and those of a reference's target."""

    code: str
    profiles: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass
class Node:
    """One element of a snapshot. `most` is None without limit. `fixed` and `pattern` are JSON values, or ABSENT."""

    name: str
    slice: str
    least: int
    most: int | None
    types: tuple[Allowed, ...]
    fixed: Any
    pattern: Any
    values: str | None
    rules: tuple[tuple[str, str], ...]
    discriminators: tuple[tuple[str, str], ...] = ()
    closed: bool = False
    children: dict[str, Node] = field(default_factory=dict[str, "Node"])
    slices: list[Node] = field(default_factory=list["Node"])

    @property
    def is_choice(self) -> bool:
        """Whether the member's name says the type."""
        return self.name.endswith("[x]")


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def tree(structure: Json) -> Node:
    """The root element of a StructureDefinition with a snapshot, with everything below it."""
    elements = cast("list[Json]", structure["snapshot"]["element"])
    root = _node(elements[0])
    for element in elements[1:]:
        parts = str(element["id"]).split(".")[1:]
        parent = root
        for part in parts[:-1]:
            parent = _down(parent, part)
        name, _, sliced = parts[-1].partition(":")
        made = _node(element, name, sliced)
        if not sliced:
            parent.children[name] = made
        else:
            owner = parent.children.get(name) or _node(element, name, "")
            parent.children.setdefault(name, owner).slices.append(made)
    return root


def _down(parent: Node, part: str) -> Node:
    name, _, sliced = part.partition(":")
    child = parent.children.get(name)
    if child is None:  # a snapshot that names a child without its parent
        child = parent.children[name] = Node(name, "", 0, None, (), ABSENT, ABSENT, None, ())
    if not sliced:
        return child
    for one in child.slices:
        if one.slice == sliced:
            return one
    made = Node(name, sliced, 0, None, (), ABSENT, ABSENT, None, ())
    child.slices.append(made)
    return made


def _node(element: Json, name: str = "", sliced: str = "") -> Node:
    binding = element.get("binding", {})
    slicing = element.get("slicing", {})
    most = str(element.get("max", "*"))
    rules = [
        (str(c["key"]), str(c["expression"]))
        for c in element.get("constraint", [])
        if c.get("severity") == "error" and c.get("expression")
    ]
    return Node(
        name,
        sliced,
        int(element.get("min", 0)),
        None if most == "*" else int(most),
        tuple(_allowed(one) for one in element.get("type", [])),
        _starting(element, "fixed"),
        _starting(element, "pattern"),
        binding.get("valueSet") if binding.get("strength") == "required" else None,
        tuple(rules),
        tuple((str(d["type"]), str(d["path"])) for d in slicing.get("discriminator", [])),
        slicing.get("rules") == "closed",
    )


def _allowed(kind: Json) -> Allowed:
    code = str(kind.get("code", "")).rpartition("/")[2]
    if code.startswith("System."):
        code = "string"
    return Allowed(code, tuple(kind.get("profile", [])), tuple(kind.get("targetProfile", [])))


def _starting(element: Json, prefix: str) -> Any:
    for name, value in element.items():
        if name.startswith(prefix) and name[len(prefix) :][:1].isupper():
            return value
    return ABSENT


def meets(pattern: Any, value: Any) -> bool:
    """Whether a value has all that a pattern has: members of objects, and for each item of a list one that meets it
    (hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_)."""
    if isinstance(pattern, dict):
        if not isinstance(value, dict):
            return False
        given = cast("Json", value)
        return all(name in given and meets(inner, given[name]) for name, inner in cast("Json", pattern).items())
    if isinstance(pattern, list):
        items = cast("list[Any]", value) if isinstance(value, list) else []
        return all(any(meets(inner, item) for item in items) for inner in cast("list[Any]", pattern))
    return pattern == value and (type(pattern) is type(value) or (_number(pattern) and _number(value)))


def _number(value: object) -> bool:
    return not isinstance(value, bool) and hasattr(value, "__float__") and not isinstance(value, str)
