"""A model behind the widespread chat-completions interface (vLLM, llama.cpp, Azure), called through `net`."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import urlsplit

from preceptor.errors import LimitReached, Unavailable
from preceptor.llm.model import LONGEST_REPLY, Model, Prompt, Reply, Unusable, parsed
from preceptor.net import Outbound

_CALL = "/chat/completions"


class CompatibleModel:
    """`url` is the base address (ending in `/v1` or the like), `model` the name the endpoint knows.

    Temperature 0 and a fixed seed: the same prompt should give the same lines. The reply is asked for by JSON schema;
    an endpoint that does not know `response_format` ignores it, and the reply is checked all the same.
    """

    def __init__(self, outbound: Outbound, url: str, model: str, key: str | None = None) -> None:
        self._outbound = outbound
        self._url = url.rstrip("/")
        self._model = model
        self._key = key

    @property
    def name(self) -> str:
        """Host and model."""
        return f"{urlsplit(self._url).hostname}/{self._model}"

    @property
    def address(self) -> str | None:
        """The address a prompt is posted to."""
        return self._url + _CALL

    async def ask(self, prompt: Prompt) -> Reply | Unusable:
        """One call, no retry: a policy question is answered without a model when this one does not answer."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key}"
        try:
            response = await self._outbound.request(
                "POST",
                self._url + _CALL,
                headers=headers,
                content=json.dumps(self._body(prompt)).encode(),
                deadline=prompt.seconds,
                max_bytes=8 * LONGEST_REPLY,
            )
        except LimitReached:
            return Unusable("too_long")
        except Unavailable as error:
            if error.code == "address_refused":
                raise  # the operator's mistake, not the model's
            return Unusable("unavailable")
        if response.status != 200:
            return Unusable("refused" if 400 <= response.status < 500 else "unavailable")
        return _reply(response.body)

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": [
                {"role": "system", "content": prompt.instructions},
                {"role": "user", "content": prompt.material},
            ],
            "temperature": 0,
            "seed": 0,
            "max_tokens": prompt.tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": dict(prompt.schema)},
            },
        }


def _reply(body: bytes) -> Reply | Unusable:
    """The first choice's content; anything of another shape is `not_json`."""
    try:
        answer: Any = json.loads(body)
        choice: Any = answer["choices"][0]
        text: Any = choice["message"]["content"]
        usage: Any = answer.get("usage") or {}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return Unusable("not_json")
    if not isinstance(text, str):
        return Unusable("not_json")
    if choice.get("finish_reason") == "length":
        return Unusable("truncated")
    return parsed(text, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))


def _count(usage: Any, key: str) -> int:
    found = cast("dict[str, Any]", usage).get(key) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else 0


def connect_model(url: str, model: str, key: str | None, allowed: tuple[str, ...]) -> Model:
    """The configured model. Only `allowed` hosts and this machine can be called; plain http only on this machine."""
    here = {"127.0.0.1", "localhost", "::1"}
    return CompatibleModel(Outbound({*allowed, *here}, plain=here, loopback=True), url, model, key)
