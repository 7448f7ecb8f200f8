"""Implementation-guide packages (npm-style .tgz): profiles, value sets and code systems a user names; pure.

The archive is a stranger's: sizes and counts are bounded, nothing is written, and names are only looked at.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from preceptor.errors import Invalid, LimitReached
from preceptor.fhir.definitions import definitions
from preceptor.fhir.lossless import read_any
from preceptor.fhir.profile_tree import Node, tree
from preceptor.fhir.value_sets import ValueSets, without_version

Json: TypeAlias = dict[str, Any]
MIB = 1024 * 1024
MOST_PACKED = 64 * MIB
MOST_UNPACKED = 512 * MIB
MOST_FILES = 20_000
KEPT = frozenset({"StructureDefinition", "ValueSet", "CodeSystem"})


@dataclass(frozen=True)
class Package:
    """What validation takes from packages. `profiles` maps a canonical address to its StructureDefinition, `trees` to
    its elements once they were needed."""

    profiles: dict[str, Json] = field(default_factory=dict[str, Json])
    values: ValueSets = field(default_factory=lambda: ValueSets(()))
    examples: tuple[Json, ...] = ()
    trees: dict[str, Node] = field(default_factory=dict[str, Node], compare=False)


def open_package(packed: bytes, most: int = MOST_UNPACKED) -> list[Json]:
    """Every resource of a package. Invalid `ig_package` when it is none, LimitReached `archive_too_large` beyond the
    limits."""
    if len(packed) > MOST_PACKED:
        raise LimitReached("archive_too_large")
    found = list[Json]()
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            unpacked = 0
            for number, member in enumerate(archive):
                unpacked += member.size
                if number >= MOST_FILES or unpacked > most:
                    raise LimitReached("archive_too_large")
                if not member.isfile() or not member.name.endswith(".json"):
                    continue
                handle = archive.extractfile(member)
                content = read_any(handle.read()) if handle is not None else None
                if isinstance(content, dict) and "resourceType" in content:
                    found.append(cast("Json", content))
    except (tarfile.TarError, EOFError, OSError, ValueError, RecursionError, zlib.error):
        raise Invalid("ig_package") from None
    if not found:
        raise Invalid("ig_package", "The package holds no resources.")
    return found


def read_packages(packed: Iterable[bytes]) -> Package:
    """Several packages as one; of two with the same canonical address the later one counts."""
    everything = [one for package in packed for one in open_package(package)]
    profiles = {
        one["url"]: one
        for one in everything
        if one["resourceType"] == "StructureDefinition" and isinstance(one.get("url"), str) and "snapshot" in one
    }
    known = {url: _by_system(pairs) for url, (pairs, _) in definitions().values.items()}
    values = ValueSets((one for one in everything if isinstance(one.get("url"), str)), known)
    return Package(profiles, values, tuple(one for one in everything if one["resourceType"] not in KEPT))


def _by_system(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found = dict[str, set[str]]()
    for system, code in pairs:
        found.setdefault(system, set()).add(code)
    return found


def profile_of(package: Package, canonical: str) -> Json | None:
    """The StructureDefinition of a canonical address, in its version when one is asked for."""
    url, _, version = canonical.partition("|")
    found = package.profiles.get(without_version(url))
    return found if found is not None and (not version or found.get("version") == version) else None


def tree_of(package: Package, structure: Json) -> Node:
    """The elements of a profile, read once."""
    url = str(structure["url"])
    if url not in package.trees:
        package.trees[url] = tree(structure)
    return package.trees[url]
