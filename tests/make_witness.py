"""A witness for tests: an HTTP server that speaks C2SP tlog-witness and really checks what it cosigns."""

from __future__ import annotations

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from preceptor.audit.checkpoint import parse, parse_note, parse_verifier_key, signed_by
from preceptor.audit.merkle import EMPTY_ROOT, verify_consistency
from preceptor.errors import IntegrityFailure

NAME = "witness.example/w1"


class Witness:
    """Keeps the newest head of each log it knows; `logs` maps origin to verifier key."""

    def __init__(self, logs: dict[str, str]) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.logs = logs
        self.heads: dict[str, tuple[int, bytes]] = {}
        self.lies = False
        self.asked = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                owner.asked += 1
                status, answer = owner.answer(self.path, body)
                self.send_response(status)
                self.send_header("content-type", "text/x.tlog.size" if status == 409 else "text/plain")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def vkey(self) -> str:
        """Its key for cosignatures."""
        raw = b"\x04" + self.key.public_key().public_bytes_raw()
        key_id = hashlib.sha256(NAME.encode() + b"\n" + raw).digest()[:4]
        return f"{NAME}+{key_id.hex()}+{base64.b64encode(raw).decode()}"

    def answer(self, path: str, body: str) -> tuple[int, bytes]:
        """Status and body for a request."""
        if path != "/add-checkpoint":
            return 404, b""
        before, _, note_text = body.partition("\n\n")
        old_line, *proof_lines = before.split("\n")
        try:
            note, head = parse_note(note_text), parse(note_text)
        except IntegrityFailure:
            return 400, b""
        vkey = self.logs.get(head.origin)
        if vkey is None:
            return 404, b""
        if signed_by(note, parse_verifier_key(vkey)) != "signed":
            return 403, b""
        old = int(old_line.removeprefix("old "))
        size, root = self.heads.get(head.origin, (0, EMPTY_ROOT))
        if old > head.size:
            return 400, b""
        if old != size:
            return 409, f"{size}\n".encode()
        proof = [base64.b64decode(line) for line in proof_lines if line]
        if not verify_consistency(size, root, head.size, head.root, proof):
            return 422, b""
        self.heads[head.origin] = (head.size, head.root)
        at = 1_764_000_000
        text = "another text" if self.lies else note.text
        signature = self.key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        key_id = bytes.fromhex(self.vkey.split("+")[1])
        value = base64.b64encode(key_id + at.to_bytes(8, "big") + signature).decode()
        return 200, f"— {NAME} {value}\n".encode()

    def stop(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
