"""The lists of names, places and words under `data/`, loaded once; `data/README.md` says where they come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


def words_of(text: str) -> frozenset[str]:
    """The words of a short list written between white space."""
    return frozenset(text.split())


TITLES = words_of(
    """
    mr mrs ms mister missus dr drs prof professor mx sra srta señora señor sgt capt lt
    """
)
"""What stands before a name and before nothing else."""

CREDENTIALS = words_of(
    """
    md do rn np pa pa-c phd dds dmd lpn cnm crna pharmd aprn dnp dpm dpt ma cna bsn
    """
)
"""What stands after a clinician's name."""

PARTICLES = words_of(
    """
    de del della di da das dos du la le van von der den ter bin ibn al el st mac o
    """
)
"""Lower-case parts inside a surname."""


STATES = words_of(
    """
    alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho
    illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi
    missouri montana nebraska nevada hampshire jersey mexico york carolina dakota ohio oklahoma oregon
    pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming
    """
)
"""Words of the names of states, which Safe Harbor leaves."""


@dataclass(frozen=True, slots=True)
class Entries:
    """One list: `sure` entries speak for themselves, `also_words` only where the context agrees."""

    sure: frozenset[str]
    also_words: frozenset[str]

    def __contains__(self, word: str) -> bool:
        return word in self.sure or word in self.also_words


def _read(name: str) -> str:
    return files("preceptor.deid").joinpath("data", f"{name}.txt").read_text("utf-8")


@cache
def entries(name: str) -> Entries:
    """The list `data/NAME.txt`, an entry a line; lower case, a trailing `*` marks an ordinary word."""
    lines = _read(name).split("\n")
    marked = frozenset(line[:-1] for line in lines if line.endswith("*"))
    return Entries(frozenset(line for line in lines if line and not line.endswith("*")), marked)


@cache
def words(name: str) -> frozenset[str]:
    """The word list `data/NAME.txt`, words between white space.

    `eponyms` name a disease, sign, test or law at least as often as a person; `heads` make the surname before
    them an eponym; `stop` are no name whatever stands beside them; `also_names` are names that are words as
    well, beside those the lists mark; `other_words` and `spanish_words` are words
    that are no names; `roles` stand before a name; `relatives` are the words of kinship and household.
    """
    return words_of(_read(name))


@cache
def nicknames() -> dict[str, tuple[str, ...]]:
    """Given name or short form → the other forms of it, in `data/nicknames.txt`; lower case, both ways."""
    out: dict[str, set[str]] = {}
    for line in _read("nicknames").splitlines():
        full, *short = line.split()
        out.setdefault(full, set()).update(short)
        for one in short:
            out.setdefault(one, set()).add(full)
    return {name: tuple(sorted(forms)) for name, forms in out.items()}


@cache
def named() -> dict[str, tuple[tuple[str, ...], ...]]:
    """First word → the phrases of `data/named.txt` that start with it: they read as persons or places and are none."""
    out: dict[str, list[tuple[str, ...]]] = {}
    for line in _read("named").splitlines():
        parts = tuple(re.findall(r"[^\W\d_]+(?:[-'][^\W\d_]+)*", line))
        if parts:
            out.setdefault(parts[0], []).append(parts)
    return {first: tuple(sorted(group, key=len, reverse=True)) for first, group in out.items()}
