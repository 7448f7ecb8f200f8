"""The files inside a zip archive, unpacked under limits: nothing outside it, no link, no bomb, no archive in it."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from preceptor.errors import Invalid, LimitReached
from preceptor.evidence.parsing.limits import MIB

MEMBERS = 2_000
"""Files of one archive."""
UNPACKED = 1024 * MIB
"""Bytes of all its files together."""
RATIO = 200
"""How much a file may be compressed, above `SMALL`; text is compressed some tenfold, a bomb a thousandfold."""
SMALL = 16 * MIB
CHUNK = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file of an archive: its path there, and how long it says it is, in bytes."""

    name: str
    size: int

    @property
    def path(self) -> PurePosixPath:
        """The path inside the archive."""
        return PurePosixPath(self.name)


def list_members(archive: Path | BinaryIO) -> list[Member]:
    """The files of a zip archive by name; hidden ones and folders left out.

    Raises Invalid `archive_broken` (no zip, damaged, encrypted), `archive_unsafe` (an absolute path, `..`, a link),
    LimitReached `archive_too_large`. Nothing is unpacked.
    """
    with _opened(archive) as packed:
        infos = [i for i in packed.infolist() if not i.is_dir()]
        if len(infos) > MEMBERS or sum(i.file_size for i in infos) > UNPACKED:
            raise LimitReached("archive_too_large")
        found = list[Member]()
        for info in infos:
            _check(info)
            parts = PurePosixPath(info.filename).parts
            if not any(part.startswith(".") or part == "__MACOSX" for part in parts):
                found.append(Member(info.filename, info.file_size))
        names = [m.name.casefold() for m in found]
        if len(set(names)) != len(names):
            raise Invalid("archive_broken", "The zip file holds two files of the same name.")
        return sorted(found, key=lambda m: m.name)


def read_member(archive: Path | BinaryIO, member: Member, limit: int) -> bytes:
    """The bytes of a file of the archive. LimitReached `file_too_large` above `limit`, whatever it says of itself."""
    with _opened(archive) as packed:
        content = bytearray()
        with packed.open(member.name) as file:
            while chunk := file.read(CHUNK):
                content += chunk
                if len(content) > limit:
                    raise LimitReached("file_too_large")
        return bytes(content)


@contextmanager
def _opened(archive: Path | BinaryIO) -> Generator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as packed:
            yield packed
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, LookupError, ValueError, OSError) as error:
        raise Invalid("archive_broken") from error


def _check(info: zipfile.ZipInfo) -> None:
    """Refuse what leads outside, is no plain file, is encrypted, or is compressed beyond belief."""
    path = PurePosixPath(info.filename)
    windows = "\\" in info.filename or (len(info.filename) > 1 and info.filename[1] == ":")
    if path.is_absolute() or ".." in path.parts or windows or "\0" in info.orig_filename:
        raise Invalid("archive_unsafe")
    mode = info.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0):
        raise Invalid("archive_unsafe")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Invalid("archive_broken", "The zip file uses a compression that is not read.")
    if info.flag_bits & 0x1:
        raise Invalid("archive_broken", "The zip file is encrypted.")
    if info.file_size > SMALL and info.file_size > RATIO * max(info.compress_size, 1):
        raise LimitReached("archive_too_large")
