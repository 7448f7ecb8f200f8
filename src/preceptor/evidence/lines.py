"""The lines of a document's pages, each with its exact place and what it is: heading, item, furniture, plain text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from preceptor.evidence.instructions import find_instructions
from preceptor.evidence.reading import PLAIN, PageLayout, Row

Role = Literal["text", "heading", "caption", "item", "furniture", "contents", "reference", "instruction"]

EDGE_LINES = 4  # running headers and footers stand within this many lines of a page's edge
WITHIN_SHARE = 0.2
MIN_REPEATS = 3  # a line is furniture when its form stands at the edge of at least this many pages …
REPEAT_SHARE = 0.06  # … and of at least this share of all pages

BULLET = re.compile(r"[•▪◦♦♢■□●○oο\ue000-\uf8ff‣⁃✓➢*–-](?=\s)")
NUMBERED = re.compile(r"\d{1,3}[.)](?=\s|$)|(?:\(\d{1,3}\)|\(?[a-z][.)]|\([a-z]\)|\(?[ivx]{2,5}[.)])(?=\s+\S)")
_CAPTION = re.compile(
    r"(?:Table|Figure|Sidebar|Box|Exhibit|Appendix|Attachment|Module|Section|Chapter|Part|Step|Schedule|Annex)"
    r"\s+[A-Z]?[-–.]?\d{0,3}[a-zA-Z]?(?:[-.–]\d{1,2})?\s*[:.—–-]\s+\S",
)
_OUTLINE = re.compile(r"(?:[IVX]{1,5}|[A-Z]|\d{1,2}(?:\.\d{1,2}){0,3}|[a-z])[.)]\s+(?=[A-Z“\"])")
_LEADERS = re.compile(r"\.{5,}|(?:\. ){4,}|_{5,}\s*\d")
_RULE = re.compile(r"[_=\-–—.\s|]+$")
_REFERENCE = re.compile(
    r"(?:^\d{1,3}\.\s+(?:[A-Z][\w'’-]+ ){1,3}[A-Z]{1,3}[,.]\s|\bet al\b.{0,200}"
    r"\b(?:19|20)\d\d\b.{0,80}[;:]|\bPMID\b|\bdoi:|\b(?:19|20)\d\d;\s?\d+(?:\(\d+\))?:\s?\w?\d+)"
)
_STRATEGY = re.compile(  # the search strategies that reviews print: "exp hypertension/ OR …:ti,ab"
    r"/exp\b|:ti\b|\.(?:ti|ab|mp|kw)[,.]|\bNEAR/\d|\badj\d|\w\*.*\bOR\b|\bOR\b.*\bOR\b.*\bOR\b"
    r"|^#\d+ (?:Combine|AND|OR|\#)|#\d+ (?:AND|OR) #"
)
_DIGITS = re.compile(r"\d+|\b[IVXivx]{1,7}\b(?=[-‐–]#|\s*$)")
_SMALL_WORDS = """
a an and as at by for from in into of on or per the to under with vs via
"""
_SMALL = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its outer white space: the page's text from `start` to `end` (code points, end exclusive).

    `row` is the table row it belongs to, where the page's layout knows one. Where the page has marks of its own
    (`marked`), `level` is that of a heading.
    """

    page: int
    start: int
    end: int
    text: str
    role: Role
    row: Row | None = None
    marked: bool = False
    level: int | None = None


def read_lines(pages: Sequence[tuple[int, str]], layouts: Mapping[int, PageLayout] | None = None) -> list[Line]:
    """All non-blank lines of the pages in order, each with its role; `layouts` by page number.

    Running headers and footers are found by repetition: the same words, numbers aside, at the edge of many pages.
    """
    raw = [(number, _split(text)) for number, text in pages]
    texts = dict(pages)
    repeated = _repeated([[text for _, _, text in lines] for _, lines in raw])
    found = list[Line]()
    for number, lines in raw:
        furniture = _edges([text for _, _, text in lines], repeated)
        contents = sum(_LEADERS.search(text) is not None for _, _, text in lines) > 0.3 * len(lines)
        layout = layouts.get(number, PLAIN) if layouts else PLAIN
        orders = find_instructions(texts[number])
        for place, (start, end, text) in enumerate(lines):
            line = Line(number, start, end, text, "furniture" if place in furniture else "contents")
            if layout.marked:
                line = _by_marks(line, layout, texts[number])
            elif place not in furniture:
                role: Role = "contents" if contents else _role(text)
                line = replace(line, role=role, row=layout.row_at(start) if layout.rows else None)
            block = layout.block_in(start, end)
            low, high = (block.start, block.end) if block is not None else (start, end)
            told = any(order.start < high and low < order.end for order in orders)
            if told or _goes_on(found[-1:], line):
                line = replace(line, role="instruction")
            found.append(line)
    return found


def _goes_on(before: Sequence[Line], line: Line) -> bool:
    """Whether the line goes on the sentence of an instruction above it."""
    if not before or before[0].role != "instruction" or before[0].page != line.page or line.marked:
        return False
    return before[0].text[-1] not in ".!?:" and line.role not in ("heading", "caption", "item", "furniture")


def _by_marks(line: Line, layout: PageLayout, page: str) -> Line:
    """The line of a page with marks: what the marks say, else, of a line that is a paragraph, what it looks like."""
    line = replace(line, marked=True)
    row = next((r for at in (line.start, line.start + 2) if (r := layout.row_at(at)) is not None), None)
    if row is not None:
        return replace(line, start=row.start, end=row.end, text=page[row.start : row.end], role="text", row=row)
    block = layout.block_in(line.start, line.end)
    if block is None:
        return replace(line, role="furniture")
    start, end = max(line.start, block.start), min(line.end, block.end)
    line = replace(line, start=start, end=end, text=page[start:end])
    if block.kind == "heading":
        return replace(line, role="heading", level=block.level)
    if block.kind == "item" and start == block.start:
        return replace(line, role="item")
    look = _role(line.text)
    alone = block.kind == "text" and (start, end) == (block.start, block.end)
    return replace(line, role=look if look == "reference" or (alone and look != "item") else "text")


def _split(text: str) -> list[tuple[int, int, str]]:
    """Start, end and words of each line that is not blank."""
    found = list[tuple[int, int, str]]()
    at = 0
    for piece in text.split("\n"):
        words = piece.strip()
        if words:
            start = at + piece.index(words[0])
            found.append((start, start + len(words), words))
        at += len(piece) + 1
    return found


def _form(text: str) -> str:
    """A line as furniture is compared: lower case, numbers replaced, spaces dropped."""
    return re.sub(r"\s+", "", _DIGITS.sub("#", text)).casefold()


def _repeated(pages: Sequence[Sequence[str]]) -> set[str]:
    """Forms that stand at an edge of enough pages, and hardly ever between the edges: rows and entries that are
    alike but for their numbers fill the pages, and losing those at the edges would lose content."""
    counts, within = Counter[str](), Counter[str]()
    for lines in pages:
        edge = [*lines[:EDGE_LINES], *lines[-EDGE_LINES:]]
        counts.update({_form(text) for text in edge})
        within.update(_form(text) for text in lines[EDGE_LINES:-EDGE_LINES])
    least = max(MIN_REPEATS, round(REPEAT_SHARE * len(pages)))
    return {form for form, count in counts.items() if count >= least and within[form] <= WITHIN_SHARE * count}


def _edges(lines: Sequence[str], repeated: set[str]) -> set[int]:
    """Places of furniture: from each edge inward, as long as lines are repeated ones, rules or page numbers."""
    found = set[int]()
    for order in (range(len(lines)), range(len(lines) - 1, -1, -1)):
        for count, place in enumerate(order):
            text = lines[place]
            plain = bool(_RULE.match(text)) or (count < 2 and re.fullmatch(r"[-–\s]*\d{1,4}[-–\s]*", text) is not None)
            if count < EDGE_LINES and (plain or _form(text) in repeated):
                found.add(place)
            else:
                break
    return found


def _role(text: str) -> Role:
    if _RULE.match(text):
        return "furniture"
    if _LEADERS.search(text):
        return "contents"
    if _CAPTION.match(text) and len(text) <= 160:
        return "caption"
    if _REFERENCE.search(text) or _STRATEGY.search(text):
        return "reference"
    if BULLET.match(text):
        return "item"
    if looks_like_heading(text):
        return "heading"
    if NUMBERED.match(text):
        return "item"
    return "text"


def looks_like_heading(text: str) -> bool:
    """A short line in title case, or numbered as an outline is, that does not end like a sentence or a clause."""
    if not 3 <= len(text) <= 110 or text[-1] in ".,;:!?)]=" or not any(c.isalpha() for c in text):
        return text.endswith(("(cont.)", "(New)", "(new)", "(continued)")) and len(text) <= 110 and text[0].isupper()
    numbered = _OUTLINE.match(text)
    body = text[numbered.end() :] if numbered else text
    words = re.findall(r"[A-Za-z][A-Za-z'’/-]*", body)
    if not words or len(words) > 14 or re.search(r"\d\s*(?:mg|%|mL|mm|g|kg)\b|[<>≥≤=]", body):
        return False
    long = [w for w in words if w.lower() not in _SMALL]
    capital = sum(w[0].isupper() for w in long)
    if not long or not body[0].isupper() or words[-1].lower() in _SMALL:
        return False
    return capital >= max(1, 0.75 * len(long)) if numbered or len(long) >= 2 else False


def is_bullet(text: str) -> bool:
    """Whether the line opens a list item, by bullet or number."""
    return BULLET.match(text) is not None or NUMBERED.match(text) is not None
