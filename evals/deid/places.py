"""Places: towns with their state, county and ZIP code, towns abroad, streets in several countries' shapes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from .dates import ordinal
from .people import Split, mine, pools
from .traps import read_list

_STREETS = (
    "Maple",
    "Oak Ridge",
    "Willow Creek",
    "Main",
    "Lincoln",
    "Fairview",
    "Pine",
    "Cedar Hollow",
    "Washington",
    "Meadowbrook",
    "Chestnut",
    "N Lake",
    "S. Michigan",
    "Sycamore",
    "Hillcrest",
    "Park",
    "Church",
    "Spruce",
    "Walnut",
    "Mill",
    "Franklin",
    "Larkspur",
    "Bluebonnet",
    "Kingfisher",
    "Winding Brook",
    "E. Broadway",
    "Monroe",
    "Ridgeview",
    "Old Post",
    "Vermilion",
)
_KINDS = (
    "St",
    "Street",
    "Ave",
    "Avenue",
    "Rd",
    "Road",
    "Dr",
    "Drive",
    "Ln",
    "Lane",
    "Ct",
    "Blvd",
    "Way",
    "Pl",
    "Circle",
    "Ter",
    "Trail",
    "St.",
    "Ave.",
)
_ODD = (
    "Elkhorn Gap",
    "Nine Mile Fork",
    "Tamarack Junction",
    "Sour Lake Crossing",
    "Pell Hollow",
    "Winnebuck",
    "Ottawaga Falls",
    "New Harlow",
    "Bright Water",
    "Caddo Bluff",
    "Larrabee",
    "Mound Prairie",
    "Quill City",
    "Saltgrass",
    "East Verity",
    "Old Bonham",
)
_STATES = {
    "WI": "Wisconsin",
    "MN": "Minnesota",
    "IA": "Iowa",
    "NE": "Nebraska",
    "ND": "North Dakota",
    "SD": "South Dakota",
    "MT": "Montana",
    "WY": "Wyoming",
    "CO": "Colorado",
    "NM": "New Mexico",
    "AZ": "Arizona",
    "NV": "Nevada",
    "ID": "Idaho",
    "UT": "Utah",
    "WA": "Washington",
    "OR": "Oregon",
    "CA": "California",
    "AK": "Alaska",
    "HI": "Hawaii",
    "TX": "Texas",
    "OK": "Oklahoma",
    "KS": "Kansas",
    "MO": "Missouri",
    "AR": "Arkansas",
    "LA": "Louisiana",
    "MS": "Mississippi",
    "AL": "Alabama",
    "GA": "Georgia",
    "FL": "Florida",
    "SC": "South Carolina",
    "NC": "North Carolina",
    "VA": "Virginia",
    "WV": "West Virginia",
    "KY": "Kentucky",
    "TN": "Tennessee",
    "OH": "Ohio",
    "IN": "Indiana",
    "IL": "Illinois",
    "MI": "Michigan",
    "NY": "New York",
    "PA": "Pennsylvania",
    "NJ": "New Jersey",
    "DE": "Delaware",
    "MD": "Maryland",
    "ME": "Maine",
    "NH": "New Hampshire",
    "VT": "Vermont",
    "MA": "Massachusetts",
    "CT": "Connecticut",
    "RI": "Rhode Island",
    "PR": "Puerto Rico",
}


@dataclass(frozen=True)
class Place:
    """A home in the United States."""

    street: str
    town: str
    state: str
    county: str
    zip5: str

    @property
    def state_name(self) -> str:
        """The state in full."""
        return _STATES[self.state]


@cache
def _towns(split: Split) -> list[tuple[str, str, str, str]]:
    rows = [tuple(line.split("|")) for line in read_list("towns")]
    return [(r[0], r[1], r[2], r[3]) for r in rows if mine(r[0] + r[1], split)]


def of_kind(kind: str, rng: random.Random) -> str:
    """A value of the list of places: abroad, country, hood, road."""
    return rng.choice([line.split("|")[1] for line in read_list("places") if line.startswith(kind + "|")])


def home(rng: random.Random, split: Split) -> Place:
    """A home: a real town, in one of eight an invented one in the same state."""
    town, state, county, zip3 = rng.choice(_towns(split))
    if rng.random() < 0.12:
        town = rng.choice([t for t in _ODD if mine(t, split)])
    return Place(street(rng, state), town, state, county, f"{zip3}{rng.randrange(1, 99):02d}")


def town(rng: random.Random, split: Split) -> str:
    """A town of the United States, real or invented."""
    return rng.choice([t for t in _ODD if mine(t, split)]) if rng.random() < 0.1 else rng.choice(_towns(split))[0]


def abroad(rng: random.Random, split: Split) -> str:
    """A town outside the United States."""
    cities = pools(split).cities
    return rng.choice(cities) if cities and rng.random() < 0.5 else of_kind("abroad", rng)


def street(rng: random.Random, state: str = "") -> str:
    """A street address in one of the shapes people write."""
    number = rng.choice((rng.randrange(1, 99), rng.randrange(100, 9999), rng.randrange(1000, 29999)))
    name, kind = rng.choice(_STREETS), rng.choice(_KINDS)
    if state == "PR":
        estate = rng.choice(("Las Lomas", "Villa Flores", "El Paraíso"))
        return f"Urb. {estate}, Calle {rng.randrange(1, 40)} #{rng.choice('ABCDE')}-{rng.randrange(1, 40)}"
    if state == "UT" and rng.random() < 0.5:
        return (
            f"{rng.randrange(100, 1900)} {rng.choice('EW')} {rng.randrange(1, 90)}00 {rng.choice(('S', 'N', 'South'))}"
        )
    plain = f"{number} {name} {kind}"
    shape = rng.random()
    if shape < 0.5:
        return plain
    if shape < 0.68:
        unit = rng.choice(
            ("Apt {n}", "Apt. {n}{c}", "Unit {n}", "#{n}", "Ste {n}", "Lot {n}", "Trlr {n}", "Fl {n}", "Apt {c}")
        )
        return f"{plain}{rng.choice((' ', ', '))}{unit.format(n=rng.randrange(1, 420), c=rng.choice('ABCD'))}"
    east, north = rng.choice(("N", "S", "E", "W", "NE", "SW")), ordinal(rng.randrange(20, 180))
    foreign = rng.choice(("Rue", "Calle", "Camino", "Via", "Avenida"))
    saint = rng.choice(("Toulouse", "del Sol", "San Juan", "Real", "Verde", "Cinco de Mayo"))
    return rng.choice(
        (
            f"P.O. Box {rng.randrange(10, 9999)}",
            f"PO Box {rng.randrange(10, 9999)}",
            f"RR {rng.randrange(1, 9)} Box {rng.randrange(10, 400)}",
            f"{rng.randrange(10, 140)}-{rng.randrange(10, 60)} {north} {rng.choice(('Ave', 'Street'))}",
            f"{number} County Road {rng.randrange(2, 900)}",
            f"{number} {east} {north} {kind}",
            f"{number} FM {rng.randrange(100, 3000)}",
            f"{number} State Hwy {rng.randrange(2, 299)}",
            f"W{rng.randrange(100, 999)}N{rng.randrange(1000, 9999)} {name} {kind}",
            f"{number} {foreign} {saint}",
            f"{number}½ {name} {kind}",
        )
    )
