"""Passages of a document over its stored page texts: headings followed, lists and table rows kept together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from preceptor.evidence.acronyms import expansions, learn_acronyms
from preceptor.evidence.line_breaks import (
    NARROW,
    breaks_item,
    continues,
    is_cell,
    labels_a_list,
    page_width,
    starts_block,
    without_mark,
)
from preceptor.evidence.lines import BULLET, Line, is_bullet, read_lines
from preceptor.evidence.reading import PLAIN, Header, PageLayout, Row, Span
from preceptor.evidence.sentences import sentences

Kind = Literal["heading", "paragraph", "list", "table", "reference", "contents", "instruction"]
UnitKind = Literal["sentence", "item", "row", "heading"]

TARGET = 900  # characters after which a passage ends at the next block
LIMIT = 1_500  # characters after which it ends at the next line
ITEM_WHOLE = 520  # a list item up to this length is one unit, a longer one is split into sentences
ROW_WHOLE = 160  # a table row with a header up to this length is one unit; a longer one is read line by line
PATH_PARTS = 3
PART_LIMIT = 120
PATH_MARK = " › "
APART: tuple[Kind, ...] = ("reference", "contents", "instruction")
"""Kinds of passages that are found by nothing and are no answer to anything."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one page: code points `start:end` of its reading text, end exclusive. `heading` is the path above.

    The reading text is the stored text unless `layout`, which is the page's, has another order.
    """

    page: int
    start: int
    end: int
    kind: Kind
    heading: str
    ordinal: int
    layout: PageLayout = field(default=PLAIN, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item or table row: code points `start:end` of the same page text, end exclusive.

    What the page's layout knows of it: the header of the table it stands in, its `cells` when it is a whole row, and
    the footnote whose mark stands in it (`note`, in the same text).
    """

    start: int
    end: int
    kind: UnitKind
    header: Header | None = None
    cells: tuple[Span, ...] = ()
    note: Span | None = None


@dataclass(slots=True)
class _Open:
    """A passage being gathered."""

    lines: list[Line]
    kind: Kind
    heading: str


def build_passages(pages: Sequence[tuple[int, str]], layouts: Mapping[int, PageLayout] | None = None) -> list[Passage]:
    """The passages of a document, in reading order, from (page number, reading text) pairs and layouts by number.

    Every passage lies on one page and starts and ends at a visible character. Running headers and footers are in
    none. Tables of contents, bibliographies and words that speak to a machine are passages of a kind of their own
    (`APART`): `index_texts` gives them nothing to be found by. A sentence that runs over a page break lies in two
    passages (see `runs_on`).
    """
    path = _Path()
    done = list[_Open]()
    current: _Open | None = None
    lines = [line for line in read_lines(pages, layouts) if line.role != "furniture"]
    names = [line for line in lines if line.level == 1]
    for place, line in enumerate(lines):
        title = line.role in ("heading", "caption") and _is_title(lines, place)
        kind = _kind(line, lines, place)
        if title:
            path.enter(line, names_all=names == [line])
        fresh = (
            current is None
            or current.lines[-1].page != line.page
            or (title and not _only_titles(current))
            or (kind in APART) != (current.kind in APART)
            or (kind == "instruction") != (current.kind == "instruction")
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
    known = layouts or {}
    return [
        Passage(page, p.lines[0].start, p.lines[-1].end, p.kind, p.heading, ordinal, known.get(page, PLAIN))
        for ordinal, p in enumerate(done)
        for page in (p.lines[0].page,)
    ]


class _Path:
    """The headings above the present line, outermost first."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, str]] = []

    def enter(self, line: Line, *, names_all: bool = False) -> None:
        """Below `line`. What names the whole document stands above its own words only: it tells no passages apart."""
        level = 9 if names_all else _level(line)
        while self._parts and (self._parts[-1][0] >= level or names_all):
            self._parts.pop()
        self._parts.append((level, line.text[:PART_LIMIT]))

    def text(self) -> str:
        return PATH_MARK.join(words for _, words in self._parts[-PATH_PARTS:])


def _level(line: Line) -> int:
    """How deep a heading stands: parts and appendices, Roman, capital, number, letter, then unnumbered ones."""
    if line.level is not None:
        return line.level
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
    if line.role == "caption" or line.level is not None:
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
    if line.role in ("reference", "contents", "instruction"):
        return line.role
    if _in_bibliography(lines, place):
        return "reference"
    if line.role in ("heading", "caption"):
        return "heading"
    if line.role == "item":
        return "list"
    if line.marked:
        return "table" if line.row is not None else "paragraph"
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


def _full(current: _Open, line: Line, lines: Sequence[Line], place: int) -> bool:
    """Whether the passage is long enough to end before `line`."""
    size = line.end - current.lines[0].start
    if size <= TARGET:
        return False
    if line.row is not None and line.row is current.lines[-1].row and line.row.end - line.row.start <= ROW_WHOLE:
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
    that follows a recommendation in a table row. A row that the page's layout knows is one unit up to `ROW_WHOLE`
    unless it holds a list; otherwise lines that read like table cells are rows, one unit each. `text` is the page's
    reading text.
    """
    found = list[Unit]()
    for group, kind in _groups(text, passage):
        start, end = group[0][0], group[-1][1]
        if kind != "sentence" and end - start <= ITEM_WHOLE:
            found.append(Unit(start, end, kind))
            continue
        for a, b in sentences(text[start:end]):
            found.append(Unit(start + a, start + b, "sentence" if kind == "sentence" else kind))
    layout = passage.layout
    return [_laid_out(unit, layout) for unit in found] if layout.rows or layout.notes else found


def _laid_out(unit: Unit, layout: PageLayout) -> Unit:
    """The unit with what the layout knows of it."""
    row = layout.row_at(unit.start)
    note = next((n.note for n in layout.notes if unit.start <= n.mark[0] and n.mark[1] <= unit.end), None)
    if row is None:
        return unit if note is None else replace(unit, note=note)
    header = None if row.header is None else layout.headers[row.header]
    whole = unit.start <= row.start and row.end <= unit.end
    return replace(unit, header=header, cells=row.cells if whole else (), note=note)


def _groups(text: str, passage: Passage) -> list[tuple[list[tuple[int, int]], UnitKind]]:
    """Runs of lines that belong together: a heading, an item with its continuation, a row, a paragraph."""
    if passage.layout.marked:
        return _marked_groups(text, passage)
    lines = _places(text, passage.start, passage.end)
    wide = page_width([text[a:b] for a, b in _places(text, 0, len(text))])
    groups = list[tuple[list[tuple[int, int]], UnitKind]]()
    titles = set(passage.heading.split(PATH_MARK))
    row: Row | None = None
    for place, (start, end) in enumerate(lines):
        words = text[start:end]
        before, row = row, _short_row(text, passage.layout, start)
        last = groups[-1] if groups and before is None else None
        if row is not None:
            before_it = groups.pop()[0] if row is before else []
            groups.append(([*before_it, (start, end)], "row"))
        elif passage.kind == "heading" or (len(words) > 2 and words[:PART_LIMIT] in titles):
            groups.append(([(start, end)], "heading"))
        elif is_bullet(words):
            groups.append(([(start, end)], "item"))
        elif last is not None and last[1] == "item" and labels_a_list(text, lines, place, wide):
            groups.append(([(start, end)], "row"))
        elif last is not None and last[1] == "item" and not breaks_item(text, last[0], words, wide):
            last[0].append((start, end))
        elif last is not None and last[1] in ("sentence", "row") and continues(text, last, words, wide):
            last[0].append((start, end))
            if last[1] == "row" and len(last[0]) > 2:
                groups[-1] = (last[0], "sentence")
        elif is_cell(words, wide):
            groups.append(([(start, end)], "row"))
        elif last is not None and last[1] == "sentence" and not starts_block(text, lines, place):
            last[0].append((start, end))
        else:
            groups.append(([(start, end)], "sentence"))
    return groups


def _marked_groups(text: str, passage: Passage) -> list[tuple[list[tuple[int, int]], UnitKind]]:
    """The blocks and table rows that the marks of the page tell apart; what is only a mark is left out."""
    layout = passage.layout
    kinds: dict[str, UnitKind] = {"heading": "heading", "item": "item", "text": "sentence"}
    spans: list[tuple[int, int, UnitKind]] = [
        *((row.start, row.end, "row") for row in layout.rows),
        *((block.start, block.end, kinds[block.kind]) for block in layout.blocks),
    ]
    return [
        ([(max(start, passage.start), min(end, passage.end))], kind)
        for start, end, kind in sorted(spans)
        if start < passage.end and passage.start < end
    ]


def _short_row(text: str, layout: PageLayout, place: int) -> Row | None:
    """The row at `place` when it has a header, is short and holds no list."""
    row = layout.row_at(place) if layout.rows else None
    if row is None or row.header is None or row.end - row.start > ROW_WHOLE:
        return None
    bullets = sum(BULLET.match(line.strip()) is not None for line in text[row.start : row.end].split("\n"))
    return row if bullets < 2 else None


def _places(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Start and end of each line in `text[start:end]`, outer white space and blank lines left out."""
    found = list[tuple[int, int]]()
    for match in re.finditer(r"[^\n]+", text[start:end]):
        words = match[0].strip()
        if words:
            at = start + match.start() + match[0].index(words[0])
            found.append((at, at + len(words)))
    return found


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
        if passage.kind in APART:
            texts.append("")
            continue
        heads = "\n".join(header.text for header in passage.layout.headers if _brought_along(header, passage))
        words = f"{passage.heading}\n{heads}\n{pages[passage.page][passage.start : passage.end]}"
        texts.append("\n".join([words, *expansions(words, acronyms)]))
    return texts


def _brought_along(header: Header, passage: Passage) -> bool:
    """Whether the passage holds rows below a header that stands outside it."""
    layout = passage.layout
    place = layout.headers.index(header)
    held = any(row.header == place and passage.start <= row.start < passage.end for row in layout.rows)
    spans = [span for span in header.spans if header.page == passage.page]
    inside = [layout.reading(*span) for span in spans]
    return held and not any(at is not None and passage.start <= at[0] < passage.end for at in inside)


def runs_on(text: str, following: str) -> bool:
    """Whether the last sentence of passage text `text` goes on at the start of `following`, the next page's first."""
    return bool(text) and text.rstrip()[-1] not in ".!?:" and following.lstrip()[:1].islower()


def lead_in(text: str) -> bool:
    """Whether `text` announces what follows it: "… the following:"."""
    return text.rstrip().endswith(":") or re.search(r"\b(?:the following|as follows)\b[^.]{0,40}$", text) is not None
