"""Every URL of the product: method, path, the permission it needs, the handler. What is not here is not reachable."""

from __future__ import annotations

import re
from dataclasses import dataclass

from preceptor.web import console, deid_api, document_pages, health, policy_api, sign_in
from preceptor.web.openapi import Operation
from preceptor.web.visit import Handler

PUBLIC = "PUBLIC"
"""In place of a permission: the route needs no caller, and shows nothing that belongs to a tenant."""


@dataclass(frozen=True)
class Route:
    """One line. `console` routes answer people (pages, cookie sessions), the others programs (JSON, tokens only).
    `operation` puts the route into the OpenAPI description."""

    method: str
    path: str
    permission: str
    handler: Handler
    console: bool = False
    operation: Operation | None = None

    def matches(self, path: str) -> bool:
        """Whether `path` is an address of this route."""
        return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", self.path), path) is not None


ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", PUBLIC, health.alive, operation=health.ALIVE),
    Route("GET", "/readyz", PUBLIC, health.ready, operation=health.READY),
    Route("GET", "/openapi.json", PUBLIC, health.description),
    Route("GET", "/static/{name}", PUBLIC, console.static_file),
    Route("POST", "/api/v1/policy/questions", "policy:ask", policy_api.ask, operation=policy_api.ASK),
    Route("POST", "/api/v1/deid", "deid:use", deid_api.deidentify, operation=deid_api.DEIDENTIFY),
    Route("GET", "/sign-in/{secret}", PUBLIC, sign_in.offer, console=True),
    Route("POST", "/sign-in", PUBLIC, sign_in.redeem, console=True),
    Route("POST", "/sign-out", PUBLIC, sign_in.leave, console=True),  # needs nothing but the session it ends
    Route("GET", "/", "policy:read", console.home, console=True),
    Route("POST", "/ask", "policy:ask", console.ask, console=True),
    Route("GET", "/answers/{run}", "policy:ask", console.answer, console=True),
    Route("GET", "/pages/{version}/{page}", "policy:read", document_pages.show, console=True),
    Route("GET", "/pages/{version}/{page}/picture", "policy:read", document_pages.picture, console=True),
)
