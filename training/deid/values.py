"""What stands in a slot that is no person: places, dates, numbers, and words that identify nobody."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

from training.deid.people import Letters, capital, draw_person, listed, sections, words

Part = tuple[str, str]
"""A piece of text and its label; the label is empty where nothing identifies."""

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_TYPES = ("St", "Street", "Ave", "Avenue", "Rd", "Road", "Dr", "Drive", "Ln", "Lane", "Ct", "Court", "Blvd", "Way",
          "Pl", "Place", "Ter", "Terrace", "Cir", "Pike", "Hwy", "Trl")  # fmt: skip
_KINDS = ("Falls", "Creek", "Springs", "Heights", "Grove", "Park", "Junction", "Mills", "Ridge", "Valley", "Corners",
          "Landing", "Hollow", "Bend", "Point", "Lake", "Harbor", "Station")  # fmt: skip
_STATES = sections("fillers")["state"]
_CODES = sections("fillers")["state code"]


@cache
def _cities() -> tuple[str, ...]:
    """The listed cities without those that carry a remark in parentheses or a second name behind a stroke."""
    return tuple(name for name in listed("cities")[0] if all(c.isalpha() or c in " .'’-" for c in name))


@cache
def _town_letters() -> Letters:
    return Letters([*_cities(), *sections("towns")["town"]])


def town(rng: random.Random) -> str:
    """A town: a listed city, a small US town, one that is a word as well ("Reading"), or one no list holds."""
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(_cities())
    if kind < 0.55:
        return rng.choice(sections("towns")["town"])
    if kind < 0.63:
        return rng.choice((*sections("towns")["also words"], *listed("cities")[1]))
    if kind < 0.78:
        return _town_letters().draw(rng, 4, 13)
    last = draw_person(rng).last.split(" ", maxsplit=1)[0]
    ending = rng.choice(("ville", "ton", "burg", "boro", "field", "dale", "town", "port"))
    made = (f"{last} {rng.choice(_KINDS)}", f"{last.rstrip('aeiou')}{ending}",
            f"{rng.choice(('North', 'South', 'East', 'West', 'New', 'Fort', 'Mount', 'Lake', 'St.', 'Port'))} {last}",
            f"{rng.choice(sections('towns')['stem'])} {rng.choice(_KINDS)}")  # fmt: skip
    return rng.choice(made)


def _street_name(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.45:
        return f"{rng.choice(sections('towns')['street'])} {rng.choice(_TYPES)}"
    if kind < 0.8:
        return f"{draw_person(rng).last} {rng.choice(_TYPES)}"
    number = rng.randint(2, 190)
    if kind < 0.9:
        ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{rng.choice(('', 'N ', 'SW ', 'E. '))}{number}{ending} {rng.choice(_TYPES)}"
    return f"{rng.choice(('County Road', 'State Route', 'Highway', 'CR', 'FM', 'Route', 'Old Highway'))} {number}"


def _street(rng: random.Random) -> str:
    unit = rng.choice((f" Apt {rng.randint(1, 40)}", f", Unit {rng.choice('ABCDEF')}", f" #{rng.randint(1, 999)}"))
    return f"{rng.randint(1, 9999)} {_street_name(rng)}{unit if rng.random() < 0.2 else ''}"


def _zip(rng: random.Random) -> str:
    return f"{rng.randint(501, 99950):05d}" + (f"-{rng.randint(1, 9999):04d}" if rng.random() < 0.15 else "")


def _address(rng: random.Random) -> str:
    state = rng.choice(_CODES) if rng.random() < 0.75 else rng.choice(_STATES)
    return f"{_street(rng)}, {town(rng)}{rng.choice((', ', ', ', ' '))}{state} {_zip(rng)}"


def _place_of(*kinds: str) -> Callable[[random.Random], str]:
    def draw(rng: random.Random) -> str:
        start = draw_person(rng).last if rng.random() < 0.5 else rng.choice(sections("towns")["stem"])
        return f"{start} {rng.choice(kinds)}"

    return draw


def _facility(rng: random.Random) -> tuple[Part, ...]:
    kind = rng.choice(("General", "Regional Medical Center", "Memorial Hospital", "Community Hospital", "Clinic",
                       "Family Practice", "Health and Rehab", "Urgent Care", "Hospital", "Nursing Center"))  # fmt: skip
    if rng.random() < 0.5:
        # A facility is no identifier of Safe Harbor, the town in its name is.
        return ((town(rng), "GEO"), (f" {kind}", ""))
    return ((f"{rng.choice(sections('fillers')['saint'])} {kind}", ""),)


def date(rng: random.Random, first: int = 2015, last: int = 2026) -> str:
    """A calendar date in one of the ways people write it."""
    year, month, day = rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28)
    name = _MONTHS[month - 1]
    return rng.choice((
        f"{month}/{day}/{year}", f"{month:02d}/{day:02d}/{year}", f"{month}/{day}/{year % 100:02d}", f"{month}/{day}",
        f"{month:02d}-{day:02d}-{year}", f"{year}-{month:02d}-{day:02d}", f"{name} {day}, {year}", f"{name} {day}",
        f"{name[:3]} {day}", f"{day} {name} {year}", f"{name} {day}th", f"{day}-{name[:3]}-{year}",
    ))  # fmt: skip


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _phone(rng: random.Random) -> str:
    area, office, line = rng.randint(201, 989), rng.randint(200, 999), _digits(rng, 4)
    forms = (f"({area}) {office}-{line}", f"{area}-{office}-{line}", f"{area}.{office}.{line}", f"{area}{office}{line}",
             f"+1 {area} {office} {line}", f"1-{area}-{office}-{line}", f"{office}-{line}")  # fmt: skip
    return rng.choice(forms)


def _identifier(rng: random.Random) -> str:
    letters = "".join(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(3))
    return rng.choice((
        _digits(rng, 7), _digits(rng, 8), _digits(rng, 10), f"{letters}{_digits(rng, 6)}", f"00{_digits(rng, 6)}",
        f"{_digits(rng, 3)}-{_digits(rng, 2)}-{_digits(rng, 2)}", f"{letters}-{_digits(rng, 5)}",
        f"{_digits(rng, 2)}-{letters[:2]}-{_digits(rng, 4)}", f"{letters[:2]} {_digits(rng, 6)}",
        f"{letters[0]}{_digits(rng, 8)}",
    ))  # fmt: skip


def _email(rng: random.Random) -> str:
    person = draw_person(rng)
    first, last = ("".join(c for c in part.lower() if c.isalnum()) for part in (person.first, person.last))
    user = rng.choice((f"{first}.{last}", f"{first[0]}{last}", f"{last}{rng.randint(1, 99)}", f"{first}_{last}"))
    return f"{user}@{rng.choice(('example.com', 'example.org', 'mail.example', 'clinic.example', 'inbox.example'))}"


def _blood_pressure(rng: random.Random) -> str:
    return f"{rng.randint(88, 190)}/{rng.randint(45, 110)}"


def _clock(rng: random.Random) -> str:
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    return rng.choice((f"{hour:02d}{minute:02d}", f"{hour:02d}:{minute:02d}", f"{hour % 12 or 12}:{minute:02d} pm",
                       f"{hour % 12 or 12}{rng.choice(('am', 'pm', ' AM', ' p.m.'))}"))  # fmt: skip


_LABELLED: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "town": ("GEO", town),
    "county": ("GEO", lambda rng: f"{draw_person(rng).last} County" if rng.random() < 0.8 else f"{town(rng)} County"),
    "street": ("GEO", _street),
    "road": ("GEO", _street_name),
    "zip": ("GEO", _zip),
    "address": ("GEO", _address),
    "school": ("GEO", _place_of("Elementary", "Middle School", "High School", "Academy", "High", "Junior High")),
    "church": ("GEO", _place_of("Baptist Church", "Methodist", "Chapel", "Lutheran", "Tabernacle", "Community Church")),
    "landmark": (
        "GEO",
        _place_of("Bridge", "Dam", "Reservoir", "Quarry", "Water Tower", "Mill"),
    ),
    "quarter": ("GEO", _place_of("Heights", "Estates", "Village", "Terrace Apartments", "Gardens", "Commons", "Manor")),
    "water": ("GEO", _place_of("Lake", "Creek", "River", "Pond", "Bay", "Beach", "Bayou")),
    "date": ("OTHER", date),
    "dob": ("OTHER", lambda rng: date(rng, 1929, 2022)),
    "phone": ("OTHER", _phone),
    "fax": ("OTHER", _phone),
    "id": ("OTHER", _identifier),
    "ssn": ("OTHER", lambda rng: f"{_digits(rng, 3)}-{_digits(rng, 2)}-{_digits(rng, 4)}"),
    "email": ("OTHER", _email),
    "url": ("OTHER", lambda rng: f"https://{draw_person(rng).last.lower().replace(' ', '')}.example/{_digits(rng, 4)}"),
    "plate": ("OTHER", lambda rng: f"{''.join(rng.choice('ABCDEFGHKLMN') for _ in range(3))} {_digits(rng, 4)}"),
    "serial": ("OTHER", lambda rng: f"{rng.choice(('SN', 'LOT', 'PX', 'R'))}{_digits(rng, 7)}"),
    "ninety": ("OTHER", lambda rng: str(rng.randint(90, 104))),
}


@cache
def _brand_letters() -> Letters:
    return Letters(sections("fillers")["drug"])


def _eponym(rng: random.Random) -> str:
    """A surname that names no person here: listed eponyms, and any other surname in the place of one."""
    first = capital(rng.choice(words("eponyms"))) if rng.random() < 0.5 else draw_person(rng).last
    return f"{first}-{draw_person(rng).last}" if rng.random() < 0.15 else first


_PLAIN: dict[str, Callable[[random.Random], str]] = {
    "age": lambda rng: str(rng.randint(18, 89)),
    "small": lambda rng: str(rng.randint(2, 9)),
    "num": lambda rng: str(rng.randint(10, 99)),
    "hundred": lambda rng: str(rng.randint(100, 400)),
    "decimal": lambda rng: f"{rng.randint(1, 14)}.{rng.randint(0, 9)}",
    "bp": _blood_pressure,
    "hr": lambda rng: str(rng.randint(48, 132)),
    "temp": lambda rng: f"{rng.randint(97, 103)}.{rng.randint(0, 9)}",
    "time": _clock,
    "eponym": _eponym,
    "head": lambda rng: rng.choice(words("heads")),
    "brand": lambda rng: _brand_letters().draw(rng, 5, 11),
    "year": lambda rng: str(rng.randint(1975, 2026)),
}


def is_labelled(base: str) -> bool:
    """Whether a slot of this name, which is no person's, stands for an identifier."""
    return base in _LABELLED or base == "facility"


def draw_value(base: str, rng: random.Random) -> tuple[Part, ...]:
    """The pieces that fill a slot which is no person's; raises KeyError for a slot that does not exist."""
    if base == "facility":
        return _facility(rng)
    if base in _LABELLED:
        label, draw = _LABELLED[base]
        return ((draw(rng), label),)
    if base in _PLAIN:
        return ((_PLAIN[base](rng), ""),)
    return ((rng.choice(sections("fillers")[base]), ""),)
