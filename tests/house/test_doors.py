"""Every door is listed: each route names a permission, each command shows an example."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from tests.attack.test_cross_tenant_routes import SENT
from tests.house import registered
from tests.house.rules import registries
from tests.house.rules.tree import Tree

from preceptor.access.permissions import PERMISSIONS
from preceptor.cli.main import build_parser
from preceptor.web.routes import PUBLIC, ROUTES

Sample = Callable[..., Tree]


def test_every_route_names_a_permission() -> None:
    table = [(r.method, r.path, None if r.permission == PUBLIC else r.permission) for r in ROUTES]
    assert table
    assert registries.routes(table, PERMISSIONS, registered.PUBLIC_ROUTES) == []


def test_a_route_without_permission_is_found() -> None:
    def found(*table: tuple[str, str, str | None], public: dict[str, str] | None = None) -> list[str]:
        return registries.routes(table, ["chart:read"], public or {})

    assert found(("GET", "/a", "chart:read")) == []
    assert found(("GET", "/a", None), public={"GET /a": "health"}) == []
    assert found(("GET", "/a", None))  # public, and nobody said why
    assert found(("GET", "/a", "chart:burn"))  # no such permission
    assert found(("GET", "/a", "chart:read"), ("GET", "/a", "chart:read"))  # twice: which one holds?
    assert found(("GET", "/a", "chart:read"), public={"GET /a": "health"})  # listed as public, is not
    assert found(public={"GET /gone": "health"})


def test_every_guarded_route_is_walked_with_ids_of_another_tenant() -> None:
    assert {f"{r.method} {r.path}" for r in ROUTES if r.permission != PUBLIC} == set(SENT)


def test_no_route_is_made_by_a_decorator(house: Tree) -> None:
    assert registries.decorated_routes(house) == []


def test_a_decorated_route_is_found(sample: Sample) -> None:
    tree = sample({"src/preceptor/web/pages.py": "@router.post('/x', status_code=201)\nasync def f(): ...\n"})
    assert registries.decorated_routes(tree)


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and every command below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from commands(below)


def without_examples(parser: argparse.ArgumentParser) -> list[str]:
    """The commands whose --help shows no example that calls them."""
    return [
        command.prog
        for command in commands(parser)
        if not (command.epilog or "").startswith("Examples:") or command.prog not in (command.epilog or "")
    ]


def test_every_command_shows_examples() -> None:
    assert without_examples(build_parser()) == []


def test_a_command_without_examples_is_found() -> None:
    parser = argparse.ArgumentParser(prog="p", epilog="Examples:\n  p a")
    below = parser.add_subparsers()
    below.add_parser("a", epilog="Examples:\n  p a x")
    below.add_parser("b")
    below.add_parser("c", epilog="Examples:\n  p a x")  # another command's
    assert without_examples(parser) == ["p b", "p c"]
