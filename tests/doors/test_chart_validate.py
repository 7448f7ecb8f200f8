"""`preceptor chart validate` as it is typed: files, NDJSON, packed files, batches, packages, and what it answers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.doors.test_command_line import run
from tests.make_package import BASE, package, pressure

GOOD = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-02-01"}
BAD = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-02-31", "gender": "none"}


def test_files_are_told_apart(home: Path, tmp_path: Path) -> None:
    """Exit 0 when everything holds, 1 when not; the place of each error, never its value."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(GOOD))
    bad.write_text(json.dumps(BAD))
    assert run(home, "chart", "validate", str(good)).returncode == 0
    done = run(home, "chart", "validate", str(good), str(bad))
    assert done.returncode == 1
    assert f"{good}: valid\n" in done.stdout and f"{bad}: not valid, 2 errors\n" in done.stdout
    assert "Patient.birthDate" in done.stdout and "1980-02-31" not in done.stdout
    done = run(home, "chart", "validate", str(bad), "--json")
    outcome = json.loads(done.stdout)
    assert [issue["expression"] for issue in outcome["issue"]] == [["Patient.birthDate"], ["Patient.gender"]]
    assert [issue["code"] for issue in outcome["issue"]] == ["value", "code-invalid"]


def test_a_line_in_gives_a_line_out(home: Path, tmp_path: Path) -> None:
    """Also for what is no JSON; packed files are unpacked."""
    batch = tmp_path / "batch.ndjson.gz"
    lines = [json.dumps(GOOD), json.dumps(BAD), '{"resourceType":"Patient","resourceType":"Group"}', "nonsense"]
    batch.write_bytes(gzip.compress("\n".join(lines).encode()))
    done = run(home, "chart", "validate", "--batch", str(batch))
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [o["issue"][0]["severity"] for o in outcomes] == ["information", "error", "fatal", "fatal"]
    done = run(home, "chart", "validate", str(batch))
    assert "line 2" in done.stdout and done.returncode == 1


def test_packages_bring_profiles(home: Path, tmp_path: Path) -> None:
    """Without the package a profile is not checked, and that is said; with it, it is."""
    resource, guide = tmp_path / "pressure.json", tmp_path / "guide.tgz"
    broken = pressure()
    del broken["subject"]
    resource.write_text(json.dumps(broken))
    guide.write_bytes(package())
    done = run(home, "chart", "validate", str(resource))
    assert done.returncode == 0 and BASE + "pressure" in done.stdout and "not checked" in done.stdout
    assert run(home, "chart", "validate", str(resource), "--ig", str(guide)).returncode == 1
    done = run(
        home,
        "chart",
        "validate",
        "-",
        "--ig",
        str(guide),
        "--profile",
        BASE + "person",
        given='{"resourceType":"Patient"}',
    )
    assert done.returncode == 1 and "Patient.birthDate" in done.stdout


def test_mistakes_are_explained(home: Path, tmp_path: Path) -> None:
    """No file, a broken package, both ways of asking at once."""
    guide = tmp_path / "guide.tgz"
    guide.write_text("no package")
    assert run(home, "chart", "validate").returncode == 2
    assert run(home, "chart", "validate", str(tmp_path / "none.json")).returncode == 3
    done = run(home, "chart", "validate", "-", "--ig", str(guide), given="{}")
    assert done.returncode == 2 and "ig_package" in done.stderr
