"""Short forms that documents explain, ready to be looked up by the terms of a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from preceptor.evidence.bm25 import analyze


class ShortForms(Mapping[str, str]):
    """Short form → long form, as some set of versions explains them; analysed once, not once a question."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self._found = dict(found)

    def __getitem__(self, short: str) -> str:
        return self._found[short]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @cached_property
    def terms(self) -> Mapping[str, tuple[str, ...]]:
        """Short form, case folded → the terms of its long form."""
        return {short.casefold(): tuple(analyze(words)) for short, words in self._found.items()}
