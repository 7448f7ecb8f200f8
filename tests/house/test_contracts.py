"""The import contracts of pyproject.toml: kept, and able to fail on an upward import and on a circle."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.rules.tree import ROOT

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> tuple[int, str]:
    """The exit code and the report of import-linter in a folder."""
    done = subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def sketch(folder: Path, files: dict[str, str]) -> None:
    """A package with every room of the contracts, empty but for the given files, under the same contracts."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    rooms = {r for c in contracts for layer in c.get("layers", ()) for r in re.findall(r"\w+", layer)}
    listed = [m for c in contracts for k in ("modules", "source_modules", "forbidden_modules") for m in c.get(k, ())]
    modules = [m for m in listed if m.startswith("preceptor.")]
    for name in ["preceptor", *(f"preceptor.{room}" for room in sorted(rooms)), *modules]:
        place = folder / name.replace(".", "/")
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").touch()
    for name, content in files.items():
        (folder / "preceptor" / name).write_text(content, encoding="utf-8")
    section = text[text.index("[tool.importlinter]") :]
    (folder / "pyproject.toml").write_text(section, encoding="utf-8")


def test_imports_point_down() -> None:
    code, report = lint(ROOT)
    assert code == 0, report


def test_the_empty_sketch_passes(tmp_path: Path) -> None:
    sketch(tmp_path, {})
    code, report = lint(tmp_path)
    assert code == 0, report


def test_an_upward_import_is_found(tmp_path: Path) -> None:
    sketch(tmp_path, {"db/pool.py": "def f():\n    from preceptor.audit import events\n", "audit/events.py": ""})
    code, report = lint(tmp_path)
    assert code == 1
    assert "preceptor.db is not allowed to import preceptor.audit" in report


def test_a_driver_outside_db_is_found(tmp_path: Path) -> None:
    sketch(tmp_path, {"access/rows.py": "import asyncpg\n"})
    code, report = lint(tmp_path)
    assert code == 1
    assert "preceptor.access is not allowed to import asyncpg" in report


def test_a_circle_inside_a_room_is_found(tmp_path: Path) -> None:
    sketch(
        tmp_path,
        {"db/one.py": "from preceptor.db import two\n", "db/two.py": "from preceptor.db import one\n"},
    )
    assert lint(tmp_path)[0] == 1
