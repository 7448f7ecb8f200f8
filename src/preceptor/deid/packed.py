"""Long word lists in a packed form: sorted, each word as what it shares with the one before, deflated."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files


def pack(words: Iterable[str]) -> bytes:
    """The words, without repetition, as bytes that `unpack` reads; no word may hold a space or an upper-case letter.

    Words of one first pair of letters stand on one line behind that pair. Raises ValueError for an unfit word.
    """
    lines: list[str] = []
    head = ""
    for word in sorted(set(words)):
        if len(word) < 2 or word != word.lower() or any(one.isspace() for one in word):
            msg = "a packed word has two letters at least, lower case, and no space"
            raise ValueError(msg)
        if word[:2] != head:
            head = word[:2]
            lines.append(head)
        lines[-1] += " " + word[2:]
    return zlib.compress("\n".join(lines).encode("utf-8"), 9)


def unpack(data: bytes) -> frozenset[str]:
    """The words of `pack`; raises zlib.error for damaged bytes."""
    found: list[str] = []
    for line in zlib.decompress(data).decode("utf-8").split("\n"):
        head, *tails = line.split(" ")
        found += [head + tail for tail in tails]
    return frozenset(found)


@cache
def packed_words(name: str) -> frozenset[str]:
    """The list `data/NAME.txt.z`: `safe_words`, `given_more` or `surnames_more`, described in `data/README.md`."""
    return unpack(files("preceptor.deid").joinpath("data", f"{name}.txt.z").read_bytes())


def safe_words() -> frozenset[str]:
    """Words of English and of medicine that are not known as names; a word outside it and the lists may be a name."""
    return packed_words("safe_words")
