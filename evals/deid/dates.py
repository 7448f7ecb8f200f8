"""Dates in the shapes people write them, whole and partial, English and Spanish."""

from __future__ import annotations

import datetime as dt
import random

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MESES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
SHAPES = 22


def ordinal(n: int) -> str:
    """1 → 1st."""
    return f"{n}{'th' if 10 < n % 100 < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def full(day: dt.date, shape: int) -> str:
    """A whole date in shape 0 … SHAPES - 1; the common American ones come more than once."""
    y, m, d, name = day.year, day.month, day.day, _MONTHS[day.month - 1]
    return (
        f"{m:02d}/{d:02d}/{y}",
        f"{m}/{d}/{y % 100:02d}",
        f"{m}-{d}-{y}",
        f"{y}-{m:02d}-{d:02d}",
        f"{name} {d}, {y}",
        f"{name[:3]} {d} {y}",
        f"{d} {name} {y}",
        f"{d:02d}-{name[:3]}-{y}",
        f"{name} {ordinal(d)}, {y}",
        f"the {ordinal(d)} of {name} {y}"[4:],
        f"{d:02d}.{m:02d}.{y}",
        f"{m:02d}.{d:02d}.{y % 100:02d}",
        f"{y}{m:02d}{d:02d}",
        f"{y}/{m:02d}/{d:02d}",
        f"{name[:3]}. {d}, {y}",
        f"{m:02d}-{d:02d}-{y}",
        f"{d:02d}{name[:3].upper()}{y}",
        f"{m:02d}/{d:02d}/{y}",
        f"{m}/{d}/{y}",
        f"{m}/{d}/{y % 100:02d}",
        f"{name} {d}, {y}",
        f"{name} {d} {y}",
    )[shape]


def no_year(day: dt.date, rng: random.Random) -> str:
    """Month and day."""
    m, d, name = day.month, day.day, _MONTHS[day.month - 1]
    return rng.choice(
        (
            f"{m}/{d}",
            f"{m:02d}/{d:02d}",
            f"{name} {d}",
            f"{name} {ordinal(d)}",
            f"{name[:3]} {d}",
            f"{ordinal(d)} of {name}",
            f"{d} {name}",
            f"{d}-{name[:3]}",
            f"{m}/{d}",
            f"{name} the {ordinal(d)}",
            f"{m}-{d}",
        )
    )


def month_year(day: dt.date, rng: random.Random) -> str:
    """Month and year."""
    y, m, name = day.year, day.month, _MONTHS[day.month - 1]
    return rng.choice(
        (
            f"{name} {y}",
            f"{name[:3]} {y}",
            f"{m:02d}/{y}",
            f"{name[:3]} '{y % 100:02d}",
            f"{name} of {y}",
            f"{m}/{y}",
            f"{name}, {y}",
        )
    )


def month(day: dt.date) -> str:
    """The month alone."""
    return _MONTHS[day.month - 1]


def span_of_days(day: dt.date, rng: random.Random) -> str:
    """A range written as one token run."""
    day = day.replace(day=min(day.day, 24))
    end, name = day.day + rng.randrange(1, 4), _MONTHS[day.month - 1]
    m, d, y = day.month, day.day, day.year
    return rng.choice(
        (
            f"{m}/{d}-{m}/{end}",
            f"{name} {d}-{end}, {y}",
            f"{m}/{d}/{y % 100:02d}-{m}/{end}/{y % 100:02d}",
            f"{name} {d}–{end}",
            f"{m:02d}/{d:02d}/{y} - {m:02d}/{end:02d}/{y}",
        )
    )


def spanish(day: dt.date, rng: random.Random) -> str:
    """A whole date in Spanish."""
    y, m, d, mes = day.year, day.month, day.day, _MESES[day.month - 1]
    return rng.choice(
        (
            f"{d} de {mes} de {y}",
            f"{d:02d}/{m:02d}/{y}",
            f"{d} de {mes} del {y}",
            f"{d}-{mes[:3]}-{y}",
            f"{d}/{m}/{y % 100:02d}",
        )
    )


def spanish_no_year(day: dt.date, rng: random.Random) -> str:
    """Day and month in Spanish."""
    mes = _MESES[day.month - 1]
    return rng.choice((f"{day.day} de {mes}", f"{day.day}/{day.month}", f"{day.day} {mes}"))


def spanish_month(day: dt.date) -> str:
    """The month alone in Spanish."""
    return _MESES[day.month - 1]


def stamp(day: dt.date, rng: random.Random) -> str:
    """An HL7 time stamp."""
    return f"{day:%Y%m%d}{rng.randrange(24):02d}{rng.randrange(60):02d}{rng.choice(('', '00', '37'))}"
