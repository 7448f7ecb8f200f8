"""One request as a handler sees it, and the reading of its body, which no client may make long or slow."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

from fastapi import Request, Response

from preceptor.access.caller import Caller
from preceptor.errors import Invalid, LimitReached, NotFound
from preceptor.evidence.parsing.limits import MIB, Limits
from preceptor.flows.policy_question.workflow import Assistant
from preceptor.web.limits import Gauge
from preceptor.web.meters import Meters
from preceptor.web.outside_tokens import Believed
from preceptor.web.rendering import Templates
from preceptor.wiring import Services

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 20.0
DRAIN_LIMIT = 1024 * 1024  # what is read and dropped beyond the limit, so that an ordinary client hears the answer
RENDERINGS = 2


@dataclass(frozen=True)
class Parts:
    """What all requests of one process share."""

    services: Services
    assistant: Assistant
    templates: Templates
    renderings: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RENDERINGS))
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    readings: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    meters: Meters = field(default_factory=Meters)
    gauge: Gauge = field(default_factory=Gauge)
    believed: Believed = field(default_factory=Believed)
    reader: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))


@dataclass(frozen=True)
class Visit:
    """A request whose caller is known and allowed, or None on a public route."""

    request: Request
    parts: Parts
    visitor: Caller | None

    @property
    def services(self) -> Services:
        """The services of this process."""
        return self.parts.services

    @property
    def caller(self) -> Caller:
        """The caller; only a route with a permission may ask for it."""
        assert self.visitor is not None
        return self.visitor

    @property
    def limits(self) -> Limits:
        """The limits of one document, as set."""
        settings = self.services.settings
        return Limits(
            max_pages=settings.parse_pages,
            memory=settings.parse_memory_mb * MIB,
            cpu_seconds=settings.parse_cpu_seconds,
            ocr_languages=settings.ocr_languages,
        )

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A console page."""
        return self.parts.templates.page(template, status, visitor=self.visitor, **values)

    def identifier(self, name: str) -> uuid.UUID:
        """An id of the path; NotFound when it is none."""
        try:
            return uuid.UUID(self.request.path_params[name])
        except ValueError:
            raise NotFound("not_found") from None

    async def json_object(self, limit: int = BODY_LIMIT) -> dict[str, Any]:
        """The body, at most `limit` bytes, as a JSON object; Invalid `invalid_json` for anything else."""
        body = await read_body(self.request, limit)
        try:
            document = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise Invalid("invalid_json") from None
        if not isinstance(document, dict):
            raise Invalid("invalid_json", "The body must be a JSON object.")
        return cast("dict[str, Any]", document)

    async def form(self) -> dict[str, str]:
        """The fields of an HTML form (application/x-www-form-urlencoded), the last value of each."""
        body = await read_body(self.request)
        try:
            return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20))
        except ValueError:
            raise Invalid("invalid_request", "The form could not be read.") from None


def _no_constant(name: str) -> object:
    raise ValueError(name)


Handler = Callable[[Visit], Awaitable[Response]]


async def read_body(request: Request, limit: int = BODY_LIMIT, seconds: float = BODY_SECONDS) -> bytes:
    """The body, counted while it arrives: a Content-Length is a claim. LimitReached above `limit` bytes."""
    chunks, size = list[bytes](), 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    chunks.append(chunk)
                elif size > max(limit, DRAIN_LIMIT):
                    break
    except TimeoutError:
        raise Invalid("invalid_request", "The body did not arrive in time.") from None
    if size > limit:
        raise LimitReached("request_too_large", f"The request body is larger than {limit} bytes.")
    return b"".join(chunks)
