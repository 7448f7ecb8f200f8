"""Value sets written out as codes, from the value sets and code systems at hand; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]
Codes: TypeAlias = "dict[str, set[str]]"
MOST_NESTED = 20


def without_version(canonical: str) -> str:
    """A canonical address without `|version`."""
    return canonical.partition("|")[0]


class ValueSets:
    """What is at hand. `known` are value sets written out elsewhere: address → system → codes."""

    def __init__(self, found: Iterable[Json], known: Mapping[str, Mapping[str, Iterable[str]]] | None = None) -> None:
        self._sets = dict[str, Json]()
        self._systems = dict[str, Json]()
        self._known = known or {}
        for one in found:
            if one.get("resourceType") == "ValueSet":
                self._sets[one["url"]] = one
            elif one.get("resourceType") == "CodeSystem":
                self._systems[one["url"]] = one

    def codes(self, canonical: str, left: int = MOST_NESTED) -> Codes | None:
        """System → codes of a value set; None when it cannot be written out from what is at hand."""
        url = without_version(canonical)
        if url not in self._sets:
            known = self._known.get(url)
            return {system: set(codes) for system, codes in known.items()} if known is not None else None
        if left == 0:
            return None
        compose = self._sets[url].get("compose", {})
        found: Codes = {}
        for include in cast("list[Json]", compose.get("include", [])):
            part = self._include(include, left - 1)
            if part is None:
                return None
            for system, codes in part.items():
                found.setdefault(system, set()).update(codes)
        for exclude in cast("list[Json]", compose.get("exclude", [])):
            if exclude.get("filter") or "valueSet" in exclude or "concept" not in exclude:
                return None
            found.get(exclude.get("system", ""), set()).difference_update(c["code"] for c in exclude["concept"])
        return found or None

    def _include(self, include: Json, left: int) -> Codes | None:
        """One part: the codes of its system that are in every value set it names."""
        if include.get("filter"):
            return None
        parts = list[Codes]()
        if "system" in include:
            codes = self._of_system(include)
            if codes is None:
                return None
            parts.append({include["system"]: codes})
        for inner in include.get("valueSet", []):
            more = self.codes(inner, left)
            if more is None:
                return None
            parts.append(more)
        found = parts[0] if parts else {}
        for part in parts[1:]:
            found = {system: codes & part.get(system, set()) for system, codes in found.items()}
        return found

    def _of_system(self, include: Json) -> set[str] | None:
        if include.get("concept"):
            return {concept["code"] for concept in include["concept"]}
        system = self._systems.get(without_version(include["system"]), {})
        if not system.get("concept") or system.get("content") != "complete":
            return None
        return set(_concepts(system["concept"]))


def _concepts(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _concepts(concept.get("concept", []))
