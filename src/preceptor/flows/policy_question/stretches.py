"""Which runs of lines may be quoted as one: a sentence, an item, a list with the line announcing it, table rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from preceptor.evidence.lines import BULLET
from preceptor.evidence.passages import Passage, Unit, lead_in, units

Kind = Literal["sentence", "item", "row", "heading", "list", "pair"]

LIST_LIMIT = 800  # characters of a list quoted whole
ROWS_LIMIT = 180  # characters of table rows quoted behind the row that matched: cells of one row may stand apart
PAIR_LIMIT = 420
_QUALIFIES = re.compile(
    r"(?:however|except(?:ion)?s?|unless|but|note|notwithstanding|nevertheless|in contrast|otherwise|this does not"
    r"|these do not|provided)\b",
    re.IGNORECASE,
)


_KEY = re.compile(r"(?:abbreviations?|notes?|source)s?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Units `first` to `last` of a passage: code points `start:end` of its page text."""

    first: int
    last: int
    start: int
    end: int
    kind: Kind


def stretches(text: str, passage: Passage) -> tuple[list[Unit], list[Stretch]]:
    """The units of a passage and every run of them that may be quoted, shortest kinds first."""
    parts = units(text, passage)
    found = list[Stretch]()
    for place, unit in enumerate(parts):
        if unit.kind != "heading":
            found.append(_run(parts, place, _row_end(parts, place), unit.kind))
        label = _is_label(text, parts, place)
        if unit.kind == "heading" or label or _announces(text, parts, place):
            last = _list_end(text, parts, place)
            if last > place:
                found.append(_run(parts, place, last, "list"))
        follows = parts[place + 1] if place + 1 < len(parts) else None
        if (
            unit.kind == "sentence"
            and follows
            and follows.kind == "sentence"
            and follows.end - unit.start <= PAIR_LIMIT
        ):
            found.append(_run(parts, place, place + 1, "pair"))
    if not found and parts:
        found.append(_run(parts, 0, len(parts) - 1, "heading"))
    return parts, found


_MARKS = re.compile(r"(?:\s*\[[\d,; –-]{1,20}\]|(?<=[:.])\d{1,3})+$")  # reference marks behind the colon
_FIRST = re.compile(r"\((?:i|a|1|A)\)\s")
_NEXT = re.compile(r"\((?:ii|b|2|B)\)\s")


def _announces(text: str, parts: list[Unit], place: int) -> bool:
    """Whether the unit announces what follows it, or holds the first member of a list that goes on behind it."""
    words = text[parts[place].start : parts[place].end]
    if lead_in(_MARKS.sub("", words.rstrip())):
        return True
    if place + 1 >= len(parts) or parts[place].kind != "sentence":
        return False
    follows = text[parts[place + 1].start : parts[place + 1].end]
    return _FIRST.search(words) is not None and _NEXT.match(follows) is not None


def whole(text: str, parts: list[Unit], stretch: Stretch, room: int, *, listed: bool) -> Stretch:
    """`stretch` with the list it announces; where a list is asked for (`listed`), an item with its whole list and the
    line announcing that. As it is when the whole is longer than `room`."""
    place = stretch.last
    if stretch.kind == "item" and listed:
        while place > 0 and parts[place].kind == "item":
            place -= 1
    if stretch.kind in ("list", "row", "heading") or not _announces(text, parts, place):
        return stretch
    last = _list_end(text, parts, place)
    grown = _run(parts, min(place, stretch.first), max(last, stretch.last), "list")
    return grown if last > place and grown.end - grown.start <= room else stretch


def _is_label(text: str, parts: list[Unit], place: int) -> bool:
    """Whether a short row stands above bulleted items and names them."""
    unit, follows = parts[place], parts[place + 1] if place + 1 < len(parts) else None
    if unit.kind != "row" or follows is None or follows.kind != "item" or unit.end - unit.start > 60:
        return False
    return BULLET.match(text[follows.start : follows.end]) is not None


def qualified(text: str, parts: list[Unit], stretch: Stretch, room: int) -> Stretch:
    """`stretch` with the sentence behind it when that one limits what was said ("However, …", "Unless …")."""
    last = stretch.last
    if last + 1 >= len(parts) or parts[last + 1].end - stretch.start > room:
        return stretch
    limits = _QUALIFIES.match(text[parts[last + 1].start : parts[last + 1].end])
    return _run(parts, stretch.first, last + 1, stretch.kind) if limits else stretch


def _run(parts: list[Unit], first: int, last: int, kind: Kind) -> Stretch:
    return Stretch(first, last, parts[first].start, parts[last].end, kind)


def _row_end(parts: list[Unit], place: int) -> int:
    """Rows behind a row, as long as they are short: pdfium writes the cells of one row below each other."""
    last = place
    if parts[place].cells and parts[place].header is not None:
        return last  # a whole row
    if parts[place].kind == "row":
        while (
            last + 1 < len(parts)
            and parts[last + 1].kind == "row"
            and parts[last + 1].end - parts[place].start <= ROWS_LIMIT
        ):
            last += 1
    return last


def _list_end(text: str, parts: list[Unit], place: int) -> int:
    """The last item, row or (below a heading) sentence that belongs to the line at `place` and still fits."""
    last = place
    kinds = {parts[place + 1].kind} if place + 1 < len(parts) else set[str]()
    while last + 1 < len(parts) and parts[last + 1].end - parts[place].start <= LIST_LIMIT:
        kind = parts[last + 1].kind
        if kind == "heading" and last > place and parts[last].kind != "heading":
            break
        if _KEY.match(text[parts[last + 1].start : parts[last + 1].end]):
            break
        if kind not in kinds and kind != "heading" and not {kind, *kinds} <= {"item", "row"}:
            break
        kinds.add(kind)
        last += 1
    return last
