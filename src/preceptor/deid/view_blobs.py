"""Stretches of encoded data whose content cannot be checked: base64, base32, hexadecimal, tokens, data URIs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_LEAST = 48
"""Shorter stretches are left to the rules for codes: below it chemical names and sequences look the same."""

_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{8,}={0,6}")
_WRAP = re.compile(r"[ \t]{0,8}=?\r?\n[ \t]{0,40}(?:> ?)?")
_DATA = re.compile(r"data:[\w/+.-]{0,80}(?:;[\w=.-]{1,60}){0,4};base64,\s{0,4}(?=[A-Za-z0-9+/_%-]{4})", re.I)
_SIGNED = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?")
_PAIRS = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}(?:[ :][0-9A-Fa-f]{2}(?![0-9A-Za-z])){15,}+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_BASE32 = re.compile(r"[A-Z2-7]+={0,6}")
_SAMPLE = 4096
"""So much of a stretch is looked at; what follows it without a break is of the same kind."""


def blobs(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of encoded data of 48 characters and more, sorted, apart; lines that go on with it included.

    Left alone: words, long chemical names and paths (their letters keep one case and their signs are frequent),
    sequences of one case (DNA, proteins), digits, rows of signs. Not recognised: uuencoding, Ascii85, encodings
    shorter than 48 characters outside a data URI. Linear in the text.
    """
    end = 0
    for start, stop in sorted([*_runs(text), *_marked(text)]):
        if stop > end:
            yield max(start, end), stop
            end = stop


def _marked(text: str) -> Iterator[tuple[int, int]]:
    """What says itself that it is encoded: data URIs, signed tokens (RFC 7519), dumps of bytes in pairs."""
    if "base64," in text or "BASE64," in text:
        for match in _DATA.finditer(text):
            body = re.compile(r"[A-Za-z0-9+/_%-]*={0,2}").match(text, match.end())
            yield match.start(), _more_lines(text, body.end() if body else match.end(), 0)
    if "eyJ" in text:
        for match in _SIGNED.finditer(text):
            yield match.span()
    for match in _PAIRS.finditer(text):
        sample = match.group()[:_SAMPLE]
        if re.search(r"[A-Fa-f]", sample) and re.search(r"\d", sample):
            yield match.span()


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of an encoding's alphabet, over line ends, that look encoded."""
    at = 0
    while match := _TOKEN.search(text, at):
        start, at = match.span()
        line = at - start
        if line >= 24:
            at = _more_lines(text, at, line)
        if at - start >= _LEAST and _looks_encoded(text[start : min(at, start + _SAMPLE)]):
            yield start, at


def _more_lines(text: str, at: int, width: int) -> int:
    """The end of the lines that go on where one ended at `at`; each a token alone, as wide as the first, the last less.

    `width` 0 takes any width: a data URI's first line is shorter by its head.
    """
    while wrap := _WRAP.match(text, at):
        token = _LINE.match(text, wrap.end())
        if token is None or token.end() == token.start() or (width and token.end() - token.start() > width + 8):
            break
        short = token.end() - token.start() < (width or 24)
        if short and not _ends_like_data(token.group(), text, token.end()):
            break
        at = token.end()
        if short:
            break
    return at


_LINE = re.compile(r"[A-Za-z0-9+/_-]*+={0,6}(?=[ \t]{0,8}=?(?:\r?\n|[\"'<)\]},;]|\Z))")


def _ends_like_data(token: str, text: str, end: int) -> bool:
    """Whether a short last line is data rather than a word: padding, a digit or sign, capitals inside, or the end."""
    if token[-1] == "=" or re.search(r"[\d+/]|[a-z][A-Z]", token):
        return True
    return len(token) % 4 == 0 and end == len(text)


def _looks_encoded(sample: str) -> bool:
    """Whether a stretch has the mix of an encoding, by how often the class of character changes."""
    compact = re.sub(r"[\s>]+", "", sample)
    body = compact.rstrip("=")
    if len(body) < _LEAST - 4:
        return False
    digits = sum(map(str.isdecimal, body))
    letters = sum(map(str.isalpha, body))
    if _HEX.fullmatch(body):
        return digits > len(body) // 4 and letters > len(body) // 12
    lower = sum(map(str.islower, body))
    upper = letters - lower
    if _BASE32.fullmatch(compact):
        return digits > len(body) // 20 and len(compact) % 8 == 0
    if not (lower and upper):
        return False
    if _reads_as_text(body):
        return True
    signs = len(body) - digits - letters
    changes = len(_CHANGE.findall(body))
    rate = changes / len(body)
    return bool(digits) and signs <= len(body) // 9 and (rate > 0.42 or (rate > 0.25 and len(body) > 400))


_CHANGE = re.compile(r"[a-z](?=[^a-z])|[A-Z](?=[^A-Z])|\d(?=\D)|[+/_-](?=[A-Za-z0-9])")


def _reads_as_text(body: str) -> bool:
    """Whether it decodes to printable ASCII: then it is base64 whatever its mix, as words never do."""
    whole = body[: len(body) // 4 * 4].replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(whole, validate=True)
    except (binascii.Error, ValueError):
        return False
    return sum(32 <= code < 127 or code in (9, 10, 13) for code in raw) > 0.97 * len(raw)
