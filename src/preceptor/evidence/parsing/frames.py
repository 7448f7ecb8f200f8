"""What the worker and its parent say to each other: length-prefixed frames of fixed layout over two pipes.

A frame is one letter, a 32-bit little-endian length, and that many bytes. The job is JSON of our own making; what
comes back is numbers, UTF-8 and raw arrays, so that a document cannot make the parent run anything.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

JOB = b"J"
HEAD = b"H"
PAGE = b"P"
PICTURE = b"I"
ERROR = b"E"
DONE = b"D"

PREFIX = struct.Struct("<cI")
PAGE_FIELDS = struct.Struct("<IIIIIff?")


@dataclass(frozen=True)
class PageFrame:
    """One page as it crosses the pipe: `boxes` is raw little-endian float32, 16 bytes a character, or None; `rules`
    the same, 16 bytes a drawn line; `facts` is a JSON object of what was noticed about the page ("hidden": characters
    no reader can see, by kind)."""

    number: int
    chars: int
    width: float
    height: float
    text: bytes
    boxes: bytes | None = None
    rules: bytes = b""
    facts: bytes = b"{}"


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """The bytes of one frame."""
    return PREFIX.pack(kind, len(payload)) + payload


def pack_page(page: PageFrame) -> bytes:
    """The payload of a PAGE frame."""
    fields = PAGE_FIELDS.pack(
        page.number,
        page.chars,
        len(page.text),
        len(page.facts),
        len(page.rules) // 16,
        page.width,
        page.height,
        page.boxes is not None,
    )
    return b"".join((fields, page.text, page.facts, page.rules, page.boxes or b""))


def unpack_page(payload: bytes) -> PageFrame:
    """Read a PAGE payload; raises ValueError when the lengths do not agree."""
    if len(payload) < PAGE_FIELDS.size:
        raise ValueError("short page frame")
    number, chars, size, told, lines, width, height, boxed = PAGE_FIELDS.unpack_from(payload)
    parts = list[bytes]()
    at = PAGE_FIELDS.size
    for length in (size, told, 16 * lines, 16 * chars if boxed else 0):
        parts.append(payload[at : at + length])
        at += length
    if at != len(payload):
        raise ValueError("page frame of another length")
    text, facts, rules, boxes = parts
    return PageFrame(number, chars, width, height, text, boxes if boxed else None, rules, facts)
