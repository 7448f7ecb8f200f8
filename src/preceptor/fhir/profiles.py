"""Does a resource hold to a profile? Cardinality, types, fixed and pattern values, slices, required value sets and
invariants of a snapshot; pure. What base R4 asks is `validate.py`'s part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias, cast

from preceptor.fhir.bindings import Bound, bound_in
from preceptor.fhir.definitions import definitions, is_resource_type
from preceptor.fhir.invariants import holds
from preceptor.fhir.packages import Package, profile_of, tree_of
from preceptor.fhir.path_values import Bare
from preceptor.fhir.profile_tree import ABSENT, Allowed, Node, meets
from preceptor.fhir.references import read_reference
from preceptor.fhir.slicing import Finder, slice_of

Json: TypeAlias = dict[str, Any]
Add: TypeAlias = Callable[[str, str, str], None]
CORE = "http://hl7.org/fhir/StructureDefinition/"
MOST_NESTED = 12


class Profiled:
    """One resource held against profiles of a package. `add(kind, place, about)` takes issues, `unchecked(canonical)`
    what is not loaded; `find` resolves references between the entries of a bundle."""

    def __init__(
        self, package: Package, add: Add, unchecked: Callable[[str], None], find: Finder, deep: int = 0
    ) -> None:
        self._package = package
        self._add = add
        self._unchecked = unchecked
        self._find = find
        self._resource: Json = {}
        self._root: Json = {}
        self._deep = deep

    def resource(self, resource: Json, canonical: str, place: str, root: Json) -> None:
        """Hold a resource against one profile."""
        structure = profile_of(self._package, canonical)
        if structure is None:
            return self._unchecked(canonical)
        if structure.get("type") != resource.get("resourceType"):
            return self._add("profile-type", place, canonical)
        self._resource, self._root = resource, root
        return self._value(tree_of(self._package, structure), resource, place, str(structure["type"]))

    def part(self, structure: Json, item: Json, place: str, within: tuple[Json, Json]) -> None:
        """Hold a value of a data type against a profile of that type."""
        self._resource, self._root = within
        self._value(tree_of(self._package, structure), item, place, str(structure["type"]))

    def _value(self, node: Node, value: Any, place: str, kind: str) -> None:
        """A value of an element: what its node says, and what is below it."""
        if self._deep >= MOST_NESTED * 4:
            return self._unchecked("deeper")
        if node.fixed is not ABSENT and not (meets(node.fixed, value) and meets(value, node.fixed)):
            self._add("fixed", place, node.slice)
        if node.pattern is not ABSENT and not meets(node.pattern, value):
            self._add("fixed", place, node.slice)
        if node.values is not None:
            self._bound(node.values, kind, value, place)
        known = definitions().invariants
        for key, expression in node.rules:
            if known.get(key) == expression or key in ("ele-1", "ext-1"):
                continue
            answer = holds(f"profile {key}", expression, value, self._resource, self._root)
            if answer is False:
                self._add("invariant", place, key)
            elif answer is None:
                self._unchecked(key)
        if isinstance(value, dict) and node.children:
            self._deep += 1
            self._children(node, cast("Json", value), place)
            self._deep -= 1
        return None

    def _bound(self, values: str, kind: str, value: Any, place: str) -> None:
        codes = self._package.values.codes(values)
        if codes is None:
            if values.partition("|")[0] not in definitions().values:
                self._unchecked(values)
            return
        pairs = frozenset((system, code) for system, listed in codes.items() for code in listed)
        if bound_in(pairs, frozenset(code for _, code in pairs), kind, value) is Bound.OUTSIDE:
            self._add("code", place, values)

    def _children(self, node: Node, value: Json, place: str) -> None:
        for child in node.children.values():
            found = list(present(child, value, place))
            self._count(child, len(found), place)
            inside = dict.fromkeys((one.slice for one in child.slices), 0)
            for item, where, kind in found:
                self._one(child, item, where, kind)
                if child.slices and child.discriminators:
                    self._slice(child, item, where, kind, inside)
                elif child.slices and child.is_choice:
                    for one in child.slices:
                        if any(allowed.code == kind for allowed in one.types):
                            inside[one.slice] += 1
                            self._one(one, item, where, kind)
            for one in child.slices:
                if child.discriminators or child.is_choice:
                    self._count_slice(one, inside[one.slice], f"{place}.{child.name.removesuffix('[x]')}")

    def _count(self, child: Node, number: int, place: str) -> None:
        where = f"{place}.{child.name.removesuffix('[x]')}"
        if number < child.least:
            self._add("profile-min", where, "")
        if child.most is not None and number > child.most:
            self._add("profile-max", where, "")

    def _count_slice(self, one: Node, number: int, where: str) -> None:
        if number < one.least:
            self._add("slice-min", where, one.slice)
        if one.most is not None and number > one.most:
            self._add("slice-max", where, one.slice)

    def _slice(self, child: Node, item: Any, where: str, kind: str, inside: dict[str, int]) -> None:
        chosen = slice_of(child, item, kind, self._find, self._unchecked, self._package)
        if chosen is None:
            if child.closed:
                self._add("slice-closed", where, "")
            return
        for one in child.slices:
            # a slice of a slice (`name/again`) belongs to its outer one too
            if one is chosen or chosen.slice.startswith(one.slice + "/"):
                inside[one.slice] += 1
                self._one(one, item, where, kind)

    def _one(self, node: Node, item: Any, where: str, kind: str) -> None:
        if isinstance(item, Bare):
            return  # an element without value: what it should be is not known
        allowed = [
            one for one in node.types if one.code == kind or one.code in ("Resource", "Element", "BackboneElement")
        ]
        if node.types and node.is_choice and not allowed:
            self._add("profile-type", where, node.slice)
            return
        self._value(node, item, where, kind)
        for one in allowed:
            if one.profiles and isinstance(item, dict):
                self._of_profiles(one.profiles, cast("Json", item), where)
            if one.targets and isinstance(item, dict):
                self._target(one, cast("Json", item), where)

    def _of_profiles(self, profiles: tuple[str, ...], item: Json, where: str) -> None:
        """An item that must hold to at least one of these profiles."""
        loaded = [s for p in profiles if (s := profile_of(self._package, p)) is not None]
        if len(loaded) < len(profiles):
            for profile in profiles:
                if not profile.startswith(CORE) and profile_of(self._package, profile) is None:
                    self._unchecked(profile)
            return
        if self._deep >= MOST_NESTED:
            return
        self._deep += 1
        tried = [self._tried(structure, item, where) for structure in loaded]
        self._deep -= 1
        for one in min(tried, key=len):
            self._add(*one)

    def _tried(self, structure: Json, item: Json, where: str) -> list[tuple[str, str, str]]:
        """The issues of an item against one profile, not yet told."""
        issues = list[tuple[str, str, str]]()

        def add(kind: str, place: str, about: str) -> None:
            issues.append((kind, place, about))

        inner = Profiled(self._package, add, self._unchecked, self._find, self._deep)
        if "resourceType" in item:
            inner.resource(item, structure["url"], where, self._root)
        else:
            inner.part(structure, item, where, (self._resource, self._root))
        return issues

    def _target(self, allowed: Allowed, item: Json, where: str) -> None:
        """The type of a reference's target is that of one of the profiles; whether the target holds to one is not
        known here."""
        types = set[str]()
        for canonical in allowed.targets:
            structure = profile_of(self._package, canonical)
            core = canonical.removeprefix(CORE)
            if structure is not None:
                types.add(str(structure["type"]))
            elif is_resource_type(core):
                types.add(core)
            else:
                return self._unchecked(canonical)
        if allowed.code != "Reference" or "Resource" in {t.removeprefix(CORE) for t in allowed.targets}:
            return None
        text = item.get("reference")
        target = read_reference(text) if isinstance(text, str) else None
        found = self._find(text) if isinstance(text, str) else None
        kind = found.get("resourceType") if found else target.type if target else item.get("type")
        if isinstance(kind, str) and kind and kind not in types:
            self._add("target", where, "")
        return None


def present(child: Node, value: Json, place: str) -> Iterable[tuple[Any, str, str]]:
    """The items of an element: value, place, and type."""
    if child.is_choice:
        base = child.name[:-3]
        for member, item in value.items():
            bare = member.removeprefix("_")
            if bare.startswith(base) and bare[len(base) : len(base) + 1].isupper():
                kind = _kind(bare[len(base) :])
                if member == bare:
                    yield item, f"{place}.{member}", kind
                elif bare not in value:
                    yield Bare(item), f"{place}.{member}", kind
        return
    item = value.get(child.name)
    kind = child.types[0].code if child.types else ""
    if isinstance(item, list):
        halves = value.get("_" + child.name)
        for number, one in enumerate(cast("list[Any]", item)):
            listed: list[Any] = cast("list[Any]", halves) if isinstance(halves, list) else []
            half = cast("Json", listed[number] if len(listed) > number else {})
            resource = cast("Json", one).get("resourceType") if isinstance(one, dict) else None
            yield one if one is not None else Bare(half), f"{place}.{child.name}[{number}]", resource or kind
    elif item is not None:
        resource = cast("Json", item).get("resourceType") if isinstance(item, dict) else None
        yield item, f"{place}.{child.name}", resource or kind
    elif isinstance(value.get("_" + child.name), dict):
        yield Bare(value["_" + child.name]), f"{place}._{child.name}", kind


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    names = [*definitions().primitives, *(n for n in definitions().types if "." not in n)]
    return {name[0].upper() + name[1:]: name for name in names}


def _kind(suffix: str) -> str:
    return _kinds().get(suffix, suffix)
