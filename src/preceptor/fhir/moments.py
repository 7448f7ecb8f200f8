"""FHIR's dates and times as intervals: what is written with fewer digits covers more time; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<hour>\d\d):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@dataclass(frozen=True)
class Interval:
    """From `low` on, before `high`; both in UTC. A date without zone is read as one of UTC."""

    low: datetime
    high: datetime


def interval(text: str) -> Interval | None:
    """The time a FHIR date, dateTime or instant covers; None when it is none, or outside the years 1 to 9999."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        return _interval(found)
    except (ValueError, OverflowError):
        return None


def _interval(found: re.Match[str]) -> Interval:
    year, month = int(found["year"]), int(found["month"] or 1)
    if found["month"] is None:
        return Interval(datetime(year, 1, 1, tzinfo=UTC), _january(year + 1))
    if found["day"] is None:
        low = datetime(year, month, 1, tzinfo=UTC)
        return Interval(low, _january(year + 1) if month == 12 else datetime(year, month + 1, 1, tzinfo=UTC))
    day = datetime(year, month, int(found["day"]), tzinfo=UTC)
    if found["hour"] is None:
        return Interval(day, _later(day, timedelta(days=1)))
    second = min(int(found["second"] or 0), 59)  # a leap second is read as the one before it
    fraction = found["fraction"]
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    at = day.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=second, microsecond=microsecond)
    zone = found["zone"]
    if zone and zone != "Z":
        shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        at = at - shift if zone[0] == "+" else at + shift
    if found["second"] is None:
        return Interval(at, _later(at, timedelta(minutes=1)))
    width = timedelta(seconds=1) if fraction is None else timedelta(microseconds=10 ** max(0, 6 - len(fraction)))
    return Interval(at, _later(at, width))


def _january(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC) if year <= 9999 else LAST


def _later(at: datetime, width: timedelta) -> datetime:
    try:
        return at + width
    except OverflowError:
        return LAST
