"""Build `data/fhir_r4.json`, the elements of every FHIR R4 type, from the StructureDefinitions of the specification."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

TARGET = Path(__file__).parent / "data" / "fhir_r4.json"
FILES = ("profiles-types.json", "profiles-resources.json")
OPEN = 40
"""A choice of at least this many types is the open choice `*`."""
NOT_R4: frozenset[str] = frozenset(
    (
        "SubscriptionStatus",
        "Meta.project",
        "Meta.author",
        "Meta.account",
        "Meta.accounts",
        "Meta.compartment",
        "Meta.onBehalfOf",
    )
)
"""What the package adds to R4 (4.0.1): elements unknown here are removed by the redaction."""
SYSTEM_TYPES = {"Element.id": "string", "Resource.id": "id", "Extension.url": "uri"}
"""The three elements whose type is named by FHIRPath, not by FHIR."""
TERMINOLOGIES = (
    "hl7.org", "loinc.org", "snomed.info", "unitsofmeasure.org", "nlm.nih.gov", "ama-assn.org", "nucc.org", "cms.gov",
    "cdc.gov", "fda.gov", "nubc.org", "whocc.no", "who.int", "ada.org", "usps.com", "iana.org", "ohdsi.org",
    "medicare.gov", "dicom.nema.org", "census.gov", "x12.org", "genenames.org", "ncpdp.org",
)  # fmt: skip
"""Hosts under which published code systems and profiles stand: what `strict` still shows."""
XHTML = "/".join(("http:", "", "www.w3.org", "1999", "xhtml"))
NEUTRAL = "/".join(("http:", "", "redacted.invalid", "fhir", ""))
"""Where neutral ids stand: `.invalid` never resolves (RFC 2606, section 2)."""

Definition: TypeAlias = Mapping[str, Any]


def definitions(folder: Path) -> Iterator[Definition]:
    """The StructureDefinitions of data types and resources in `folder`: no profiles, primitives or logical models."""
    for name in FILES:
        bundle = json.loads((folder / name).read_text("utf-8"))
        for entry in cast("list[dict[str, Definition]]", bundle["entry"]):
            one = entry["resource"]
            if one["resourceType"] != "StructureDefinition" or one.get("derivation") == "constraint":
                continue
            if one["kind"] in ("complex-type", "resource") and one["type"] not in NOT_R4:
                yield one


def types_of(element: Definition, parents: frozenset[str]) -> list[str]:
    """The types of one element; a group of elements is a type named by its path."""
    path = str(element["path"])
    if "contentReference" in element:
        return [str(element["contentReference"]).rpartition("#")[2]]
    if path in SYSTEM_TYPES:
        return [SYSTEM_TYPES[path]]
    if path in parents:
        return [path]
    return [str(kind["code"]) for kind in cast("list[Definition]", element.get("type", []))]


def read(one: Definition) -> Iterator[tuple[str, str, list[tuple[str, list[str]]]]]:
    """Each type a definition holds: its name, the type it extends, and its own elements with their types."""
    elements = cast("list[Definition]", one["snapshot"]["element"])
    own = [element for element in elements if element["path"] == element["base"]["path"]]
    parents = frozenset(str(element["path"]).rpartition(".")[0] for element in own) - {one["type"], ""}
    bases = {str(one["type"]): str(one.get("baseDefinition", "")).rpartition("/")[2]}
    for element in own:
        if element["path"] in parents:
            bases[str(element["path"])] = str(element["type"][0]["code"])
    for name, base in bases.items():
        fields = [
            (str(element["path"]).rpartition(".")[2], types_of(element, parents))
            for element in own
            if str(element["path"]).rpartition(".")[0] == name and element["path"] not in NOT_R4
        ]
        yield name, base, fields


def spell(fields: Sequence[tuple[str, list[str]]]) -> str:
    """`name:Type` between spaces; a choice has its types between bars, an open one is `*`."""
    return " ".join(f"{name}:{'*' if len(kinds) >= OPEN else '|'.join(kinds)}" for name, kinds in fields)


def build(folder: Path) -> dict[str, object]:
    """The content of `data/fhir_r4.json`."""
    types: dict[str, str] = {}
    resources: list[str] = []
    open_choice: list[str] = []
    for one in definitions(folder):
        if one["kind"] == "resource" and not one["abstract"]:
            resources.append(str(one["type"]))
        for name, base, fields in read(one):
            types[name] = f"{base or '-'} {spell(fields)}".strip()
            open_choice = next((kinds for _, kinds in fields if len(kinds) >= OPEN), open_choice)
    canonical = [name for name in resources if " url:uri" in types[name] and " status:code" in types[name]]
    return {
        "version": "4.0.1",
        "xhtml": XHTML,
        "neutral": NEUTRAL,
        "terminologies": list(TERMINOLOGIES),
        "resources": sorted(resources),
        "canonical": sorted(set(canonical) - {"Device", "Contract"}),
        "open": open_choice,
        "types": dict(sorted(types.items())),
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(Path(sys.argv[1])), indent=0, ensure_ascii=True) + "\n", "utf-8")
