"""A key service for tests: an HTTP server that speaks the Transit engine's protocol, with real keys and versions."""

from __future__ import annotations

import base64
import binascii
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "transit-test-token"


class Transit:
    """Keys by version, the limits that are set, and what the server shall do wrong next."""

    def __init__(self) -> None:
        self.versions = {1: os.urandom(32)}
        self.oldest = 1
        self.sealed = False
        self.may_configure = True
        self.garbage = False
        self.asked = list[str]()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
                owner.asked.append(self.path)
                status, answer = owner.answer(self.path, self.headers.get("x-vault-token"), body)
                content = b"<html>" if owner.garbage else json.dumps(answer).encode() if answer is not None else b""
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path: str, token: str | None, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and document of a call."""
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        name = path.removeprefix("/v1/transit/")
        if token != TOKEN or (not self.may_configure and name.endswith(("/config", "/trim"))):
            return 403, {"errors": ["permission denied"]}
        if name == "encrypt/preceptor":
            return 200, {"data": {"ciphertext": self._encrypt(base64.b64decode(body["plaintext"])), "key_version": 1}}
        if name == "decrypt/preceptor":
            return self._decrypt(body["ciphertext"])
        if name == "keys/preceptor/rotate":
            self.versions[max(self.versions) + 1] = os.urandom(32)
            return 204, None
        if name == "keys/preceptor/config":
            self.oldest = int(body["min_decryption_version"])
            return 204, None
        if name == "keys/preceptor/trim":
            self.versions = {v: k for v, k in self.versions.items() if v >= int(body["min_available_version"])}
            return 204, None
        return 404, {"errors": []}

    def _encrypt(self, plain: bytes) -> str:
        newest, nonce = max(self.versions), os.urandom(12)
        box = nonce + AESGCM(self.versions[newest]).encrypt(nonce, plain, None)
        return f"vault:v{newest}:{base64.b64encode(box).decode()}"

    def _decrypt(self, text: str) -> tuple[int, Any]:
        kind, version, box = [*text.split(":", 2), "", ""][:3]
        number = int(version[1:] or 0)
        if kind != "vault" or number < self.oldest or number not in self.versions:
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
        try:
            found = base64.b64decode(box, validate=True)
            plain = AESGCM(self.versions[number]).decrypt(found[:12], found[12:], None)
        except (InvalidTag, ValueError, binascii.Error):
            return 400, {"errors": ["invalid ciphertext"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}
