"""A small writer of PDF files, honest and hostile, for tests: objects, a cross-reference table, streams, encryption."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_ID = b"0123456789abcdef"


@dataclass(frozen=True)
class Sheet:
    """One page: its operators, boxes in points, rotation in degrees, and how often the stream is deflated."""

    content: bytes
    media: tuple[float, float, float, float] = (0, 0, 612, 792)
    crop: tuple[float, float, float, float] | None = None
    rotate: int = 0
    deflated: int = 0
    resources: bytes = b""


@dataclass
class Objects:
    """Numbered objects; `add` gives the number."""

    bodies: list[bytes] = field(default_factory=list)

    def add(self, body: bytes) -> int:
        self.bodies.append(body)
        return len(self.bodies)


def text_at(x: float, y: float, text: str, size: float = 12, before: str = "") -> bytes:
    """Operators that show one line of Latin-1 text in Helvetica; `before` goes first (a colour, a render mode)."""
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"q {before} BT /F1 {size} Tf {x} {y} Td ({escaped}) Tj ET Q\n".encode("latin-1")


def stream(data: bytes, extra: bytes = b"", deflated: int = 0) -> bytes:
    """A stream object's body, deflated as often as said."""
    for _ in range(deflated):
        data = zlib.compress(data, 9)
    filters = b"/Filter[" + b"/FlateDecode" * deflated + b"]" if deflated else b""
    return b"<<%s%s/Length %d>>stream\n%s\nendstream" % (extra, filters, len(data), data)


def make_pdf(
    sheets: Sequence[Sheet],
    *,
    title: str | None = None,
    forms: Sequence[tuple[bytes, bytes]] = (),
    user_password: bytes | None = None,
) -> bytes:
    """A PDF of these pages. `forms` are (operators, resources) reachable as /X0, /X1 … from every page and form.

    With `user_password` the file is encrypted (40-bit RC4, ISO 32000-1 section 7.6); b"" opens for everybody.
    """
    objects = Objects()
    catalog, tree, font = objects.add(b""), objects.add(b""), objects.add(b"")
    form_numbers = [objects.add(b"") for _ in forms]
    named = b"".join(b"/X%d %d 0 R" % (i, number) for i, number in enumerate(form_numbers))
    shared = b"/Font<</F1 %d 0 R>>/XObject<<%s>>" % (font, named)
    key = _file_key(user_password) if user_password is not None else None
    for number, (operators, resources) in zip(form_numbers, forms, strict=True):
        head = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<<%s%s>>" % (shared, resources)
        objects.bodies[number - 1] = stream(_locked(operators, key, number), head)
    kids: list[int] = []
    for sheet in sheets:
        number = len(objects.bodies) + 1
        content = objects.add(stream(_locked(sheet.content, key, number), deflated=sheet.deflated))
        crop = b"/CropBox[%s]" % _numbers(sheet.crop) if sheet.crop else b""
        kids.append(
            objects.add(
                b"<</Type/Page/Parent %d 0 R/MediaBox[%s]%s/Rotate %d/Contents %d 0 R/Resources<<%s%s>>>>"
                % (tree, _numbers(sheet.media), crop, sheet.rotate, content, shared, sheet.resources)
            )
        )
    objects.bodies[catalog - 1] = b"<</Type/Catalog/Pages %d 0 R>>" % tree
    objects.bodies[tree - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    objects.bodies[font - 1] = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    trailer = b""
    if title is not None:
        hexed = (b"\xfe\xff" + title.encode("utf-16-be")).hex().encode()
        trailer += b"/Info %d 0 R" % objects.add(b"<</Title<%s>>>" % hexed)
    if user_password is not None and key is not None:
        owner = _rc4(hashlib.md5(_padded(b"owner")).digest()[:5], _padded(user_password))
        user = _rc4(key, _PAD)
        number = objects.add(
            b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (owner.hex().encode(), user.hex().encode())
        )
        trailer += b"/Encrypt %d 0 R/ID[<%s><%s>]" % (number, _ID.hex().encode(), _ID.hex().encode())
    return write(objects.bodies, catalog, trailer)


def write(bodies: Sequence[bytes], root: int, trailer: bytes = b"") -> bytes:
    """The file of these objects, numbered from 1."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, root, trailer, table)
    return bytes(out)


def _numbers(values: Sequence[float]) -> bytes:
    return " ".join(f"{value:g}" for value in values).encode()


def _padded(password: bytes) -> bytes:
    return (password + _PAD)[:32]


def _file_key(user: bytes) -> bytes:
    owner = _rc4(hashlib.md5(_padded(b"owner")).digest()[:5], _padded(user))
    return hashlib.md5(_padded(user) + owner + struct.pack("<i", -4) + _ID).digest()[:5]


def _locked(data: bytes, key: bytes | None, number: int) -> bytes:
    if key is None:
        return data
    return _rc4(hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()[:10], data)


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
