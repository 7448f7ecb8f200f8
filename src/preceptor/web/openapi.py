"""The OpenAPI description of the JSON API, made from the routes and the models of the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from preceptor.errors import CODES
from preceptor.web.models import MODELS, Problem

SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "pcp_token_<tenant>_<secret>",
        "description": "An API token made by `preceptor user token NAME`. It is shown once and stored as a digest.",
    }
}
DESCRIPTION = (
    "Answers from the tenant's own policies, made of quotations that are verified against the stored page text at"
    " release, or an abstention. Errors are problem details (RFC 9457); `code` is stable. Every response carries"
    " `X-Request-Id`."
)


@dataclass(frozen=True)
class Operation:
    """How a route is described; `extra` are members of the OpenAPI operation object."""

    id: str
    summary: str
    description: str
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


def reference(model: type) -> dict[str, str]:
    """A reference to a model's schema."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def problems(statuses: Mapping[int, tuple[str, ...]]) -> dict[str, Any]:
    """Responses of an operation: status → the codes that may stand in it."""
    return {
        str(status): {
            "description": " ".join(f"`{code}`: {CODES[code]}" for code in codes),
            "content": {"application/problem+json": {"schema": reference(Problem)}},
        }
        for status, codes in statuses.items()
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
    _, definitions = models_json_schema(
        [(model, "serialization") for model in MODELS], ref_template="#/components/schemas/{model}"
    )
    components = document.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **definitions["$defs"]}
    components["securitySchemes"] = SECURITY
    return document
