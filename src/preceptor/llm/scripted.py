"""A model that says what it was told, for tests and for trying a flow without one; it marks itself by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from preceptor.llm.model import NotTold, Prompt, Reply, Unusable, parsed

Line = str | Unusable | Callable[[Prompt], str]
"""The text of one reply, a failure, or a function of the prompt: the obedient or the hostile model of an attack."""


class ScriptedModel:
    """Replies in order; raises NotTold when asked more often than told. `asked` keeps the prompts for the test."""

    def __init__(self, lines: Sequence[Line], *, name: str = "scripted") -> None:
        self._lines = list(lines)
        self._name = name
        self.asked = list[Prompt]()

    @property
    def name(self) -> str:
        """Always begins with `scripted`, so that no answer of it can pass for a real model's."""
        return self._name if self._name.startswith("scripted") else f"scripted/{self._name}"

    @property
    def address(self) -> str | None:
        """Its prompts stay in the process."""
        return None

    async def ask(self, prompt: Prompt) -> Reply | Unusable:
        """The next line."""
        self.asked.append(prompt)
        if not self._lines:
            raise NotTold
        line = self._lines.pop(0)
        if isinstance(line, Unusable):
            return line
        text = line if isinstance(line, str) else line(prompt)
        return parsed(text, len(prompt.material) // 4, len(text) // 4)
