"""People of many origins: names from Faker when it is installed, and from the lists here; one pool a split."""

from __future__ import annotations

import importlib
import random
import re
import sys
import zlib
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from .traps import read_list

Split = Literal["dev", "test"]
LOCALES = (
    "en_US",
    "es_MX",
    "es_ES",
    "pt_BR",
    "fr_FR",
    "de_DE",
    "it_IT",
    "nl_NL",
    "pl_PL",
    "cs_CZ",
    "ro_RO",
    "hu_HU",
    "tr_TR",
    "vi_VN",
    "id_ID",
    "fil_PH",
    "en_IN",
    "en_NG",
    "yo_NG",
    "tw_GH",
    "zu_ZA",
    "sv_SE",
    "fi_FI",
    "ga_IE",
    "pt_PT",
    "es_CO",
    "da_DK",
    "no_NO",
    "hr_HR",
    "sk_SK",
    "lt_LT",
    "et_EE",
    "en_GB",
    "fr_CA",
    "sq_AL",
    "ha_NG",
    "ig_NG",
    "en_PK",
    "az_AZ",
)
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-zÀ-ɏḀ-ỿ' .’-]{1,24}$")
_FAMILY_FIRST = frozenset({"zh", "ko", "vi", "vi_VN", "hu_HU", "hmn"})
_TWO_SURNAMES = frozenset({"es", "es_MX", "es_ES", "es_CO", "pt_BR", "pt_PT"})
_NICKNAMES = {
    "James": "Jimmy",
    "Robert": "Bobby",
    "William": "Billy",
    "Elizabeth": "Betsy",
    "Margaret": "Peggy",
    "Katherine": "Kitty",
    "Richard": "Rick",
    "Jennifer": "Jenny",
    "Michael": "Mikey",
    "Patricia": "Patty",
    "Francisco": "Paco",
    "José": "Pepe",
    "Guadalupe": "Lupita",
    "Ignacio": "Nacho",
    "Jesús": "Chuy",
    "Christopher": "Topher",
    "Deborah": "Debbie",
    "Susan": "Suzie",
    "Joseph": "Joey",
    "Thomas": "Tommy",
    "Rebecca": "Becky",
    "Charles": "Chuck",
    "Barbara": "Babs",
    "Theodore": "Teddy",
}
_HOUSE_NAMES = (
    "Bubba",
    "Nena",
    "Mimi",
    "Tito",
    "Beto",
    "Skip",
    "Sissy",
    "Dot",
    "Junior",
    "Kiki",
    "Bunny",
    "Pops",
    "Gigi",
    "Tiny",
    "Coco",
)
_CREDENTIALS = {
    "D": ("MD", "DO", "M.D.", "MD, FACC", "MD, PhD", "MBBS", "DPM", "M.D., F.A.C.S."),
    "N": (
        "RN",
        "LPN",
        "BSN, RN",
        "PA-C",
        "NP",
        "FNP-BC",
        "PharmD",
        "LCSW",
        "MSW",
        "RT(R)",
        "PT, DPT",
        "OTR/L",
        "CCRN",
        "CMA",
    ),
}


@dataclass(frozen=True)
class Person:
    """Somebody in a document. `sex` is "male" or "female"; `origin` is a Faker locale or a key of the list here."""

    first: str
    middle: str
    last: str
    sex: str
    origin: str
    nick: str = ""
    credential: str = ""
    suffix: str = ""
    family_first: bool = False

    @property
    def full(self) -> str:
        """Both names in the order this person uses."""
        return f"{self.last} {self.first}" if self.family_first else f"{self.first} {self.last}"


@dataclass
class Pools:
    """Names by origin for one split: (male, female, surnames). `source` says where they came from."""

    source: str
    names: dict[str, tuple[list[str], list[str], list[str]]] = field(default_factory=dict[str, Any])
    cities: list[str] = field(default_factory=list[str])


def mine(word: str, split: Split) -> bool:
    """Whether this split may use `word`: halves by checksum, so that no name of the dev set is in the test set."""
    return zlib.crc32(word.lower().encode()) % 2 == (split == "test")


@cache
def pools(split: Split) -> Pools:
    """The pools of a split, from Faker if it can be imported. Says on standard error which it was."""
    try:
        faker: Any = importlib.import_module("faker")
    except ImportError:
        result = Pools("built-in lists (pip install faker for names and towns of 39 locales)")
    else:
        result = Pools(f"faker {faker.VERSION} and built-in lists")
        for locale in LOCALES:
            _draw(faker.Faker(locale), locale, split, result)
    for line in read_list("romanised"):
        origin, *columns = line.split("|")
        male, female, last = (
            [w for w in column.split(",") if mine(w, split)] or column.split(",") for column in columns
        )
        result.names[origin] = (male, female, last)
    result.cities = sorted({c for c in result.cities if mine(c, split)})
    return result


def _draw(source: Any, locale: str, split: Split, into: Pools) -> None:
    source.seed_instance(20210314)
    columns: list[list[str]] = []
    for method in ("first_name_male", "first_name_female", "last_name"):
        draw = getattr(source, method, None) or getattr(source, method.rsplit("_", 1)[0])
        words = {re.sub(r"\s+", " ", str(draw())).strip() for _ in range(240)}
        columns.append(sorted(w for w in words if _LATIN.match(w) and mine(w, split)))
    if all(len(c) >= 3 for c in columns):
        into.names[locale] = (columns[0], columns[1], columns[2])
    if locale not in ("en_US", "en_GB", "nl_NL", "en_IN", "en_PK", "da_DK"):
        into.cities += [c for c in (str(source.city()).strip() for _ in range(25)) if _LATIN.match(c)]


def say_source(split: Split) -> None:
    """Write to standard error where names come from."""
    sys.stderr.write(f"names: {pools(split).source}\n")


def invent(rng: random.Random, split: Split, role: str, *, spanish: bool = False) -> Person:
    """A new person. `role`: P patient, R relative, O other, D physician, N nurse or staff."""
    names = pools(split).names
    if spanish and rng.random() < 0.8:
        origin = rng.choice([o for o in ("es", "es_MX", "es_CO", "es_ES") if o in names])
    elif rng.random() < 0.4:
        origin = rng.choice([o for o in ("en_US", "en_US", "en") if o in names])
    else:
        origin = rng.choice(sorted(names))
    male, female, surnames = names[origin]
    sex = rng.choice(("male", "female"))
    first, middle = rng.choice(male if sex == "male" else female), rng.choice(male if sex == "male" else female)
    last = rng.choice(surnames)
    if origin in _TWO_SURNAMES and " " not in last and rng.random() < 0.4:
        last = f"{last} {rng.choice(surnames)}"
    elif origin.startswith("en") and rng.random() < 0.07:
        last = f"{last}-{rng.choice(surnames)}"
    person = Person(first, middle, last, sex, origin, nick=_NICKNAMES.get(first) or rng.choice(_HOUSE_NAMES))
    if role in _CREDENTIALS:
        person = replace(person, credential=rng.choice(_CREDENTIALS[role]))
    elif sex == "male" and rng.random() < 0.08:
        person = replace(person, suffix=rng.choice(("Jr.", "Jr", "III", "Sr.", "II")))
    return replace(person, family_first=origin in _FAMILY_FIRST and rng.random() < 0.35)


def relative_of(person: Person, rng: random.Random, split: Split) -> Person:
    """A relative: mostly of the same origin and, in three of five, of the same surname."""
    names = pools(split).names[person.origin]
    sex = rng.choice(("male", "female"))
    first = rng.choice(names[0] if sex == "male" else names[1])
    last = person.last if rng.random() < 0.6 else rng.choice(names[2])
    nick = _NICKNAMES.get(first) or rng.choice(_HOUSE_NAMES)
    return Person(first, rng.choice(names[0]), last, sex, person.origin, nick=nick)
