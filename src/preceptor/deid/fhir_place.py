"""Where the walk is: the path, what a value answers, and what the elements beside it say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from preceptor.deid.fhir_ids import Scope
from preceptor.deid.fhir_paths import EMPLOYERS, asked
from preceptor.deid.labels import LABELS, Label

Json: TypeAlias = Mapping[str, object]
AGE_CODES = frozenset(("30525-0", "21612-7", "29553-5", "30972-4", "63900-5", "35659-2", "39016-1"))
"""LOINC codes of ages."""
_MASK = re.compile(r"\[([A-Z0-9_]+)\]")


@dataclass(frozen=True, slots=True)
class Removed:
    """One removal: the element's path in the original ("Patient.name[0]"; "?" for an unknown name) and its label."""

    path: str
    label: Label


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk is: path and depth, how references resolve, what the value answers, the year of death.

    `address` is the `fullUrl` of the entry whose resource this is.
    """

    path: str
    depth: int = 0
    scope: Scope = field(default_factory=Scope)
    asked: Label | None = None
    died: int | None = None
    address: str = ""

    def at(self, key: str) -> Place:
        """The element `key` below."""
        return replace(self, path=f"{self.path}.{key}", depth=self.depth + 1)


def asking(raw: Json, kind: str, place: Place) -> Place:
    """`place` with what the value inside `raw` answers: the extension's name, the question, the code."""
    words: list[object] = []
    if kind == "Extension":
        words = [str(raw.get("url", "")).rpartition("/")[2]]
    elif kind == "QuestionnaireResponse.item":
        words = [raw.get("text"), raw.get("linkId")]
    elif kind == "Parameters.parameter":
        words = [raw.get("name")]
    elif kind in ("Observation", "Observation.component"):
        words = _words_of_concept(raw.get("code"))
    else:
        return place
    label = asked(" ".join(str(word) for word in words if isinstance(word, str)))
    if "AGE90" in words:
        label = "AGE90"
    return replace(place, asked=label or (place.asked if kind == "Extension" else None))


def answers(key: str) -> bool:
    """Whether an element is a choice `value[x]`, which answers what its owner asks."""
    return key.startswith("value") and key != "value"


def masks(new: str, old: str) -> list[Label]:
    """The labels of the masks that stand in `new` more often than in `old`; OTHER_ID when the change shows none."""
    return [label for label in LABELS if _count(new, label) > _count(old, label)] or ["OTHER_ID"]


def _count(text: str, label: str) -> int:
    return sum(match[1] == label for match in _MASK.finditer(text))


def beside_path(path: str, key: str) -> str:
    """The path of the object beside a primitive: "Patient.birthDate" → "Patient._birthDate"."""
    head, _, tail = path.rpartition(f".{key}")
    return f"{head}._{key}{tail}"


def _words_of_concept(value: object) -> list[object]:
    """The texts of a CodeableConcept; "AGE90" for a LOINC code of an age."""
    if not isinstance(value, Mapping):
        return []
    concept = cast("Json", value)
    words: list[object] = [concept.get("text")]
    codings = concept.get("coding")
    for coding in cast("list[object]", codings) if isinstance(codings, list | tuple) else []:
        if isinstance(coding, Mapping):
            one = cast("Json", coding)
            words += [one.get("display"), "AGE90" if one.get("code") in AGE_CODES else None]
    return words


def is_employer(organization: Json) -> bool:
    """Whether an Organization says it may be someone's employer or household rather than a provider or payer."""
    kinds = organization.get("type")
    for kind in cast("list[object]", kinds) if isinstance(kinds, list | tuple) else []:
        codings = cast("Json", kind).get("coding") if isinstance(kind, Mapping) else None
        for coding in cast("list[object]", codings) if isinstance(codings, list | tuple) else []:
            if isinstance(coding, Mapping) and cast("Json", coding).get("code") in EMPLOYERS:
                return True
    return False
