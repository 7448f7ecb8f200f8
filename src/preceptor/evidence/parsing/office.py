"""Word documents (Office Open XML) as HTML: what a reader sees, hidden runs taken out and counted first.

Deleted text of tracked changes, crossed-out text, comments and field codes are not shown; inserted text is. Footnotes
follow the body and their marks stand in it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection
from xml.etree import ElementTree
from xml.parsers import expat

import mammoth  # pyright: ignore[reportMissingTypeStubs]  it ships none

from preceptor.evidence.parsing.markup import Markup, read_markup

UNPACKED = 256 << 20
"""Bytes all parts of a document may have together."""
RATIO = 200
"""How much a part may be compressed; XML of a real document is compressed some twentyfold."""
LEAST_HALF_POINTS = 4
"""Size of letters below which nobody reads them: two points, in the half points of `w:sz`."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_WHITE = frozenset(("ffffff", "fefefe", "fdfdfd", "fcfcfc", "fbfbfb", "fafafa"))
_WRITTEN = frozenset((_W + "document", _W + "footnotes", _W + "endnotes"))
_OFF = frozenset(("0", "false", "off", "none"))


class NotOffice(Exception):
    """The bytes are no Word document; `code` is one of `errors.CODES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_office(data: bytes) -> Markup:
    """The visible text of a .docx, its title, and hidden characters by kind (`run_hidden`, `struck`, `tiny`,
    `same_colour`, `comment`).

    Raises NotOffice: docx_broken, docx_too_large.
    """
    parts = _parts(data)
    trees = {name: _tree(part) for name, part in parts.items() if name.endswith(".xml")}
    if not any(tree.tag == _W + "document" for tree in trees.values()):
        raise NotOffice("docx_broken")
    hidden: Counter[str] = Counter()
    styles = _hiding_styles(trees.values())
    for name, tree in trees.items():
        if tree.tag == _W + "comments":
            hidden["comment"] += _letters(tree)
            del parts[name]
        elif tree.tag in _WRITTEN and _take_out(tree, styles, hidden):
            parts[name] = ElementTree.tostring(tree)
    try:
        html: str = mammoth.convert_to_html(_packed(parts), convert_image=mammoth.images.img_element(_no_image)).value  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, RecursionError, OSError) as error:
        raise NotOffice("docx_broken") from error
    found = read_markup(f"<body>{html}</body>")
    core = next((tree for name, tree in trees.items() if name.endswith("core.xml")), None)
    counts = {**found.hidden, **{kind: n for kind, n in hidden.items() if n}}
    return Markup(found.text, _title(core), counts)


def _no_image(_: object) -> dict[str, str]:
    return {"src": ""}


def _parts(data: bytes) -> dict[str, bytes]:
    """Every XML part, unpacked under limits. A part of active content or an embedded file is left where it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            infos = packed.infolist()
            if sum(i.file_size for i in infos) > UNPACKED or len(infos) > 5_000:
                raise NotOffice("docx_too_large")
            if any(i.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for i in infos):
                raise NotOffice("docx_broken")
            if any(i.file_size > RATIO * max(i.compress_size, 1) + (1 << 20) for i in infos):
                raise NotOffice("docx_too_large")
            parts = dict[str, bytes]()
            for info in infos:
                if info.filename.endswith((".xml", ".rels")):
                    with packed.open(info) as part:
                        parts[info.filename] = part.read(info.file_size + 1)[: info.file_size]
                        _refuse_document_type(parts[info.filename])
            return parts
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, ValueError, EOFError, LookupError) as error:
        raise NotOffice("docx_broken") from error


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    held.seek(0)
    return held


def _refuse_document_type(part: bytes) -> None:
    """Refuse a part that declares a document type, in whatever encoding: Office writes none, and entities are made
    there. The parser says so before it has expanded anything."""

    def refuse(*_: object) -> None:
        raise NotOffice("docx_broken")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise NotOffice("docx_broken") from error


def _tree(part: bytes) -> ElementTree.Element:
    """The part's elements."""
    try:
        return ElementTree.fromstring(part)  # noqa: S314 - no document type, so no entity; memory and time are limited
    except ElementTree.ParseError as error:
        raise NotOffice("docx_broken") from error


def _hiding_styles(trees: Collection[ElementTree.Element]) -> frozenset[str]:
    """The styles that hide the words they are given to, themselves or by the style they are based on."""
    based, hiding = dict[str, str](), set[str]()
    for tree in trees:
        for style in tree.iter(_W + "style") if tree.tag == _W + "styles" else ():
            name = style.get(_W + "styleId", "")
            based[name] = _value(style, "basedOn") or ""
            if _unseen(style.find(_W + "rPr"), frozenset()):
                hiding.add(name)
    for name in based:
        above, seen = name, set[str]()
        while above and above not in seen and above not in hiding:
            seen.add(above)
            above = based.get(above, "")
        if above in hiding:
            hiding.add(name)
    return frozenset(hiding)


def _take_out(tree: ElementTree.Element, styles: frozenset[str], hidden: Counter[str]) -> bool:
    """Take hidden runs out of a part and count their letters; whether there were any."""
    found = False
    for parent in tree.iter():
        whole = parent.find(f"{_W}pPr/{_W}pStyle") if parent.tag == _W + "p" else None
        by_paragraph = whole is not None and whole.get(_W + "val") in styles
        for run in list(parent):
            if run.tag != _W + "r":
                continue
            kind = "run_hidden" if by_paragraph else _unseen(run.find(_W + "rPr"), styles)
            if kind:
                hidden[kind] += _letters(run)
                parent.remove(run)
                found = True
    return found


def _unseen(properties: ElementTree.Element | None, styles: frozenset[str]) -> str | None:
    """Why words with these properties cannot be seen or no longer count, None when they can."""
    if properties is None:
        return None
    if _on(properties, "vanish") or _value(properties, "rStyle") in styles:
        return "run_hidden"
    if _on(properties, "strike") or _on(properties, "dstrike"):
        return "struck"
    size = _value(properties, "sz") or ""
    if size.isdigit() and int(size) < LEAST_HALF_POINTS:
        return "tiny"
    shaded = properties.find(_W + "shd") is not None or properties.find(_W + "highlight") is not None
    return "same_colour" if not shaded and (_value(properties, "color") or "").lower() in _WHITE else None


def _on(properties: ElementTree.Element, name: str) -> bool:
    mark = properties.find(_W + name)
    return mark is not None and mark.get(_W + "val", "true") not in _OFF


def _value(properties: ElementTree.Element, name: str) -> str | None:
    found = properties.find(_W + name)
    return found.get(_W + "val") if found is not None else None


def _letters(node: ElementTree.Element) -> int:
    return sum(len("".join((t.text or "").split())) for t in node.iter(_W + "t"))


def _title(core: ElementTree.Element | None) -> str | None:
    found = core.find(_DC + "title") if core is not None else None
    text = " ".join((found.text or "").split())[:300] if found is not None else ""
    return text or None
