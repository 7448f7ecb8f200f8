"""A key-encryption key that never leaves HashiCorp Vault or OpenBao: their Transit engine, over HTTPS.

API: POST `transit/encrypt|decrypt/:name`, `transit/keys/:name/rotate|config|trim`. Only random keys of ours are sent
there, never data of a tenant, so the key service needs no clearance for PHI.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from preceptor.errors import IntegrityFailure, Unavailable
from preceptor.net import Outbound

_WRAPPED = re.compile(r"vault:v([1-9][0-9]{0,8}):")


class TransitKek:
    """The key `name` of the Transit engine mounted at `mount`, asked with a token of Vault's own.

    The token needs `update` on encrypt, decrypt and rotate of this key; for provable erasure also on config and trim.
    """

    prefix = "vault:"

    def __init__(
        self,
        outbound: Outbound,
        url: str,
        name: str,
        token: str,
        *,
        mount: str = "transit",
        namespace: str | None = None,
    ) -> None:
        self._outbound = outbound
        self._root = f"{url.rstrip('/')}/v1/{mount}"
        self._name = name
        self._headers = {"x-vault-token": token, "x-vault-request": "true", "content-type": "application/json"}
        if namespace is not None:
            self._headers["x-vault-namespace"] = namespace

    async def wrap(self, plain: bytes) -> str:
        """Wrapped by the newest version."""
        answer = await self._call(f"encrypt/{self._name}", {"plaintext": base64.b64encode(plain).decode()})
        wrapped = _field(answer, "ciphertext")
        if not _WRAPPED.match(wrapped):
            raise Unavailable("key_service", "The key service gave an answer of another form.")
        return wrapped

    async def unwrap(self, wrapped: str) -> bytes:
        """What was wrapped."""
        answer = await self._call(f"decrypt/{self._name}", {"ciphertext": wrapped})
        try:
            return base64.b64decode(_field(answer, "plaintext"), validate=True)
        except binascii.Error:
            raise Unavailable("key_service", "The key service gave an answer of another form.") from None

    def unwrap_now(self, wrapped: str) -> bytes | None:
        """None: the service must be asked."""
        return None

    async def rotate(self) -> None:
        """A further version."""
        await self._call(f"keys/{self._name}/rotate", {})

    async def retire(self, keep: str | None) -> bool:
        """Older versions no longer decrypt, and are trimmed. Without `keep` nothing is done: the key is Vault's own."""
        found = _WRAPPED.match(keep or "")
        if found is None:
            return False
        oldest = int(found.group(1))
        limits = {"min_decryption_version": oldest, "min_encryption_version": oldest}
        try:
            await self._call(f"keys/{self._name}/config", limits)
            await self._call(f"keys/{self._name}/trim", {"min_available_version": oldest})
        except (Unavailable, IntegrityFailure):
            return False
        return True

    async def _call(self, path: str, body: dict[str, Any]) -> Any:
        try:
            answer = await self._outbound.request(
                "POST", f"{self._root}/{path}", headers=self._headers, content=json.dumps(body).encode()
            )
        except Unavailable as error:
            if error.code == "address_refused":
                raise  # the operator's mistake: the host is not on the allow-list
            raise Unavailable("key_service") from None
        if answer.status == 403:
            raise Unavailable("key_service", "The key service refuses our token.")
        if answer.status == 400:
            # Vault answers so for a version below min_decryption_version and for bytes that are not its own.
            raise IntegrityFailure("key_missing", "The key service does not open this key store: it is an older copy.")
        if answer.status not in (200, 204):
            raise Unavailable("key_service", f"The key service answers with status {answer.status}.")
        if not answer.body:
            return {}
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise Unavailable("key_service", "The key service gave an answer of another form.") from None


def _field(answer: Any, name: str) -> str:
    try:
        found = answer["data"][name]
    except (KeyError, TypeError, IndexError):
        found = None
    if not isinstance(found, str):
        raise Unavailable("key_service", "The key service gave an answer of another form.")
    return found
