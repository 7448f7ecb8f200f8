"""Two versions of a document line by line: what was added, removed, changed or moved, which numbers differ. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "changed", "added", "removed", "moved"]

ALIKE = 0.55  # share of words two lines have in common, in order, to be taken for one line that was changed
PAIRED = 60  # lines of one changed stretch that are compared each with each; of longer ones only the places count
NEARLY = 0.75  # the same for two lines that stand in different places
FEW = 4  # words below which lines in different places are not taken for each other
APART = 200  # lines of each side that are looked at for that
COMMON = 20  # times a line stands in a version before it is no landmark any more, only a neighbour of one
_NUMBER = re.compile(r"\d+(?:[.,/:-]\d+)*\s?%?")
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, item or row: code points `start:end` of the stored text of `page`."""

    page: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the comparison. `before` is None for an added line, `after` for a removed one; `numbers` pairs the
    numbers that differ in a changed line, in order, an empty string where one side has none."""

    kind: Kind
    before: Line | None
    after: Line | None
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of a changed line; `kept` when both sides have it."""

    text: str
    kept: bool


def compare(before: Sequence[Line], after: Sequence[Line]) -> list[Change]:
    """Every line of both versions, in the order of `after`, removed lines where they stood.

    Lines are equal when their words are, whatever the white space and the page (Ratcliff and Obershelp's matching
    through difflib). A line that was removed in one place and added in another with the same words was moved.
    """
    a, b = [_folded(line.text) for line in before], [_folded(line.text) for line in after]
    found = list[Change]()
    for tag, i1, i2, j1, j2 in _opcodes(a, b):
        if tag == "equal":
            found.extend(Change("same", before[i1 + n], after[j1 + n]) for n in range(i2 - i1))
        else:
            found.extend(_stretch(before[i1:i2], after[j1:j2]))
    return _reworded_elsewhere(_moved(found))


def _opcodes(a: Sequence[str], b: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """difflib's opcodes, with what both begin and end with set aside first. Lines that stand very often are matched
    only beside others, because each pair of them would be looked at in every step."""
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    often = {line for line, n in Counter(inner_b).items() if n > COMMON}
    matcher = SequenceMatcher(often.__contains__, inner_a, inner_b, autojunk=False)
    found = [("equal", 0, head, 0, head)] if head else []
    found += [(tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in matcher.get_opcodes()]
    return [*found, ("equal", len(a) - tail, len(a), len(b) - tail, len(b))] if tail else found


def _folded(text: str) -> str:
    return " ".join(text.split())


def _stretch(old: Sequence[Line], new: Sequence[Line]) -> list[Change]:
    """A stretch that differs: lines that are alike are paired in order, the rest is removed and added."""
    pairs = _pairs(old, new)
    found = list[Change]()
    i = j = 0
    for a, b in [*pairs, (len(old), len(new))]:
        found.extend(Change("removed", line, None) for line in old[i:a])
        found.extend(Change("added", None, line) for line in new[j:b])
        if a < len(old):
            found.append(Change("changed", old[a], new[b], changed_numbers(old[a].text, new[b].text)))
        i, j = a + 1, b + 1
    return found


def _pairs(old: Sequence[Line], new: Sequence[Line]) -> list[tuple[int, int]]:
    """Places of lines that are alike, rising on both sides: the heaviest such chain by dynamic programming."""
    if not old or not new or len(old) > PAIRED or len(new) > PAIRED:
        return []
    words_old, words_new = [_WORD.findall(x.text) for x in old], [_WORD.findall(x.text) for x in new]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[_likeness(a, b) for b in words_new] for a in words_old]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            together = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], together)
    pairs = list[tuple[int, int]]()
    i = j = 0
    while i < len(old) and j < len(new):
        if likeness[i][j] >= ALIKE and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(a: Sequence[str], b: Sequence[str], least: float = ALIKE) -> float:
    """The share of words two lines have in common, in order; 0.0 where it cannot reach `least`."""
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least else 0.0


def _moved(changes: Sequence[Change]) -> list[Change]:
    """Lines with the same words that were removed here and added there, shown once where they stand now."""
    gone: defaultdict[str, list[int]] = defaultdict(list)
    for place, change in enumerate(changes):
        if change.kind == "removed" and change.before is not None and len(change.before.text) >= 12:
            gone[_folded(change.before.text)].append(place)
    dropped = set[int]()
    found = list[Change]()
    for change in changes:
        places = gone.get(_folded(change.after.text)) if change.kind == "added" and change.after else None
        if places:
            place = places.pop(0)
            dropped.add(place)
            found.append(Change("moved", changes[place].before, change.after))
        else:
            found.append(change)
    return [c for place, c in enumerate(found) if place not in dropped]


def _reworded_elsewhere(changes: Sequence[Change]) -> list[Change]:
    """Lines that were removed here and stand elsewhere with nearly the same words: changed, shown where they stand now.

    Each added line takes the removed line most like it, best pairs first.
    """
    words = {n: _WORD.findall(_text(c)) for n, c in enumerate(changes) if c.kind in ("removed", "added")}
    gone = [n for n, found in words.items() if changes[n].kind == "removed" and len(found) >= FEW]
    come = [n for n, found in words.items() if changes[n].kind == "added" and len(found) >= FEW]
    if len(gone) > APART or len(come) > APART:
        return list(changes)
    alike = [(_likeness(words[i], words[j], NEARLY), i, j) for i in gone for j in come]
    pairs = dict[int, int]()
    for likeness, i, j in sorted(alike, key=lambda found: (-found[0], found[2], found[1])):
        if likeness >= NEARLY and i not in pairs.values() and j not in pairs:
            pairs[j] = i
    found = list[Change]()
    for place, change in enumerate(changes):
        if place in pairs:
            before = changes[pairs[place]].before
            numbers = changed_numbers(before.text if before else "", _text(change))
            found.append(Change("changed", before, change.after, numbers))
        elif place not in pairs.values():
            found.append(change)
    return found


def _text(change: Change) -> str:
    line = change.after or change.before
    return line.text if line else ""


def changed_numbers(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """The numbers that differ between two wordings, paired in order."""
    a = [" ".join(n.split()) for n in _NUMBER.findall(before)]
    b = [" ".join(n.split()) for n in _NUMBER.findall(after)]
    found = list[tuple[str, str]]()
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        old, new = a[i1:i2], b[j1:j2]
        length = max(len(old), len(new))
        found.extend((old[n] if n < len(old) else "", new[n] if n < len(new) else "") for n in range(length))
    return tuple(found)


def pieces(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both wordings of a changed line as runs of words that were kept and that were not."""
    a, b = before.split(), after.split()
    old, new = list[Piece](), list[Piece]()
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if i2 > i1:
            old.append(Piece(" ".join(a[i1:i2]), tag == "equal"))
        if j2 > j1:
            new.append(Piece(" ".join(b[j1:j2]), tag == "equal"))
    return old, new


def counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many lines of each kind."""
    found: dict[str, int] = dict.fromkeys(("same", "changed", "added", "removed", "moved"), 0)
    for change in changes:
        found[change.kind] += 1
    return found
