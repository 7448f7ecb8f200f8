"""The ASGI application, built from the table of routes: nothing is reachable that does not stand in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from preceptor.access.caller import Caller
from preceptor.access.purpose import CODES, NEEDED, for_purpose
from preceptor.errors import Invalid, NotFound, PreceptorError
from preceptor.flows.policy_question.workflow import Assistant
from preceptor.web.admission import admit, find_caller
from preceptor.web.envelope import Envelope, request_id
from preceptor.web.exposure import Exposure
from preceptor.web.fhir_api import outcome_of
from preceptor.web.idempotency import answer_once, is_repeatable
from preceptor.web.limits import Gauge
from preceptor.web.meters import Meters
from preceptor.web.openapi import Operation, describe, problems
from preceptor.web.problems import MethodNotAllowed, answer_error
from preceptor.web.rendering import Templates
from preceptor.web.routes import PUBLIC, ROUTES, Route
from preceptor.web.visit import Parts, Visit
from preceptor.wiring import Services


def build_app(
    services: Services,
    routes: Sequence[Route] = ROUTES,
    *,
    exposure: Exposure | None = None,
    meters: Meters | None = None,
) -> FastAPI:
    """The application over `services`. FastAPI's own pages are off: they would load scripts from elsewhere. So is its
    telemetry, which keeps request bodies and exception texts and can be sent elsewhere by an environment variable."""
    settings = services.settings
    gauge = Gauge(settings.requests_per_minute, settings.requests_at_once)
    parts = Parts(services, Assistant(services), Templates(), gauge=gauge, meters=meters or Meters())
    app = FastAPI(
        title="Preceptor",
        version=version("preceptor"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    for route in routes:
        add_route(app, parts, route)
    app.add_exception_handler(HTTPException, no_route(parts))
    protected = exposure or Exposure()
    app.add_middleware(
        Envelope,
        new_id=services.clock.new_id,
        only_https=bool(protected.proxies) and protected.certificate is None,
        https=protected.certificate is not None or (services.settings.public_url or "").startswith("https:"),
    )
    app.openapi = lambda: describe(app)
    return app


def add_route(app: FastAPI, parts: Parts, route: Route) -> None:
    """One line of the table. A GET also answers HEAD (RFC 9110 section 9.3.2), through the same door."""
    endpoint = guarded(parts, route)
    operation = route.operation
    app.add_api_route(
        route.path,
        endpoint,
        methods=[route.method],
        response_class=Response,
        include_in_schema=operation is not None,
        operation_id=operation.id if operation else None,
        summary=operation.summary if operation else None,
        description=operation.description if operation else None,
        openapi_extra=described(route, operation) if operation else None,
    )
    if route.method == "GET":
        app.add_api_route(route.path, endpoint, methods=["HEAD"], response_class=Response, include_in_schema=False)


def described(route: Route, operation: Operation) -> dict[str, Any]:
    """The operation's members, with what the door itself answers: a guarded route has limits and takes a purpose."""
    extra = dict(operation.extra)
    if route.permission != PUBLIC:
        door = problems({422: ("purpose_required", "invalid_request"), 429: ("too_many_requests",)})
        extra["responses"] = {**door, **extra.get("responses", {})}
        stated = {"name": "Purpose-Of-Use", "in": "header", "required": route.permission in NEEDED}
        schema = {"type": "string", "enum": sorted(CODES)}
        extra["parameters"] = [*extra.get("parameters", []), {**stated, "schema": schema}]
    return {"x-permission": route.permission, **extra}


def guarded(parts: Parts, route: Route) -> Callable[[Request], Awaitable[Response]]:
    """The handler behind its door: caller, permission, then the handler; an error becomes its answer."""

    async def endpoint(request: Request) -> Response:
        with parts.meters.counted(route.method, route.path) as status:
            response = await answer(request)
            status.append(response.status_code)
        return response

    async def answer(request: Request) -> Response:
        visitor: Caller | None = None
        try:
            if route.permission != PUBLIC:
                visitor = await find_caller(request, parts.services, parts.believed, cookies=route.console)
                with parts.gauge.admitted(visitor.tenant, visitor.actor):
                    await admit(visitor, route.permission, parts.services)
                    stated = request.headers.get("purpose-of-use")
                    visitor = for_purpose(visitor, stated, route.permission)
                    visit = Visit(request, parts, visitor)
                    if route.fhir and route.method != "GET" and "idempotency-key" in request.headers:
                        # its answer would be kept beside the record, where no erasure of a patient reaches it
                        raise Invalid("invalid_request", "No Idempotency-Key here: use If-None-Exist, or PUT an id.")
                    if not route.console and is_repeatable(route.method, route.path, request):
                        return await answer_once(visit, route.handler)
                    return await route.handler(visit)
            if route.method == "POST":  # nobody is known yet: the address stands for the caller
                with parts.gauge.admitted("", request.client.host if request.client else ""):
                    return await route.handler(Visit(request, parts, visitor))
            return await route.handler(Visit(request, parts, visitor))
        except ClientDisconnect:
            raise
        except Exception as error:  # every error becomes a documented answer; its text never reaches the server's log
            if route.fhir:
                return outcome_of(error, request_id(request))
            return answer_error(error, request_id(request), parts.templates if route.console else None, visitor)

    return endpoint


def no_route(parts: Parts) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What answers an unknown address or method: a page for a browser, a problem for a program."""

    async def answer(request: Request, raised: Exception) -> Response:
        found = cast("HTTPException", raised)
        error: PreceptorError
        if found.status_code == 405:
            allowed = sorted({r.method for r in ROUTES if r.matches(request.url.path)})
            error = MethodNotAllowed(", ".join(allowed))
        elif found.status_code == 404:
            error = NotFound("not_found", "There is nothing at this address.")
        else:
            error = Invalid("invalid_request")
        if request.url.path.startswith("/fhir/"):
            return outcome_of(error, request_id(request))
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
        return answer_error(error, request_id(request), parts.templates if wants_page else None)

    return answer
