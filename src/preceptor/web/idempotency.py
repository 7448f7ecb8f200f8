"""A request that changes something and carries an Idempotency-Key is carried out once; its answer is given again.

draft-ietf-httpapi-idempotency-key-header: the same key with another request is 422, a request still under way 409.
Kept for 24 hours; the key as a keyed digest, the answer sealed. `POST /api/v1/policy/questions` keeps its own keys,
which do not expire, because its answers are kept anyway.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

from fastapi import Request, Response
from starlette.types import Message

from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Conflict, Invalid, PreceptorError
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import keyed_digest, seal, unseal
from preceptor.web.visit import Handler, Visit, read_body

OWN_KEYS = frozenset({("POST", "/api/v1/policy/questions")})
KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=5)
"""After this a request without an answer is taken to have died with its process, and may be sent again."""
LONGEST_BODY = 1024 * 1024
KEY = re.compile(r"[\x21-\x7e]{1,200}")


class KeyReused(Conflict):
    """The key came with another request before."""

    status = 422
    default = "idempotency_mismatch"


@dataclass(frozen=True)
class Claim:
    """The row of one key of one caller."""

    key: bytes
    request: bytes


def is_repeatable(method: str, path: str, request: Request) -> bool:
    """Whether the request asks to be carried out once: a program's request that changes something, with a key."""
    changes = method in ("POST", "PUT", "DELETE", "PATCH")
    return changes and (method, path) not in OWN_KEYS and "idempotency-key" in request.headers


async def answer_once(visit: Visit, handler: Handler) -> Response:
    """The handler's answer, or the one it gave before. An error of the closed list frees the key again.

    What is not proven: the act and its answer are two transactions. When the process dies between them, the same
    request is refused for ABANDONED and then carried out a second time.
    """
    key = visit.request.headers["idempotency-key"]
    if not KEY.fullmatch(key):
        raise Invalid("invalid_request", "An Idempotency-Key has 1 to 200 printable ASCII characters.")
    body = await read_body(visit.request, LONGEST_BODY)
    keys = visit.services.keys.get(visit.caller.tenant)
    claim = _claim(visit, keys, key, body)
    before = await _begin(visit, keys, claim)
    if before is not None:
        return before
    try:
        response = await handler(replace(visit, request=_again(visit.request, body)))
    except PreceptorError:  # said before anything was committed: the key is free for the next attempt
        await _free(visit, claim)
        raise
    await _keep(visit, keys, claim, response)
    return response


def _claim(visit: Visit, keys: TenantKeys, key: str, body: bytes) -> Claim:
    url = visit.request.url
    said = f"{visit.request.method} {url.path}?{url.query}\n".encode() + body
    actor = visit.caller.actor
    return Claim(
        bytes.fromhex(keyed_digest(keys, "idempotency-key", f"{actor}\n{key}".encode())),
        bytes.fromhex(keyed_digest(keys, "idempotency-request", said)),
    )


async def _begin(visit: Visit, keys: TenantKeys, claim: Claim) -> Response | None:
    services, caller, now = visit.services, visit.caller, visit.services.clock.now()
    async with tenant_transaction(services.database, caller.tenant, caller.actor) as tx:
        await tx.execute(
            "delete from idempotent_reply where tenant = $1"
            " and (created_at < $2 or (status is null and created_at < $3))",
            caller.tenant,
            now - KEPT,
            now - ABANDONED,
        )
        made = await tx.value(
            "insert into idempotent_reply (tenant, actor, key, request, created_at) values ($1, $2, $3, $4, $5)"
            " on conflict do nothing returning true",
            caller.tenant,
            caller.actor,
            claim.key,
            claim.request,
            now,
        )
        if made:
            return None
        row = await tx.row(
            "select * from idempotent_reply where tenant = $1 and actor = $2 and key = $3",
            caller.tenant,
            caller.actor,
            claim.key,
        )
    if row is None or row["status"] is None:
        if row is not None and row["request"] != claim.request:
            raise KeyReused
        raise Conflict("conflict", "The request with this Idempotency-Key is still under way.")
    if row["request"] != claim.request:
        raise KeyReused
    kept = json.loads(unseal(keys, "idempotent-reply", _identity(visit, claim), row["sealed"]))
    headers = {"Idempotency-Replayed": "true"}
    return Response(kept["body"].encode(), row["status"], headers, media_type=kept["type"])


async def _keep(visit: Visit, keys: TenantKeys, claim: Claim, response: Response) -> None:
    caller = visit.caller
    kept = {"type": response.headers.get("content-type"), "body": bytes(response.body).decode("utf-8")}
    sealed = seal(keys, "idempotent-reply", _identity(visit, claim), json.dumps(kept).encode())
    async with tenant_transaction(visit.services.database, caller.tenant, caller.actor) as tx:
        await tx.execute(
            "update idempotent_reply set status = $4, sealed = $5 where tenant = $1 and actor = $2 and key = $3",
            caller.tenant,
            caller.actor,
            claim.key,
            response.status_code,
            sealed,
        )


async def _free(visit: Visit, claim: Claim) -> None:
    caller = visit.caller
    try:
        async with tenant_transaction(visit.services.database, caller.tenant, caller.actor) as tx:
            await tx.execute(
                "delete from idempotent_reply where tenant = $1 and actor = $2 and key = $3 and status is null",
                caller.tenant,
                caller.actor,
                claim.key,
            )
    except PreceptorError:
        return  # the database is away; the row is abandoned after ABANDONED


def _identity(visit: Visit, claim: Claim) -> str:
    return f"{visit.caller.actor}/{claim.key.hex()}"


def _again(request: Request, body: bytes) -> Request:
    """The request with its body before it again."""
    messages: AsyncIterator[Message] = _messages(body)

    async def receive() -> Message:
        return await anext(messages)

    return Request(request.scope, receive)


async def _messages(body: bytes) -> AsyncIterator[Message]:
    yield {"type": "http.request", "body": body, "more_body": False}
    while True:
        yield {"type": "http.disconnect"}
