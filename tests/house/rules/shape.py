"""Rules about the shape of a module: its size, its name, its docstring, its comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize

from tests.house.rules.tree import Source, Tree, at

MODULE_LINES = 400
FUNCTION_LINES = 60
DRAWERS = frozenset({"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"})

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
NOT_RUN = frozenset({"skip", "skipif", "xfail", "importorskip", "skipIf", "skipUnless", "skipTest", "expectedFailure"})


def module_size(tree: Tree) -> list[str]:
    """A module has at most 400 lines."""
    return [at(s, MODULE_LINES, f"{len(s.lines)} lines") for s in tree.sources if len(s.lines) > MODULE_LINES]


def function_size(tree: Tree) -> list[str]:
    """A function has at most 60 lines, its decorators not counted."""
    return [
        at(source, node.lineno, f"{node.name} has {length} lines")
        for source in tree.sources
        for node in source.all(ast.FunctionDef, ast.AsyncFunctionDef)
        if (length := node.end_lineno - node.lineno + 1) > FUNCTION_LINES
    ]


def drawer_names(tree: Tree) -> list[str]:
    """No module or folder is a drawer for what has no subject."""
    return [
        at(source, 1, f"a drawer name: {part}")
        for source in tree.sources
        for part in source.path.removesuffix(".py").split("/")
        if DRAWERS & set(part.split("_"))
    ]


def docstrings(tree: Tree) -> list[str]:
    """Every module says in its first sentence what it is; an empty file that only marks a folder of tests need not."""
    return [
        at(source, 1, "no docstring")
        for source in tree.sources
        if (source.text or source in tree.product) and not (ast.get_docstring(source.tree) or "").strip()
    ]


def package_files(tree: Tree) -> list[str]:
    """An `__init__.py` holds one docstring and nothing else: no re-exports."""
    return [
        at(source, node.lineno, "an __init__.py holds one docstring and nothing else")
        for source in tree.product
        if source.stem == "__init__"
        for node in source.tree.body[1:]
    ]


def missing_package_files(tree: Tree) -> list[str]:
    """Every folder of modules in the product is a package with its docstring."""
    folders = {source.path.rsplit("/", 1)[0] for source in tree.product}
    present = {source.path.rsplit("/", 1)[0] for source in tree.product if source.stem == "__init__"}
    return [f"{folder}: no __init__.py" for folder in sorted(folders - present)]


def broad_except(tree: Tree) -> list[str]:
    """`except Exception`, `except BaseException` and a bare `except` carry their reason on the line."""
    return [
        at(source, node.lineno, "a broad except without its reason on the line")
        for source in tree.sources
        for node in source.all(ast.ExceptHandler)
        if _is_broad(node) and not _has_reason(source.lines[node.lineno - 1])
    ]


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(one, ast.Name) and one.id in {"Exception", "BaseException"} for one in caught)


def _has_reason(line: str) -> bool:
    comment = line.partition("#")[2]
    without_codes = re.sub(r"\b(noqa|type|pyright|pragma)\b\s*:?\s*[\w\[\], ]*?(?=[-#]|$)", " ", comment)
    return len(re.findall(r"[A-Za-z]{2,}", without_codes)) >= 3


def unfinished(tree: Tree) -> list[str]:
    """Nothing is left for later, and no test is switched off."""
    found: list[str] = []
    for source in tree.sources:
        if UNFINISHED.search(source.text):
            found += [at(source, line, f"left for later: {word}") for word, line in _marks(source)]
        for node in source.all(ast.Name):
            if node.id == "NotImplementedError":
                found.append(at(source, node.lineno, "not implemented"))
        for node in source.all(ast.Attribute):
            if node.attr in NOT_RUN and source.full_name(node).split(".")[0] in {"pytest", "unittest", "self"}:
                found.append(at(source, node.lineno, f"a test that does not run: {node.attr}"))
    return found


def _marks(source: Source) -> list[tuple[str, int]]:
    texts = [
        (token.string, token.start[0])
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline)
        if token.type == tokenize.COMMENT
    ]
    texts += [
        (ast.get_docstring(node) or "", getattr(node, "lineno", 1))
        for node in source.all(ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    ]
    return [(mark[0], line) for text, line in texts if (mark := UNFINISHED.search(text))]
