"""HTML as a reader sees it, written as Markdown-like text: headings, lists, tables by rows, notes; nothing hidden.

What cannot be seen is left out and counted by kind: `hidden_attribute` (hidden, aria-hidden, a closed template),
`style_none` (display or visibility), `tiny` (under two points), `same_colour` (text in the colour of its ground).
Style sheets are not applied: only what stands on the element itself decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

_SKIPPED = """
script style template noscript head iframe object embed svg math canvas audio video select datalist nav
"""
_BLOCKS = """
address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form header
hgroup html legend main p section summary
"""
SKIPPED, BLOCKS = frozenset(_SKIPPED.split()), frozenset(_BLOCKS.split())
HEADINGS = {f"h{n}": n for n in range(1, 7)}
TEXT = "-text"
DEEPEST = 200
"""Elements inside each other that are followed; what lies deeper is text of the element there."""
_STYLE = re.compile(r"([a-z-]+)\s*:\s*([^;!]+)")
_COLOURS = {"white": "ffffff", "black": "000000"}
_SIZE = re.compile(r"([\d.]+)\s*(px|pt|em|rem|%)?")
_POINTS = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "%": 0.12, None: 0.75}


@dataclass(frozen=True)
class Markup:
    """The text, the document's own title, and the characters left out by kind."""

    text: str
    title: str | None
    hidden: dict[str, int]


@dataclass
class _Writer:
    """Lines as they are written: a blank line ends a block."""

    lines: list[str] = field(default_factory=list[str])
    line: str = ""
    hidden: Counter[str] = field(default_factory=Counter[str])

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


def read_markup(html: str) -> Markup:
    """The visible text of a page of HTML. Any text is HTML: there is nothing to refuse."""
    tree = LexborHTMLParser(html)
    found = tree.css_first("title")
    title = " ".join(found.text(deep=True).split())[:300] if found is not None else ""
    writer = _Writer()
    if tree.body is not None:
        _flow(tree.body, writer, 0, ground=_ground(tree.body, None))
    return Markup(writer.text(), title or None, dict(writer.hidden))


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _flow(node: LexborNode, writer: _Writer, depth: int, ground: str | None) -> None:
    """Write what is inside `node`."""
    if depth > DEEPEST:
        writer.words(node.text(deep=True))
        return
    for child in _children(node):
        tag = child.tag or ""
        if tag == TEXT:
            writer.words(child.text_content or "")
        elif tag.startswith(("-", "_", "!")) or tag in SKIPPED:
            continue
        elif kind := _unseen(child, ground):
            writer.hidden[kind] += len("".join(child.text(deep=True).split()))
        else:
            _element(child, tag, writer, depth, _ground(child, ground))


def _element(node: LexborNode, tag: str, writer: _Writer, depth: int, ground: str | None) -> None:
    if tag in HEADINGS:
        writer.block()
        _flow(node, writer, depth + 1, ground)
        words = " ".join(writer.line.split())
        writer.line = ""
        if words:
            writer.lines.append("#" * HEADINGS[tag] + " " + words)
        writer.block()
    elif tag == "br":
        writer.line = writer.line.rstrip(" ") + "\n"
    elif tag == "hr":
        writer.block()
    elif tag in ("ul", "ol", "menu"):
        _list(node, tag == "ol", writer, depth, ground, 0)
        writer.block()
    elif tag == "table":
        _table(node, writer, depth, ground)
    elif tag == "pre":
        writer.block()
        writer.lines.extend(line.rstrip() for line in node.text(deep=True).splitlines())
        writer.block()
    elif tag == "img":
        alt = " ".join((node.attributes.get("alt") or "").split())
        writer.words(f" [{alt}] " if alt else "")
    elif tag in BLOCKS:
        writer.block()
        _flow(node, writer, depth + 1, ground)
        writer.block()
    else:
        _flow(node, writer, depth + 1, ground)


def _list(node: LexborNode, ordered: bool, writer: _Writer, depth: int, ground: str | None, level: int) -> None:
    """Items one a line, nested ones indented; numbers where the list has them."""
    if level:
        writer.end()
    else:
        writer.block()
    start = node.attributes.get("start") or "1"
    number = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
    for item in _children(node):
        tag = item.tag or ""
        if tag in ("ul", "ol"):
            _list(item, tag == "ol", writer, depth + 1, ground, level + 1)
            continue
        if tag != "li" or depth > DEEPEST:
            continue
        if kind := _unseen(item, ground):
            writer.hidden[kind] += len("".join(item.text(deep=True).split()))
            continue
        inner = _Writer(hidden=writer.hidden)
        nested = list[LexborNode]()
        for child in _children(item):
            if (child.tag or "") in ("ul", "ol"):
                nested.append(child)
            elif (child.tag or "") == TEXT:
                inner.words(child.text_content or "")
            elif not (child.tag or "-").startswith(("-", "_", "!")) and (child.tag or "") not in SKIPPED:
                _element(child, child.tag or "", inner, depth + 1, ground)
        words = " ".join(inner.text().split())
        if words:
            writer.lines.append("  " * level + (f"{number}. " if ordered else "- ") + words)
        number += 1
        for child in nested:
            _list(child, child.tag == "ol", writer, depth + 1, ground, level + 1)


def _table(node: LexborNode, writer: _Writer, depth: int, ground: str | None) -> None:
    """Rows one a line between bars; the caption above, the header row told by a rule below it, as in Markdown."""
    writer.block()
    rows = list[tuple[bool, list[str]]]()
    for row in node.css("tr"):
        if _owner(row) != node.mem_id:
            continue
        if kind := _unseen(row, ground):
            writer.hidden[kind] += len("".join(row.text(deep=True).split()))
            continue
        cells, heads = list[str](), list[bool]()
        for cell in _children(row):
            if (cell.tag or "") in ("td", "th"):
                inner = _Writer(hidden=writer.hidden)
                if not _unseen(cell, ground):
                    _flow(cell, inner, depth + 2, ground)
                cells.append(" ".join(inner.text().replace("|", "/").split()))
                heads.append(cell.tag == "th")
        if any(cells):
            rows.append((all(heads), cells))
    caption = node.css_first("caption")
    if caption is not None and _owner(caption) == node.mem_id:
        writer.lines.extend([" ".join(caption.text(deep=True).split()), ""])
    for place, (head, cells) in enumerate(rows):
        writer.lines.append("| " + " | ".join(cells) + " |")
        if place == 0 and head and len(rows) > 1:
            writer.lines.append("|" + " --- |" * len(cells))
    writer.block()


def _owner(node: LexborNode) -> int:
    """The table a row belongs to, so that a table inside a cell keeps its own rows."""
    parent = node.parent
    while parent is not None and parent.tag != "table":
        parent = parent.parent
    return parent.mem_id if parent is not None else 0


def _unseen(node: LexborNode, ground: str | None) -> str | None:
    """Why a reader cannot see the element, or None."""
    given = node.attributes
    if "hidden" in given or (given.get("aria-hidden") or "").strip().lower() == "true":
        return "hidden_attribute"
    if node.tag == "input" or (node.tag == "dialog" and "open" not in given):
        return "hidden_attribute"
    style = _style(node)
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse") or _zero(style):
        return "style_none"
    size = _SIZE.fullmatch(style.get("font-size", ""))
    if size and size[1].count(".") < 2 and size[1] != "." and float(size[1]) * _POINTS[size[2]] < 2:
        return "tiny"
    colour = _colour(style.get("color", given.get("color") or ""))
    behind = _ground(node, ground) or "ffffff"
    return "same_colour" if colour is not None and colour == behind else None


def _zero(style: dict[str, str]) -> bool:
    return style.get("opacity") in ("0", "0.0", "0%") or (
        style.get("position") == "absolute"
        and re.fullmatch(r"-\d{3,}(?:px|em|rem)?", style.get("left", "")) is not None
    )


def _style(node: LexborNode) -> dict[str, str]:
    text = (node.attributes.get("style") or "")[:4_000].lower()
    return {name: value.strip() for name, value in _STYLE.findall(text)}


def _ground(node: LexborNode, above: str | None) -> str | None:
    """The colour behind the element's text: its own, or what it stands on."""
    style = _style(node)
    value = style.get("background-color") or style.get("background") or node.attributes.get("bgcolor") or ""
    return _colour(value) or above


def _colour(value: str) -> str | None:
    """Six hexadecimal digits of a colour; None for what is not a plain one."""
    value = value.strip().lower()
    if value in _COLOURS:
        return _COLOURS[value]
    if match := re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", value):
        digits = match[1]
        return digits if len(digits) == 6 else "".join(d * 2 for d in digits)
    if match := re.fullmatch(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", value):
        return "".join(f"{min(255, int(part)):02x}" for part in match.groups())
    return None
