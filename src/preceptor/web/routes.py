"""Every URL of the product: method, path, the permission it needs, the handler. What is not here is not reachable."""

from __future__ import annotations

import re
from dataclasses import dataclass

from preceptor.web import (
    access_pages,
    console,
    deid_api,
    document_pages,
    fhir_api,
    health,
    library_api,
    library_pages,
    metrics,
    oauth,
    policy_api,
    sign_in,
)
from preceptor.web.openapi import Operation
from preceptor.web.visit import Handler

PUBLIC = "PUBLIC"
"""In place of a permission: the route needs no caller, and shows nothing that belongs to a tenant."""

DOCUMENTS = "/api/v1/policy/documents"


@dataclass(frozen=True)
class Route:
    """One line. `console` routes answer people (pages, cookie sessions), the others programs (JSON, tokens only).
    `operation` puts the route into the OpenAPI description; `fhir` routes say errors as OperationOutcomes and are
    described by their CapabilityStatement."""

    method: str
    path: str
    permission: str
    handler: Handler
    console: bool = False
    operation: Operation | None = None
    fhir: bool = False

    def matches(self, path: str) -> bool:
        """Whether `path` is an address of this route."""
        return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path)), path) is not None


def _fhir(method: str, path: str, permission: str) -> Route:
    return Route(method, "/fhir" + path, permission, fhir_api.interaction, fhir=True)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", PUBLIC, health.alive, operation=health.ALIVE),
    Route("GET", "/readyz", PUBLIC, health.ready, operation=health.READY),
    Route("GET", "/metrics", "metrics:read", metrics.metrics),
    Route("GET", "/openapi.json", PUBLIC, health.description),
    Route("GET", "/.well-known/smart-configuration", PUBLIC, oauth.configuration),
    Route("POST", "/oauth/token", PUBLIC, oauth.token),
    Route("GET", "/static/{name}", PUBLIC, console.static_file),
    Route("POST", "/api/v1/policy/questions", "policy:ask", policy_api.ask, operation=policy_api.ASK),
    Route("GET", "/api/v1/policy/answers/{run}", "policy:ask", library_api.answer, operation=library_api.ANSWER),
    Route(
        "POST",
        "/api/v1/policy/answers/{run}/feedback",
        "policy:ask",
        library_api.feedback,
        operation=library_api.FEEDBACK,
    ),
    Route("GET", DOCUMENTS, "policy:read", library_api.documents, operation=library_api.LIST),
    Route("GET", DOCUMENTS + "/{document}", "policy:read", library_api.document, operation=library_api.SHOW),
    Route("DELETE", DOCUMENTS + "/{document}", "policy:write", library_api.removal, operation=library_api.REMOVE),
    Route(
        "GET",
        DOCUMENTS + "/{document}/differences",
        "policy:read",
        library_api.differences,
        operation=library_api.DIFFERENCES,
    ),
    Route("PUT", DOCUMENTS + "/{document}/labels", "policy:write", library_api.label, operation=library_api.LABEL),
    Route("POST", "/api/v1/deid", "deid:use", deid_api.deidentify, operation=deid_api.DEIDENTIFY),
    Route("GET", "/fhir/metadata", PUBLIC, fhir_api.metadata, fhir=True),
    Route("GET", "/fhir/.well-known/smart-configuration", PUBLIC, oauth.configuration, fhir=True),
    _fhir("GET", "", "chart:read"),
    _fhir("POST", "", "chart:exchange"),
    _fhir("GET", "/", "chart:read"),  # clients that put a slash behind the base
    _fhir("POST", "/", "chart:exchange"),
    _fhir("GET", "/{type}", "chart:read"),
    _fhir("POST", "/{type}/_search", "chart:read"),
    _fhir("GET", "/{type}/_history", "chart:read"),
    _fhir("POST", "/{type}/$validate", "chart:read"),
    _fhir("POST", "/{type}", "chart:write"),
    _fhir("PUT", "/{type}", "chart:write"),
    _fhir("DELETE", "/{type}", "chart:write"),
    _fhir("GET", "/{type}/{id}", "chart:read"),
    _fhir("PUT", "/{type}/{id}", "chart:write"),
    _fhir("PATCH", "/{type}/{id}", "chart:write"),
    _fhir("DELETE", "/{type}/{id}", "chart:write"),
    _fhir("GET", "/{type}/{id}/_history", "chart:read"),
    _fhir("GET", "/{type}/{id}/_history/{number}", "chart:read"),
    _fhir("GET", "/{type}/{id}/$everything", "chart:read"),
    Route("GET", "/sign-in/{secret}", PUBLIC, sign_in.offer, console=True),
    Route("POST", "/sign-in", PUBLIC, sign_in.redeem, console=True),
    Route("POST", "/sign-out", PUBLIC, sign_in.leave, console=True),  # needs nothing but the session it ends
    Route("GET", "/", "policy:read", console.home, console=True),
    Route("POST", "/ask", "policy:ask", console.ask, console=True),
    Route("GET", "/answers/{run}", "policy:ask", console.answer, console=True),
    Route("POST", "/answers/{run}/feedback", "policy:ask", library_pages.feedback, console=True),
    Route("GET", "/access", "access:explain", access_pages.form, console=True),
    Route("POST", "/access", "access:explain", access_pages.show, console=True),
    Route("GET", "/library", "policy:read", library_pages.library, console=True),
    Route("POST", "/library/upload", "policy:write", library_pages.upload, console=True),
    Route("GET", "/library/{document}", "policy:read", library_pages.document, console=True),
    Route("GET", "/library/{document}/differences", "policy:read", library_pages.differences, console=True),
    Route("POST", "/library/{document}/labels", "policy:write", library_pages.label, console=True),
    Route("POST", "/library/{document}/remove", "policy:write", library_pages.removal, console=True),
    Route("GET", "/pages/{version}/{page}", "policy:read", document_pages.show, console=True),
    Route("GET", "/pages/{version}/{page}/picture", "policy:read", document_pages.picture, console=True),
)
