"""The anchor file: appended only, never set back, many logs in one, and taken by the verifier as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.audit_case import Log, key_of, leaf_of

from preceptor.audit.anchors import append_anchor, newest
from preceptor.audit.formats import notes_of
from preceptor.audit.verify import verify_export
from preceptor.errors import IntegrityFailure, Unavailable

LOG = Log(tuple(leaf_of(n) for n in range(30)), key_of(1))
OTHER = Log(tuple(leaf_of(n) for n in range(50, 60)), key_of(2), "preceptor.local/other")


def test_heads_are_appended_once_and_never_set_back(tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    assert append_anchor(path, LOG.note(10))
    assert append_anchor(path, OTHER.note(3))
    assert not append_anchor(path, LOG.note(10))
    assert append_anchor(path, LOG.note(20))
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    forged = Log((*LOG.leaves[:19], leaf_of(99)), LOG.key)
    for note in (LOG.note(10), LOG.note(15), forged.note(20)):
        with pytest.raises(IntegrityFailure) as caught:
            append_anchor(path, note)
        assert caught.value.code == "anchor_mismatch"
    assert path.read_bytes() == before
    text = path.read_text()
    assert [note.split("\n")[1] for note in notes_of(text)] == ["10", "3", "20"]
    found = newest(text, LOG.origin)
    assert found is not None and found.size == 20


def test_the_verifier_takes_the_file_and_passes_over_other_logs(tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    for note in (LOG.note(10), OTHER.note(3), LOG.note(20)):
        append_anchor(path, note)
    report = verify_export(LOG.lines, LOG.head(), LOG.vkey, [path.read_text()])
    assert report.ok and report.anchors == 2
    rewritten = Log((*LOG.leaves[:12], leaf_of(77), *LOG.leaves[13:]), LOG.key)
    report = verify_export(rewritten.lines, rewritten.head(), LOG.vkey, [path.read_text()])
    assert (report.reason, report.between) == ("anchor_mismatch", (10, 20))
    assert not verify_export(LOG.lines, LOG.head(), LOG.vkey, [OTHER.note(3)]).ok
    for broken in (path.read_text()[:-40], "not a note\n", ""):
        assert not verify_export(LOG.lines, LOG.head(), LOG.vkey, [broken]).ok


@pytest.mark.parametrize("place", ["missing/folder/anchors", "."])
def test_a_file_that_cannot_be_written_is_an_alarm(tmp_path: Path, place: str) -> None:
    with pytest.raises(Unavailable) as caught:
        append_anchor(tmp_path / place, LOG.note())
    assert caught.value.code == "anchor_unwritten"


def test_an_export_is_verified_where_nothing_of_the_product_is_kept(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("".join(LOG.lines))
    (tmp_path / "head").write_text(LOG.head())
    (tmp_path / "anchors").write_text(LOG.note(10) + "\n" + LOG.note(20) + "\n")
    words = ["audit", "verify", "log.jsonl", "--checkpoint", "head", "--key", LOG.vkey, "--anchor", "anchors"]
    before = sorted(tmp_path.iterdir())
    code = "import sys; from preceptor.cli.main import main; sys.exit(main(sys.argv[1:]))"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot" in done.stderr or "could" in done.stderr  # what this check could not have seen is said
    assert sorted(tmp_path.iterdir()) == before
