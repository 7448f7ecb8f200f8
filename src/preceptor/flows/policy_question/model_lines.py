"""A model may point at lines by their numbers and do nothing else: what it is shown, and how its reply is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from preceptor.deid.known_words import only_known_words
from preceptor.llm.model import Prompt

LINES = 90
"""Lines shown to the model, from the best passages."""
LONGEST = 600
"""Characters of a line that are shown; the quotation is the whole line all the same."""
MATERIAL = 24_000
"""Characters shown in all."""
MOST = 6
"""Lines a reply may point at."""

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": {"type": "integer", "minimum": 1}, "maxItems": MOST}},
    "required": ["lines"],
    "additionalProperties": False,
}

Broken = Literal["shape", "number", "too_many"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the model sees it, and where it stands: place `hit` in the list of hits, unit `unit` of its passage."""

    hit: int
    unit: int
    text: str


@dataclass(frozen=True)
class Pointed:
    """The lines a reply points at, in its order, each once; places in the sequence that was shown. May be empty."""

    places: tuple[int, ...]


@dataclass(frozen=True)
class NotPointed:
    """The reply is no list of line numbers. `why` is a stable word; nothing of the reply is kept."""

    why: Broken


def number_lines(units: Sequence[tuple[int, int, str]]) -> list[Shown]:
    """The lines to show from (hit, unit, text) in order of rank, up to LINES and MATERIAL, white space collapsed."""
    shown = list[Shown]()
    room = MATERIAL
    for hit, unit, text in units:
        line = " ".join(text.split())[:LONGEST]
        if not line:
            continue
        room -= len(line) + 8
        if room < 0 or len(shown) >= LINES:
            break
        shown.append(Shown(hit, unit, line))
    return shown


def ask_for_lines(question: str, shown: Sequence[Shown], sources: Sequence[str]) -> Prompt:
    """The prompt: the de-identified question, and each line behind its number; `sources` names the document per hit.

    A line cannot pass for another line or for the question: line ends are gone, and what looks like one of our
    markers inside a line is defused. Only known words are sent: the endpoint is not cleared for PHI.
    """
    parts = [f"QUESTION: {_plain(question)}", "LINES:"]
    last = -1
    for number, line in enumerate(shown, start=1):
        if line.hit != last:
            parts.append(f"SOURCE: {_plain(sources[line.hit])}")
            last = line.hit
        parts.append(f"[{number}] {_plain(line.text)}")
    return Prompt(instructions(), "\n".join(parts), SCHEMA, tokens=64)


_MARKER = re.compile(r"\[(?=\s*\d+\s*\])|(?<!\w)(QUESTION|LINES|SOURCE)(?=\s*:)|<\|[^|]{0,40}\|>|</?s>|\[/?INST\]")


def _plain(text: str) -> str:
    defused = _MARKER.sub(lambda m: f"({m[1].lower()})" if m[1] else "(", only_known_words(text))
    return " ".join(defused.split())


@cache
def instructions() -> str:
    """The prompt file; its digest goes into the log with every call."""
    return (Path(__file__).parent / "prompts" / "lines.md").read_text(encoding="utf-8")


def read_pointing(value: object, count: int) -> Pointed | NotPointed:
    """Line numbers 1..`count` out of a reply that is exactly `{"lines": [int, …]}`; anything else is not pointed.

    One wrong number refuses the whole reply: a model that invents a line is not trusted with the others.
    """
    if not isinstance(value, dict):
        return NotPointed("shape")
    reply = cast("dict[Any, Any]", value)
    if set(reply) != {"lines"} or not isinstance(reply["lines"], list):
        return NotPointed("shape")
    numbers = cast("list[Any]", reply["lines"])
    if len(numbers) > MOST:
        return NotPointed("too_many")
    if any(type(n) is not int or not 1 <= n <= count for n in numbers):
        return NotPointed("number")
    return Pointed(tuple(dict.fromkeys(n - 1 for n in numbers)))
