"""The files behind `preceptor policy add`: found, matched with what a manifest says of them, read with progress."""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from tqdm import tqdm

from preceptor.cli.command import note
from preceptor.errors import Invalid, LimitReached, NotFound, PreceptorError
from preceptor.evidence.metadata import Metadata, require_date
from preceptor.evidence.parsing.archive import Member, list_members, read_member
from preceptor.evidence.parsing.limits import MIB, Limits
from preceptor.evidence.parsing.media import ENDINGS, media_type_of
from preceptor.settings import Settings

MANIFEST = "manifest.json"
ARCHIVE = ".zip"
MANIFEST_BYTES = 1 << 20


def limits_of(settings: Settings) -> Limits:
    """The limits of one document, as set."""
    return Limits(
        max_pages=settings.parse_pages,
        memory=settings.parse_memory_mb * MIB,
        cpu_seconds=settings.parse_cpu_seconds,
        ocr_languages=settings.ocr_languages,
    )


@dataclass(frozen=True)
class PolicyFile:
    """A file to add and what is known of it before reading; `member` is its place in the archive at `path`."""

    path: Path
    said: Metadata
    member: Member | None = None
    fault: PreceptorError | None = None

    @property
    def name(self) -> str:
        """What the file is called in output: its path, and for a file of an archive the path inside."""
        return str(self.path) if self.member is None else f"{self.path}/{self.member.name}"

    def read(self, limits: Limits) -> tuple[bytes, str]:
        """Its bytes and media type. An archive that could not be opened is a file that raises why."""
        if self.fault is not None:
            raise self.fault
        if self.member is not None:
            data = read_member(self.path, self.member, limits.max_bytes)
            if not data:
                raise Invalid("file_empty")
            return data, media_type_of(self.member.path, data[:1024])
        try:
            with self.path.open("rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Invalid("unsupported_media_type", "This is not a regular file.")
                data = file.read(limits.max_bytes + 1)
            if len(data) > limits.max_bytes:
                raise LimitReached("file_too_large")
        except OSError as error:
            raise NotFound("file_not_found", f"The file cannot be read: {error.strerror}.") from None
        if not data:
            raise Invalid("file_empty")
        return data, media_type_of(self.path.name, data[:1024])


def collect(
    paths: list[str],
    *,
    title: str | None,
    version: str | None,
    effective_from: date | None,
    effective_to: date | None,
    owner: str,
    supersedes: bool,
) -> list[PolicyFile]:
    """The files of `paths` in order; folders are walked by name. What the command says wins over a manifest."""
    if effective_from and effective_to and effective_to < effective_from:
        raise Invalid("invalid_date")
    files = list[PolicyFile]()
    for name in paths:
        path = Path(name)
        if not path.exists() and not any(Path(other).exists() for other in paths):
            raise NotFound("file_not_found", f"There is no file or folder {name}.")
        for file, said, member, fault in _found(path):
            files.append(
                PolicyFile(
                    file,
                    replace(
                        said,
                        owner=owner or said.owner,
                        title=title or said.title,
                        version=version or said.version,
                        effective_from=effective_from or said.effective_from,
                        effective_to=effective_to or said.effective_to,
                        supersedes=supersedes or said.supersedes,
                    ),
                    member,
                    fault,
                )
            )
    if not files:
        raise NotFound("file_not_found", "There is no file that can be read in the folder or archive.")
    if len(files) > 1 and (title or version):
        raise Invalid("invalid_request", "--title and --version are for one file; use a manifest.json for several.")
    return files


_Found = tuple[Path, Metadata, Member | None, PreceptorError | None]


def _found(path: Path) -> list[_Found]:
    """The files behind one path of the command line: a folder's, an archive's, or the file itself."""
    if path.is_dir():
        return [each for file, said in _walk(path) for each in _opened(file, said)]
    return _opened(path, _beside(path) if path.suffix.lower() != ARCHIVE else Metadata(path.stem))


def _opened(file: Path, said: Metadata) -> list[_Found]:
    """A file, or the files of an archive; an archive that cannot be opened is one file that fails."""
    if file.suffix.lower() != ARCHIVE or not file.is_file():
        return [(file, said, None, None)]
    try:
        return _unpacked(file)
    except PreceptorError as error:
        return [(file, said, None, error)]


def _unpacked(archive: Path) -> list[_Found]:
    """The files of an archive, as a folder's: with a manifest in it those it names, in its order."""
    members = {m.name: m for m in list_members(archive)}
    manifest = members.pop(MANIFEST, None)
    if manifest is not None:
        described = _described(read_member(archive, manifest, MANIFEST_BYTES))
        return [(archive, said, members[name], None) for name, said in described.items() if name in members]
    found = list[_Found]()
    for member in members.values():
        if member.path.suffix.lower() in ENDINGS:
            found.append((archive, Metadata(member.path.stem), member, None))
        else:
            note(f"left out: {archive}/{member.name} (not of a kind that is read)")
    return found


def _beside(path: Path) -> Metadata:
    manifest = _manifest(path.parent / MANIFEST)
    return manifest.get(path.resolve(), Metadata(path.stem))


def _walk(folder: Path) -> list[tuple[Path, Metadata]]:
    """The files the manifest names, in its order; without a manifest all that are not hidden, by name."""
    manifest = _manifest(folder / MANIFEST)
    readable = (*ENDINGS, ARCHIVE)
    found = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix.lower() in readable]
    for path in found:
        if not path.resolve().is_relative_to(folder.resolve()):
            note(f"left out: {path} (a link that leads out of the folder)")
    found = [p for p in found if p.resolve().is_relative_to(folder.resolve())]
    shown = [p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    if not manifest:
        return [(p, Metadata(p.stem)) for p in shown]
    for path in shown:
        if path.resolve() not in manifest and path.stem.upper() != "README":
            note(f"left out: {path} (the folder's {MANIFEST} does not name it; name the file itself to add it)")
    return list(manifest.items())


def _manifest(path: Path) -> dict[Path, Metadata]:
    """What a folder's manifest says, by file; empty when there is none."""
    if not path.is_file():
        return {}
    said = dict[Path, Metadata]()
    for name, described in _described(path.read_bytes()).items():
        file = (path.parent / name).resolve()
        if not file.is_relative_to(path.parent.resolve()):
            raise Invalid("invalid_request", "The manifest names a file outside its folder.")
        said[file] = described
    return said


def _described(content: bytes) -> dict[str, Metadata]:
    """What a manifest.json says, by the path it gives; Invalid `invalid_json` for another form."""
    said = dict[str, Metadata]()
    try:
        document = json.loads(content.decode("utf-8"))
        rows = cast("list[dict[str, Any]]", document["documents"] if isinstance(document, dict) else document)
        for row in rows:
            for name in ("path", "title", "version", "payer", "department", "effective_from", "effective_to"):
                if not isinstance(row.get(name), str | None):
                    raise Invalid("invalid_json", f"In the folder's manifest.json `{name}` must be a text in quotes.")
            said[row["path"]] = Metadata(
                stem=Path(row["path"]).stem,
                owner=row.get("payer") or row.get("department") or "",
                title=row.get("title"),
                version=row.get("version"),
                effective_from=require_date(row["effective_from"]) if row.get("effective_from") else None,
                effective_to=require_date(row["effective_to"]) if row.get("effective_to") else None,
                supersedes=bool(row.get("supersedes", False)),
            )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid("invalid_json", "The folder's manifest.json is not of the documented form.") from None
    return said


class Progress:
    """A bar for the pages of the file being read, on standard error; silent where nobody looks."""

    def __init__(self, files: int) -> None:
        self.files = files
        self.number = 0
        self.bar: tqdm[Any] | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def file(self, path: Path) -> None:
        """The next file begins."""
        self._close()
        self.number += 1
        label = f"[{self.number}/{self.files}] {path.name[:40]}" if self.files else path.name[:40]
        self.bar = tqdm(desc=label, unit="page", file=sys.stderr, disable=None, leave=False)

    def page(self, number: int, total: int) -> None:
        """Page `number` of `total` has been read."""
        if self.bar is not None:
            self.bar.total = total
            self.bar.update(number - self.bar.n)

    def say(self, line: str) -> None:
        """A line of standard output that does not break the bar."""
        self._close()
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
