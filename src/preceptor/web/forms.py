"""Reads a multipart form (RFC 7578) as browsers send it: exact bytes, nothing guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from preceptor.errors import Invalid

MAX_PARTS = 200
_BOUNDARY = re.compile(r"""multipart/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.I)
_DISPOSITION = re.compile(r"^content-disposition:\s*form-data\s*;(.*)$", re.I | re.M)
_PARAMETER = re.compile(r'(?:^|;|\s)(name|filename)="([^"]*)"')


@dataclass(frozen=True)
class SentFile:
    """A file of a form: the name the browser gives it, without a path, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class SentForm:
    """The last value of each field, and the files that were chosen."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    files: list[SentFile] = field(default_factory=list[SentFile])


def read_multipart(body: bytes, content_type: str) -> SentForm:
    """The form in `body`. Invalid `invalid_request` for anything that is not exactly a multipart form."""
    found = _BOUNDARY.match(content_type)
    if found is None:
        raise Invalid("invalid_request", "The form must be sent as multipart/form-data.")
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("ascii", "replace")
    _, *parts = (b"\r\n" + body).split(delimiter, MAX_PARTS + 2)
    if not parts or len(parts) > MAX_PARTS or not parts[-1].startswith(b"--"):
        raise Invalid("invalid_request", "The form is incomplete or has too many parts.")
    form = SentForm()
    for part in parts[:-1]:
        head, blank, data = part.partition(b"\r\n\r\n")
        if not blank or head.lstrip(b" \t")[:2] != b"\r\n":
            raise Invalid("invalid_request", "The form could not be read.")
        _keep(form, head, data)
    return form


def _keep(form: SentForm, head: bytes, data: bytes) -> None:
    try:
        disposition = _DISPOSITION.search(head.decode("utf-8").replace("\r\n", "\n"))
        named = dict(_PARAMETER.findall(disposition[1])) if disposition else {}
        if "name" not in named:
            raise Invalid("invalid_request", "A part of the form has no name.")
        if "filename" not in named:
            form.fields[named["name"]] = data.decode("utf-8")
        elif named["filename"] or data:
            form.files.append(SentFile(_own_name(named["filename"]), data))
    except UnicodeDecodeError:
        raise Invalid("invalid_request", "The form is not UTF-8 text.") from None


def _own_name(sent: str) -> str:
    """The file's own name: browsers escape quotes and line ends with %, old ones send a path."""
    name = sent.replace("%22", '"').replace("%0D", "").replace("%0A", "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in name if c.isprintable()).strip()
    if not kept or len(kept) > 200:
        raise Invalid("invalid_request", "A file needs a name of at most 200 characters.")
    return kept
