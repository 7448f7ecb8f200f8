"""What every response carries, whoever made it: the request id and the headers that close the browser's doors."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from preceptor.errors import Denied
from preceptor.web.problems import answer_error

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
HSTS = "max-age=31536000"
"""Sent when PRECEPTOR_PUBLIC_URL is https: the proxy before us ends TLS."""


class Envelope:
    """Outermost of ours: nothing inside can answer without these headers or raise past it."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], uuid.UUID], https: bool, only_https: bool = False) -> None:
        self.app = app
        self.only_https = only_https
        self.new_id = new_id
        self.headers = {**HEADERS, "Strict-Transport-Security": HSTS} if https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP passes unchanged (there is no WebSocket route)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = str(self.new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        try:
            if self.only_https and scope["scheme"] != "https":  # came past the proxy, or the proxy did not end TLS
                raise Denied("denied", "This server is reached over TLS only.", reason="in_the_clear")
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return
        except Exception as error:  # the last line of defence: the server would log the message, which may quote input
            response = answer_error(error, request_id, None)
            if not begun:
                await response(scope, receive, send_with_headers)


def request_id(request: Request) -> str:
    """The id of this request; it stands in the response header and in every problem."""
    found: str = request.state.request_id
    return found
