"""How much one caller and one tenant may ask at a time: token buckets and counts of requests under way.

The counts are this process's: with n processes behind a proxy a caller may make n times as many.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from preceptor.errors import TooMany

TENANT_RATE, TENANT_AT_ONCE = 10, 4  # a tenant may make so many times what one caller may
BURST_SECONDS = 15  # how many seconds' worth of requests may come at once
MOST_BUCKETS = 20_000


@dataclass
class Bucket:
    """A token bucket: `rate` tokens a second come in, up to `size`."""

    rate: float
    size: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 and a token is taken, or the seconds until there is one."""
        self.level = min(self.size, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass
class Gauge:
    """Counts requests by caller and by tenant. `time` is in seconds and never goes back."""

    per_minute: int = 1_200
    at_once: int = 32
    time: Callable[[], float] = time.monotonic
    buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict[tuple[str, ...], Bucket])
    running: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])

    @contextlib.contextmanager
    def admitted(self, tenant: str, actor: str) -> Generator[None]:
        """Count one request while it runs; TooMany when a limit of the caller or its tenant is reached."""
        limits = (((tenant, actor), 1, 1), ((tenant,), TENANT_RATE, TENANT_AT_ONCE))
        for key, _, share in limits:
            if self.running[key] >= self.at_once * share:
                raise TooMany(1)
        for key, share, _ in limits:
            waiting = self._bucket(key, self.per_minute * share / 60).take(self.time())
            if waiting > 0:
                raise TooMany(math.ceil(waiting))
        for key, _, _ in limits:
            self.running[key] += 1
        try:
            yield
        finally:
            for key, _, _ in limits:
                self.running[key] -= 1
                if self.running[key] <= 0:
                    del self.running[key]

    def _bucket(self, key: tuple[str, ...], rate: float) -> Bucket:
        if key not in self.buckets:
            if len(self.buckets) >= MOST_BUCKETS:
                self._forget()
            size = max(1.0, rate * BURST_SECONDS)
            self.buckets[key] = Bucket(rate, size, size, self.time())
        return self.buckets[key]

    def _forget(self) -> None:
        """Drop the buckets that are full again: forgetting one gives its caller nothing."""
        now = self.time()
        for key, bucket in list(self.buckets.items()):
            if bucket.level + (now - bucket.at) * bucket.rate >= bucket.size:
                del self.buckets[key]
