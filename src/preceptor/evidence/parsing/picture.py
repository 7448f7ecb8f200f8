"""The picture of one page of a PDF, with quotations marked and redacted places black in the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from preceptor.errors import Invalid, LimitReached, PreceptorError
from preceptor.evidence.parsing import frames, media
from preceptor.evidence.parsing.limits import Limits
from preceptor.evidence.parsing.pages import Box
from preceptor.evidence.parsing.process import working
from preceptor.evidence.parsing.reader import job_for

_SCALES = (0.1, 6.0)


async def render_page(
    data: bytes,
    page: int,
    *,
    highlight: Sequence[Box] = (),
    blackout: Sequence[Box] = (),
    images: bool = True,
    scale: float = 1.5,
    limits: Limits | None = None,
    media_type: str = media.PDF,
) -> bytes:
    """PNG bytes of page `page` (from 1) at `scale` pixels a point (0.1 to 6; less on pages over `limits.max_pixels`).

    Boxes are those of `ParsedPage`: points of the displayed page, origin bottom left. `blackout` covers `highlight`
    and reaches one point further than its boxes. Without `images`
    those of the page are left white. The same input gives the same bytes.

    Raises Invalid: unsupported_media_type (only a PDF has pictures), invalid_request (scale), and as reading does;
    LimitReached: parse_time, parse_memory, file_too_large; NotFound: there is no such page.
    """
    limits = limits or Limits()
    if media_type != media.PDF:
        raise Invalid("unsupported_media_type", "Only a PDF has pages that can be drawn.")
    if not _SCALES[0] <= scale <= _SCALES[1]:
        raise Invalid("invalid_request", "The scale of a page picture is 0.1 to 6.")
    if len(data) > limits.max_bytes:
        raise LimitReached("file_too_large")
    if not data:
        raise Invalid("file_empty")
    job = job_for("picture", data, limits, page)
    async with working(limits) as worker:
        await worker.send(
            replace(job, scale=scale, images=images, highlight=list(highlight), blackout=list(blackout)), data
        )
        kind, png = await worker.frame()
    if kind != frames.PICTURE:
        raise PreceptorError("internal", "The reading process answered out of order.")
    return png
