"""Who and what one document is about: people, homes, dates, numbers, the same wherever a template names them."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from . import dates, identifiers, places
from .people import Person, Split, invent, relative_of


@dataclass
class Scene:
    """The facts of one document, invented when first asked for. `very_old` makes the patient 90 or more."""

    rng: random.Random
    split: Split
    spanish: bool = False
    very_old: bool = False
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    values: dict[str, str] = field(default_factory=dict[str, str])
    homes: dict[str, places.Place] = field(default_factory=dict[str, places.Place])

    def __post_init__(self) -> None:
        self.today = dt.date(2014, 1, 2) + dt.timedelta(days=self.rng.randrange(4300))
        self.age = (
            self.rng.randrange(90, 104)
            if self.very_old
            else self.rng.choice((self.rng.randrange(18, 89), self.rng.randrange(45, 89)))
        )
        self.dob = self.today - dt.timedelta(days=self.age * 365 + self.age // 4 + self.rng.randrange(1, 360))
        self.shape = self.rng.randrange(dates.SHAPES)
        self.person("P")

    def person(self, key: str) -> Person:
        """The person with this key; R… is a relative of the patient."""
        if key not in self.people:
            if key.startswith("R"):
                self.people[key] = relative_of(self.person("P"), self.rng, self.split)
            else:
                self.people[key] = invent(self.rng, self.split, key[0], spanish=self.spanish)
        return self.people[key]

    def place(self, key: str = "") -> places.Place:
        """The patient's home, or another one for another key."""
        if key not in self.homes:
            self.homes[key] = places.home(self.rng, self.split)
        return self.homes[key]

    def value(self, slot: str) -> str:
        """The identifier of `slot`, the same each time; a slot that ends in `+` is new each time."""
        if slot.endswith("+"):
            return self._new(slot[:-1])
        if slot not in self.values:
            self.values[slot] = self._new(slot)
        return self.values[slot]

    def _new(self, slot: str) -> str:
        name = slot if slot in identifiers.PLAIN else slot.rstrip("23456789")
        return identifiers.PLAIN[name][2](self.rng)

    def day(self, slot: str) -> dt.date:
        """A day by kind: date today, date+ near, old years back, fut ahead, dob the birth date."""
        back = self.rng.randrange
        return {
            "date": lambda: self.today,
            "old": lambda: self.today - dt.timedelta(days=back(300, 9000)),
            "fut": lambda: self.today + dt.timedelta(days=back(3, 120)),
            "dob": lambda: self.dob,
        }.get(slot, lambda: self.today - dt.timedelta(days=back(1, 90)))()

    def date_text(self, slot: str) -> str:
        """A whole date, three times of five in the shape this document prefers."""
        shape = self.shape if self.rng.random() < 0.6 else self.rng.randrange(dates.SHAPES)
        return dates.full(self.day(slot), shape)
