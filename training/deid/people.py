"""Invented people: names from the product's lists, from lists of many origins, and from a letter model."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
"""The lists of this folder."""

LISTS = Path(__file__).parents[2] / "src" / "preceptor" / "deid" / "data"
"""The lists the product ships."""

_ORDER = 3


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. `nick` is what friends say; it may have nothing to do with `first`."""

    first: str
    middle: str
    last: str
    nick: str


def capital(word: str) -> str:
    """A listed name in the case people write it in: "o'brien" → "O'Brien", "mcadoo" → "McAdoo"."""
    word = re.sub(r"(^|[\s'’-])(\w)", lambda hit: hit[1] + hit[2].upper(), word)
    return re.sub(r"^Mc(\w)(?=\w{2})", lambda hit: "Mc" + hit[1].upper(), word)


@cache
def listed(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A list of the product as (sure entries, entries that are words as well), in the case people write them in."""
    lines = [line for line in (LISTS / f"{name}.txt").read_text("utf-8").split("\n") if line]
    sure = tuple(capital(line) for line in lines if not line.endswith("*"))
    return sure, tuple(capital(line[:-1]) for line in lines if line.endswith("*"))


@cache
def words(name: str) -> tuple[str, ...]:
    """A word list of the product, as it stands there."""
    return tuple((LISTS / f"{name}.txt").read_text("utf-8").split())


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """A data file of this folder: `key: value; value; …` a line, a key may return; `#` starts a comment line."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in (DATA / f"{name}.txt").read_text("utf-8").split("\n"):
        if line.strip() and not line.startswith("#"):
            key, _, values = line.partition(":")
            found[key.strip()] += [value.strip() for value in values.split(";") if value.strip()]
    return {key: tuple(values) for key, values in found.items()}


class Letters:
    """A Markov model over letters: the next letter by the three before it, as often as in `names`."""

    def __init__(self, names: Iterable[str]) -> None:
        self._known = frozenset(name.casefold() for name in names)
        self._next: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(self._known):
            padded = "^" * _ORDER + name + "$"
            for at in range(_ORDER, len(padded)):
                self._next[padded[at - _ORDER : at]].append(padded[at])

    def draw(self, rng: random.Random, shortest: int = 4, longest: int = 12) -> str:
        """A word of `shortest` to `longest` letters that is in no list the model has seen."""
        while True:
            word = "^" * _ORDER
            while word[-1] != "$" and len(word) < longest + _ORDER + 2:
                word += rng.choice(self._next[word[-_ORDER:]])
            made = word.strip("^$")
            if word[-1] == "$" and shortest <= len(made) <= longest and made not in self._known:
                return capital(made)


def origins() -> tuple[str, ...]:
    """The origins with lists of their own, in the order of the file."""
    return tuple(key.removesuffix(" given") for key in sections("origins") if key.endswith(" given"))


@cache
def _models() -> tuple[Letters, Letters]:
    own = sections("origins")
    given = [name for key, names in own.items() if key.endswith(" given") for name in names]
    surnames = [name for key, names in own.items() if key.endswith(" surnames") for name in names]
    return Letters([*given, *listed("given")[0]]), Letters([*surnames, *listed("surnames")[0]])


def _frequent(rng: random.Random) -> tuple[str, str]:
    own = sections("frequent")
    # The lists of the file stand in order of frequency; squaring the draw leans to their beginning.
    return _leaning(rng, own["given"]), _leaning(rng, own["surnames"])


def _leaning(rng: random.Random, names: Sequence[str]) -> str:
    return names[int(len(names) * rng.random() ** 2)]


def _tail(rng: random.Random) -> tuple[str, str]:
    return rng.choice(listed("given")[0]), rng.choice(listed("surnames")[0])


def _of_origin(rng: random.Random, origin: str = "") -> tuple[str, str]:
    own = sections("origins")
    first = origin or rng.choice(origins())
    second = first if rng.random() < 0.85 else rng.choice(origins())
    return rng.choice(own[f"{first} given"]), rng.choice(own[f"{second} surnames"])


def _made(rng: random.Random) -> tuple[str, str]:
    given, surnames = _models()
    both = rng.random()
    first = given.draw(rng, 3, 10) if both < 0.7 else _frequent(rng)[0]
    return first, surnames.draw(rng) if both > 0.3 else _frequent(rng)[1]


def _also_words(rng: random.Random) -> tuple[str, str]:
    """Names that read as words, eponyms or brands: "Grace Foley", "Mark Graves", "May Parkinson"."""
    own = sections("frequent")
    first = rng.choice((*own["given also words"], *own["given also words"], *listed("given")[1]))
    eponym = rng.choice(words("eponyms"))
    last = rng.choice((rng.choice(own["surnames also words"]), rng.choice(listed("surnames")[1]), eponym))
    which = rng.random()
    if which < 0.3:
        first = _frequent(rng)[0]
    elif which < 0.6:
        last = _frequent(rng)[1]
    return first, capital(last)


_SOURCES: tuple[tuple[float, Callable[[random.Random], tuple[str, str]]], ...] = (
    (0.30, _frequent),
    (0.50, _tail),
    (0.78, _of_origin),
    (0.91, _made),
    (1.00, _also_words),
)


def draw_person(rng: random.Random, origin: str = "", last: str = "") -> Person:
    """A person; of `origin` if it is given, with the surname `last` if it is given."""
    if origin:
        first, surname = _of_origin(rng, origin)
    else:
        where = rng.random()
        first, surname = next(source for top, source in _SOURCES if where < top)(rng)
    kind = rng.random()
    if kind < 0.03:
        surname = f"{surname}-{_frequent(rng)[1]}"
    elif kind < 0.05:
        surname = f"{surname} {_frequent(rng)[1]}"
    elif kind < 0.06:
        first = f"{first}-{_frequent(rng)[0]}"
    middle = _frequent(rng)[0] if rng.random() < 0.7 else _tail(rng)[0]
    nick = rng.choice(sections("frequent")["nick"]) if rng.random() < 0.7 else first[: rng.randint(3, 5)].strip("-' ")
    return Person(first, middle, last or surname, nick)


def write_name(person: Person, form: str, rng: random.Random) -> str:
    """A person's name in one form; raises KeyError for a form that does not exist.

    full (with or without middle name, suffix), first, last, middle, nick, fl, fml, fmil, last_first, i_last ("J. Roe"),
    f_initial ("Jane R."), mi ("Q"), initials ("J.R."), first_or_nick.
    """
    return _FORMS[form](person, rng)


def _full(person: Person, rng: random.Random) -> str:
    kind = rng.random()
    suffix = rng.choice((" Jr.", " Jr", ", Jr.", " III", " Sr.", " II")) if rng.random() < 0.03 else ""
    if kind < 0.8:
        return f"{person.first} {person.last}{suffix}"
    if kind < 0.92:
        return f"{person.first} {person.middle[0]}{rng.choice(('.', '.', ''))} {person.last}{suffix}"
    return f"{person.first} {person.middle} {person.last}{suffix}"


def _last_first(person: Person, rng: random.Random) -> str:
    after = rng.choice(("", "", "", f" {person.middle[0]}.", f" {person.middle[0]}", f" {person.middle}"))
    return f"{person.last}{rng.choice((', ', ', ', ', ', ','))}{person.first}{after}"


def _initials(person: Person, rng: random.Random) -> str:
    one, two, three = person.first[0], person.middle[0], person.last[0]
    forms = (f"{one}{three}", f"{one}.{three}.", f"{one}. {three}.", f"{one}{two}{three}", f"{one}.{two}.{three}.")
    return rng.choice(forms)


_FORMS: dict[str, Callable[[Person, random.Random], str]] = {
    "full": _full,
    "first": lambda person, _: person.first,
    "last": lambda person, _: person.last,
    "middle": lambda person, _: person.middle,
    "nick": lambda person, _: person.nick,
    "fl": lambda person, _: f"{person.first} {person.last}",
    "fml": lambda person, _: f"{person.first} {person.middle} {person.last}",
    "fmil": lambda person, _: f"{person.first} {person.middle[0]}. {person.last}",
    "last_first": _last_first,
    "mi": lambda person, _: person.middle[0],
    "i_last": lambda person, rng: f"{person.first[0]}{rng.choice(('. ', '. ', ' ', '.'))}{person.last}",
    "f_initial": lambda person, rng: f"{person.first} {person.last[0]}{rng.choice(('.', ''))}",
    "initials": _initials,
    "first_or_nick": lambda person, rng: rng.choice((person.first, person.nick)),
}
