"""The time and new identifiers: the two things a replay must fix."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time and new identifiers come from; `SystemClock` and `FixedClock` are the two."""

    def now(self) -> datetime:
        """The time, UTC, microseconds."""
        ...

    def new_id(self) -> uuid.UUID:
        """A new UUID version 7 (RFC 9562 section 5.7): ordered by the millisecond it was made in."""
        ...

    def token(self, size: int = 32) -> str:
        """A secret of `size` random bytes, URL-safe base64."""
        ...


def uuid7(milliseconds: int, random_bits: int) -> uuid.UUID:
    """UUID version 7 of RFC 9562 section 5.7 from Unix milliseconds (48 bits) and 74 random bits."""
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random_bits >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random_bits & (1 << 62) - 1
    return uuid.UUID(int=value)


class SystemClock:
    """The machine's clock and the operating system's random numbers."""

    def now(self) -> datetime:
        """The time, UTC."""
        return datetime.now(UTC)

    def new_id(self) -> uuid.UUID:
        """A new UUID version 7."""
        return uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))

    def token(self, size: int = 32) -> str:
        """A secret of `size` random bytes, URL-safe base64."""
        return secrets.token_urlsafe(size)


@dataclass
class FixedClock:
    """A clock for replays and tests: starts at `start`, moves `step` at each reading, ids count upward."""

    start: datetime = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
    step: timedelta = timedelta(seconds=1)
    _ticks: int = field(default=0, init=False)
    _ids: int = field(default=0, init=False)

    def now(self) -> datetime:
        """The next instant."""
        self._ticks += 1
        return self.start + self.step * self._ticks

    def new_id(self) -> uuid.UUID:
        """The next id; distinct and ordered, the same in every run."""
        self._ids += 1
        return uuid7(int(self.start.timestamp() * 1000) + self._ids, self._ids)

    def token(self, size: int = 32) -> str:
        """A predictable string marked as a fake."""
        self._ids += 1
        return f"fixed-token-{self._ids:0{size}d}"


def today(clock: Clock) -> date:
    """The calendar day in UTC."""
    return clock.now().date()
