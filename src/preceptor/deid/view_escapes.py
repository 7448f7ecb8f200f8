"""Transfer and string escapes undone: percent-encoding, quoted-printable, backslash and HL7 version 2 escapes."""

from __future__ import annotations

import re

from preceptor.deid.view_offsets import Layer, rewrite

_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})++")
_FORM = re.compile(r"[?&]\w{1,40}=")
_PLUS = re.compile(r"(?<=[A-Za-z0-9])\+(?=[A-Za-z0-9])")
_QUOTED = re.compile(r"=[ \t]{0,8}\r?\n|(?:=[0-9A-Fa-f]{2})++")
_QUOTED_SURE = re.compile(r"=\r?\n|=3D|=C[23]=[89AB]|=E2=80=|=0[AD]|=A0|=20\r?\n|quoted-printable", re.I)
_BACKSLASH = re.compile(r"\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\[nrt](?=[A-Z0-9\s\\\"'-])")
_HL7 = re.compile(r"\\(?:\.br|\.sp|F|S|T|R|E|H|N|X(?:[0-9A-F]{2}){1,40})\\")
_HL7_SIGNS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "H": "", "N": "", ".br": "\n", ".sp": "\n"}
_CONTROLS = {"\\n": "\n", "\\r": "\n", "\\t": "\t"}


def decode_percent(text: str) -> Layer | None:
    """RFC 3986 percent-encoding decoded as UTF-8, else as Latin-1."""
    return rewrite(text, _PERCENT, lambda match: _octets(match.group().replace("%", ""))) if "%" in text else None


def decode_plus(text: str) -> Layer | None:
    """The `+` of a form or query string as the blank it stands for, where the text holds `&key=` at all."""
    return rewrite(text, _PLUS, lambda _: " ") if "+" in text and _FORM.search(text) else None


def _octets(digits: str) -> str:
    raw = bytes.fromhex(digits)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def decode_quoted(text: str) -> Layer | None:
    """RFC 2045 quoted-printable; soft line breaks vanish.

    `=40` in "SpO2=40" is no escape: without other signs of the encoding an escape counts only between letters.
    """
    if "=" not in text:
        return None
    sure = bool(_QUOTED_SURE.search(text))

    def decoded(match: re.Match[str]) -> str | None:
        found = match.group()
        if found[-1] == "\n":
            return "" if text[match.start() - 1 : match.start()] not in ("", "=", " ", "\n") else None
        put = _octets(found.replace("=", ""))
        inside = text[match.start() - 1 : match.start()].isalpha() and text[match.end() : match.end() + 1].isalpha()
        return put if sure or (inside and put.isalnum()) else None

    return rewrite(text, _QUOTED, decoded)


def decode_backslash(text: str) -> Layer | None:
    r"""JSON and C escapes of characters (`\u004a`, `\x4a`, `\n`) and the escapes of HL7 v2.5.1 section 2.7."""
    if "\\" not in text:
        return None
    pattern = _HL7 if _HL7.search(text) else _BACKSLASH
    return rewrite(text, pattern, _hl7 if pattern is _HL7 else _escape)


def _hl7(match: re.Match[str]) -> str:
    inner = match.group()[1:-1]
    return _HL7_SIGNS[inner] if inner in _HL7_SIGNS else _octets(inner[1:])


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if found in _CONTROLS:
        return _CONTROLS[found]
    code = int(found[2:].strip("{}"), 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
