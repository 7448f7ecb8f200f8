"""How likely one word of a page is part of a name or a place: a linear model over `tagger_features`."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import repeat
from math import exp

from preceptor.deid.name_runs import Page
from preceptor.deid.tagger_features import Sight, beside, features, known, look, opinion

SCALE = 32
"""A stored weight is the learned one times this, as a whole number."""

LIMIT = 300
"""The largest stored weight; with it the sums of a word's fewer than 54 features keep their place in `joined`."""

_PLACE = 1 << 15
Weights = dict[str, int]
"""Feature → its four weights as one number (`joined`); the label that is neither NAME nor GEO has weight 0."""


def joined(name: int, geo: int, name_again: int, geo_again: int) -> int:
    """The weights of a feature in the first vote and in the second as one number, so that one sum adds all four."""
    return ((name * _PLACE + geo) * _PLACE + name_again) * _PLACE + geo_again


def parted(number: int) -> tuple[int, int, int, int]:
    """The four weights, or sums of weights, of a joined number."""
    out: list[int] = []
    for _ in range(3):
        low = (number + _PLACE // 2) % _PLACE - _PLACE // 2
        out.append(low)
        number = (number - low) // _PLACE
    return number, out[2], out[1], out[0]


def pack_weights(weights: Weights) -> bytes:
    """The weights as bytes that `unpack_weights` reads: deflated lines of a feature and its four weights, sorted."""
    lines = ["\t".join((feature, *map(str, parted(number)))) for feature, number in sorted(weights.items())]
    return zlib.compress("\n".join(lines).encode("utf-8"), 9)


def unpack_weights(data: bytes) -> Weights:
    """The weights of `pack_weights`; raises zlib.error or ValueError for damaged bytes."""
    out: Weights = {}
    for line in zlib.decompress(data).decode("utf-8").split("\n"):
        feature, one, two, three, four = line.rsplit("\t", 4)
        out[feature] = joined(int(one), int(two), int(three), int(four))
    return out


@cache
def weights() -> Weights:
    """The weights of `data/tagger.txt.z`, which `training/deid/train.py` makes."""
    return unpack_weights(files("preceptor.deid").joinpath("data", "tagger.txt.z").read_bytes())


def weigh(found: list[str], table: Weights) -> int:
    """The sum of the weights of these features, joined."""
    return sum(map(table.get, found, repeat(0)))


def chances(name: int, geo: int) -> tuple[float, float]:
    """P(NAME), P(GEO) for these sums of weights: a softmax over NAME, GEO and neither."""
    as_name, as_geo = exp(min(name / SCALE, 40.0)), exp(min(geo / SCALE, 40.0))
    total = 1.0 + as_name + as_geo
    return as_name / total, as_geo / total


def first_opinion(sums: int) -> str:
    """The first vote of a word with these sums, as a letter."""
    name, geo, _, _ = parted(sums)
    return opinion(chances(name, geo))


@dataclass(frozen=True, slots=True)
class Voter:
    """A page made ready for votes, so that a vote costs the same on a long page.

    A word is voted on twice: alone, and again with the first votes on its neighbours. `sums` and `letters` hold
    what was reckoned for words so far.
    """

    sight: Sight
    table: Weights
    sums: dict[int, int]
    letters: dict[int, str]

    def vote(self, at: int) -> tuple[float, float]:
        """P(NAME), P(GEO) of token `at`, both in 0..1 with a sum of at most 1; raises IndexError outside the page.

        The chances are those of invented text with more names in it than real notes have: a threshold belongs above
        one half.
        """
        if not 0 <= at < len(self.sight.page.tokens):
            msg = f"no token {at} on a page of {len(self.sight.page.tokens)}"
            raise IndexError(msg)
        more = beside(self.sight, at, self._letter(at - 1), self._letter(at + 1))
        _, _, name, geo = parted(self._sum(at) + weigh(more, self.table))
        return chances(name, geo)

    def _sum(self, at: int) -> int:
        found = self.sums.get(at)
        if found is None:
            found = self.sums[at] = weigh(features(self.sight, at), self.table)
        return found

    def _letter(self, at: int) -> str:
        """The first vote on a token, `|` outside the page."""
        if not 0 <= at < len(self.sight.page.tokens):
            return "|"
        letter = self.letters.get(at)
        if letter is None:
            letter = self.letters[at] = first_opinion(self._sum(at))
        return letter


def voter(page: Page) -> Voter:
    """`page` made ready for votes, in one pass over its words."""
    return Voter(look(page, known), weights(), {}, {})


def vote(page: Page, at: int) -> tuple[float, float]:
    """P(NAME), P(GEO) of one token; for several tokens of a page, `voter(page).vote` is faster."""
    return voter(page).vote(at)
