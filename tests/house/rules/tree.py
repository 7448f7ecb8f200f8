"""What the rules read: the Python files of a source tree, each parsed and walked once."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the repository, with slashes."""

    path: str
    text: str

    @property
    def stem(self) -> str:
        """File name without its ending."""
        return Path(self.path).stem

    @property
    def module(self) -> str:
        """Dotted name below `src`: `src/preceptor/db/pool.py` is `preceptor.db.pool`."""
        parts = Path(self.path).with_suffix("").parts
        parts = parts[1:] if parts[0] == "src" else parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @cached_property
    def by_type(self) -> dict[type[ast.AST], list[ast.AST]]:
        """Every node of the tree, by its type."""
        found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in ast.walk(self.tree):
            found[type(node)].append(node)
        return found

    def all(self, *types: type[Node]) -> Iterator[Node]:
        """The nodes of exactly these types."""
        for kind in types:
            yield from self.by_type.get(kind, ())  # type: ignore[misc]

    @cached_property
    def imports(self) -> list[tuple[str, int]]:
        """Dotted name and line of everything imported, wherever in the file; `from a import b` gives `a.b`."""
        found: list[tuple[str, int]] = []
        for node in self.all(ast.Import, ast.ImportFrom):
            if isinstance(node, ast.Import):
                found += [(alias.name, node.lineno) for alias in node.names]
            else:
                found += [(f"{self._origin(node)}.{alias.name}", node.lineno) for alias in node.names]
        return found

    def _origin(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        package = self.module.split(".")
        package = package if self.stem == "__init__" else package[:-1]
        kept = package[: len(package) - node.level + 1]
        return ".".join([*kept, node.module] if node.module else kept)

    @cached_property
    def _bound(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for node in self.all(ast.Import, ast.ImportFrom):
            for alias in node.names:
                if isinstance(node, ast.ImportFrom):
                    names[alias.asname or alias.name] = f"{self._origin(node)}.{alias.name}"
                elif alias.asname:
                    names[alias.asname] = alias.name
                else:
                    top = alias.name.split(".")[0]
                    names[top] = top
        return names

    def full_name(self, node: ast.AST) -> str:
        """The dotted name an expression stands for, seen through the imports; '' when it is no plain name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self._bound.get(node.id, node.id), *reversed(parts)])

    @cached_property
    def uses(self) -> list[tuple[str, int]]:
        """Every import, every name that begins with an import, and every name of a built-in, with its line."""
        found = list(self.imports)
        for node in self.all(ast.Name, ast.Attribute):
            name = self.full_name(node)
            if name and (self._root(node) in self._bound or hasattr(builtins, name)):
                found.append((name, node.lineno))
        return found

    def _root(self, node: ast.AST) -> str:
        while isinstance(node, ast.Attribute):
            node = node.value
        return node.id if isinstance(node, ast.Name) else ""

    @cached_property
    def strings(self) -> list[tuple[str, int]]:
        """String constants that are not docstrings, with their line."""
        documentation = {id(node.value) for node in self.all(ast.Expr) if isinstance(node.value, ast.Constant)}
        return [
            (node.value, node.lineno)
            for node in self.all(ast.Constant)
            if isinstance(node.value, str) and id(node) not in documentation
        ]


@dataclass(frozen=True)
class Tree:
    """A repository: its root and the Python files under the folders that were read."""

    root: Path
    sources: tuple[Source, ...]

    @cached_property
    def product(self) -> tuple[Source, ...]:
        """The files under `src`."""
        return tuple(s for s in self.sources if s.path.startswith("src/"))

    @cached_property
    def tests(self) -> tuple[Source, ...]:
        """The files under `tests`."""
        return tuple(s for s in self.sources if s.path.startswith("tests/"))


def read(root: Path, *folders: str) -> Tree:
    """The Python files under the folders (`src` and `tests` when none is named)."""
    paths = sorted(p for folder in folders or ("src", "tests") for p in (root / folder).rglob("*.py"))
    return Tree(root, tuple(Source(p.relative_to(root).as_posix(), p.read_text(encoding="utf-8")) for p in paths))


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the prefixes or lies below one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def at(source: Source, line: int, what: str) -> str:
    """A violation, written so that an editor can jump to it."""
    return f"{source.path}:{line}: {what}"


def excepted(found: dict[str, list[str]], allowed: dict[str, str]) -> list[str]:
    """The violations of files without an exception, and each exception that excuses nothing any more.

    `found` maps a path to its violations, `allowed` a path to the reason of the exception.
    """
    wrong = [violation for path, violations in found.items() if path not in allowed for violation in violations]
    return wrong + [f"{path}: the exception excuses nothing; remove it" for path in allowed if path not in found]
