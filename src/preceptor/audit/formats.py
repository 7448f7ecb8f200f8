"""The two exported files: a leaf a line, and the signed head with its key (docs/audit-format.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from preceptor.audit.leaf import leaf_hash

MAX_LINE = 32 * 1024
"""Bytes of one line at most, line end included; the largest leaf `encode` makes needs less than half."""

_HEX_HASH = re.compile(r"[0-9a-f]{64}")
_VKEY_PREFIX = "vkey "
_BETWEEN = re.compile(r"\n\n(?!— )")  # an empty line, unless the signatures of a note follow it


@dataclass(frozen=True)
class Row:
    """One line of an export: its number from 0, the leaf's bytes, and the 32-byte hash written beside it."""

    index: int
    leaf: bytes
    hash: bytes


def export_line(index: int, leaf: bytes, stored_hash: bytes | None = None) -> str:
    """The line of leaf `index`, with its newline; `leaf` is what `leaf.encode` made.

    Give the hash that was stored when the entry was made, where there is one: a leaf altered since then is
    located by it, while a hash computed from the altered leaf would hide the row. A leaf that is not text any
    more is written with replacement characters, which its hash gives away.
    """
    digest = leaf_hash(leaf) if stored_hash is None else stored_hash
    return _line(index, leaf.decode("utf-8", "replace"), digest.hex()) + "\n"


def parse_line(line: str | bytes) -> Row | None:
    """The row of one line (line end optional), or None when it is not exactly what `export_line` writes.

    The hash is read, not verified. Exactness leaves two readers of one file nothing to disagree about: no doubled
    name, no `1.0` for `1`, no escape where none is needed.
    """
    if len(line) > MAX_LINE:
        return None
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        text = text.removesuffix("\n").removesuffix("\r")
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    fields = cast("dict[str, object]", found)
    index, leaf, digest = fields.get("index"), fields.get("leaf"), fields.get("hash")
    if type(index) is not int or not isinstance(leaf, str) or not isinstance(digest, str):
        return None
    if index < 0 or _HEX_HASH.fullmatch(digest) is None or _line(index, leaf, digest) != text:
        return None
    try:
        return Row(index, leaf.encode(), bytes.fromhex(digest))
    except UnicodeEncodeError:
        return None


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of an export in constant memory: one longer than `MAX_LINE` arrives cut, and so is refused."""
    while line := file.readline(MAX_LINE + 1):
        yield line


def checkpoint_file(vkey: str, note: str) -> str:
    """The text of a checkpoint file: `vkey <verifier key>` on the first line, then the signed note."""
    return f"{_VKEY_PREFIX}{vkey}\n{note}"


def split_checkpoint_file(text: str) -> tuple[str | None, str]:
    """The verifier key of a checkpoint file (None when it is a bare note) and the signed note; neither is checked."""
    first, newline, rest = text.partition("\n")
    if newline and first.startswith(_VKEY_PREFIX):
        return first.removeprefix(_VKEY_PREFIX), rest
    return None, text


def notes_of(text: str) -> Iterator[str]:
    """The signed notes of an anchor file, or the one note of a checkpoint file; none of them is verified."""
    rest = split_checkpoint_file(text)[1]
    for note in _BETWEEN.split(rest.rstrip("\n")):
        if note.strip():
            yield note.lstrip("\n") + "\n"


def _line(index: int, leaf: str, digest: str) -> str:
    return f'{{"index":{index},"leaf":{json.dumps(leaf, ensure_ascii=False)},"hash":"{digest}"}}'
