"""The disk is full while a document is put in: a clear error, nothing half-done, and it goes on when there is room."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.crash.commands import check_whole, done, place, preceptor, start_home

__all__ = ["place"]
pytestmark = pytest.mark.slow


def test_a_full_disk_loses_nothing(place: Path) -> None:
    """The server's folder is a small file system of its own (as root; other users share the disk with everybody)."""
    root = start_home(place)
    assert root.is_mount(), "this test mounts a small file system: run it as root"
    ready = done(place, "tenant", "list")
    assert ready[0] == 0, ready
    path = place / "supplies.md"
    text = "".join(f"Item {n}: a member may receive {n} units of supply {n} in a year.\n\n" for n in range(1, 12_000))
    path.write_text("# Supplies\n\n" + text)
    ballast = root / "ballast"
    free = int(subprocess.run(["df", "--output=avail", "-B1", root], capture_output=True, text=True).stdout.split()[1])
    ballast.write_bytes(b"\0" * max(0, free - (256 << 10)))
    process = preceptor(place, "policy", "add", "--no-embed", str(path), "--json")
    out, err = process.communicate(timeout=180)
    assert process.returncode == 5, (out, err)
    assert json.loads(out)["error"]["code"] in ("disk_full", "database_unavailable")
    assert "Item 1" not in err and "Traceback" not in err
    ballast.unlink()
    deadline = time.monotonic() + 60
    while (code := done(place, "policy", "add", str(path), "--json"))[0] == 5 and time.monotonic() < deadline:
        time.sleep(1)
    assert code[0] == 0, code
    check_whole(place)
