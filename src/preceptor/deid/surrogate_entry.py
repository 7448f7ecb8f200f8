"""One subject's entry in the surrogate book: what was assigned to what, and the working copy that assigns more."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from preceptor.deid.chance import Chance
from preceptor.errors import IntegrityFailure

MAX_SHIFT = 365
TRIES = 200
"""Draws before a value counts as one that no free surrogate is left for; it is masked then."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class BookEntry:
    """All surrogates of one subject. Holds originals: it is stored sealed and never logged.

    `shift` is whole days, -365..365 without 0. `values` are (kind, normalised original, surrogate); an empty
    surrogate says that the value is masked. `people` are the normalised words of full names, in the order given,
    middle, family. `pairs` are (surrogate as written, original as written), what reversal needs.
    """

    shift: int
    values: tuple[tuple[str, str, str], ...] = ()
    people: tuple[tuple[str, ...], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"BookEntry({len(self.values)} values)"


def new_entry(chance: Chance) -> BookEntry:
    """An empty entry with its date shift, uniform over the 730 whole numbers -365..-1 and 1..365.

    The shift knows no calendar: a shifted date may lie in the future.
    """
    drawn = chance.randrange(2 * MAX_SHIFT)
    return BookEntry(drawn - MAX_SHIFT if drawn < MAX_SHIFT else drawn - MAX_SHIFT + 1)


def encode(entry: BookEntry) -> bytes:
    """The entry as UTF-8 JSON, to be sealed."""
    parts = {"v": _FORMAT, "shift": entry.shift, "values": entry.values, "people": entry.people, "pairs": entry.pairs}
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()


def decode(content: bytes) -> BookEntry:
    """The entry of `encode`; IntegrityFailure `seal_broken` for any other bytes."""
    try:
        raw = cast("dict[str, object]", json.loads(content))
        if raw["v"] != _FORMAT:
            raise ValueError
        return BookEntry(
            cast("int", raw["shift"]),
            tuple((kind, norm, given) for kind, norm, given in cast("list[list[str]]", raw["values"])),
            tuple(tuple(words) for words in cast("list[list[str]]", raw["people"])),
            tuple((made, was) for made, was in cast("list[list[str]]", raw["pairs"])),
        )
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailure("seal_broken") from None


def fold(text: str) -> str:
    """Letters and digits of `text` only, without accents and case: two spellings of one value are equal."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def words_of_text(text: str) -> set[str]:
    """Every word and number of `text`, folded."""
    return {folded for word in re.findall(r"[^\W_]+(?:['\u2019][^\W_]+)*", text) if (folded := fold(word))}


class Draft:
    """The working copy of an entry while one text is written: looks up, assigns, remembers.

    `avoid` is what a new surrogate may not be: the identifiers and words of the text, and whatever else the
    caller knows of the subject. What was assigned before stays, whatever `avoid` says.
    """

    def __init__(self, entry: BookEntry, chance: Chance, avoid: Iterable[str]) -> None:
        self.shift = entry.shift
        self.chance = chance
        self.values = {(kind, norm): given for kind, norm, given in entry.values}
        self.people = dict.fromkeys(entry.people)
        self.pairs = dict.fromkeys(entry.pairs)
        self.before = len(self.values)
        self.taken = {fold(value) for value in avoid}
        for (_, norm), given in self.values.items():
            self.taken.update((fold(norm), fold(given)))

    def assign(self, kind: str, norm: str, draw: Callable[[], str | None]) -> str | None:
        """The surrogate of a value: the one it has, else a drawn one that is free. None: the value is masked.

        A draw is refused when it equals an original or a surrogate of the subject or anything to be avoided, in
        any case and with any separators. The value itself never reaches `draw`.
        """
        found = self.values.get((kind, norm))
        if found is not None:
            return found or None
        self.taken.add(fold(norm))
        for _ in range(TRIES):
            drawn = draw()
            if drawn is None:
                break
            if fold(drawn) not in self.taken:
                return self.put(kind, norm, drawn)
        self.values[kind, norm] = ""
        return None

    def put(self, kind: str, norm: str, given: str) -> str:
        """Remember `given` for a value that has none yet."""
        self.values[kind, norm] = given
        self.taken.add(fold(given))
        return given

    def entry(self) -> BookEntry:
        """What is to be stored."""
        values = tuple((kind, norm, given) for (kind, norm), given in self.values.items())
        return BookEntry(self.shift, values, tuple(self.people), tuple(self.pairs))
