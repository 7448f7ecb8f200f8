"""HTML as a reader sees it, written as Markdown-like text: headings, lists, tables by rows, notes; nothing hidden.

What cannot be seen is left out and counted by kind: `hidden_attribute` (hidden, aria-hidden, a closed dialog),
`style_none` (display, visibility, moved or cut away), `tiny` (under two points), `same_colour` (in the colour of its
ground), `struck` (crossed out), `too_deep` (inside more elements than are followed). Style sheets are not applied: what
stands on an element and on those around it decides. Raised digits are written `6^1`, so that none joins a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from preceptor.evidence.parsing.looks import PAPER, Looks, looks_of

_SKIPPED = """
script style template noscript head iframe object embed svg math canvas audio video select datalist nav input textarea
"""
_BLOCKS = """
address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form header
hgroup html legend main p section summary
"""
SKIPPED, BLOCKS = frozenset(_SKIPPED.split()), frozenset(_BLOCKS.split())
HEADINGS = {f"h{n}": n for n in range(1, 7)}
TEXT = "-text"
DEEPEST = 200
"""Elements inside each other that are followed."""
WIDEST, LONGEST = 60, 1_000
"""Columns and rows one cell may span."""
_ORDINAL = re.compile(r"(?:st|nd|rd|th|[®™ªº])", re.IGNORECASE)


@dataclass(frozen=True)
class Markup:
    """The text, the document's own title, and the characters left out by kind."""

    text: str
    title: str | None
    hidden: dict[str, int]


@dataclass
class _Writer:
    """Lines as they are written: a blank line ends a block."""

    hidden: Counter[str]
    lines: list[str] = field(default_factory=list[str])
    line: str = ""

    def words(self, text: str) -> None:
        """Text of a running line, white space collapsed as a browser does."""
        folded = re.sub(r"[ \t\r\n\f]+", " ", text)
        if not self.line or self.line.endswith((" ", "\n")):
            folded = folded.lstrip(" ")
        self.line += folded

    def end(self) -> None:
        """The running line is done."""
        text = self.line.strip(" ")
        self.line = ""
        if text:
            self.lines.extend(part.strip() for part in text.split("\n") if part.strip())

    def block(self) -> None:
        """A block ends: the next one stands apart."""
        self.end()
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def text(self) -> str:
        """Everything written."""
        self.block()
        return "\n".join(self.lines).strip("\n") + "\n" if self.lines else ""

    def leave_out(self, node: LexborNode, kind: str) -> None:
        """Count what is inside `node` as hidden."""
        self.hidden[kind] += len("".join(node.text(deep=True).split()))


def read_markup(html: str) -> Markup:
    """The visible text of a page of HTML. Any text is HTML: there is nothing to refuse."""
    tree = LexborHTMLParser(html)
    found = tree.css_first("title")
    title = " ".join(found.text(deep=True).split())[:300] if found is not None else ""
    writer = _Writer(Counter())
    body = tree.body
    if body is not None:
        looks = looks_of(tree.root, PAPER) if tree.root is not None else PAPER
        inside = looks_of(body, looks) if not isinstance(looks, str) else looks
        if isinstance(inside, str):
            writer.leave_out(body, inside)
        else:
            _flow(body, writer, 0, inside)
    return Markup(writer.text(), title or None, {k: n for k, n in writer.hidden.items() if n})


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _flow(node: LexborNode, writer: _Writer, depth: int, looks: Looks) -> None:
    """Write what is inside `node`."""
    if depth > DEEPEST:
        writer.leave_out(node, "too_deep")
        return
    for child in _children(node):
        _node(child, writer, depth, looks)


def _node(node: LexborNode, writer: _Writer, depth: int, looks: Looks) -> None:
    """Write a text or an element, or count it as hidden."""
    tag = node.tag or "-"
    if tag == TEXT:
        text = node.text_content or ""
        if looks.unseen:
            writer.hidden[looks.unseen] += len("".join(text.split()))
        else:
            writer.words(text)
        return
    if tag.startswith(("-", "_", "!")) or tag in SKIPPED:
        return
    inside = looks_of(node, looks)
    if isinstance(inside, str):
        writer.leave_out(node, inside)
    else:
        _element(node, tag, writer, depth, inside)


def _element(node: LexborNode, tag: str, writer: _Writer, depth: int, looks: Looks) -> None:
    if tag in HEADINGS:
        writer.block()
        _flow(node, writer, depth + 1, looks)
        words = " ".join(writer.line.split())
        writer.line = ""
        if words:
            writer.lines.append("#" * HEADINGS[tag] + " " + words)
        writer.block()
    elif tag == "br":
        writer.line = writer.line.rstrip(" ") + "\n"
    elif tag == "sup":
        _raised(node, writer, depth, looks)
    elif tag in ("ul", "ol", "menu"):
        _list(node, tag == "ol", writer, depth, looks, 0)
        writer.block()
    elif tag == "table":
        _table(node, writer, depth, looks)
    elif tag == "pre":
        _preformatted(node, writer, depth, looks)
    elif tag in BLOCKS or tag == "hr":
        writer.block()
        _flow(node, writer, depth + 1, looks)
        writer.block()
    else:
        _flow(node, writer, depth + 1, looks)


def _raised(node: LexborNode, writer: _Writer, depth: int, looks: Looks) -> None:
    """A raised mark behind a word or number: told apart from it, unless it is an ordinal's ending."""
    inner = _Writer(writer.hidden)
    _flow(node, inner, depth + 1, looks)
    words = " ".join(inner.text().split())
    joined = bool(writer.line) and not writer.line[-1].isspace() and words[:1].isalnum()
    plain = _ORDINAL.fullmatch(words) is not None
    writer.words(("^" if joined and not plain else "") + words)


def _preformatted(node: LexborNode, writer: _Writer, depth: int, looks: Looks) -> None:
    """Lines as they are written."""
    writer.block()
    held = list[str]()
    stack: list[tuple[LexborNode, Looks]] = [(node, looks)]
    while stack:
        here, own = stack.pop()
        if (here.tag or "-") == TEXT:
            if own.unseen:
                writer.hidden[own.unseen] += len("".join((here.text_content or "").split()))
            else:
                held.append(here.text_content or "")
            continue
        for child in reversed(list(_children(here))):
            tag = child.tag or "-"
            inside = own if tag == TEXT else looks_of(child, own)
            if tag != TEXT and (tag.startswith(("-", "_", "!")) or tag in SKIPPED):
                continue
            if isinstance(inside, str):
                writer.leave_out(child, inside)
            else:
                stack.append((child, inside))
    writer.lines.extend(line.rstrip() for line in "".join(held).splitlines())
    writer.block()


def _list(node: LexborNode, ordered: bool, writer: _Writer, depth: int, looks: Looks, level: int) -> None:
    """Items one a line, nested ones indented; numbers where the list has them. What is no item is written as it is."""
    if level:
        writer.end()
    else:
        writer.block()
    start = node.attributes.get("start") or "1"
    number = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
    for item in _children(node):
        tag = item.tag or "-"
        if tag != "li":
            _nested(item, writer, depth, looks, level)
            continue
        inside = looks_of(item, looks)
        if isinstance(inside, str) or depth > DEEPEST:
            writer.leave_out(item, inside if isinstance(inside, str) else "too_deep")
            continue
        inner = _Writer(writer.hidden)
        nested = list[LexborNode]()
        for child in _children(item):
            if (child.tag or "-") in ("ul", "ol", "menu"):
                nested.append(child)
            else:
                _node(child, inner, depth + 1, inside)
        words = " ".join(inner.text().split())
        writer.end()
        if words:
            writer.lines.append("  " * level + (f"{number}. " if ordered else "- ") + words)
        number += 1
        for child in nested:
            _nested(child, writer, depth + 1, inside, level)
    writer.end()


def _nested(node: LexborNode, writer: _Writer, depth: int, looks: Looks, level: int) -> None:
    """What stands in a list without being an item: a list inside it one level deeper, anything else as it is."""
    tag = node.tag or "-"
    if tag not in ("ul", "ol", "menu"):
        _node(node, writer, depth + 1, looks)
        return
    inside = looks_of(node, looks)
    if isinstance(inside, str):
        writer.leave_out(node, inside)
    else:
        _list(node, tag == "ol", writer, depth + 1, inside, level + 1)


def _table(node: LexborNode, writer: _Writer, depth: int, looks: Looks) -> None:
    """Rows one a line between bars; the caption above, the header row told by a rule below it, as in Markdown.

    A cell over several rows or columns is written in each of them, so that no cell slips under another's header.
    """
    writer.block()
    rows = list[tuple[bool, list[str]]]()
    spanning: dict[int, tuple[int, str]] = {}  # column → rows left, text
    for row, inside in _rows(node, writer, looks, depth):
        cells, heads = list[str](), list[bool]()

        def fill(held: list[str] = cells) -> None:
            while (found := spanning.get(len(held))) is not None and found[0] > 0:
                spanning[len(held)] = (found[0] - 1, found[1])
                held.append(found[1])

        for cell in _children(row):
            if (cell.tag or "-") not in ("td", "th"):
                continue
            fill()
            text = _cell(cell, writer, depth, inside)
            wide, high = _span(cell, "colspan", WIDEST), _span(cell, "rowspan", LONGEST)
            for _ in range(wide):
                spanning[len(cells)] = (high - 1, text)
                cells.append(text)
            heads.append(cell.tag == "th")
        fill()
        if any(cells):
            rows.append((bool(heads) and all(heads), cells))
    for place, (head, cells) in enumerate(rows):
        writer.lines.append("| " + " | ".join(cells) + " |")
        if place == 0 and head and len(rows) > 1:
            writer.lines.append("|" + " --- |" * len(cells))
    writer.block()


def _rows(node: LexborNode, writer: _Writer, looks: Looks, depth: int) -> Iterator[tuple[LexborNode, Looks]]:
    """The rows of a table with their looks, through its groups of rows; the caption and what is hidden on the way."""
    for child in _children(node):
        tag = child.tag or "-"
        if tag not in ("tr", "thead", "tbody", "tfoot", "caption"):
            continue
        inside = looks_of(child, looks)
        if isinstance(inside, str):
            writer.leave_out(child, inside)
        elif tag == "tr":
            yield child, inside
        elif tag == "caption":
            inner = _Writer(writer.hidden)
            _flow(child, inner, depth + 1, inside)
            writer.lines.extend([" ".join(inner.text().split()), ""])
        else:
            yield from _rows(child, writer, inside, depth + 1)


def _cell(node: LexborNode, writer: _Writer, depth: int, looks: Looks) -> str:
    inside = looks_of(node, looks)
    if isinstance(inside, str):
        writer.leave_out(node, inside)
        return ""
    inner = _Writer(writer.hidden)
    _flow(node, inner, depth + 2, inside)
    return " ".join(inner.text().replace("|", "/").split())


def _span(node: LexborNode, name: str, most: int) -> int:
    given = node.attributes.get(name) or "1"
    return min(most, max(1, int(given))) if re.fullmatch(r"\d{1,4}", given) else 1
