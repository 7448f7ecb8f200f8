"""Names by origin and gender: what a name belongs to, and which other names belong there too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from preceptor.deid import lists
from preceptor.deid.surrogate_entry import fold

Gender = Literal["female", "male"]
Role = Literal["given", "family"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The lists of one origin, lower case."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    surnames: tuple[str, ...]


@cache
def origins() -> dict[str, Origin]:
    """The origins of `data/origins.txt`; the first is the most common one and stands in for an unknown one."""
    found: dict[str, dict[str, list[str]]] = {}
    name = ""
    for line in files("preceptor.deid").joinpath("data", "origins.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = {"f": [], "m": [], "s": []}
        elif line and not line.startswith("#"):
            kind, *words = line.split()
            found[name][kind] += words
    return {name: Origin(tuple(of["f"]), tuple(of["m"]), tuple(of["s"])) for name, of in found.items()}


@cache
def _places() -> dict[tuple[Role, str], tuple[str, ...]]:
    """(role, folded name) → the origins that have it, in order."""
    table: dict[tuple[Role, str], tuple[str, ...]] = {}
    for origin, of in origins().items():
        roles: tuple[tuple[Role, tuple[str, ...]], ...] = (("given", of.female + of.male), ("family", of.surnames))
        for role, names in roles:
            for name in names:
                held = table.get((role, fold(name)), ())
                if origin not in held:
                    table[role, fold(name)] = (*held, origin)
    return table


@cache
def _genders() -> dict[str, frozenset[Gender]]:
    table: dict[str, frozenset[Gender]] = {}
    for of in origins().values():
        genders: tuple[tuple[Gender, tuple[str, ...]], ...] = (("female", of.female), ("male", of.male))
        for gender, names in genders:
            for name in names:
                held = table.get(fold(name), frozenset[Gender]())
                table[fold(name)] = held | frozenset[Gender]((gender,))
    return table


def origins_of(role: Role, norm: str) -> tuple[str, ...]:
    """The origins whose list has the folded name, most common first; empty when none has."""
    return _places().get((role, norm), ())


def gender_of(norm: str) -> Gender | None:
    """The gender of a folded given name where all lists that have it agree."""
    held = _genders().get(norm, frozenset[Gender]())
    return next(iter(held)) if len(held) == 1 else None


@cache
def pool(origin: str, role: Role, gender: Gender | None) -> tuple[str, ...]:
    """The names of an origin that may stand in for another; none that reads as an ordinary word or a disease."""
    of = origins()[origin]
    if role == "family":
        names = of.surnames
    else:
        names = of.female if gender == "female" else of.male if gender == "male" else of.female + of.male
    words = _ordinary()
    return tuple(name for name in names if len(name) > 2 and name not in words)


@cache
def _ordinary() -> frozenset[str]:
    also = lists.entries("given").also_words | lists.entries("surnames").also_words
    return also | lists.words("stop") | lists.words("eponyms") | lists.PARTICLES | lists.TITLES | lists.CREDENTIALS
