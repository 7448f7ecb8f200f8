r"""Rich Text Format undone: control words, `\'e9` and `\u233?`, groups that hold no text (RTF 1.9.1)."""

from __future__ import annotations

import re

from preceptor.deid.lists import words_of
from preceptor.deid.view_offsets import Layer, Rewriter, rewrite

_HEADER = "{\\rtf"
_PIECE = re.compile(
    r"\\'[0-9a-fA-F]{2}|\\u-?\d{1,6} ?(?:\\'[0-9a-fA-F]{2}|\?)?"
    r"|\\[a-zA-Z]{1,32}(?:-?\d{1,10})? ?|\\[^a-zA-Z]|[{}]|\r?\n"
)
_SILENT = words_of(
    """
    fonttbl colortbl stylesheet pict themedata datastore listtable *
    """
)
"""Groups whose content is no text of the document; `info` is read, for it names the author."""

_LINES = frozenset(("par", "line", "row", "page", "sect", "column"))
_SIGNS = {
    "tab": "\t",
    "cell": "\t",
    "emdash": "-",
    "endash": "-",
    "bullet": "-",
    "rquote": "'",
    "lquote": "'",
    "rdblquote": '"',
    "ldblquote": '"',
    "~": " ",
    "_": "-",
    "\\": "\\",
    "{": "{",
    "}": "}",
    "\n": "\n",
}
_REMAINS = re.compile(r"\\(?:pard?\b|plain\b|fs\d|cf\d|lang\d|'[0-9a-fA-F]{2}|u-?\d{2,5} ?\?)")
_KNOWN = words_of(
    """
    par pard plain b i ul ulnone fs f cf cb lang highlight qc ql qr qj li ri fi sa sb sl tab line cell row
    intbl rquote lquote rdblquote ldblquote emdash endash bullet strike sub super nosupersub caps scaps
    """
)
_WORD = re.compile(r"\\([a-zA-Z]{1,32})")


def undo_rtf(text: str) -> Layer | None:
    """An RTF document as its text; in other text only the control words of formatting and escaped letters."""
    if "\\" not in text:
        return None
    if _HEADER in text:
        return _document(text)
    return rewrite(text, _PIECE, _remaining) if _REMAINS.search(text) else None


def _document(text: str) -> Layer | None:
    out = Rewriter(text)
    depth = 0
    silent = silent_from = -1
    opened = -1
    for match in _PIECE.finditer(text, text.index(_HEADER)):
        piece, start, end = match.group(), match.start(), match.end()
        if piece == "{":
            depth += 1
        elif piece == "}":
            if silent == depth:
                out.put(silent_from, end, "")
                silent = -1
                depth -= 1
                continue
            depth = max(0, depth - 1)
        elif silent < 0 and opened == start and _name(piece) in _SILENT:
            silent, silent_from = depth, start
        opened = end if piece == "{" else -1
        if silent < 0:
            out.put(start, end, _shown(piece))
    if silent >= 0:
        # The group never ends: what a reader would drop is shown rather than hidden from the rules.
        for match in _PIECE.finditer(text, silent_from):
            out.put(match.start(), match.end(), _shown(match.group()))
    return out.layer()


def _name(piece: str) -> str:
    word = _WORD.match(piece)
    return word.group(1) if word else piece[1:]


def _shown(piece: str) -> str:
    """What a piece of an RTF document stands for."""
    if piece in ("{", "}", "\n", "\r\n"):
        return ""
    if piece.startswith("\\'"):
        return bytes.fromhex(piece[2:]).decode("cp1252", "replace")
    unicode = re.match(r"\\u(-?\d{1,6})", piece)
    if unicode:
        code = int(unicode.group(1)) % 0x10000
        return chr(code) or "\ufffd"
    name = _name(piece)
    return "\n" if name in _LINES else _SIGNS.get(name, "")


def _remaining(match: re.Match[str]) -> str | None:
    """The same for remains of RTF, where braces, line ends and unknown words are the text's own."""
    piece = match.group()
    if piece[0] != "\\":
        return None
    if piece[1] == "'" or re.match(r"\\u-?\d", piece):
        return _shown(piece)
    word = _WORD.match(piece)
    return _shown(piece) if word and word.group(1) in _KNOWN else None
