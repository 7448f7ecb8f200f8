"""The rules about all files of the repository: kept, and each able to fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.house.rules import files
from tests.house.rules.tree import ROOT


@pytest.fixture(scope="module")
def listed() -> list[Path]:
    return files.listed(ROOT)


def test_the_list_of_files_is_not_empty(listed: list[Path]) -> None:
    assert ROOT / "pyproject.toml" in listed
    assert not [path for path in listed if ".venv" in path.parts]


def test_no_file_is_large(listed: list[Path]) -> None:
    assert files.large_files(ROOT, listed) == []


def test_no_file_names_a_registry_or_a_machine(listed: list[Path]) -> None:
    assert files.machine_words(ROOT, listed) == []


def test_without_git_the_folders_are_walked(tmp_path: Path) -> None:
    for name in ("a.txt", ".venv/b.txt", "docs/c.md", ".ruff_cache/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert files.listed(tmp_path) == [tmp_path / "a.txt", tmp_path / "docs/c.md"]


def test_a_large_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(b"x" * (files.MOST_BYTES + 1))
    assert files.large_files(tmp_path, [tmp_path / "big.bin"]) == ["big.bin: 1500001 bytes"]


# The words are put together here so that this file does not hold them.
@pytest.mark.parametrize(
    "text",
    [
        "cd /wo" + "rk/main",  # a folder of the machine it was written on
        '"/ro' + 'ot/.cache"',  # quoted
        "HOME=/ho" + "me/someone",  # an assignment
        "--extra https://files.python" + "hosted.org/x",  # a package host
        "https://PyPI" + ".org/simple",  # in capitals
    ],
)
def test_a_word_of_one_machine_is_found(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("first\n" + text + "\n", encoding="utf-8")
    assert [v for v in files.machine_words(tmp_path, [path]) if v.startswith("a.txt:2: names ")]


@pytest.mark.parametrize(
    "text", ["https://example.org/" + "work/1", "${HOME}/" + "work/x", "home/page", "re/root/x", "/work"]
)
def test_a_similar_word_is_not(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert [v for v in files.machine_words(tmp_path, [path]) if v.startswith("a.txt")] == []
