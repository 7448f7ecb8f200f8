"""Console pages from templates that escape everything; nothing in a page is code."""

from __future__ import annotations

from pathlib import Path

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from preceptor.evidence.reports import failure_words, hidden_words, page_list
from preceptor.web.words import day

FOLDER = Path(__file__).parent
PROSE_WIDTH = 80  # a printed line this long was broken by the margin, not by the author
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class Templates:
    """The templates of `web/templates` and the files of `web/static`, read once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["day"] = day  # pyright: ignore[reportArgumentType] - jinja's own type is too narrow
        self._environment.filters["in_lines"] = in_lines
        self._environment.filters["hidden_words"] = hidden_words
        self._environment.filters["failure_words"] = failure_words
        self._environment.filters["page_list"] = page_list  # pyright: ignore[reportArgumentType] - as above
        self.static = {
            path.name: (path.read_bytes(), MEDIA_TYPES[path.suffix])
            for path in (FOLDER / "static").iterdir()
            if path.suffix in MEDIA_TYPES
        }

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A page; a name the template needs and did not get is an error, not an empty place."""
        return HTMLResponse(self._environment.get_template(template).render(**values), status)


def in_lines(quote: str) -> str:
    """A quotation for reading: rows of a table and items of a list keep their lines, broken prose is joined.

    A line break is kept when the line before is short or ends a sentence, and the next one begins like a row.
    """
    shown = ""
    before = ""
    for line in (" ".join(line.split()) for line in quote.splitlines()):
        if not line:
            continue
        row = (len(before) < PROSE_WIDTH or before.endswith((".", ":", ";"))) and not line[0].islower()
        shown += (("\n" if row else " ") if before else "") + line
        before = line
    return shown
