"""The text of an HTML file: its byte order mark, else its own declaration, else UTF-8; nothing is guessed."""

from __future__ import annotations

import codecs
import re

DECLARED_WITHIN = 2_048
"""Bytes in which a declaration is looked for (HTML Standard, 13.2.3.2: the first 1,024; twice that does no harm)."""
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
LATIN = frozenset(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "iso8859-1", "l1"))
"""Labels that mean windows-1252 on the web (Encoding Standard, section 4.2)."""

_LABELS = """
utf-8 utf8 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257
windows-1258 windows-874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso-8859-2 iso-8859-3 iso-8859-4
iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u
macintosh ibm866 gbk gb2312 gb18030 big5 euc-jp iso-2022-jp shift_jis sjis euc-kr
"""
LABELS = frozenset(_LABELS.split())
"""Labels of text encodings of the web (Encoding Standard, section 4.2) that are decoded as such. Python knows codecs
that are none (`unicode_escape`, `idna`, `rot13`): with those a file would say something else than a browser shows."""
_PYTHON = {"windows-874": "cp874", "macintosh": "mac_roman", "ibm866": "cp866", "gb2312": "gbk", "big5": "big5hkscs"}


class UnknownEncoding(Exception):
    """The bytes are not text of the encoding they declare, or of UTF-8."""


def html_text(data: bytes) -> str:
    """The characters of an HTML file. Raises UnknownEncoding."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], name)
    head = data[:DECLARED_WITHIN]
    declared = _XML.search(head) or _DECLARED.search(head)
    label = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if label.startswith("utf-16"):
        label = "utf-8"  # a declaration that could be read is not UTF-16 (HTML Standard, 13.2.3.3)
    if label in LATIN:
        return _decoded(data, "windows-1252")
    if label not in LABELS:
        raise UnknownEncoding
    return _decoded(data, _PYTHON.get(label, label))


def _decoded(data: bytes, name: str) -> str:
    if not name.startswith("utf-16") and b"\0" in data:
        raise UnknownEncoding
    try:
        return data.decode(name)
    except (UnicodeError, LookupError) as error:
        raise UnknownEncoding from error
