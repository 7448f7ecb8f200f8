"""One question's use of a configured model: asked from the thread that selects, bounded in time, told to the log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from preceptor.flows.policy_question.model_lines import Pointed, ask_for_lines, number_lines, read_pointing
from preceptor.llm.model import Model, Unusable

GRACE = 2.0
"""Seconds past the model's own deadline after which the thread stops waiting for the event loop."""


class Pointer:
    """Asks `model` which of the lines answer; an instance serves one question.

    `name` and `prompt` (SHA-256 of all that was sent) go into the log; `why` says what made a reply unusable. Nothing
    the model wrote is kept anywhere.
    """

    def __init__(self, model: Model, loop: asyncio.AbstractEventLoop) -> None:
        self._model = model
        self._loop = loop
        self.name = model.name
        self.prompt: str | None = None
        self.why: str | None = None

    def __call__(self, question: str, texts: Sequence[str]) -> Sequence[int] | None:
        """Places of `texts` that the model points at; None when it gave nothing that can be used (`select.Pick`).

        Call it from a thread other than the loop's.
        """
        shown = number_lines([(0, place, text) for place, text in enumerate(texts)])
        prompt = ask_for_lines(question, shown, ["the tenant's library"])
        self.prompt = prompt.digest()
        waiting = asyncio.run_coroutine_threadsafe(self._model.ask(prompt), self._loop)
        try:
            reply = waiting.result(prompt.seconds + GRACE)
        except TimeoutError:
            waiting.cancel()
            self.why = "timeout"
            return None
        if isinstance(reply, Unusable):
            self.why = reply.why
            return None
        found = read_pointing(reply.value, len(shown))
        if not isinstance(found, Pointed):
            self.why = found.why
            return None
        return [shown[place].unit for place in found.places]
