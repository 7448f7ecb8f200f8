"""Narratives: the safe subset of XHTML (hl7.org/fhir/R4/narrative.html, invariants txt-1 and txt-2); pure."""

from __future__ import annotations

import re
from html.entities import html5
from typing import Literal
from xml.parsers.expat import ExpatError, ParserCreate

XHTML = "http://www.w3.org/1999/xhtml"
_ELEMENTS = """
a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p
pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var
"""
ELEMENTS = frozenset(_ELEMENTS.split())
"""The basic formatting, images, lists, tables and links that the specification names (HTML 4.0 chapters 7–11, 15)."""
_ATTRIBUTES = """
abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite
class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan
rules scope shape span src start style summary tabindex title type valign value width xml:lang xml:space xmlns
"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_ADDRESS = re.compile(
    r"\s*(?:https?:|mailto:|tel:|ftp:|#|[^:/?#]*(?:[/?#]|$)|data:image/(?:png|gif|jpe?g|bmp|webp);)", re.IGNORECASE
)
_STYLE = re.compile(
    r"expression|@import|javascript|behavior|-moz-binding|\\|/\*"
    r"|url\s*\((?!\s*['\"]?(?:data:image/|[\w./-]*['\"]?\s*\)))",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
MOST_DEEP = 60


class _Unsafe(Exception):
    pass


def look(text: str) -> Literal["safe", "empty", "unsafe"]:
    """`safe`: one `div` with allowed elements and attributes only; `empty`: such a one that says nothing."""
    if "<!" in text and ("<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper()):
        return "unsafe"
    if "&" in text:
        text = _ENTITY.sub(_numbered, text)
    reader = _Reader()
    try:
        reader.parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except (ExpatError, _Unsafe, ValueError):
        return "unsafe"
    return "safe" if reader.says else "empty"


def _numbered(found: re.Match[str]) -> str:
    if found[1] in _XML:
        return found[0]
    meant = html5.get(found[1] + ";")
    return "".join(f"&#{ord(c)};" for c in meant) if meant else found[0]


class _Reader:
    def __init__(self) -> None:
        self.parser = ParserCreate("utf-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.ProcessingInstructionHandler = self._refused
        self.says = False
        self._depth = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEEP or name not in ELEMENTS:
            raise _Unsafe
        if self._depth == 1 and (name != "div" or attributes.get("xmlns") != XHTML):
            raise _Unsafe
        if name == "img":
            self.says = True
        for attribute, value in attributes.items():
            if attribute not in ATTRIBUTES or (attribute == "xmlns" and value != XHTML):
                raise _Unsafe
            if attribute in ("href", "src", "longdesc", "cite") and _ADDRESS.match(value) is None:
                raise _Unsafe
            if attribute == "style" and _STYLE.search(value) is not None:
                raise _Unsafe

    def _end(self, _: str) -> None:
        self._depth -= 1

    def _text(self, text: str) -> None:
        if not self.says and not text.isspace():
            self.says = True

    def _refused(self, *_: str) -> None:
        raise _Unsafe
