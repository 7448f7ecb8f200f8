"""A zip archive that reaches outside, hides a bomb or pretends: refused before anything of it is stored."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from preceptor.errors import Invalid, LimitReached, PreceptorError
from preceptor.evidence.parsing import archive
from preceptor.evidence.parsing.archive import Member, list_members, read_member


def packed(path: Path, *files: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files:
            made.writestr(name, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_the_files_come_out_by_name(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "a.zip", ("b/two.md", b"2"), ("one.md", b"1"), (".hidden", b"x"), ("__MACOSX/one.md", b"x")
    )
    found = list_members(path)
    assert [m.name for m in found] == ["b/two.md", "one.md"]
    assert read_member(path, found[0], 10) == b"2"


REFUSED: list[tuple[str, str | zipfile.ZipInfo]] = [
    ("up", "../outside.md"),
    ("up inside", "a/../../outside.md"),
    ("absolute", "/etc/outside.md"),
    ("a drive", "C:/outside.md"),
    ("backslashes", "..\\outside.md"),
    ("a link", link("link.md")),
]


@pytest.mark.parametrize("name", [n for _, n in REFUSED], ids=[n for n, _ in REFUSED])
def test_what_leads_outside_is_refused(tmp_path: Path, name: str | zipfile.ZipInfo) -> None:
    with pytest.raises(Invalid) as caught:
        list_members(packed(tmp_path / "a.zip", (name, b"x")))
    assert caught.value.code == "archive_unsafe"


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_is(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("big.txt", b"\0" * (archive.SMALL + 1)))
    with pytest.raises(LimitReached):
        list_members(path)
    with pytest.raises(LimitReached):
        read_member(path, Member("big.txt", 10), 1_000)


def test_too_many_files(tmp_path: Path) -> None:
    files = [(f"{n}.md", b"x") for n in range(archive.MEMBERS + 1)]
    with pytest.raises(LimitReached):
        list_members(packed(tmp_path / "a.zip", *files))


def test_two_files_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        list_members(packed(tmp_path / "a.zip", ("A.md", b"x"), ("a.md", b"y")))


def test_encrypted_damaged_or_no_archive(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("one.md", b"x" * 500))
    content = bytearray(path.read_bytes())
    for at in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[at] |= 1
    for name, data in (("locked", bytes(content)), ("none", b"no archive"), ("cut", path.read_bytes()[:-30])):
        file = tmp_path / f"{name}.zip"
        file.write_bytes(data)
        with pytest.raises(PreceptorError) as caught:
            list_members(file)
        assert caught.value.code == "archive_broken"


def test_a_changed_byte_inside_is_noticed(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("one.md", b"coverage lasts six weeks")
    path = tmp_path / "a.zip"
    path.write_bytes(held.getvalue().replace(b"six weeks", b"ten weeks"))
    with pytest.raises(Invalid):
        read_member(path, list_members(path)[0], 100)


def test_no_change_of_a_byte_gets_past_the_named_refusals(tmp_path: Path) -> None:
    whole = packed(
        tmp_path / "a.zip", ("one.md", b"coverage lasts six weeks " * 20), ("b/two.md", b"x" * 40)
    ).read_bytes()
    file = tmp_path / "changed.zip"
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            for member in list_members(file):
                read_member(file, member, 10_000)
        except PreceptorError as error:
            assert error.code.startswith("archive_") or error.code == "file_too_large"
