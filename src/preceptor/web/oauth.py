"""The token endpoint for programs with keys of their own, and the page that says what it can do.

SMART App Launch 2.2, "Backend Services"; errors are those of RFC 6749 section 5.2, in its form.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Response
from fastapi.responses import JSONResponse

from preceptor.access.caller import Caller
from preceptor.access.clients import CLIENT_ID, LONGEST_PROOF, TOKEN_LIFE, Client, find_client, issue_token, use_proof
from preceptor.access.permissions import PERMISSIONS
from preceptor.access.scopes import narrow, parse_scopes
from preceptor.access.signed import ALGORITHMS, Expected, Parsed, Proven, Refused, parse_token
from preceptor.audit.events import record
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Unavailable
from preceptor.web.outside_tokens import prove
from preceptor.web.visit import Visit

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def here(visit: Visit) -> str:
    """The address of this server as programs know it. Without PRECEPTOR_PUBLIC_URL the Host header is believed on
    loopback only: elsewhere a proof meant for another server could be brought here under that server's name."""
    public = visit.services.settings.public_url
    if public is not None:
        return public.rstrip("/")
    host = visit.request.headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise Unavailable("unavailable", "Set PRECEPTOR_PUBLIC_URL: programs sign it into their proofs.")
    return f"{visit.request.url.scheme}://{host}"


async def configuration(visit: Visit) -> Response:
    """GET /.well-known/smart-configuration: only what is there."""
    return JSONResponse(
        {
            "token_endpoint": f"{here(visit)}/oauth/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "scopes_supported": ["system/*.cruds", *sorted(PERMISSIONS)],
            "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
        }
    )


async def token(visit: Visit) -> Response:
    """POST /oauth/token."""
    form = await visit.form()
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type" if form.get("grant_type") else "invalid_request")
    if form.get("client_assertion_type") != ASSERTION or "client_secret" in form or not form.get("scope"):
        return _refused("invalid_request")
    parsed = parse_token(form.get("client_assertion", ""))
    if isinstance(parsed, Refused):
        return _refused("invalid_client")
    named = CLIENT_ID.fullmatch(str(parsed.claims.get("iss", "")))
    if named is None or named[1] not in visit.services.keys.tenants():
        return _refused("invalid_client")
    tenant, name = named[1], named[2]
    async with tenant_transaction(visit.services.database, tenant, "anonymous", read_only=True) as tx:
        client = await find_client(tx, name)
    if client is None:
        return _refused("invalid_client")
    proof = await _prove(visit, client, parsed)
    return await _issue(visit, client, proof, form["scope"])


async def _prove(visit: Visit, client: Client, parsed: Parsed) -> Proven | Refused:
    expected = Expected(client.client_id, f"{here(visit)}/oauth/token", LONGEST_PROOF)
    return await prove(visit.services, client.tenant, parsed, client.jwks, client.jwks_url, expected)


async def _issue(visit: Visit, client: Client, proof: Proven | Refused, scope: str) -> Response:
    """A token, or the refusal; both stand in the log."""
    services, caller = visit.services, Caller(client.tenant, f"client:{client.name}", frozenset(client.roles))
    subject = {"client": str(client.id)}
    async with tenant_transaction(services.database, client.tenant, caller.actor) as tx:
        reason = proof.reason if isinstance(proof, Refused) else None
        if isinstance(proof, Proven) and not await use_proof(tx, client, proof.claims, services.clock.now()):
            reason = "used"
        if reason is not None:
            said = {**subject, "reason": reason}
            await record(tx, services.clock, caller, "client:token", subject=said, outcome="denied")
            return _refused("invalid_client")
        granted = narrow(parse_scopes(scope, PERMISSIONS), client.scopes)
        if not granted.scopes and not granted.permissions:
            said = {**subject, "reason": "scope"}
            await record(tx, services.clock, caller, "client:token", subject=said, outcome="denied")
            return _refused("invalid_scope")
        made = await issue_token(tx, services.clock, client, granted)
        await record(tx, services.clock, caller, "client:token", subject=subject)
    life = int(TOKEN_LIFE.total_seconds())
    return JSONResponse({"access_token": made, "token_type": "bearer", "expires_in": life, "scope": str(granted)})


def _refused(code: str) -> Response:
    return JSONResponse({"error": code}, 401 if code == "invalid_client" else 400, headers={"Pragma": "no-cache"})
