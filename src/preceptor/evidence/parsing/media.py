"""What kind of file this is, told by its name and its first bytes."""

from __future__ import annotations

from pathlib import PurePath

from preceptor.errors import Invalid

PDF = "application/pdf"
MARKDOWN = "text/markdown"
PLAIN = "text/plain"
HTML = "text/html"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PNG, JPEG, TIFF = "image/png", "image/jpeg", "image/tiff"
PICTURES = (PNG, JPEG, TIFF)

_BY_ENDING = {
    ".pdf": PDF,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": PLAIN,
    ".text": PLAIN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".docx": DOCX,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".tif": TIFF,
    ".tiff": TIFF,
}
ENDINGS = tuple(_BY_ENDING)
"""What a file that can be read may end in."""
_HEAD = 1024
"""Bytes within which PDF readers look for the header (ISO 32000-1 annex H, implementation note 13)."""


def media_type_of(name: str | PurePath, first: bytes) -> str:
    """`application/pdf`, `text/markdown`, `text/plain`, `text/html`, the type of a Word document, or of a picture.

    A PDF is one by its header, whatever its name; a name that promises a PDF is believed so that the error says
    `pdf_not_pdf` when it is none. Raises Invalid `unsupported_media_type` for every other ending.
    """
    if first[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return PDF
    ending = PurePath(name).suffix.lower()
    if ending not in _BY_ENDING:
        raise Invalid("unsupported_media_type")
    return _BY_ENDING[ending]
