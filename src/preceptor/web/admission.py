"""Who may come in: the caller behind a token or a session, the check against forged forms, the permission."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from preceptor.access.caller import Caller
from preceptor.access.clients import TOKEN, authenticate_token
from preceptor.access.credentials import authenticate, parse_secret
from preceptor.access.decide import require
from preceptor.audit.events import record
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Denied, Unauthenticated
from preceptor.settings import Settings
from preceptor.web.outside_tokens import Believed
from preceptor.wiring import Services

COOKIE = "preceptor_session"
SAFE_METHODS = ("GET", "HEAD")


def bearer(request: Request) -> str | None:
    """The token of the Authorization header (RFC 6750 section 2.1), None without the header."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("unauthenticated", "Use the Authorization scheme Bearer.", reason="malformed")
    return token.strip()


def own_origins(request: Request, settings: Settings) -> set[str]:
    """The origins a form of ours is sent from: the public address and the one this request came to."""
    origins = {f"{request.url.scheme}://{request.headers.get('host', '')}"}
    if settings.public_url is not None:
        parts = urlsplit(settings.public_url)
        origins.add(f"{parts.scheme}://{parts.netloc}")
    return origins


def refuse_cross_origin(request: Request, settings: Settings) -> None:
    """Denied `cross_origin` unless the browser says that a page of ours sent this request.

    Sec-Fetch-Site decides where the browser sends it (https and loopback). Under `Referrer-Policy: no-referrer`
    browsers send `Origin: null` with a form of the same origin, so `null` neither proves nor refutes. With
    neither header the request is refused: a console over plain http on a network is not supported.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if origin not in (None, "null") and origin not in own_origins(request, settings):
        raise Denied("cross_origin", reason="cross_origin")
    if site is not None:
        if site != "same-origin":
            raise Denied("cross_origin", reason="cross_origin")
    elif origin in (None, "null"):
        raise Denied("cross_origin", reason="cross_origin")


async def find_caller(request: Request, services: Services, believed: Believed, *, cookies: bool) -> Caller:
    """The caller of a request. A header wins over a cookie; a cookie counts on console routes only."""
    token = bearer(request)
    if token is not None:
        if (ours := TOKEN.fullmatch(token)) is not None:
            async with tenant_transaction(services.database, ours[1], "anonymous", read_only=True) as tx:
                return await authenticate_token(tx, token, services.clock.now())
        if token.count(".") == 2:
            return await believed.caller(services, token)
        secret = parse_secret(token, "token")
    else:
        session = request.cookies.get(COOKIE) if cookies else None
        if session is None:
            raise Unauthenticated(reason="missing")
        secret = parse_secret(session, "session")
        if request.method not in SAFE_METHODS:
            refuse_cross_origin(request, services.settings)
    async with tenant_transaction(services.database, secret.tenant, "anonymous", read_only=True) as tx:
        return await authenticate(tx, secret, services.clock.now())


async def admit(caller: Caller, permission: str, services: Services) -> None:
    """Nothing when the caller holds the permission; otherwise the refusal, which is recorded first."""
    try:
        require(caller, permission)
    except Denied:
        async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
            await record(
                tx, services.clock, caller, "access:deny", subject={"permission": permission}, outcome="denied"
            )
        raise
