"""Fixtures: a real embedded PostgreSQL for the whole run, a fresh tenant for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from preceptor.clock import SystemClock
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services
from tests.make import Tenant, make_tenant

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One PRECEPTOR_HOME a test process, outside pytest's folder so that a short socket path is possible."""
    path = Path(tempfile.mkdtemp(prefix="preceptor-test-"))
    yield path
    state = path / "postgres"
    target = state.resolve() if state.is_symlink() else None
    shutil.rmtree(path, ignore_errors=True)
    if target is not None and os.geteuid() == 0:
        _remove_later(target)


def _remove_later(target: Path) -> None:
    """The supervisor stops the server some seconds after us; its folder can go when the lock file has gone."""
    import subprocess
    import sys

    code = (
        "import sys,time,shutil,pathlib\np=pathlib.Path(sys.argv[1])\n"
        "for _ in range(120):\n time.sleep(0.5)\n if not (p/'data'/'postmaster.pid').exists(): break\n"
        "shutil.rmtree(p, ignore_errors=True)"
    )
    subprocess.Popen([sys.executable, "-c", code, str(target)], start_new_session=True)


@pytest.fixture(scope="session")
async def services(home: Path) -> AsyncIterator[Services]:
    """The product's services on the embedded database."""
    async with open_services(Settings(home=home), SystemClock()) as opened:
        yield opened


@pytest.fixture
async def tenant(services: Services) -> Tenant:
    """A fresh tenant with its keys and an operator caller."""
    return await make_tenant(services, f"t{os.getpid()}-{next(_NUMBERS)}")
