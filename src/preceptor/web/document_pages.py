"""A page of a document beside its stored text, with the quotation marked in both."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from fastapi import Response

from preceptor.clock import today
from preceptor.errors import Invalid, NotFound
from preceptor.evidence.page_view import Span, draw, read_drawing, read_page
from preceptor.web.visit import Visit
from preceptor.web.words import in_force_words

NUMBER_DIGITS = 9  # below 2**31, PostgreSQL's integer


async def show(visit: Visit) -> Response:
    """GET /pages/{version}/{page}?start=…&end=…: the page, with its picture when it has one."""
    services, caller, span = visit.services, visit.caller, _span(visit)
    version, number = visit.identifier("version"), _page_number(visit)
    keys = services.keys.get(caller.tenant)
    view = await read_page(services.database, services.reads, keys, caller, version, number, span)
    start, end = (span.start, span.end) if span else (0, 0)
    query = "?" + urlencode({"start": start, "end": end}) if span else ""
    return visit.page(
        "page.html",
        view=view,
        before=view.text[:start],
        marked=view.text[start:end],
        after=view.text[end:],
        force=in_force_words(view.version, today(services.clock)),
        picture=f"/pages/{version}/{number}/picture{query}",
        back=_back(visit),
    )


async def picture(visit: Visit) -> Response:
    """GET /pages/{version}/{page}/picture?start=…&end=…: PNG, redacted boxes black, the quotation boxed."""
    services, caller, span = visit.services, visit.caller, _span(visit)
    version, number = visit.identifier("version"), _page_number(visit)
    keys = services.keys.get(caller.tenant)
    drawing = await read_drawing(services.database, services.reads, keys, caller, version, number, span)
    async with visit.parts.renderings:
        png = await draw(drawing, visit.limits)
    return Response(png, media_type="image/png")


def _page_number(visit: Visit) -> int:
    number = _number(visit.request.path_params["page"])
    if number is None or number < 1:
        raise NotFound("document_not_found")
    return number


def _span(visit: Visit) -> Span | None:
    """The place in the query; None without one."""
    given = [visit.request.query_params.get(name) for name in ("start", "end")]
    if given == [None, None]:
        return None
    start, end = (_number(text) for text in given)
    if start is None or end is None:
        raise Invalid("invalid_request", "`start` and `end` are whole numbers.")
    return Span(start, end)


def _number(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > NUMBER_DIGITS:
        return None
    return int(text)


def _back(visit: Visit) -> str:
    """The answer the reader came from, or the console. Only an id is taken from the query, never an address."""
    try:
        return f"/answers/{uuid.UUID(visit.request.query_params.get('answer', ''))}"
    except ValueError:
        return "/"
