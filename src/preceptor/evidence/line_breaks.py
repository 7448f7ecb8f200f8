"""Where a line goes on with what stands before it and where something new begins, by its words and length alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from preceptor.evidence.lines import BULLET, NUMBERED

NARROW = 62  # pages whose full lines are shorter are set in columns, where a short line means nothing


def page_width(lines: Sequence[str]) -> int:
    """How long a full line of the page is, in characters: the eighth decile of its lines."""
    return sorted(len(x) for x in lines)[int(0.8 * (len(lines) - 1))] if lines else 0


def continues(text: str, last: tuple[list[tuple[int, int]], str], words: str, wide: int) -> bool:
    """Whether `words` go on with the sentence or row before: a full line that has not ended, a small letter."""
    before = text[last[0][-1][0] : last[0][-1][1]]
    if before[-1] in ".:?!;":
        return False
    if words[0].islower() and not re.match(r"[a-z]\s", words):
        return True
    return last[1] == "sentence" and len(before) >= 0.72 * wide and before[-1] in ",-(&/–"


def labels_a_list(text: str, lines: list[tuple[int, int]], place: int, wide: int) -> bool:
    """Whether the line is a short label above a list: the item before it has ended and an item follows."""
    words = text[lines[place][0] : lines[place][1]]
    before = text[lines[place - 1][0] : lines[place - 1][1]]
    follows = text[lines[place + 1][0] : lines[place + 1][1]] if place + 1 < len(lines) else ""
    short = len(words) <= min(48, 0.6 * wide) and words[0].isupper() and words[-1] not in ".;,"
    return short and not _open_end(before) and BULLET.match(follows) is not None


_OPEN_WORDS = """
a an the of and or to for in on with by as at from than is are be if when that which mm
"""
_OPEN = frozenset(_OPEN_WORDS.split())


def _open_end(line: str) -> bool:
    """Whether a line cannot end here: a comma, an opening bracket, a little word, a list mark alone."""
    return line[-1] in ",-–(/&" or line.rsplit(None, 1)[-1].lower() in _OPEN or len(without_mark(line)) < 2


def breaks_item(text: str, item: list[tuple[int, int]], words: str, wide: int) -> bool:
    """Whether `words` begins something new after an item."""
    previous = text[item[-1][0] : item[-1][1]]
    if len(item) == 1 and len(without_mark(previous)) < 2:
        return False
    if re.match(r"(?:Abbreviations?|Notes?|Source|Discussion|\*|[†‡§]|\d{1,2} [A-Z][a-z])", words):
        return True
    ended = previous[-1] in ".;" and words[0].isupper()
    grade = re.match(
        r"\(?(?:strong|weak|neither|conditional|grade|level|class|not |reviewed|amended|new-)", words, re.I
    )
    column = max(end - start for start, end in item) if len(item) > 1 else wide
    if len(previous) < 0.5 * column and words[0].isupper() and not grade and not _open_end(previous):
        return True  # the item's last line ended early: what follows is another cell or paragraph
    return ended and not grade and len(words) > 60


def is_cell(words: str, wide: int) -> bool:
    """Whether a line stands alone as a table row: on a page of wide lines, clearly shorter, no end of a sentence."""
    return wide >= NARROW and len(words) < 0.78 * wide and words[-1] not in ".;,"


def starts_block(text: str, lines: list[tuple[int, int]], place: int) -> bool:
    """Whether a paragraph begins here: the line before ended early and with a sentence."""
    before = text[lines[place - 1][0] : lines[place - 1][1]]
    words = text[lines[place][0] : lines[place][1]]
    widest = max(end - start for start, end in lines)
    short = len(before) < 0.75 * widest
    return (short and before[-1] in ".!?:)" and words[0].isupper()) or bool(
        re.match(r"(?:Abbreviations?:|Notes?:|[*†‡]\s?\w)", words)
    )


def without_mark(words: str) -> str:
    """A list item without its bullet or number."""
    match = BULLET.match(words) or NUMBERED.match(words)
    return words[match.end() :].strip() if match else words
