"""Word documents (Office Open XML) as HTML: what a reader sees, hidden runs taken out and counted first.

Deleted text of tracked changes, comments and field codes are not shown; inserted text is. Footnotes follow the body
and their marks stand in it.
"""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import mammoth  # pyright: ignore[reportMissingTypeStubs]  it ships none

from preceptor.evidence.parsing.markup import Markup, read_markup

UNPACKED = 256 << 20
"""Bytes all parts of a document may have together."""
RATIO = 200
"""How much a part may be compressed; XML of a real document is compressed some twentyfold."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
BODY = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")


class NotOffice(Exception):
    """The bytes are no Word document; `code` is one of `errors.CODES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_office(data: bytes) -> Markup:
    """The visible text of a .docx, its title, and hidden characters by kind (`run_hidden`, `comment`).

    Raises NotOffice: docx_broken, docx_too_large.
    """
    parts = _parts(data)
    hidden: dict[str, int] = {}
    for name in BODY:
        if name in parts:
            parts[name] = _without_hidden(parts[name], hidden)
    comments = parts.pop("word/comments.xml", None)
    if comments is not None:
        hidden["comment"] = _letters(_tree(comments))
    try:
        html: str = mammoth.convert_to_html(_packed(parts), convert_image=mammoth.images.img_element(_no_image)).value  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, RecursionError, OSError) as error:
        raise NotOffice("docx_broken") from error
    found = read_markup(f"<body>{html}</body>")
    counts = {**found.hidden, **{kind: n for kind, n in hidden.items() if n}}
    return Markup(found.text, _title(parts.get("docProps/core.xml")), counts)


def _no_image(_: object) -> dict[str, str]:
    return {"src": ""}


def _parts(data: bytes) -> dict[str, bytes]:
    """Every part, unpacked under limits. A part of active content or an embedded file is left where it is."""
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
    except (zipfile.BadZipFile, RuntimeError, OSError, ValueError, EOFError) as error:
        raise NotOffice("docx_broken") from error
    if "word/document.xml" not in parts:
        raise NotOffice("docx_broken")
    return parts


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    held.seek(0)
    return held


def _tree(part: bytes) -> ElementTree.Element:
    """The part's elements. A document type is refused: Office writes none, and entities are made there."""
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise NotOffice("docx_broken")
    try:
        return ElementTree.fromstring(part)  # noqa: S314 - no document type, so no entity; memory and time are limited
    except ElementTree.ParseError as error:
        raise NotOffice("docx_broken") from error


def _without_hidden(part: bytes, hidden: dict[str, int]) -> bytes:
    """The part without runs marked hidden (`w:vanish`); their letters are counted."""
    tree = _tree(part)
    found = False
    for parent in tree.iter():
        for run in list(parent):
            if run.tag == _W + "r" and _vanishes(run):
                hidden["run_hidden"] = hidden.get("run_hidden", 0) + _letters(run)
                parent.remove(run)
                found = True
    return ElementTree.tostring(tree) if found else part


def _vanishes(run: ElementTree.Element) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and mark.get(_W + "val", "true") not in ("0", "false", "off")


def _letters(node: ElementTree.Element) -> int:
    return sum(len("".join((t.text or "").split())) for t in node.iter(_W + "t"))


def _title(core: bytes | None) -> str | None:
    if core is None:
        return None
    found = _tree(core).find(_DC + "title")
    text = " ".join((found.text or "").split())[:300] if found is not None else ""
    return text or None
