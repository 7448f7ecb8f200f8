"""Shifted dates: every date of a subject moves by the same whole days and stays in the form it was written in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from preceptor.deid.plain import plain
from preceptor.deid.surrogate_entry import fold
from preceptor.deid.surrogate_places import suffix

Names = tuple[str, ...]
_ENGLISH: Names = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SPANISH: Names = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_MONTHS: Mapping[str, tuple[int, Names, bool]] = {
    name[:size].lower(): (at + 1, names, size is not None)
    for names in (_SPANISH, _ENGLISH)
    for size in (3, None)
    for at, name in enumerate(names)
} | {"sept": (9, _ENGLISH, True), "setiembre": (9, _SPANISH, False), "may": (5, _ENGLISH, False)}
"""Written month → number, the names of its language, whether it is short."""

_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_GAP = r"(?:[\s,./-]|\bof\b|\bthe\b|\bdel?\b){1,8}"
_YEAR = r"(?P<y>\d{4}|'?\d{2})"
_TIME = r"(?:[Tt ]\d{1,2}:\d{2}.*)?"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I | re.S))
    for kind, pattern in (
        ("day", rf"(?P<y>\d{{4}})(?P<g1>[-/. ])(?P<m>\d{{1,2}})(?P<g2>[-/. ])(?P<d>\d{{1,2}})(?P<rest>{_TIME})"),
        ("either", r"(?P<a>\d{1,2})(?P<g1>[-/. ])(?P<b>\d{1,2})(?P<g2>[-/. ])(?P<y>\d{4}|'?\d{2})"),
        ("packed", r"(?P<y>(?:1[89]|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?P<rest>[\d.+-]*)"),
        ("day", r"(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?P<y>(?:1[89]|20)\d{2})"),
        ("month", r"(?P<m>\d{1,2})(?P<g1>[-/])(?P<y>\d{4})|(?P<y2>\d{4})(?P<g2>[-/])(?P<m2>\d{1,2})"),
        ("yearless", r"(?P<a>\d{1,2})(?P<g1>[-/.])(?P<b>\d{1,2})"),
        ("written", rf"(?P<n>{_NAME})(?P<p>\.?)(?P<g1>(?:[ ,.\n-]|\bthe\b){{1,6}})(?P<d>\d{{1,2}})(?P<o>st|nd|rd|th)?"
                    rf"(?:(?P<g2>{_GAP}){_YEAR})?"),
        ("written", rf"(?P<d>\d{{1,2}})(?P<o>st|nd|rd|th)?(?P<g1>{_GAP}|)(?P<n>{_NAME})(?P<p>\.?)"
                    rf"(?:(?P<g2>{_GAP}|){_YEAR})?"),
        ("month", rf"(?P<n>{_NAME})(?P<p>\.?)(?:(?P<g1>{_GAP})(?P<y>\d{{4}}|'\d{{2}}))?"),
    )
)  # fmt: skip
_RANGE = re.compile(r"(\d{1,2}/\d{1,2})( ?- ?)(\d{1,2}/\d{1,2})(/(?:\d{4}|\d{2}))?")


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a text writes its dates: whether the day stands before the month, and which year is spoken of where."""

    day_first: bool
    places: tuple[int, ...]
    years: tuple[int, ...]

    def year_at(self, position: int) -> int | None:
        """The year of the nearest full date in front, else of the first one behind, else None."""
        if not self.years:
            return None
        return self.years[max(0, bisect_right(self.places, position) - 1)]


def read_calendar(dates: Iterable[tuple[int, str]]) -> Calendar:
    """The calendar of a text from its dates, (position, as written), in order.

    Numeric dates are read month first, as in the US, unless one of them can only be day first and none can only be
    month first.
    """
    written = [(at, plain(surface)) for at, surface in dates]
    only_day = only_month = False
    for _, surface in written:
        match = re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](?:\d{4}|'?\d{2})", surface)
        if match:
            only_day |= int(match[1]) > 12 >= int(match[2])
            only_month |= int(match[2]) > 12 >= int(match[1])
    found: list[tuple[int, int]] = []
    for at, surface in written:
        year = re.search(r"(?<!\d)((?:1[89]|20)\d{2})(?!\d)|^((?:1[89]|20)\d{2})\d{4}", surface)
        short = (
            re.fullmatch(r".*[-/. ']'?(\d{2})", surface, re.S)
            if len(re.findall(r"\d+", surface)) > 2 or "'" in surface
            else None
        )
        if year:
            found.append((at, int(year[1] or year[2])))
        elif short:
            found.append((at, 2000 + int(short[1])))
    return Calendar(only_day and not only_month, tuple(at for at, _ in found), tuple(year for _, year in found))


def shift_date(surface: str, days: int, calendar: Calendar, position: int = 0) -> str | None:
    """`surface` moved by `days` in its own form; None when it is no date that can be moved, or would read the same.

    Full dates move by exactly `days`, so that intervals stay. A date without a year is moved in the year that is
    spoken of there (2001 if none is). A month without a day moves by whole months, `days` divided by their mean
    length, at least one and at most eleven. Two-digit years count as 2000..2099: the calendar of 1900..1999 is the
    same but for 1900 itself. Times stay. A bare year is not moved.
    """
    made = _shifted(surface, plain(surface), days, calendar, position)
    return None if made is None or fold(made) == fold(surface) else made


def _shifted(surface: str, even: str, days: int, calendar: Calendar, position: int) -> str | None:
    span = _RANGE.fullmatch(even)
    if span:
        return _range(span, days, calendar, position)
    for kind, form in _FORMS:
        match = form.fullmatch(even)
        if match:
            made = _BY_KIND[kind](_Found(surface, match, calendar, position), days)
            if made is not None:
                return made
    return None


@dataclass(frozen=True, slots=True)
class _Found:
    """A date as written, its parts, and the text it stands in."""

    surface: str
    match: re.Match[str]
    calendar: Calendar
    position: int

    def number(self, group: str) -> int:
        return int(self.match[group].lstrip("'"))

    def year(self) -> int | None:
        """The year as a full one; of a date without one, that of the text, else 2001."""
        held = self.match.groupdict().get("y")
        if held is None:
            return self.calendar.year_at(self.position)
        return 2000 + int(held[-2:]) if len(held) < 4 else int(held)

    def put(self, parts: dict[str, str]) -> str:
        """The surface with the groups replaced; everything between them as written."""
        out, at = "", 0
        places = sorted((*self.match.span(group), group) for group in parts if self.match[group] is not None)
        for start, end, group in places:
            out += self.surface[at:start] + parts[group]
            at = end
        return out + self.surface[at:]


def _moved(year: int | None, month: int, day: int, days: int) -> date | None:
    """The day moved; without a year in 2001, in 2000 for February 29."""
    try:
        start = date(year if year is not None else 2000 if (month, day) == (2, 29) else 2001, month, day)
        return start + timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def _year_like(written: str, year: int) -> str:
    if len(written) >= 4:
        return f"{year:04d}"
    return ("'" if written.startswith("'") else "") + f"{year % 100:02d}"


def _padded(written: Iterable[str]) -> Callable[[int], str]:
    """How day and month are written: with two digits, unless one of them stands there with one."""
    return str if any(len(one) == 1 for one in written) else "{:02d}".format


def _full(found: _Found, days: int, month: str = "m", day: str = "d") -> str | None:
    moved = _moved(found.year(), found.number(month), found.number(day), days)
    if moved is None:
        return None
    two = _padded((found.match[month], found.match[day]))
    parts = {month: two(moved.month), day: two(moved.day)}
    if "y" in found.match.groupdict():
        parts["y"] = _year_like(found.match["y"], moved.year)
    return found.put(parts)


def _either(found: _Found, days: int) -> str | None:
    """A date of which the form does not say whether the day or the month stands first."""
    first = found.calendar.day_first or (found.match["g1"] == "." and found.number("b") <= 12)
    orders = (("b", "a"), ("a", "b")) if first else (("a", "b"), ("b", "a"))
    return _full(found, days, *orders[0]) or _full(found, days, *orders[1])


def _month(found: _Found, days: int) -> str | None:
    """A month, with or without a year, moved by whole months."""
    groups = found.match.groupdict()
    m, y = ("m2", "y2") if groups.get("m2") else ("m", "y")
    named = groups.get("n")
    number = _MONTHS[named.lower()][0] if named else found.number(m)
    if not 1 <= number <= 12:
        return None
    by = max(1, min(11, round(abs(days) / 30.436875))) * (1 if days > 0 else -1)
    year, month = divmod(number - 1 + by, 12)
    parts = {"n": _name_like(named, month + 1)} if named else {m: _padded((found.match[m],))(month + 1)}
    if groups.get(y):
        held = found.match[y]
        parts[y] = _year_like(held, (int(held) if len(held) == 4 else 2000 + int(held[-2:])) + year)
    return found.put(parts)


def _written(found: _Found, days: int) -> str | None:
    """A date with the name of its month."""
    number = _MONTHS[found.match["n"].lower()][0]
    moved = _moved(found.year(), number, found.number("d"), days)
    if moved is None:
        return None
    day = f"{moved.day:02d}" if found.match["d"].startswith("0") else str(moved.day)
    parts = {"n": _name_like(found.match["n"], moved.month), "d": day}
    if found.match["o"]:
        parts["o"] = suffix(moved.day).upper() if found.match["o"].isupper() else suffix(moved.day)
    if found.match["y"]:
        parts["y"] = _year_like(found.match["y"], moved.year)
    return found.put(parts)


def _name_like(written: str, month: int) -> str:
    _, names, short = _MONTHS[written.lower()]
    name = names[month - 1][:3] if short else names[month - 1]
    return name.upper() if written.isupper() else name.lower() if written.islower() else name.capitalize()


def _range(span: re.Match[str], days: int, calendar: Calendar, position: int) -> str | None:
    """ "3/1-3/10/24": the year behind is that of the second day, and of the first unless it lies later."""
    last = span[3] + (span[4] or "")
    here = calendar
    if span[4]:
        year = int(span[4][1:]) if len(span[4]) == 5 else 2000 + int(span[4][1:])
        months = [int(one.split("/")[calendar.day_first]) for one in (span[1], span[3])]
        here = Calendar(calendar.day_first, (0,), (year - (months[0] > months[1]),))
    first_made, last_made = shift_date(span[1], days, here, position), shift_date(last, days, calendar, position)
    if not first_made or not last_made:
        return None
    made = f"{first_made}{span[2]}{last_made}"
    return (
        re.sub(r"(?<!\d)0(?=\d/)|(?<=/)0(?=\d(?:\D|$))", "", made) if re.search(r"(?<!\d)\d(?!\d)", span[0]) else made
    )


_BY_KIND: dict[str, Callable[[_Found, int], str | None]] = {
    "day": _full,
    "packed": _full,
    "either": _either,
    "yearless": _either,
    "month": _month,
    "written": _written,
}
