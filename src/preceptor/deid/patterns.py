"""Identifiers that show themselves by their form: addresses of the net, numbers with a shape or check digit."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from preceptor.deid import checksums
from preceptor.deid.plain import left, right
from preceptor.deid.spans import Span

_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}")
_LOCAL = re.compile(r"[\w.+%-]{1,64}")
_SPOKEN = re.compile(
    r"\s\(?(?:at|arroba)\)?\s[\w-]{2,40}(?:\s\(?(?:dot|punto)\)?\s[\w-]{2,40}){0,3}\s\(?(?:dot"
    r"|punto)\)?\s(?:com|net|org|edu|gov|us|mx|es|co|me|io)\b",
    re.I,
)
_URL = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'()\[\]{}|]{3,300}", re.I)
_HOST = re.compile(
    r"\.(?:com|net|org|edu|info|io|me|co|app|health|page"
    r"|blog)\b(?:/[^\s<>\"'()\[\]{}|]{0,300})?",
    re.I,
)
_PUBLIC_HOST = re.compile(r"(?:https?://)?[\w.-]{1,200}\.(?:gov|mil)(?![\w.])", re.I)
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)")
_NUMBERING = re.compile(
    r"(?:section|sec\.?|§|version|chapter|table|step|figure|fig\.?|appendix|v|release|paragraph)\s*$"
)
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f]{1,4}:[0-9a-f:]{2,34}[0-9a-f](?![\w:])", re.I)
_MAC = re.compile(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.I)
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z_][\w.]{2,30}")
_SSN = re.compile(r"(?<![\w.-])(\d{3})([- .])(\d{2})\2(\d{4})(?![\w-]|\.\d)")
_CARD = re.compile(
    r"(?<![\w/.-])(?:\d{4}[ -]?){3}\d{1,7}(?![\w-])"
    r"|(?<![\w/.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-])"
)
_UDI = re.compile(r"\(01\)\d{14}(?:\(\d{2}\)[A-Z0-9./-]{1,20}){0,5}", re.I)
_VIN = re.compile(r"\b[A-HJ-NPR-Z0-9]{17}\b", re.I)
_PHOTO = re.compile(r"[\w-]{1,64}\.(?:jpe?g|png|heic|heif|tiff?|bmp|gif|dcm|raw)\b", re.I)
_NANP = re.compile(
    r"(?<![\w.-])(?:\+?1[-. /]{0,2})?(?:\(\d{3}\)[-. ]?|\d{3}[-. /])\d{3}[-. ]\d{4}(?!-?\d)"
    r"(?:[ ,]{0,2}(?:x|ext\.?|extension)[ ]?\d{1,6})?",
    re.I,
)
_DIGITS10 = re.compile(r"(?<![\w.-])(?:\+?1)?[2-9]\d{9}(?:[ ]?x\d{1,6})?(?![\w-])")
_ABROAD = re.compile(r"(?<![\w+])\+(?!1\b)\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}(?!\d)")
_LOCAL7 = re.compile(r"(?<![\w.-])\d{3}[-. ]\d{4}(?![\w-])")
_PHONE_CUE = re.compile(
    r"(?:\b(?:tel|phone|telephone|tele|ph|call|called|calls|calling|cell|mobile|home|work|reach|reached"
    r"|number|text"
    r"|pager|page|beeper|fax|contact|from|at|t|f|h|c|m|p|tel[eé]fono|celular|llamar|line|ext|voicemail)\b"
    r"[^\n\d]{0,24}$)|,\s*$"
)
_FAX_CUE = re.compile(r"(?:\bfax\b|\bf:|\bfacsimile)[^\n\d]{0,24}$")
_LEADING_ONLY = re.compile(r"^\s*$")
_PUBLIC_LINE = re.compile(
    r"\b(?:hotline|helpline|lifeline|crisis|poison|toll[- ]free|customer|member services|support"
    r"|information|service|medicare|quit ?line|line|help|emergency)\b"
)
_TOLL_FREE = frozenset(("800", "888", "877", "866", "855", "844", "833", "822"))


def find_net(text: str) -> Iterator[Span]:
    """E-mail addresses (spoken ones too), web addresses, IP and MAC addresses, UUIDs, handles."""
    if "@" in text:
        yield from _emails(text)
        for match in _HANDLE.finditer(text):
            yield Span(match.start(), match.end(), "OTHER_ID", 0.8, "pattern:handle")
    for match in _SPOKEN.finditer(text):
        local = _last(_LOCAL, text, match.start())
        if local is not None:
            yield Span(local, match.end(), "EMAIL", 0.85, "pattern:email-spoken")
    for match in _URL.finditer(text):
        if not _PUBLIC_HOST.match(match.group()):
            yield Span(match.start(), match.end(), "URL", 0.9, "pattern:url")
    for match in _HOST.finditer(text):
        start = _last(re.compile(r"[\w.-]{2,120}"), text, match.start())
        if start is not None:
            yield Span(start, match.end(), "URL", 0.7, "pattern:host")
    yield from _addresses(text)


def _emails(text: str) -> Iterator[Span]:
    at = text.find("@")
    while at >= 0:
        start, domain = _last(_LOCAL, text, at), _DOMAIN.match(text, at + 1)
        if start is not None and domain:
            yield Span(start, domain.end(), "EMAIL", 0.97, "pattern:email")
        at = text.find("@", at + 1)


def _last(pattern: re.Pattern[str], text: str, end: int) -> int | None:
    """Where the longest run of `pattern` that stops right before `end` starts, at most 120 characters back."""
    window = text[max(0, end - 120) : end]
    match = pattern.match(window[::-1])
    return end - match.end() if match else None


def _addresses(text: str) -> Iterator[Span]:
    for match in _IPV4.finditer(text):
        octets = match.group().split(".")
        if all(int(octet) < 256 for octet in octets) and not _NUMBERING.search(left(text, match.start(), 24)):
            yield Span(match.start(), match.end(), "IP", 0.85, "pattern:ipv4")
    if ":" in text:
        for match in _MAC.finditer(text):
            yield Span(match.start(), match.end(), "DEVICE", 0.95, "pattern:mac")
        for match in _IPV6.finditer(text):
            if match.group().count(":") < 3 and "::" not in match.group():
                continue
            try:
                ipaddress.IPv6Address(match.group())
            except ValueError:
                continue
            yield Span(match.start(), match.end(), "IP", 0.9, "pattern:ipv6")
    if "-" in text:
        for match in _UUID.finditer(text):
            yield Span(match.start(), match.end(), "OTHER_ID", 0.96, "pattern:uuid")


def find_numbers(text: str) -> Iterator[Span]:
    """Social security numbers, cards, device identifiers, vehicle numbers by form and check digit; image files."""
    for match in _SSN.finditer(text):
        valid = checksums.ssn(match.group(1) + match.group(3) + match.group(4))
        yield Span(match.start(), match.end(), "SSN", 0.93 if valid else 0.7, f"pattern:ssn{'' if valid else '-shape'}")
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if 13 <= len(digits) <= 19 and digits[0] in "23456" and checksums.luhn(digits):
            yield Span(match.start(), match.end(), "ACCOUNT", 0.93, "pattern:card")
    for match in _UDI.finditer(text):
        yield Span(match.start(), match.end(), "DEVICE", 0.96, "pattern:udi")
    for match in _VIN.finditer(text):
        if checksums.vin(match.group()):
            yield Span(match.start(), match.end(), "VEHICLE", 0.92, "pattern:vin")
    if "." in text:
        for match in re.finditer(r"\.(?:jpe?g|png|heic|heif|tiff?|bmp|gif|dcm|raw)\b", text, re.I):
            start = _last(re.compile(r"[\w-]{1,64}"), text, match.start())
            if start is not None:
                yield Span(start, match.end(), "PHOTO", 0.9, "pattern:image-file")


def find_phones(text: str) -> Iterator[Span]:
    """Telephone and fax numbers; toll-free ones only when nothing says that they are a public line."""
    for pattern, score, needs_cue in (
        (_NANP, 0.85, False),
        (_ABROAD, 0.8, False),
        (_DIGITS10, 0.75, True),
        (_LOCAL7, 0.7, True),
    ):
        for match in pattern.finditer(text):
            before = left(text, match.start(), 40)
            if toll_free(match.group()) and _PUBLIC_LINE.search(before + right(text, match.end(), 24)):
                continue
            if needs_cue and not _has_cue(text, match, before):
                continue
            fax = bool(_FAX_CUE.search(before))
            yield Span(
                match.start(), match.end(), "FAX" if fax else "PHONE", score, "pattern:fax" if fax else "pattern:phone"
            )


def _has_cue(text: str, match: re.Match[str], before: str) -> bool:
    """Whether the words before the digits speak of a telephone, or the number stands alone on its line."""
    if _PHONE_CUE.search(before):
        return True
    after = right(text, match.end(), 40)
    return bool(_LEADING_ONLY.match(before) and _LEADING_ONLY.match(after) and len(match.group()) > 7)


def toll_free(number: str) -> bool:
    """Whether the number belongs to a toll-free area: such lines are public and identify nobody."""
    digits = re.sub(r"\D", "", number)
    return digits.removeprefix("1")[:3] in _TOLL_FREE and len(digits) >= 10
