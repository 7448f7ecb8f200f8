"""Is the process alive, is it ready to serve, and what does its API look like."""

from __future__ import annotations

import asyncio

from fastapi import Response
from fastapi.responses import JSONResponse

from preceptor.db.migrate import pending
from preceptor.errors import Unavailable
from preceptor.web.models import Health
from preceptor.web.openapi import Operation, problems, reference
from preceptor.web.visit import Visit

READY_SECONDS = 3.0
OK = {"200": {"description": "Yes.", "content": {"application/json": {"schema": reference(Health)}}}}
ALIVE = Operation(
    "isAlive", "Is the process alive", "For a supervisor that restarts what hangs.", {"responses": OK, "security": []}
)
READY = Operation(
    "isReady",
    "Is the process ready to serve",
    "For a load balancer: the database answers and has the schema this version needs.",
    {"responses": {**OK, **problems({503: ("database_unavailable", "database_schema")})}, "security": []},
)


async def alive(visit: Visit) -> Response:
    """GET /healthz."""
    del visit
    return JSONResponse({"status": "ok"})


async def ready(visit: Visit) -> Response:
    """GET /readyz; 503 when the database does not answer within READY_SECONDS or needs a migration."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            missing = await pending(visit.services.database)
    except TimeoutError:
        raise Unavailable("database_unavailable") from None
    if missing:
        raise Unavailable("database_schema")
    return JSONResponse({"status": "ok"})


async def description(visit: Visit) -> Response:
    """GET /openapi.json."""
    return JSONResponse(visit.request.app.openapi())
