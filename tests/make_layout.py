"""Pages for tests of layout: words at places, as a PDF of known stream order and as text with boxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from preceptor.evidence.layout import page_layouts
from preceptor.evidence.parsing.media import PDF
from preceptor.evidence.parsing.pages import ParsedPage
from preceptor.evidence.parsing.reader import read_document
from preceptor.evidence.reading import PageLayout
from tests.make_pdf import Sheet, make_pdf, text_at

Placed = tuple[float, float, str]
"""x, y of the baseline's start, words."""


def sheet(places: Sequence[Placed], drawn: bytes = b"", size: float = 9) -> Sheet:
    """A page whose content stream shows the words in the order given, below what is drawn."""
    return Sheet(drawn + b"".join(text_at(x, y, words, size) for x, y, words in places))


def rules(xs: Sequence[float], ys: Sequence[float]) -> bytes:
    """Operators that stroke a grid."""
    lines = [f"{x} {min(ys)} m {x} {max(ys)} l S\n" for x in xs]
    lines += [f"{min(xs)} {y} m {max(xs)} {y} l S\n" for y in ys]
    return "".join(lines).encode()


async def read_laid(data: bytes | Path) -> tuple[list[ParsedPage], list[PageLayout]]:
    """The pages of a PDF as the product reads them, and their layouts."""
    pages = [page async for page in read_document(data, PDF)]
    return pages, page_layouts(pages)


async def one_page(places: Sequence[Placed], drawn: bytes = b"", size: float = 9) -> tuple[ParsedPage, PageLayout]:
    """The one page of such a PDF and its layout."""
    pages, layouts = await read_laid(make_pdf([sheet(places, drawn, size)]))
    return pages[0], layouts[0]
