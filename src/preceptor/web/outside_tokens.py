"""The caller behind a signed token of a registered issuer: which tenant believes it, and does it hold."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial

from preceptor.access.caller import Caller
from preceptor.access.issuers import Issuer, audiences_of, caller_of_token, find_issuer, list_issuers
from preceptor.access.signed import Expected, Parsed, Proven, Refused, check, parse_keys, parse_token
from preceptor.db.transaction import tenant_transaction
from preceptor.egress.decide import Cleared
from preceptor.egress.leave import ask_leave
from preceptor.errors import Unauthenticated, Unavailable
from preceptor.wiring import Services

AGAIN_SECONDS = 2.0
"""The least time between two looks at all tenants' issuers: tokens of invented issuers cause no flood."""
TOLD = {"expired": "The credential has expired."}


@dataclass
class Believed:
    """Which tenants believe an issuer, by its address. Only a hint: the row is read again for each token."""

    tenants: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    read_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def caller(self, services: Services, text: str) -> Caller:
        """The caller; Unauthenticated with a reason for the log when the token does not hold."""
        parsed = parse_token(text)
        if isinstance(parsed, Refused):
            raise refusal(parsed.reason)
        address = parsed.claims.get("iss")
        found = await self._find(services, address, parsed) if isinstance(address, str) else []
        if len(found) != 1:  # nobody believes it, or two tenants do: then it does not say whose it is
            raise refusal("issuer")
        tenant, issuer = found[0]
        expected = Expected(issuer.address, issuer.audience)
        proof = await prove(services, tenant, parsed, issuer.jwks, issuer.jwks_url, expected)
        if isinstance(proof, Refused):
            raise refusal(proof.reason)
        caller = caller_of_token(tenant, issuer, proof)
        if caller is None:
            raise refusal("claims")
        return caller

    async def _find(self, services: Services, address: str, parsed: Parsed) -> list[tuple[str, Issuer]]:
        if address not in self.tenants:
            await self._look(services)
        found = list[tuple[str, Issuer]]()
        for tenant in self.tenants.get(address, []):
            async with tenant_transaction(services.database, tenant, "anonymous", read_only=True) as tx:
                issuer = await find_issuer(tx, address, audiences_of(parsed.claims))
            if issuer is not None:
                found.append((tenant, issuer))
        if not found and address in self.tenants:
            await self._look(services)  # another tenant may have begun to believe it; counts from the next token on
        return found

    async def _look(self, services: Services) -> None:
        async with self.lock:
            if time.monotonic() - self.read_at < AGAIN_SECONDS:
                return
            known = dict[str, list[str]]()
            for tenant in services.keys.tenants():
                async with tenant_transaction(services.database, tenant, "anonymous", read_only=True) as tx:
                    for issuer in await list_issuers(tx):
                        if tenant not in known.setdefault(issuer.address, []):
                            known[issuer.address].append(tenant)
            self.tenants, self.read_at = known, time.monotonic()


async def prove(
    services: Services, tenant: str, token: Parsed, jwks: str | None, jwks_url: str | None, expected: Expected
) -> Proven | Refused:
    """Whether a token holds by keys that are registered, or kept at an address; an unknown key is looked for once."""
    now = services.clock.now()
    if jwks is not None:
        return check(token, parse_keys(jwks), expected, now)
    assert jwks_url is not None
    sets, leave = services.key_sets, partial(_leave, services, tenant, jwks_url)
    proof = check(token, await sets.keys(jwks_url, leave), expected, now)
    if proof == Refused("key_unknown"):
        proof = check(token, await sets.keys(jwks_url, leave, unknown=True), expected, now)
    return proof


async def _leave(services: Services, tenant: str, address: str) -> None:
    """Ask the tenant's register whether keys may be fetched there; Unavailable when not. Recorded either way."""
    caller = Caller(tenant, "system:key-sets", frozenset())
    async with tenant_transaction(services.database, tenant, caller.actor) as tx:
        decision = await ask_leave(tx, services.clock, caller, address, "identity", "nothing")
    if not isinstance(decision, Cleared):
        raise Unavailable("address_refused")


def refusal(reason: str) -> Unauthenticated:
    """The error of a token that does not hold; what it says helps nobody who makes tokens up."""
    return Unauthenticated("unauthenticated", TOLD.get(reason, "The credential does not hold."), reason=reason)
