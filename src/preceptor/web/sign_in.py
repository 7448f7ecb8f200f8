"""Into the console by a one-time link, and out again."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Response
from fastapi.responses import RedirectResponse

from preceptor.access.credentials import (
    Secret,
    authenticate,
    caller_of,
    issue,
    parse_secret,
    redeem_signin,
    revoke,
)
from preceptor.audit.events import record
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Unauthenticated
from preceptor.web.admission import COOKIE, refuse_cross_origin
from preceptor.web.visit import Visit


async def offer(visit: Visit) -> Response:
    """GET /sign-in/{secret}: a page with a button. Programs that look at links before people do must not use it up,
    so the database is not even asked."""
    secret = visit.request.path_params["secret"]
    parse_secret(secret, "signin")
    return visit.page("sign_in.html", secret=secret)


async def redeem(visit: Visit) -> Response:
    """POST /sign-in: the link becomes a session, once."""
    services = visit.services
    refuse_cross_origin(visit.request, services.settings)
    form = await visit.form()
    secret = parse_secret(form.get("secret", ""), "signin")
    life = timedelta(hours=services.settings.session_hours)
    async with tenant_transaction(services.database, secret.tenant, "anonymous") as tx:
        account = await redeem_signin(tx, secret, services.clock.now())
        session = await issue(tx, services.clock, account.id, "session", life)
        caller = caller_of(secret.tenant, account)
        await record(tx, services.clock, caller, "session:start", subject={"account": str(account.id)})
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        session,
        max_age=int(life.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=_https(visit),
    )
    return response


async def leave(visit: Visit) -> Response:
    """POST /sign-out: the session ends in the database, not only in the browser."""
    services = visit.services
    refuse_cross_origin(visit.request, services.settings)
    try:
        secret = parse_secret(visit.request.cookies.get(COOKIE, ""), "session")
        await _end(visit, secret)
    except Unauthenticated:
        pass  # there is nothing to end; the cookie goes all the same
    response = visit.page("signed_out.html")
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=_https(visit))
    return response


async def _end(visit: Visit, secret: Secret) -> None:
    services, now = visit.services, visit.services.clock.now()
    async with tenant_transaction(services.database, secret.tenant, "anonymous") as tx:
        caller = await authenticate(tx, secret, now)
        await revoke(tx, secret, now)
        await record(tx, services.clock, caller, "credential:revoke", subject={"kind": "session"})


def _https(visit: Visit) -> bool:
    return visit.request.url.scheme == "https" or (visit.services.settings.public_url or "").startswith("https:")
