"""Invented clinical documents with the place of every name, place and other identifier in them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.deid.people import Person, draw_person, write_name
from training.deid.values import Part, draw_value, is_labelled

TEMPLATES = Path(__file__).parent / "templates"
"""The folder of the templates; `README.md` describes how they are written."""

LABELS = ("NAME", "GEO", "OTHER")
"""The labels a span may carry; OTHER is every identifier that is neither a name nor a place."""

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_ ]+?)(\d*)(?:\.([a-z_]+))?(?::([ul]))?\}")
_SOMEBODY = ("name", "p", "dr", "kin")

_AS_WRITTEN, _LOWER, _UPPER, _LOWER_VALUES, _UPPER_VALUES = range(5)
# How often a whole document is as its template has it, lower case, upper case, or so in its names and places only.
_CASES = (0.80, 0.08, 0.05, 0.04, 0.03)


@dataclass(frozen=True, slots=True)
class Example:
    """One document. `template` counts in the templates asked for; `spans` are (start, end, label) in code points.

    Spans are in order, do not overlap, and hold no white space at their ends. A span of NAME is one mention without
    title, credential or possessive ending: "Dr. [Ana Roe]'s", "[Roe, Ana]".
    """

    template: int
    text: str
    spans: tuple[tuple[int, int, str], ...]


def templates() -> tuple[str, ...]:
    """Every template, in the order of the files and of their places in them."""
    return _written()


@cache
def _written() -> tuple[str, ...]:
    found: list[str] = []
    for path in sorted(TEMPLATES.glob("*.txt")):
        blocks = re.split(r"\n{2,}", path.read_text("utf-8").strip("\n"))
        found += [re.sub(r"(?m)^\.$", "", block) for block in blocks if not block.startswith("#")]
    return tuple(found)


def is_negative(template: str) -> bool:
    """Whether no document made from this template can hold an identifier."""
    return not any(hit[1] in _SOMEBODY or is_labelled(hit[1]) for hit in _SLOT.finditer(template))


def documents(seed: int, count: int, templates: Sequence[str] | None = None) -> Iterator[Example]:
    """`count` documents, the same ones for the same `seed` and templates.

    Every template is used once before any is used twice. `templates` takes the place of all there are; so a caller
    can hold some back. Raises KeyError when a template names a slot that does not exist.
    """
    asked = _written() if templates is None else tuple(templates)
    rng = random.Random(seed)  # noqa: S311 - invented text, and it must repeat
    order: list[int] = []
    for _ in range(count):
        if not order:
            order = list(range(len(asked)))
            rng.shuffle(order)
        at = order.pop()
        case = rng.choices(range(len(_CASES)), _CASES)[0]
        yield assemble(at, recase(fill(settle(asked[at], rng), rng), case))


def settle(template: str, rng: random.Random) -> str:
    """A template with one alternative of each `[one|other]` taken."""
    return _CHOICE.sub(lambda hit: rng.choice(hit[1].split("|")), template)


def fill(template: str, rng: random.Random) -> tuple[Part, ...]:
    """A settled template as pieces of text with their labels; a slot named twice holds the same person or value."""
    cast: dict[str, Person] = {}
    held: dict[str, tuple[Part, ...]] = {}
    origin = "hispanic" if template.startswith("@es ") and rng.random() < 0.6 else ""
    template = template.removeprefix("@es ")
    parts: list[Part] = []
    done = 0
    for hit in _SLOT.finditer(template):
        parts.append((template[done : hit.start()], ""))
        done = hit.end()
        base, number, form, case = hit.groups()
        key = base + number
        if base in _SOMEBODY:
            if key not in cast:
                cast[key] = _somebody(base, cast, rng, origin)
            value: tuple[Part, ...] = ((write_name(cast[key], form or "full", rng), "NAME"),)
        else:
            if key not in held:
                held[key] = draw_value(base, rng)
            value = held[key]
        parts += [(_cased(text, case), label) for text, label in value]
    parts.append((template[done:], ""))
    return tuple(part for part in parts if part[0])


def _somebody(base: str, cast: dict[str, Person], rng: random.Random, origin: str) -> Person:
    if base != "kin":
        return draw_person(rng, origin)
    if "name" not in cast:
        cast["name"] = draw_person(rng, origin)
    return draw_person(rng, origin, last=cast["name"].last)


def _cased(text: str, case: str | None) -> str:
    return text.upper() if case == "u" else text.lower() if case == "l" else text


def recase(parts: Sequence[Part], case: int) -> tuple[Part, ...]:
    """The pieces with the whole document, or only its names and places, in one case."""
    if case == _AS_WRITTEN:
        return tuple(parts)
    upper = case in (_UPPER, _UPPER_VALUES)
    whole = case in (_LOWER, _UPPER)
    return tuple((_cased(text, "u" if upper else "l") if whole or label else text, label) for text, label in parts)


def assemble(template: int, parts: Sequence[Part]) -> Example:
    """The pieces as one text. Places are counted here, after every change of case: "ß" in capitals is two letters."""
    text, spans, at = "", list[tuple[int, int, str]](), 0
    for piece, label in parts:
        if label:
            spans.append((at, at + len(piece), label))
        text += piece
        at += len(piece)
    return Example(template, text, tuple(spans))
