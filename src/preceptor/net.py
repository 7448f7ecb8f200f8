"""The only way out: an HTTP client that reaches allowed hosts only, at an address resolved once and never inside."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx

from preceptor.errors import LimitReached, Unavailable

MAX_BYTES = 8 * 1024 * 1024
DEADLINE_SECONDS = 10.0


@dataclass(frozen=True)
class Response:
    """Status, headers (lower case) and the whole body, at most the size cap."""

    status: int
    headers: dict[str, str]
    body: bytes


def forbidden(address: str) -> bool:
    """Whether an IP address may never be called: anything that is not global unicast (RFC 6890, RFC 4291).

    An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) is judged by the IPv4 address.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            ip = inner
    return not ip.is_global or ip.is_multicast


_RESOLVERS = ThreadPoolExecutor(4, thread_name_prefix="resolve")


def _lookup(host: str, port: int) -> list[tuple[object, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class Outbound:
    """An HTTP client for the hosts of the allow-list.

    Before each call: 1. scheme https (http only for hosts in `plain`), no credentials in the address; 2. the
    host stands on the list; 3. the name is resolved once and every address checked; 4. the connection goes to
    that address, with the name for TLS and Host. Redirects are not followed. Deadline and size cap hold for the
    whole call. `loopback` admits 127.0.0.0/8 and ::1, for tests and models on the same machine.
    """

    def __init__(
        self,
        allowed: Collection[str],
        *,
        plain: Collection[str] = (),
        loopback: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.allowed = frozenset(h.lower() for h in allowed)
        self.plain = frozenset(h.lower() for h in plain)
        self.loopback = loopback
        self.client = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            timeout=DEADLINE_SECONDS,
            transport=transport,
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
        deadline: float = DEADLINE_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> Response:
        """Call `url`. Unavailable `address_refused` or `unavailable`, LimitReached when the answer is too large."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if host not in self.allowed or parts.username is not None:
            raise Unavailable("address_refused")
        if parts.scheme != "https" and not (parts.scheme == "http" and host in self.plain):
            raise Unavailable("address_refused")
        try:
            async with asyncio.timeout(deadline):
                address = await self._resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
                return await self._send(method, url, host, address, headers or {}, content, max_bytes, deadline)
        except TimeoutError:
            raise Unavailable("unavailable", "The other side did not answer in time.") from None
        except httpx.HTTPError:
            raise Unavailable("unavailable", "The other side could not be reached.") from None

    async def _resolve(self, host: str, port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            # Threads of its own: those of the loop may all be waiting for an answer from outside.
            found = await loop.run_in_executor(_RESOLVERS, _lookup, host, port)
        except OSError:
            raise Unavailable("unavailable", "The other side's name cannot be resolved.") from None
        addresses = [str(cast("tuple[object, ...]", item[4])[0]) for item in found]
        for address in addresses:
            if forbidden(address) and not (self.loopback and ipaddress.ip_address(address).is_loopback):
                raise Unavailable("address_refused")
        return addresses[0]

    async def _send(
        self,
        method: str,
        url: str,
        host: str,
        address: str,
        headers: dict[str, str],
        content: bytes | None,
        max_bytes: int,
        deadline: float,
    ) -> Response:
        target = httpx.URL(url).copy_with(host=address)
        port = httpx.URL(url).port
        named = host if port is None else f"{host}:{port}"
        request = self.client.build_request(
            method, target, headers={**headers, "host": named}, content=content, timeout=deadline
        )
        request.extensions["sni_hostname"] = host
        response = await self.client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise LimitReached("request_too_large", "The other side's answer is larger than the limit.")
            return Response(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def serves_tls(certificate: Path, key: Path) -> bool:
    """Whether a server can show this certificate chain with this key (PEM, the key without a passphrase)."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError):
        return False
    return True


def send_at_once(listening: socket.socket) -> None:
    """Connections accepted here send small parts without waiting (TCP_NODELAY, which they inherit).

    The event loop sets this for sockets that name their protocol only; without it an answer of two parts waits some 40
    ms for the client's delayed acknowledgement (RFC 896 meets RFC 1122, section 4.2.3.2).
    """
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
