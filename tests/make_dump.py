"""The database as an operator's backup holds it: `pg_dump` in plain text, and put back with `psql`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from preceptor.db.embedded import OWNER, SUPER, binaries
from preceptor.wiring import Services


def dump(services: Services, path: Path) -> str:
    """A plain dump of the whole database, written to `path`, and its text."""
    member = services.database.embedded
    assert member is not None
    command = [binaries(member.place) / "pg_dump", "--dbname", member.dsn(SUPER), "--format=plain", "--no-comments"]
    with path.open("wb") as file:
        subprocess.run(command, stdout=file, check=True, timeout=300)
    return path.read_text(encoding="utf-8")


def restore(services: Services, path: Path, dsn: str) -> None:
    """Put a dump into the empty database at `dsn`, as a superuser; the owner of the tables owns the database too."""
    member = services.database.embedded
    assert member is not None
    owned = f"alter database {dsn.partition('?')[0].rpartition('/')[2]} owner to {OWNER}"
    command = [binaries(member.place) / "psql", "--dbname", dsn, "--quiet", "--set=ON_ERROR_STOP=1"]
    command += ["--command", owned, "--file", path]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
