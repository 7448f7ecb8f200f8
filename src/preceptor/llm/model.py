"""One question to a language model, and the three things that can come of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from preceptor.errors import PreceptorError

LONGEST_REPLY = 64 * 1024
"""Characters of a reply that are looked at; a longer one is `unusable`."""

Failure = Literal["unavailable", "timeout", "refused", "truncated", "not_json", "too_long"]


@dataclass(frozen=True)
class Prompt:
    """What is asked: `instructions` are ours, `material` is untrusted text, the reply must fit `schema` (JSON Schema).

    `tokens` bounds the reply, `seconds` the whole call.
    """

    instructions: str
    material: str
    schema: Mapping[str, Any]
    tokens: int = 256
    seconds: float = 20.0

    def digest(self) -> str:
        """SHA-256 of everything that is sent, in hexadecimal. Anyone can try guesses on it: key it to keep it."""
        parts = [self.instructions, self.material, self.schema, self.tokens]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Reply:
    """A JSON value the model gave. That it fits the schema, and that it is true, is for the caller to check."""

    value: Any
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True)
class Unusable:
    """No reply that can be used; `why` is a stable word, never the model's text."""

    why: Failure


class Model(Protocol):
    """A language model. `name` is what the log calls it."""

    @property
    def name(self) -> str:
        """The model as the log names it, for example `local/llama-3.1-8b`."""
        ...

    @property
    def address(self) -> str | None:
        """Where a prompt is sent, for the register of outside endpoints; None when it does not leave the process."""
        ...

    async def ask(self, prompt: Prompt) -> Reply | Unusable:
        """One call. Never raises for what the other side does; a wrong address or setting is the product's error."""
        ...


def parsed(text: str, tokens_in: int, tokens_out: int) -> Reply | Unusable:
    """The reply in `text`: one JSON value and nothing else around it."""
    if len(text) > LONGEST_REPLY:
        return Unusable("too_long")
    try:
        return Reply(json.loads(text, parse_constant=_refused), tokens_in, tokens_out)
    except (ValueError, RecursionError):
        return Unusable("not_json")


def _refused(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are no JSON (RFC 8259, section 6)


class NotTold(PreceptorError):
    """The scripted model was asked something it was not told to expect: a test is wrong, nothing else."""

    def __init__(self) -> None:
        super().__init__("internal", "The scripted model was not told what to say to this prompt.")
