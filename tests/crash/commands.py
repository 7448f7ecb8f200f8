"""A home of its own for each crash test, and commands run against it as real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from preceptor.db.embedded import layout

PARAGRAPH = (
    "Item {n}: a member may receive {n} units of supply {n} in a calendar year, and the request is renewed yearly.\n\n"
)


@pytest.fixture
def place() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="preceptor-crash-"))
    yield path
    state = layout(path / "home")
    wait_until_stopped(state.data)
    if os.path.ismount(state.root):
        subprocess.run(["umount", state.root])
    shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(state.root, ignore_errors=True)


def wait_until_stopped(data: Path) -> None:
    """The supervisor stops the unused server some seconds after the last command."""
    deadline = time.monotonic() + 30
    while (data / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.25)


def start_home(path: Path, megabytes: int = 200) -> Path:
    """A new home whose server lives, where we are root, on a small file system of its own."""
    state = layout(path / "home")
    if os.geteuid() == 0:
        state.root.mkdir(parents=True, exist_ok=True)
        options = ["-t", "tmpfs", "-o", f"size={megabytes}m"]
        subprocess.run(["mount", *options, "tmpfs", state.root], check=True)
    return state.root


def environment(place: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PRECEPTOR_")}
    return {**kept, "PRECEPTOR_HOME": str(place / "home")}


def preceptor(place: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "preceptor.cli.main", *words],
        env=environment(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(place: Path, *words: str) -> tuple[int, str]:
    process = preceptor(place, *words)
    out, err = process.communicate(timeout=180)
    return process.returncode, out or err


def big_document(place: Path) -> Path:
    path = place / "supplies.md"
    path.write_text("# Supplies\n\n" + "".join(PARAGRAPH.format(n=n) for n in range(1, 6_000)))
    return path


def postmaster(place: Path) -> int:
    return int((place / "home" / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def check_whole(place: Path) -> None:
    code, out = done(place, "policy", "list", "--json", "--all")
    assert code == 0, out
    documents = json.loads(out)["documents"]
    assert [d["state"] for d in documents].count("ready") == 1, documents
    assert not [d for d in documents if d["state"] == "reading"], documents
    code, out = done(place, "policy", "ask", "How many units of supply 4711 may a member receive?", "--json")
    assert code == 0, out
    answer = json.loads(out)
    found = [c["quote"] for s in [*answer["statements"], *answer["nearest"]] for c in s["citations"]]
    assert any("supply 4711" in quote for quote in found), answer  # whether it is close enough is not the point here
    code, out = done(place, "audit", "verify", "--json")
    assert code == 0 and json.loads(out)["ok"], out
