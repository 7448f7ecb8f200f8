"""Every command, called by somebody without any role: refused before it reads, writes or prints anything of the tenant.

A command that needs no permission stands in `OPEN` with its reason; a new one is refused or fails here.
"""

from __future__ import annotations

import argparse
import inspect
import shlex
from collections.abc import Iterator

import pytest
from tests.make import Tenant

from preceptor.access.caller import Caller
from preceptor.cli.command import Context
from preceptor.cli.main import build_parser
from preceptor.errors import Denied, PreceptorError
from preceptor.wiring import Services

OPEN: dict[str, str] = {
    "serve": "opens the doors, each of which asks for its own permission; needs the files of the installation",
    "user show": "shows the caller its own account alone, to know whose token it holds",
}
"""Command → why it asks for no permission of its own."""
WITHOUT_TENANT: dict[str, str] = {
    "audit verify": "of an export: reads the two files it is given and no state (of the database: refused)",
    "chart validate": "reads the files it is given and no state; prints places and names of rules, no contents",
    "db migrate": "needs the credentials of the database's owner",
    "db status": "counts migrations",
    "doctor": "checks the installation; prints no contents",
    "worked-example": "sets the sample tenant up and asks the sample questions, as `make run` does",
    "eval run": "sits an exam in a database of its own",
    "eval compare": "compares two files it is given",
    "eval list": "lists suites of the repository",
}
"""Command that is given no services and no caller → what it does."""


def leaves(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command with its words."""
    found = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not found:
        yield " ".join(path), parser
    for action in found:
        for name, below in action.choices.items():
            yield from leaves(below, (*path, name))


def example(name: str, parser: argparse.ArgumentParser) -> list[str]:
    """The words of the first example in its help."""
    text = (parser.epilog or "").replace("\\\n", " ")
    line = next(one.strip() for one in text.splitlines() if one.strip().startswith(f"preceptor {name}"))
    return shlex.split(line)[1:]


LEAVES = dict(leaves(build_parser()))


def test_what_needs_no_permission_is_listed() -> None:
    given = {name for name, parser in LEAVES.items() if not inspect.iscoroutinefunction(parser.get_default("run"))}
    assert given == set(WITHOUT_TENANT)
    assert set(OPEN) <= set(LEAVES)


@pytest.mark.parametrize("name", sorted(set(LEAVES) - set(WITHOUT_TENANT) - set(OPEN)))
async def test_somebody_without_a_role_is_refused(
    services: Services, tenant: Tenant, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    args = build_parser().parse_args(example(name, LEAVES[name]))
    nobody = Caller(tenant.id, "account:nobody", frozenset())
    try:
        await args.run(Context(services, nobody, args))
    except Denied:
        assert capsys.readouterr().out == ""
        return
    except PreceptorError as error:
        raise AssertionError(f"{name} looked at its input before asking who calls: {error.code}") from error
    raise AssertionError(f"{name} did something for somebody without a role")
