"""Texts made to be slow for the de-identifier: time a character against ordinary notes, and how it grows with size.

    python -m benchmarks.deid_adversarial [--mb 1] [--kinds NAME ...] [--json OUT]

Each kind is one pattern repeated to a twentieth, a fifth and the whole of `--mb` megabytes (10^6 characters). The
growth exponent is the slope of log seconds over log characters: 1 is linear. A kind fails when its exponent is above
1.25 or its time a character above twice that of the notes measured in the same run, in the better of two looks: this
machine may be shared. For each that fails a profile names the functions the time went to. Exit code 1 when one fails.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import json
import math
import pstats
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.deid.generate import documents

from preceptor.deid.mask import mask
from preceptor.errors import PreceptorError

MOST_EXPONENT, MOST_RATIO = 1.25, 2.0
PROFILED = 40_000
"""Characters of a failing kind that are profiled."""
SOURCE = "src/preceptor"

Make = Callable[[int], str]


def repeated(unit: str) -> Make:
    """A maker of `unit` over and over."""
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def drawn(pieces: list[str], joint: str = "", seed: int = 7) -> Make:
    """A maker of pieces drawn at random, always the same ones: what repeats may be cached, this may not."""

    def make(size: int) -> str:
        rng, parts, length = random.Random(seed), list[str](), 0
        while length < size + len(joint):
            parts.append(rng.choice(pieces))
            length += len(parts[-1]) + len(joint)
        return joint.join(parts)[:size]

    return make


def base64_text(size: int) -> str:
    """Base64 of random bytes in lines of 76."""
    raw = base64.b64encode(random.Random(7).randbytes(size)).decode()
    return "\n".join(raw[at : at + 76] for at in range(0, len(raw), 76))[:size]


def base64_line(size: int) -> str:
    """Base64 of random bytes without a break."""
    return base64.b64encode(random.Random(7).randbytes(size)).decode()[:size]


def numbered(size: int) -> str:
    """A different number in every cell: nothing repeats."""
    rng, parts, length = random.Random(7), list[str](), 0
    while length < size:
        parts.append(f"{rng.randrange(10**9)} ")
        length += len(parts[-1])
    return "".join(parts)[:size]


def unheard_of(form: Callable[[str], str]) -> Make:
    """Words on no list, each another one, in the given form: what only a model of words can judge."""

    def make(size: int) -> str:
        rng, parts, length = random.Random(7), list[str](), 0
        while length < size:
            word = "".join(rng.choice(pair) for pair in ("bdfgklmnprstvz", "aeiou") * rng.randint(2, 4))
            parts.append(form(word) + " ")
            length += len(parts[-1])
        return "".join(parts)[:size]

    return make


CAPITALS = ["Baker", "Walker", "Summit", "Mason", "Rivers", "Hunter", "Lake", "May", "Will", "Grace", "Ruth", "Lee"]
LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)]

KINDS: dict[str, Make] = {
    "one letter": repeated("a"),
    "one long token": drawn(LETTERS),
    "capitals, one token": drawn([letter.upper() for letter in LETTERS]),
    "digits": drawn(list("0123456789")),
    "numbers": numbered,
    "letters and digits": drawn([*LETTERS, *"0123456789"]),
    "spaces": repeated(" "),
    "tabs and spaces": drawn([" ", "\t", "  "]),
    "spaces, a letter now and then": repeated("a" + " " * 60),
    "brackets": repeated("([{<>}])"),
    "open brackets": repeated("("),
    "punctuation": drawn(list(".,;:!?'\"-/\\()[]{}*&^%$#@~`|")),
    "a a a": repeated("a "),
    "A A A": repeated("A "),
    "spelled out": drawn(LETTERS, " "),
    "spelled with hyphens": drawn(LETTERS, "-"),
    "hyphens": repeated("-"),
    "hyphen chain": repeated("abc-def-"),
    "1-1-1": repeated("1-"),
    "digits and hyphens": drawn(["12", "345", "6789"], "-"),
    "1 1 1": repeated("1 "),
    "1.1.1": repeated("1."),
    "dots": repeated("."),
    "a.a.a": repeated("a."),
    "at signs": repeated("@"),
    "a@a@a": repeated("a@"),
    "mail without an end": repeated("a.b@c."),
    "www.": repeated("www."),
    "http://": repeated("http://"),
    "slashes": repeated("a/"),
    "Dr. Dr. Dr.": repeated("Dr. "),
    "Mrs. von der": repeated("Mrs. von der "),
    "capital words": drawn(CAPITALS, " "),
    "names and commas": drawn(CAPITALS, ", "),
    "lower-case names": drawn([word.lower() for word in CAPITALS], " "),
    "made-up names": unheard_of(str.title),
    "made-up words": unheard_of(str.lower),
    "made-up capitals": unheard_of(str.upper),
    "initials": repeated("J. K. "),
    "apostrophes": repeated("O'"),
    "streets": repeated("1 A B C D "),
    "streets with types": repeated("12 North Oak "),
    "box": repeated("PO Box "),
    "dates": repeated("1/1/"),
    "date words": repeated("May 5 "),
    "days to days": repeated("3 to 4 "),
    "labels": repeated("MRN: "),
    "labels and nothing": drawn(["MRN", "DOB", "SSN", "Acct", "Phone", "Name", "ID"], ": "),
    "key=value": repeated("id=a;"),
    "zero width": repeated("a\u200b"),
    "zero width only": repeated("\u200b"),
    "soft hyphens": repeated("12\u00ad"),
    "combining marks": repeated("e\u0301"),
    "marks on one letter": lambda size: ("e" + "\u0301" * size)[:size],
    "wide letters": repeated("\uff11\uff12\uff0d"),
    "look-alikes": repeated("\u0410\u0435 "),
    "base64 in lines": base64_text,
    "base64 in one": base64_line,
    "hex": drawn(list("0123456789abcdef")),
    "percent codes": repeated("%41"),
    "escapes": repeated("\\u0041"),
    "quoted printable": repeated("=41=\n"),
    "entities": repeated("&amp;"),
    "number entities": repeated("&#49;"),
    "entities without an end": repeated("&#4"),
    "tags": repeated("<b>a</b>"),
    "tags without an end": repeated("<a "),
    "rtf": repeated("{\\rtf1 \\'41"),
    "newlines": repeated("\n"),
    "one letter a line": repeated("a\n"),
    "lines ending in hyphens": repeated("ab-\n"),
    "cells": repeated("|"),
    "rows of cells": repeated("| a | 1 "),
    "hl7": repeated("PID|1||^^^\r"),
    "json": repeated('{"a":'),
    "emoji": repeated("\U0001f600"),
    "joined emoji": repeated("\U0001f468\u200d\U0001f469\u200d\U0001f467 "),
}


@dataclass(frozen=True)
class Measured:
    """One kind: seconds a character at the largest size, its ratio to notes, its exponent, and where time went."""

    kind: str
    microseconds_a_character: float
    ratio: float
    exponent: float
    error: str
    where: list[str]

    @property
    def failed(self) -> bool:
        """Whether it is slower than allowed, or was not masked at all."""
        return bool(self.error) or self.exponent > MOST_EXPONENT or self.ratio > MOST_RATIO


def seconds(text: str, looks: int = 1) -> float:
    """CPU seconds of masking, the best of `looks`."""
    best = math.inf
    for _ in range(looks):
        began = time.process_time()
        mask(text, "safe-harbor")
        best = min(best, time.process_time() - began)
    return best


def slope(points: list[tuple[int, float]]) -> float:
    """The least-squares slope of log seconds over log size."""
    logs = [(math.log(size), math.log(max(spent, 1e-6))) for size, spent in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def notes(size: int) -> str:
    """Generated notes and messages without identifiers, the ordinary text of the comparison."""
    parts, length = list[str](), 0
    while length < size:
        for row in documents("dev", 200, length, negative=True):
            parts.append(str(row["text"]))
            length += len(parts[-1]) + 2
    return "\n\n".join(parts)[:size]


def where(text: str) -> list[str]:
    """The functions that took most of the time themselves; a function of C is told by who called it."""
    profile = cProfile.Profile()
    profile.enable()
    mask(text, "safe-harbor")
    profile.disable()
    stats: dict[tuple[str, int, str], Any] = vars(pstats.Stats(profile))["stats"]
    spent: dict[str, float] = {}
    for (file, line, name), (_, _, own, _, callers) in stats.items():
        if SOURCE in file:
            spent[place(file, line, name)] = spent.get(place(file, line, name), 0.0) + own
        for (from_file, from_line, from_name), (_, _, from_own, _) in callers.items() if SOURCE not in file else ():
            key = f"{place(from_file, from_line, from_name)} > {name}"
            spent[key] = spent.get(key, 0.0) + from_own
    total = sum(spent.values()) or 1.0
    files = Counter[str]()
    for key, own in spent.items():
        files[key.split(":")[0]] += own / total
    told = ", ".join(f"{file} {share:.0%}" for file, share in files.most_common(5))
    top = sorted(spent.items(), key=lambda item: -item[1])[:5]
    return [told, *(f"{own / total:4.0%}  {key}" for key, own in top if own / total >= 0.04)]


def place(file: str, line: int, name: str) -> str:
    """A short name of a function: its file's name, line and own name."""
    return f"{Path(file).name}:{line} {name}"


def measure(kind: str, sizes: list[int], ordinary: float) -> Measured:
    """One kind at all sizes; a second look where the first fails."""
    make, error = KINDS[kind], ""
    points = list[tuple[int, float]]()
    try:
        points = [(size, seconds(make(size), 2 if size < sizes[-1] else 1)) for size in sizes]
        if points[-1][1] / sizes[-1] > MOST_RATIO * ordinary or slope(points) > MOST_EXPONENT:
            points = [(size, min(spent, seconds(make(size)))) for size, spent in points]
    except (PreceptorError, RecursionError, ValueError) as failure:
        error = type(failure).__name__
    each = points[-1][1] / sizes[-1] if points else math.inf
    found = Measured(kind, each * 1e6, each / ordinary, slope(points) if points else math.inf, error, [])
    if found.failed and not error:
        found.where.extend(where(make(min(PROFILED, sizes[-1]))))
    return found


def main(argv: list[str] | None = None) -> int:
    """Measure every kind and print those that fail with where their time goes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=1.0, help="millions of characters of the largest size")
    parser.add_argument("--kinds", nargs="*", choices=tuple(KINDS), metavar="NAME", help="only these kinds")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    largest = int(args.mb * 1e6)
    sizes = [largest // 20, largest // 5, largest]
    text = notes(sizes[1])
    seconds(text[:20_000])
    before = seconds(text, 2) / len(text)
    print(f"notes: {before * 1e6:.1f} microseconds a character; sizes {sizes}")
    results = list[Measured]()
    for kind in args.kinds or KINDS:
        found = measure(kind, sizes, before)
        results.append(found)
        sign = "FAIL" if found.failed else "ok"
        print(
            f"{sign:4} {kind:30} {found.microseconds_a_character:8.1f} us/char  ratio {found.ratio:6.2f}"
            f"  exponent {found.exponent:5.2f} {found.error}",
            flush=True,
        )
        for line in found.where:
            print(f"       {line}", flush=True)
    after = seconds(text, 2) / len(text)
    print(f"notes again: {after * 1e6:.1f} microseconds a character")
    if args.json:
        rows = [{**vars(found), "failed": found.failed} for found in results]
        args.json.write_text(json.dumps({"notes_us": before * 1e6, "sizes": sizes, "kinds": rows}, indent=1) + "\n")
    failed = [found.kind for found in results if found.failed]
    print(
        f"{len(results) - len(failed)} of {len(results)} kinds pass"
        + (f"; fail: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
