"""The tree of the repository, read once, and a way to write a small bad one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.house.rules.tree import ROOT, Tree, read


@pytest.fixture(scope="session")
def house() -> Tree:
    """Every Python file of the repository that the rules read."""
    return read(ROOT)


@pytest.fixture
def sample(tmp_path: Path) -> Callable[..., Tree]:
    """Writes files (path → text) and reads them as a tree."""

    def write(files: dict[str, str]) -> Tree:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return read(tmp_path)

    return write
