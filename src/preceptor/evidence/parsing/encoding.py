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
    return _decoded(data, "windows-1252" if label in LATIN else label)


def _decoded(data: bytes, name: str) -> str:
    if not name.startswith("utf-16") and b"\0" in data:
        raise UnknownEncoding
    try:
        return data.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise UnknownEncoding from error
