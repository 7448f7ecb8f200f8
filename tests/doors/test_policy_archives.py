"""`preceptor policy add` on folders and archives: what is inside goes in, one bad one fails alone."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from preceptor.cli.policy_files import PolicyFile, collect
from preceptor.errors import PreceptorError
from preceptor.evidence.parsing.limits import Limits

TEXT = b"A walker is covered once in 36 months.\n"


def found(*paths: Path) -> list[PolicyFile]:
    return collect(
        [str(p) for p in paths],
        title=None,
        version=None,
        effective_from=None,
        effective_to=None,
        owner="",
        supersedes=False,
    )


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def test_an_archive_is_a_folder(tmp_path: Path) -> None:
    files = found(packed(tmp_path / "a.zip", {"b/two.md": TEXT, "one.html": b"<p>x", "x.exe": b"x"}))
    assert [f.name.removeprefix(str(tmp_path)) for f in files] == ["/a.zip/b/two.md", "/a.zip/one.html"]
    assert files[0].read(Limits()) == (TEXT, "text/markdown")
    assert [f.said.stem for f in files] == ["two", "one"]


def test_its_manifest_counts(tmp_path: Path) -> None:
    rows = [{"path": "b/two.md", "title": "Two", "version": "3", "payer": "Plan"}]
    archive = packed(tmp_path / "a.zip", {"b/two.md": TEXT, "one.md": TEXT, "manifest.json": json.dumps(rows).encode()})
    (only,) = found(archive)
    assert (only.said.title, only.said.version, only.said.owner) == ("Two", "3", "Plan")


def test_a_bad_archive_fails_alone(tmp_path: Path) -> None:
    good = tmp_path / "good.md"
    good.write_bytes(TEXT)
    (tmp_path / "broken.zip").write_bytes(b"no archive")
    files = found(good, tmp_path / "broken.zip")
    assert files[0].read(Limits())[0] == TEXT
    with pytest.raises(PreceptorError) as caught:
        files[1].read(Limits())
    assert caught.value.code == "archive_broken"


def test_archives_in_a_folder_are_read_and_links_out_of_it_are_not(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_bytes(TEXT)
    folder = tmp_path / "folder"
    folder.mkdir()
    packed(folder / "a.zip", {"one.md": TEXT})
    (folder / "link.md").symlink_to(outside)
    assert [f.name.removeprefix(str(folder)) for f in found(folder)] == ["/a.zip/one.md"]
