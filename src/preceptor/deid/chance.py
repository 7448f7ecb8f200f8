"""Where random choices come from: handed in, so that a replay and a test can repeat them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Chance(Protocol):
    """A source of random whole numbers; the product's draws from the operating system, a test's from a seed."""

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 up to `stop` - 1, each equally likely; `stop` is at least 1."""
        ...


def pick(chance: Chance, items: Sequence[Item]) -> Item:
    """One of `items`, each equally likely; IndexError when there are none."""
    if not items:
        raise IndexError("nothing to pick from")
    return items[chance.randrange(len(items))]


def digits(chance: Chance, count: int) -> str:
    """`count` random ASCII digits."""
    return "".join("0123456789"[chance.randrange(10)] for _ in range(count))
