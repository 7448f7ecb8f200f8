"""Is this a valid FHIR R4 resource? A walk along the definitions of its type; pure.

Structure, cardinality, choices, primitive values, required value sets, targets of references, safe narrative and the
invariants of severity error (hl7.org/fhir/R4/validation.html). What is not loaded is said to be not checked. Nothing
of the resource's content enters an issue: only the place, and the name of the rule.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias, cast

from preceptor.fhir.bindings import Bound, bound
from preceptor.fhir.bundles import check_bundle
from preceptor.fhir.definitions import Definitions, Element, Type, definitions
from preceptor.fhir.invariants import holds
from preceptor.fhir.issues import Issue, Severity
from preceptor.fhir.lossless import MOST_DEEP
from preceptor.fhir.narrative import look
from preceptor.fhir.primitives import CHECKS, is_text
from preceptor.fhir.references import read_reference

Json: TypeAlias = dict[str, Any]
MOST_ISSUES = 200
BY_THE_WALK = frozenset({"dom-2", "dom-3", "dom-4", "dom-5", "ref-1", "txt-1", "txt-2"})
_NAME = re.compile(r"_?[a-z][A-Za-z0-9]{0,40}")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.\-]*:\S+", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _required(name: str) -> tuple[tuple[str, ...], ...]:
    """The members of which one must be there, for each required element of a type."""
    found = definitions().types[name]
    return tuple(tuple(element.names()) for element in found.elements if element.least > 0)


@lru_cache(maxsize=1024)
def _rules(name: str) -> tuple[str, ...]:
    return tuple(key for key in definitions().types[name].invariants if key not in BY_THE_WALK)


class Walk:
    """One validation. `root` is the resource that was given, `extensions` are those whose definitions are loaded."""

    def __init__(self, root: object, extensions: frozenset[str] = frozenset()) -> None:
        self.root = root
        self._extensions = extensions
        self.definitions: Definitions = definitions()
        self._issues = list[Issue]()
        self._unchecked = dict[str, int]()
        self._depth = 0

    def add(self, kind: str, path: str, about: str = "", severity: Severity = "error") -> None:
        """An issue at a place."""
        if len(self._issues) < MOST_ISSUES:
            self._issues.append(Issue(kind, path, severity, about))
        elif len(self._issues) == MOST_ISSUES:
            self._issues.append(Issue("too-many-issues", path))

    def unchecked(self, about: str) -> None:
        """Something that is not loaded, by its canonical address."""
        self._unchecked[about] = self._unchecked.get(about, 0) + 1

    def found(self) -> list[Issue]:
        """All issues."""
        kind = cast("Json", self.root).get("resourceType", "") if isinstance(self.root, dict) else ""
        place = kind if isinstance(kind, str) and kind in self.definitions.types else "$this"
        counted = sorted(self._unchecked.items())
        return [*self._issues, *(Issue("not-checked", place, "information", about, n) for about, n in counted)]

    def resource(self, value: object, path: str, within: tuple[Json, ...]) -> None:
        """A resource: the one given, one of a bundle, or a contained one."""
        if not isinstance(value, dict):
            return self.add("not-an-object", path or "$this")
        resource = cast("Json", value)
        kind = resource.get("resourceType")
        found = self.definitions.types.get(kind) if isinstance(kind, str) else None
        if found is None or not found.is_resource or found.name in ("Resource", "DomainResource"):
            return self.add("unknown-type", f"{path}.resourceType" if path else "resourceType")
        path = path or found.name
        around = (*within, resource)
        self.members(found, resource, path, around)
        self._rules(_rules(found.name), resource, path, around)
        if "contained" in resource:
            self._contained(resource, path, within)
        if found.name == "Bundle":
            check_bundle(resource, path, self.add)
        return None

    def _rules(self, keys: tuple[str, ...], value: Any, path: str, around: tuple[Json, ...]) -> None:
        for key in keys:
            answer = holds(key, self.definitions.invariants[key], value, around[-1], around[0])
            if answer is False:
                self.add("invariant", path, key.partition("@")[0])
            elif answer is None:
                self.unchecked(key)

    def members(self, kind: Type, value: Json, path: str, around: tuple[Json, ...]) -> None:
        """The members of an object, known to be one."""
        self._depth += 1
        if self._depth > MOST_DEEP:
            self._depth -= 1
            return self.add("too-deep", path)
        chosen: tuple[str, ...] = ()
        for member, item in value.items():
            found = kind.members.get(member)
            if found is None:
                self._other(kind, value, member, item, path, around)
                continue
            element, type_name = found
            place = f"{path}.{member}"
            if element.is_choice:
                if element.name in chosen:
                    self.add("choice", place)
                chosen = (*chosen, element.name)
            if element.many:
                self._list(element, type_name, value, member, item, place, around)
            elif isinstance(item, list):
                self.add("not-single", place)
            else:
                self.item(element, type_name, item, place, around)
        for names in _required(kind.name):
            if not any(name in value or f"_{name}" in value for name in names):
                self.add("required", f"{path}.{names[0] if len(names) == 1 else _base(names)}")
        self._depth -= 1
        return None

    def _list(
        self, element: Element, kind: str, value: Json, member: str, items: object, place: str, around: tuple[Json, ...]
    ) -> None:
        if not isinstance(items, list):
            return self.add("not-a-list", place)
        listed = cast("list[object]", items)
        if not listed:
            return self.add("empty-list", place)
        if element.most is not None and len(listed) > element.most:
            self.add("too-many", place)
        halves = value.get(f"_{member}")
        for number, item in enumerate(listed):
            if item is None and _says(halves, number):
                continue
            self.item(element, kind, item, f"{place}[{number}]", around)
        return None

    def item(self, element: Element, kind: str, item: object, place: str, around: tuple[Json, ...]) -> None:
        """One value of an element."""
        check = CHECKS.get(kind)
        if check is not None:
            if item is None:
                self.add("null", place)
            elif not check(item):
                self.add("primitive", place, kind)
            elif kind == "xhtml":
                # HL7's own examples hold empty narratives: unsafe ones are refused, empty ones told (txt-2)
                if (seen := look(cast("str", item))) != "safe":
                    self.add("narrative", place, seen, "error" if seen == "unsafe" else "warning")
            elif element.values is not None:
                self._bound(element.values, kind, item, place)
        elif kind in ("Resource", "DomainResource"):
            self.resource(item, place, around if element.name == "contained" else ())
        else:
            self.complex(element, kind, item, place, around)

    def complex(self, element: Element, kind: str, item: object, place: str, around: tuple[Json, ...]) -> None:
        """A value of a data type, or a group of elements."""
        if item is None:
            return self.add("null", place)
        if not isinstance(item, dict):
            return self.add("not-an-object", place)
        value = cast("Json", item)
        if not value:
            return self.add("empty-object", place)
        if len(value) == 1 and "id" in value:
            self.add("no-value", place)
        self.members(self.definitions.types[kind], value, place, around)
        if kind == "Extension":
            self._extension(value, place)
        elif kind == "Reference":
            self._reference(value, element.targets.get("Reference"), place, around)
        if element.values is not None:
            self._bound(element.values, kind, value, place)
        self._rules(_rules(kind), value, place, around)
        if element.invariants:
            own = tuple(key for key in element.invariants if key not in BY_THE_WALK)
            self._rules(own, value, place, around)
        return None

    def _bound(self, values: str, kind: str, item: object, place: str) -> None:
        answer = bound(self.definitions, values, kind, item)
        if answer is Bound.OUTSIDE:
            self.add("code", place, values)
        elif answer is Bound.UNKNOWN:
            self.unchecked(values)

    def _other(self, kind: Type, value: Json, member: str, item: object, path: str, around: tuple[Json, ...]) -> None:
        """A member that is no element: the type's name, the other half of a primitive, or unknown."""
        if member == "resourceType" and kind.is_resource:
            return
        found = kind.members.get(member[1:]) if member.startswith("_") else None
        place = f"{path}.{member if _NAME.fullmatch(member) else '…'}"
        if found is None or found[1] not in CHECKS or found[1] == "xhtml":
            return self.add("unknown-element", place)
        if not found[0].many:
            if not isinstance(item, list):
                return self._half(item, place, around)
            return self.add("not-single", place)
        if not isinstance(item, list):
            return self.add("not-a-list", place)
        halves, values = cast("list[object]", item), value.get(member[1:])
        if not halves or all(half is None for half in halves):
            self.add("empty-list", place)
        if isinstance(values, list) and len(cast("list[object]", values)) != len(halves):
            self.add("lengths", place)
        for number, half in enumerate(halves):
            if half is not None:
                self._half(half, f"{place}[{number}]", around)
        return None

    def _half(self, item: object, place: str, around: tuple[Json, ...]) -> None:
        if not isinstance(item, dict):
            return self.add("not-an-object", place)
        value = cast("Json", item)
        if not value:
            return self.add("empty-object", place)
        return self.members(self.definitions.types["Element"], value, place, around)

    def _extension(self, value: Json, place: str) -> None:
        has_value = any(name.startswith(("value", "_value")) for name in value)
        if has_value == ("extension" in value):
            self.add("extension", place)
        url = value.get("url")
        if isinstance(url, str) and not _inside_extension(place):
            if not _ABSOLUTE.fullmatch(url):
                self.add("extension-url", f"{place}.url")
            elif url not in self._extensions:
                self.unchecked(url)

    def _reference(self, value: Json, allowed: frozenset[str] | None, place: str, around: tuple[Json, ...]) -> None:
        said = value.get("type")
        if isinstance(said, str) and allowed is not None and said in self.definitions.types and said not in allowed:
            self.add("target", f"{place}.type")
        text = value.get("reference")
        if not isinstance(text, str) or not is_text(text):
            return None
        target = read_reference(text)
        if target is None or (target.form == "conditional" and not _is_request(self.root)):
            return self.add("reference", f"{place}.reference")
        kind = target.type
        if target.form == "local":
            kind = _contained_type(target.id, around)
            if kind is None:
                return self.add("unresolved", f"{place}.reference", "ref-1")
        elif target.form in ("urn", "absolute") and isinstance(said, str):
            kind = said
        if not kind:
            return None
        if allowed is not None and kind not in allowed:
            self.add("target", f"{place}.reference")
        elif isinstance(said, str) and said != kind:
            self.add("target", f"{place}.type")
        return None

    def _contained(self, resource: Json, path: str, within: tuple[Json, ...]) -> None:
        listed = resource["contained"]
        if not isinstance(listed, list):
            return
        used: set[str] | None = None
        for number, one in enumerate(cast("list[object]", listed)):
            if not isinstance(one, dict):
                continue
            inner, place = cast("Json", one), f"{path}.contained[{number}]"
            meta = inner.get("meta")
            if "contained" in inner or not isinstance(inner.get("id"), str):
                self.add("contained", place)
            if isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta):
                self.add("invariant", place, "dom-4")
            if isinstance(meta, dict) and "security" in meta:
                self.add("invariant", place, "dom-5")
            used = _local(resource) if used is None else used
            if f"#{inner.get('id')}" not in used and not _points_out(inner):
                self.add("invariant", place, "dom-3")


def _base(names: tuple[str, ...]) -> str:
    """The name of a choice from its members: what they begin with in common."""
    shortest = min(names, key=len)
    for length in range(len(shortest), 0, -1):
        if all(name.startswith(shortest[:length]) and name[length : length + 1].isupper() for name in names):
            return shortest[:length]
    return names[0]


def _says(halves: object, number: int) -> bool:
    return isinstance(halves, list) and len(halves) > number and isinstance(halves[number], dict)  # pyright: ignore[reportUnknownArgumentType]


def _inside_extension(place: str) -> bool:
    owner = place.rpartition(".")[0].rpartition(".")[2]
    return owner.startswith(("extension[", "modifierExtension["))


def _is_request(root: object) -> bool:
    found = cast("Json", root) if isinstance(root, dict) else {}
    return found.get("resourceType") == "Bundle" and found.get("type") in ("transaction", "batch")


def _contained_type(identity: str, around: tuple[Json, ...]) -> str | None:
    """The type of a contained resource; of the resource around for `#` alone; None when there is none."""
    outer = around[0]  # inside a contained resource its neighbours are meant
    if not identity:
        return str(outer.get("resourceType", ""))
    listed = outer.get("contained")
    for one in cast("list[object]", listed) if isinstance(listed, list) else []:
        if isinstance(one, dict) and cast("Json", one).get("id") == identity:
            return str(cast("Json", one).get("resourceType", ""))
    return None


def _local(resource: Json) -> set[str]:
    """Every text of a resource that begins with `#`."""
    found = set[str]()
    waiting: list[object] = [resource]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += cast("Json", value).values()
        elif isinstance(value, list):
            waiting += cast("list[object]", value)
        elif isinstance(value, str) and value.startswith("#"):
            found.add(value)
    return found


def _points_out(inner: Json) -> bool:
    return "#" in _local(inner)
