"""Public keys of others by address: fetched over the one way out, kept for minutes, fetched anew for an unknown key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from preceptor.access.signed import LONGEST_JWKS, Keys, parse_keys
from preceptor.errors import Invalid, LimitReached, Unavailable
from preceptor.net import Outbound

KEPT_SECONDS = 600.0
"""How long keys are used unasked: a key its owner took back is believed no longer than this."""
AGAIN_SECONDS = 30.0
"""The least time between two fetches of one address, whoever asks: tokens with invented keys cause no flood."""
MOST_ADDRESSES = 1_000


@dataclass
class _Kept:
    keys: Keys | None = None
    good_at: float = float("-inf")
    tried_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


Leave = Callable[[], Awaitable[None]]
"""Asks the register of outside endpoints, which this room does not know."""


class KeySets:
    """The keys at each address. `time` counts seconds and never goes back."""

    def __init__(self, outbound: Outbound, time: Callable[[], float]) -> None:
        self.outbound = outbound
        self.time = time
        self._kept: dict[str, _Kept] = {}

    async def keys(self, address: str, leave: Leave, *, unknown: bool = False) -> Keys:
        """The keys at `address`; `leave` is asked before anything is sent there, and raises Unavailable when it may not
        be. `unknown` asks for newer ones, which comes true at most every AGAIN_SECONDS.

        Unavailable when they cannot be had and those kept are older than KEPT_SECONDS: nothing is believed then.
        """
        if len(self._kept) >= MOST_ADDRESSES and address not in self._kept:
            self._kept.clear()
        kept = self._kept.setdefault(address, _Kept())
        async with kept.lock:
            fresh = self.time() - kept.good_at < KEPT_SECONDS
            if (unknown or not fresh) and self.time() - kept.tried_at >= AGAIN_SECONDS:
                kept.tried_at = self.time()
                try:
                    await leave()
                    kept.keys, kept.good_at = await self._fetch(address), self.time()
                except (Unavailable, Invalid, LimitReached):
                    if not fresh:
                        raise Unavailable("unavailable", "The issuer's keys cannot be had.") from None
            elif not fresh:
                raise Unavailable("unavailable", "The issuer's keys cannot be had.")
            assert kept.keys is not None
            return kept.keys

    async def _fetch(self, address: str) -> Keys:
        response = await self.outbound.request(
            "GET", address, headers={"accept": "application/json"}, deadline=5.0, max_bytes=LONGEST_JWKS
        )
        if response.status != 200:
            raise Unavailable("unavailable", "The issuer's keys cannot be had.")
        try:
            return parse_keys(response.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise Invalid("invalid_request", "This is no JWK Set.") from None
