"""The JSON API of de-identification: the same request and answer as the command line's, one at a time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from preceptor.deid.answer import answer, masked, read_request
from preceptor.errors import Invalid
from preceptor.web.models import DeidAnswer, DeidRequest
from preceptor.web.openapi import Operation, problems, reference
from preceptor.web.visit import Visit

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of a request: some thousand pages. Longer texts go through the command line."""

DEIDENTIFY = Operation(
    "deidentify",
    "Take out what identifies a person",
    "Masks a text or redacts a FHIR R4 resource (45 CFR 164.514(b)(2)). A masked text is searched again, a resource for"
    " the record's own values; a text that still shows an identifier is not released. `surrogate` output needs an"
    " expert's determination (164.514(b)(1)), `limited` a data use agreement (164.514(e)(4)). No detector finds"
    " everything: docs/deid.md says how often.",
    {
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference(DeidRequest)}}},
        "responses": {
            "200": {
                "description": "The masked text with its spans, or the redacted resource.",
                "content": {"application/json": {"schema": reference(DeidAnswer)}},
            },
            **problems(
                {
                    401: ("unauthenticated",),
                    403: ("denied",),
                    409: ("conflict",),
                    413: ("request_too_large",),
                    422: ("invalid_request", "invalid_json"),
                    500: ("internal", "deid_unverified"),
                    503: ("database_unavailable", "unavailable"),
                }
            ),
        },
    },
)


async def deidentify(visit: Visit) -> Response:
    """POST /api/v1/deid."""
    row = await visit.json_object(BODY_LIMIT)
    if not _is_text(row):
        raise Invalid("invalid_json", "The body holds a lone surrogate: it is not text.")
    asked = read_request(row)
    if asked.mode == "mask":
        return JSONResponse(await asyncio.to_thread(masked, asked))
    services, caller = visit.services, visit.caller
    return JSONResponse(await answer(asked, services.database, services.clock, services.keys, caller))


def _is_text(row: dict[str, Any]) -> bool:
    """Whether the strings can be written as UTF-8: JSON may hold lone surrogates, an answer may not."""
    try:
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return False
    return True
