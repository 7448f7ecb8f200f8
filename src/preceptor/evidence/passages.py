"""Passages of a document over its stored page texts: headings followed, lists and table rows kept together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from preceptor.evidence.acronyms import expansions, learn_acronyms
from preceptor.evidence.lines import BULLET, NUMBERED, Line, is_bullet, read_lines
from preceptor.evidence.sentences import sentences

Kind = Literal["heading", "paragraph", "list", "table", "reference", "contents"]
UnitKind = Literal["sentence", "item", "row", "heading"]

TARGET = 900  # characters after which a passage ends at the next block
LIMIT = 1_500  # characters after which it ends at the next line
ITEM_WHOLE = 520  # a list item up to this length is one unit, a longer one is split into sentences
PATH_PARTS = 3
PART_LIMIT = 120
NARROW = 62  # pages whose full lines are shorter are set in columns, where a short line means nothing
PATH_MARK = " › "


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one page: code points `start:end` of its text, end exclusive. `heading` is the path above it."""

    page: int
    start: int
    end: int
    kind: Kind
    heading: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item or table row: code points `start:end` of the same page text, end exclusive."""

    start: int
    end: int
    kind: UnitKind


@dataclass(slots=True)
class _Open:
    """A passage being gathered."""

    lines: list[Line]
    kind: Kind
    heading: str


def build_passages(pages: Sequence[tuple[int, str]]) -> list[Passage]:
    """The passages of a document, in reading order, from (page number, stored text) pairs.

    Every passage lies on one page and starts and ends at a visible character. Running headers and footers are in
    none. Tables of contents and bibliographies are passages of kind "contents" and "reference": `index_texts` gives
    them nothing to be found by. A sentence that runs over a page break lies in two passages (see `runs_on`).
    """
    path = _Path()
    done = list[_Open]()
    current: _Open | None = None
    lines = [line for line in read_lines(pages) if line.role != "furniture"]
    for place, line in enumerate(lines):
        title = line.role in ("heading", "caption") and _is_title(lines, place)
        kind = _kind(line, lines, place)
        if title:
            path.enter(line)
        fresh = (
            current is None
            or current.lines[-1].page != line.page
            or (title and not _only_titles(current))
            or (kind in ("reference", "contents")) != (current.kind in ("reference", "contents"))
            or _full(current, line, lines, place)
        )
        if fresh or current is None:
            current = _Open([], kind, path.text())
            done.append(current)
        elif title:
            current.heading = path.text()
        current.lines.append(line)
        if current.kind == "heading" or (current.kind == "paragraph" and kind in ("list", "table")):
            current.kind = kind
    return [
        Passage(p.lines[0].page, p.lines[0].start, p.lines[-1].end, p.kind, p.heading, ordinal)
        for ordinal, p in enumerate(done)
    ]


class _Path:
    """The headings above the present line, outermost first."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, str]] = []

    def enter(self, line: Line) -> None:
        level = _level(line)
        while self._parts and self._parts[-1][0] >= level:
            self._parts.pop()
        self._parts.append((level, line.text[:PART_LIMIT]))

    def text(self) -> str:
        return PATH_MARK.join(words for _, words in self._parts[-PATH_PARTS:])


def _level(line: Line) -> int:
    """How deep a heading stands: parts and appendices, Roman, capital, number, letter, then unnumbered ones."""
    text = line.text
    forms = (
        r"(?:Appendix|Attachment|Part|Chapter|Annex)\b",
        r"[IVX]{1,5}[.)]\s",
        r"[A-Z][.)]\s",
        r"\d{1,2}(?:\.\d+)*[.)]?\s",
        r"[a-z][.)]\s",
    )
    for level, form in enumerate(forms):
        if re.match(form, text):
            return level
    return 7 if line.role == "caption" else 6


def _is_title(lines: Sequence[Line], place: int) -> bool:
    """Whether a heading-like line stands as one: what is above it has ended, and it is not a fragment of a table."""
    line = lines[place]
    before = lines[place - 1] if place else None
    after = lines[place + 1] if place + 1 < len(lines) else None
    if line.role == "caption":
        return True
    if after is None or after.page != line.page:
        return False
    numbered = re.match(r"[A-Za-z\dIVX.]{1,6}[.)]\s", line.text)
    if not numbered and ((before and before.role == "caption") or _in_table(lines, place)):
        return False  # the header row of a table reads like a heading
    ended = (
        before is None
        or before.page != line.page
        or before.role in ("heading", "caption", "item")
        or before.text[-1] in '.!?:;)]”"*'
        or before.text[-1].isdigit()
    )
    opens = after.text[:1].isupper() or not after.text[:1].isalpha() or after.text[:1] in "“‘'\"("
    return ended and opens and (after.role != "text" or len(after.text) > 24)


def _only_titles(current: _Open) -> bool:
    return all(line.role in ("heading", "caption") for line in current.lines)


def _kind(line: Line, lines: Sequence[Line], place: int) -> Kind:
    if line.role in ("reference", "contents"):
        return line.role
    if _in_bibliography(lines, place):
        return "reference"
    if line.role in ("heading", "caption"):
        return "heading"
    if line.role == "item":
        return "list"
    return "table" if _in_table(lines, place) else "paragraph"


def _in_bibliography(lines: Sequence[Line], place: int) -> bool:
    """Whether most lines around are references: their first lines alone do not always look like one."""
    near = [x for x in lines[max(0, place - 4) : place + 5] if x.page == lines[place].page]
    hits = sum(x.role == "reference" for x in near)
    return hits >= max(3, 0.34 * len(near))


def _in_table(lines: Sequence[Line], place: int) -> bool:
    """Whether the lines around are short cells rather than running text."""
    page = lines[place].page
    near = [x for x in lines[max(0, place - 2) : place + 3] if x.page == page]
    wide = page_width([x.text for x in lines[max(0, place - 60) : place + 60] if x.page == page])
    short = sum(len(x.text) < 0.6 * wide and x.text[-1] not in ".;" for x in near)
    return wide >= NARROW and short >= 0.6 * len(near)


def page_width(lines: Sequence[str]) -> int:
    """How long a full line of the page is, in characters: the eighth decile of its lines."""
    return sorted(len(x) for x in lines)[int(0.8 * (len(lines) - 1))] if lines else 0


def _full(current: _Open, line: Line, lines: Sequence[Line], place: int) -> bool:
    """Whether the passage is long enough to end before `line`."""
    size = line.end - current.lines[0].start
    if size <= TARGET:
        return False
    if size > LIMIT:
        return True
    before = lines[place - 1]
    if any(x.role == "item" and len(without_mark(x.text)) < 2 for x in (before,)):
        return False  # "7." stands on a line of its own above its text
    return line.role in ("item", "heading", "caption") or (before.text[-1] in ".!?:" and current.kind != "list")


def units(text: str, passage: Passage) -> list[Unit]:
    """The sentences, list items and table rows of `passage` in the page `text`, in order, without overlap.

    A numbered or bulleted item up to `ITEM_WHOLE` characters is one unit with all its lines; so is the strength
    that follows a recommendation in a table row. Lines that read like table cells are rows, one unit each.
    """
    found = list[Unit]()
    for group, kind in _groups(text, passage):
        start, end = group[0][0], group[-1][1]
        if kind != "sentence" and end - start <= ITEM_WHOLE:
            found.append(Unit(start, end, kind))
            continue
        for a, b in sentences(text[start:end]):
            found.append(Unit(start + a, start + b, "sentence" if kind == "sentence" else kind))
    return found


def _groups(text: str, passage: Passage) -> list[tuple[list[tuple[int, int]], UnitKind]]:
    """Runs of lines that belong together: a heading, an item with its continuation, a row, a paragraph."""
    lines = _places(text, passage.start, passage.end)
    wide = page_width([text[a:b] for a, b in _places(text, 0, len(text))])
    groups = list[tuple[list[tuple[int, int]], UnitKind]]()
    titles = set(passage.heading.split(PATH_MARK))
    for place, (start, end) in enumerate(lines):
        words = text[start:end]
        last = groups[-1] if groups else None
        if passage.kind == "heading" or (len(words) > 2 and words[:PART_LIMIT] in titles):
            groups.append(([(start, end)], "heading"))
        elif is_bullet(words):
            groups.append(([(start, end)], "item"))
        elif last is not None and last[1] == "item" and _labels(text, lines, place, wide):
            groups.append(([(start, end)], "row"))
        elif last is not None and last[1] == "item" and not _breaks_item(text, last[0], words, wide):
            last[0].append((start, end))
        elif last is not None and last[1] in ("sentence", "row") and _continues(text, last, words, wide):
            last[0].append((start, end))
            if last[1] == "row" and len(last[0]) > 2:
                groups[-1] = (last[0], "sentence")
        elif _cell(words, wide):
            groups.append(([(start, end)], "row"))
        elif last is not None and last[1] == "sentence" and not _starts_block(text, lines, place):
            last[0].append((start, end))
        else:
            groups.append(([(start, end)], "sentence"))
    return groups


def _places(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Start and end of each line in `text[start:end]`, outer white space and blank lines left out."""
    found = list[tuple[int, int]]()
    for match in re.finditer(r"[^\n]+", text[start:end]):
        words = match[0].strip()
        if words:
            at = start + match.start() + match[0].index(words[0])
            found.append((at, at + len(words)))
    return found


def _continues(text: str, last: tuple[list[tuple[int, int]], UnitKind], words: str, wide: int) -> bool:
    """Whether `words` go on with the sentence or row before: a full line that has not ended, a small letter."""
    before = text[last[0][-1][0] : last[0][-1][1]]
    if before[-1] in ".:?!;":
        return False
    if words[0].islower() and not re.match(r"[a-z]\s", words):
        return True
    return last[1] == "sentence" and len(before) >= 0.72 * wide and before[-1] in ",-(&/–"


def _labels(text: str, lines: list[tuple[int, int]], place: int, wide: int) -> bool:
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


def _breaks_item(text: str, item: list[tuple[int, int]], words: str, wide: int) -> bool:
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


def _cell(words: str, wide: int) -> bool:
    """Whether a line stands alone as a table row: on a page of wide lines, clearly shorter, no end of a sentence."""
    return wide >= NARROW and len(words) < 0.78 * wide and words[-1] not in ".;,"


def _starts_block(text: str, lines: list[tuple[int, int]], place: int) -> bool:
    """Whether a paragraph begins here: the line before ended early and with a sentence."""
    before = text[lines[place - 1][0] : lines[place - 1][1]]
    words = text[lines[place][0] : lines[place][1]]
    widest = max(end - start for start, end in lines)
    short = len(before) < 0.75 * widest
    return (short and before[-1] in ".!?:)" and words[0].isupper()) or bool(
        re.match(r"(?:Abbreviations?:|Notes?:|[*†‡]\s?\w)", words)
    )


def index_texts(passages: Sequence[Passage], pages: Mapping[int, str], title: str) -> list[str]:
    """The words each passage is found by: its heading path, its own words, and what its abbreviations stand for.

    Contents and references give "", so that nothing is found by them. The document's title is not added: which
    document a question names is settled before the search, and a title repeated in every passage tells none apart.
    Where a passage holds an abbreviation that the document explains, the long form is added, and the other way
    round; `title` is only searched for such explanations.
    """
    acronyms = learn_acronyms([title, *pages.values()])
    texts = list[str]()
    for passage in passages:
        if passage.kind in ("contents", "reference"):
            texts.append("")
            continue
        words = f"{passage.heading}\n{pages[passage.page][passage.start : passage.end]}"
        texts.append("\n".join([words, *expansions(words, acronyms)]))
    return texts


def runs_on(text: str, following: str) -> bool:
    """Whether the last sentence of passage text `text` goes on at the start of `following`, the next page's first."""
    return bool(text) and text.rstrip()[-1] not in ".!?:" and following.lstrip()[:1].islower()


def lead_in(text: str) -> bool:
    """Whether `text` announces what follows it: "… the following:"."""
    return text.rstrip().endswith(":") or re.search(r"\b(?:the following|as follows)\b[^.]{0,40}$", text) is not None


def without_mark(words: str) -> str:
    """A list item without its bullet or number."""
    match = BULLET.match(words) or NUMBERED.match(words)
    return words[match.end() :].strip() if match else words
