"""Every code block in the documentation is true: commands and targets exist, Python runs, JSON parses."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from preceptor.cli.main import build_parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=indent)```", re.M | re.S)
SHELL = frozenset({"bash", "sh", "console"})
LANGUAGES = SHELL | {"python", "json", "jsonl", "text"}


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, its text."""

    place: str
    language: str
    text: str


def blocks(name: str, page: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(f"{name}:{page.count(chr(10), 0, found.start()) + 1}", found["language"], found["body"])
        for found in FENCE.finditer(page)
    ]


BLOCKS = [b for page in PAGES for b in blocks(page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8"))]


def command_lines(text: str) -> list[list[str]]:
    """The simple commands of a shell block as words: continuation lines joined, pipes, comments and redirects cut."""
    found: list[list[str]] = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        lexer = shlex.shlex(line.removeprefix("$ ").strip(), posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        words: list[str] = []
        for word in [*lexer, "|"]:
            if word and set(word) <= set("|&;"):
                found.append(words)
                words = []
            else:
                words.append(word)
    return [_bare(words) for words in found if _bare(words)]


def _bare(words: list[str]) -> list[str]:
    """Without settings before the command and without redirects."""
    while words and re.fullmatch(r"\w+=.*", words[0]):
        words = words[1:]
    cut = next((i for i, word in enumerate(words) if set(word) <= set("<>&") and word), len(words))
    return words[:cut]


def refused(words: list[str]) -> str | None:
    """Why the product's parser does not take these words after `preceptor`, or None when it does."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            build_parser().parse_args(words)
        except SystemExit as end:
            return None if end.code == 0 else said.getvalue().strip().splitlines()[-1]
    return None


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def wrong_commands(text: str) -> list[str]:
    """The `preceptor` and `make` commands of a shell block that do not exist."""
    found: list[str] = []
    for words in command_lines(text):
        program = words[0].rpartition("/")[2]
        if program == "preceptor" and (reason := refused(words[1:])):
            found.append(f"{shlex.join(words)}: {reason}")
        if program == "make":
            asked = [w for w in words[1:] if "=" not in w and not w.startswith("-")]
            found += [f"no make target: {target}" for target in asked if target not in targets()]
    return found


def test_every_block_says_its_language() -> None:
    assert [b.place for b in BLOCKS if b.language not in LANGUAGES] == []


def test_the_commands_exist() -> None:
    assert {b.place: wrong for b in BLOCKS if b.language in SHELL and (wrong := wrong_commands(b.text))} == {}


def test_json_parses() -> None:
    for block in BLOCKS:
        if block.language == "json":
            json.loads(block.text)
        if block.language == "jsonl":
            [json.loads(line) for line in block.text.splitlines() if line.strip()]


def test_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        if block.language == "python":
            exec(compile(block.text, block.place, "exec"), {"__name__": "documentation"})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("preceptor no-such-command\n", 1),
        ("preceptor tenant add north --no-such-option\n", 1),
        ("preceptor tenant\n", 1),  # a group without its command
        ("cat a | PRECEPTOR_HOME=x .venv/bin/preceptor tenant burn > out\n", 1),  # in a pipe, with a setting
        ("make no-such-target\n", 1),
        ("make check && make nothing\n", 1),
        ("preceptor tenant add \\\n  north --title 'North | South'  # a comment\n", 0),  # over two lines
        ("$ preceptor tenant --help\n", 0),
        ("make run ARGS=--exit\n", 0),
        ("echo preceptor nothing\n", 0),
    ],
)
def test_a_wrong_command_is_found(text: str, count: int) -> None:
    assert len(wrong_commands(text)) == count


def test_blocks_are_found_in_lists_too() -> None:
    page = "# A\n\n```bash\nmake run\n```\n\n1. b\n   ```json\n   {}\n   ```\n\n```\nx\n```\n"
    assert blocks("a.md", page) == [
        Block("a.md:3", "bash", "make run\n"),
        Block("a.md:8", "json", "   {}\n"),
        Block("a.md:12", "", "x\n"),
    ]
