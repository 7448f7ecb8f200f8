"""Identifiers that show themselves by their form: addresses of the net, numbers with a shape or check digit."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from preceptor.deid import checksums
from preceptor.deid.plain import left, right
from preceptor.deid.spans import Span
from preceptor.deid.zones import around_words, folded

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
_DOTTED_AT = re.compile(
    r"\b[\w-]{1,30}(?:\s(?:dot|punto|underscore)\s[\w-]{1,30}){0,3}\s(?:at|arroba)\s(?:gmail|yahoo|hotmail"
    r"|outlook|aol|icloud|msn|comcast|[\w-]{2,30})\s(?:dot|punto)\s"
    r"(?:com|net|org|edu|gov|us|mx|es|co|me|io)\b",
    re.I,
)
_EXTENSION = re.compile(
    r"\b(?:ext(?:ension|\.)?|pager|beeper|pgr|pg|bpr|page(?=\s\d)|int(?:erno|\.))\s?(?:id|no\.?|number"
    r"|num)?\s?[:#]?\s{0,2}(?:is\s)?"
    r"(x?\d(?:-?\d){2,8})(?![\w%/]|[.:]\d)|(?<![\w.])(x\d(?:-?\d){2,6})(?!\w)",
    re.I,
)
_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z_][\w.]{2,30}")
_SSN = re.compile(r"(?<![\w.-])(\d{3})( ?[- .] ?)(\d{2})\2(\d{4})(?![\w-]|\.\d)")
_STARRED = re.compile(r"(?<!\w)[xX*#\u2022]{3}[- ]?[xX*#\u2022]{2}[- ]?\d{4}(?!\w)")
"""A social security number of which only the last four digits are shown."""
_CARD = re.compile(
    r"(?<![\w/.-])(?:\d{4}[ -]?){3}\d{1,7}(?![\w-])"
    r"|(?<![\w/.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-])"
)
_UDI = re.compile(
    r"\(01\) ?\d{12,16}(?: ?\(\d{2}\) ?[A-Z0-9./-]{1,20}){0,5}"
    r"|(?<!\w)\+[A-Z]\d{3}[A-Z0-9]{3,18}(?:/[$+A-Z0-9.%-]{2,30}){0,3}",
    re.I,
)
"""GS1 and HIBCC forms of a unique device identifier (21 CFR 830.20)."""
_FOUR_BEFORE = re.compile(
    r"(?<![\w.,:/-])(\d{4})\W{1,3}(?:(?:is|are|=|were)\s)?(?:(?:the|my|his|her|your)\s)?(?:last (?:four|4)\b"
    r"|ssn\b|social\b)",
    re.I,
)
_SOCIAL = re.compile(
    r"\b(?:ssn?|ss|social(?: security)?|soc\.? sec\.?|seguro social|s\.s\.n?\.?|itin)\b[^\n\d*]{0,40}?"
    r"((?:[\dX*#]{3}[- .]?[\dX*#]{2}[- .]?)?\d{4}(?:[- .]?\d{5})?)(?![\w/%-]|[.,:]\d)",
    re.I,
)
"""What follows the words for a social security number: nine digits, or the last four of a starred one."""
_CARD_FOUR = re.compile(
    r"\b(?:the|my|your|his|her|our|that)\s(\d{4})\s(?:card|visa|mastercard|amex|debit|account)\b", re.I
)
_SOCIAL_WORDS = ("last", "l4", "end", "ss", "soc", "itin", "s.s")
"""What every match of the three rules for partial social security numbers holds."""
_MBI = re.compile(r"(?<!\w)[1-9][A-Z][A-Z\d]\d[ -]?[A-Z][A-Z\d]\d[ -]?[A-Z]{2}\d{2}(?!\w)", re.I)
"""Medicare beneficiary identifiers: eleven characters, letters and digits at fixed places (42 CFR 411.20 ff.;"
" CMS 2018)."""
_LAST_FOUR = re.compile(
    r"\b(?:last[ -]?(?:four|4|[four]{4})|l4|ends? in"
    r"|ending in)\b[^\n\d]{0,70}?(?:\n[^\n\d]{0,16})?\b(\d{4})(?![\w/%-]|[.,:]\d)",
    re.I,
)
_VIN = re.compile(r"\b[A-HJ-NPR-Z0-9]{17}\b", re.I)
_PHOTO = re.compile(r"[\w-]{1,64}\.(?:jpe?g|png|heic|heif|tiff?|bmp|gif|dcm|raw)\b", re.I)
_NANP = re.compile(
    r"(?<![\w.-])(?:\+?1[-. /\n]{0,2})?(?:\(\d{3}\)[-. \n]?|\d{3}[-. /\n])\d{3}[-. ]\d{4}(?!-?\d)"
    r"(?:[ ,]{0,2}(?:x|ext\.?|extension)[ ]{0,2}\d{1,6})?",
    re.I,
)
_DIGITS10 = re.compile(
    r"(?<![\w.-])(?:\+?1)?[2-9]\d{9}(?:[ ]{0,2}(?:x|ext\.?|extension)[ ]{0,2}\d{1,6})?(?![\w-])",
    re.I,
)
_ABROAD = re.compile(r"(?<![\w+])\+(?!1\b)\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}(?!\d)")
_LOCAL7 = re.compile(r"(?<![\w.-])\d{3}[-. ]\d{4}(?![\w-])")
_PHONE_CUE = re.compile(
    r"(?:\b(?:tel|phone|telephone|tele|ph|call|called|calls|calling|cell|mobile|home|work|reach|reached"
    r"|number|text"
    r"|pager|page|beeper|fax|contact|from|at|t|f|h|c|m|p|tel[eé]fono|celular|llamar|line|ext|voicemail)\b"
    r"[^\n\d]{0,24}$)|,\s*$"
)
_KIN_CUE = re.compile(
    r"[)\]]:?\s$|\b(?:landline|celular|cel|n[uú]mero|llamar|llame|marcar|marque|tel[eé]f?|emerg\w*)\b[^\n\d]{0,24}$",
)
_ALONE = re.compile(r"(?:^|[(.?!:]) {0,2}$")
_COUNTED = re.compile(
    r"\s?(?:mg|mcg|ml|units?|iu|cells?|k\b|mm|cm|/|%|years?|days?|weeks?|hours?|minutes?|steps|calories|kcal"
    r"|people|patients|mm3)"
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
    for match in _DOTTED_AT.finditer(text):
        yield Span(match.start(), match.end(), "EMAIL", 0.86, "pattern:email-spoken")
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
    yield from _socials(text)
    for match in _MBI.finditer(text):
        yield Span(match.start(), match.end(), "HEALTH_PLAN", 0.9, "pattern:mbi")
    for match in _CARD_FOUR.finditer(text):
        yield Span(match.start(1), match.end(1), "ACCOUNT", 0.7, "pattern:card-four")
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


def _socials(text: str) -> Iterator[Span]:
    """Social security numbers, whole by their form, in part by the words beside them."""
    for match in _SSN.finditer(text):
        valid = checksums.ssn(match.group(1) + match.group(3) + match.group(4))
        yield Span(match.start(), match.end(), "SSN", 0.93 if valid else 0.7, f"pattern:ssn{'' if valid else '-shape'}")
    for match in _STARRED.finditer(text):
        yield Span(match.start(), match.end(), "SSN", 0.8, "pattern:ssn-starred")
    lower = folded(text)
    for start, end in around_words(lower, _SOCIAL_WORDS, 32, 120):
        for pattern in (_LAST_FOUR, _FOUR_BEFORE, _SOCIAL):
            for match in pattern.finditer(text, start, end):
                if sum(letter.isdigit() for letter in match.group(1)) in (4, 9):
                    yield Span(match.start(1), match.end(1), "SSN", 0.73, "pattern:social")


def find_phones(text: str) -> Iterator[Span]:
    """Telephone and fax numbers; toll-free ones only when nothing says that they are a public line."""
    yield from _extensions(text)
    for pattern, score, needs_cue in (
        (_NANP, 0.85, False),
        (_ABROAD, 0.8, False),
        (_DIGITS10, 0.6, False),
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


def _extensions(text: str) -> Iterator[Span]:
    """Extensions and pagers: short numbers that only their word makes a telephone's."""
    for match in _EXTENSION.finditer(text):
        group = match.lastindex or 1
        yield Span(match.start(group), match.end(group), "PHONE", 0.7, "pattern:extension")


def _has_cue(text: str, match: re.Match[str], before: str) -> bool:
    """Whether the words before the digits speak of a telephone, or the number stands alone on its line."""
    if _PHONE_CUE.search(before) or ("-" in match.group() and not _COUNTED.match(text, match.end())):
        return True
    if "." in match.group() and not _COUNTED.match(text, match.end()):
        return True
    if (_KIN_CUE.search(before) or _ALONE.search(before)) and not _COUNTED.match(text, match.end()):
        return True
    after = right(text, match.end(), 40)
    return bool(_LEADING_ONLY.match(before) and _LEADING_ONLY.match(after) and len(match.group()) > 7)


def toll_free(number: str) -> bool:
    """Whether the number belongs to a toll-free area: such lines are public and identify nobody."""
    digits = re.sub(r"\D", "", number)
    return digits.removeprefix("1")[:3] in _TOLL_FREE and len(digits) >= 10
