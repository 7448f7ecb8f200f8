"""Surrogates of numbers, codes and addresses of the net: the same shape, and nothing that can have been issued."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from preceptor.deid import checksums
from preceptor.deid.chance import Chance, digits, pick
from preceptor.deid.origins import pool
from preceptor.deid.surrogate_entry import Draft, fold

_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}", re.I)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_UDI = re.compile(r"(?:\(\d{2}\)[^()]{1,40})+")
_EXTENSION = re.compile(r"(.*?\d)([ ,]{0,2}(?:x|ext\.?|extension) ?)(\d{1,6})", re.I | re.S)
_FILE = re.compile(r"(.+)(\.[A-Za-z]{2,5})", re.S)
_SPOKEN = re.compile(r"(.+?)(\s\(?(?:at|arroba)\)?\s)(.+)", re.I | re.S)
_SPOKEN_DOT = re.compile(r"\s\(?(?:dot|punto)\)?\s", re.I)
_TEST_DOMAINS = ("example.org", "example.com", "example.net")
"""Reserved for documentation, RFC 2606 section 3."""
_TEST_NETS = ("192.0.2", "198.51.100", "203.0.113")
"""Reserved for documentation, RFC 5737 section 3."""
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # those of a vehicle number (49 CFR 565.13): without I, O and Q


def replace_number(draft: Draft, surface: str, kind: str = "number") -> str | None:
    """A code or number in the same shape: digit for digit, letter for letter, separators and case kept.

    No result passes the check digit of a card, NPI, DEA, VIN, GTIN or social security number. The last four signs
    alone ("ending in 4821") are those of the longer number's surrogate where the book has it.
    """
    if _MAC.fullmatch(surface):
        # 00-00-5E-00-53-xx is reserved for documentation, RFC 7042 section 2.1.2.
        made = draft.assign("mac", _signs(surface).lower(), lambda: f"00005E0053{draft.chance.randrange(256):02X}")
        return _laid(surface, made)
    if _UUID.fullmatch(surface):
        return _laid(surface, draft.assign("uuid", _signs(surface).lower(), lambda: _uuid(draft.chance)))
    if _UDI.fullmatch(surface):
        return _marked(draft, surface)
    signs = _signs(surface)
    if not signs:
        return None
    norm = signs.lower()
    made = _tail_of(draft, kind, norm, 4) or draft.assign(kind, norm, _shaping(draft, kind, norm, signs))
    return _laid(surface, made)


def _marked(draft: Draft, surface: str) -> str | None:
    """A device identifier: the application identifiers in brackets stay (GS1 General Specifications section 3)."""
    out = ""
    for part in re.split(r"(\(\d{2}\))", surface):
        made = part if re.fullmatch(r"\(\d{2}\)|", part) else replace_number(draft, part)
        if made is None:
            return None
        out += made
    return out


def _signs(surface: str) -> str:
    return "".join(sign for sign in surface if sign.isalnum())


def _laid(surface: str, made: str | None) -> str | None:
    """`made` on the separators and in the case of `surface`; both have equally many letters and digits."""
    if made is None:
        return None
    signs = iter(made)
    small = any(sign.islower() for sign in surface) and not any(sign.isupper() for sign in surface)
    out: list[str] = []
    for sign in surface:
        if not sign.isalnum():
            out.append(sign)
            continue
        new = next(signs)
        out.append(new.lower() if small or (sign.islower() and new.isalpha()) else new)
    return "".join(out)


def _shaping(draft: Draft, kind: str, norm: str, signs: str) -> Callable[[], str | None]:
    """What draws a code of the shape of `signs` that no check digit confirms."""
    shape = [sign.isdecimal() or sign.isdigit() for sign in signs]
    tail = draft.values.get((kind, norm[-4:]), "") if len(norm) > 7 else ""
    chance = draft.chance

    def draw() -> str | None:
        made = "".join(digits(chance, 1) if digit else pick(chance, _LETTERS) for digit in shape)
        made = made[: len(made) - len(tail)] + tail
        if len(norm) > 7 and made[-4:].lower() == norm[-4:]:
            return norm  # refused by the draft: "ending in" would show the original's end
        return norm if confirmed(made) else made

    return draw


def confirmed(code: str) -> bool:
    """Whether a code without separators passes the check of a kind of number that is issued."""
    if checksums.vin(code) or checksums.dea(code):
        return True
    if not code.isdecimal():
        return False
    gtin = len(code) == 14 and sum(int(sign) * (1 if at % 2 else 3) for at, sign in enumerate(code)) % 10 == 0
    return gtin or checksums.npi(code) or checksums.ssn(code) or (13 <= len(code) <= 19 and checksums.luhn(code))


def _tail_of(draft: Draft, kind: str, norm: str, size: int) -> str | None:
    """The end of the surrogate of a longer number of the book that ends like `norm`."""
    if len(norm) != size or (kind, norm) in draft.values:
        return None
    for (other, longer), given in draft.values.items():
        if other == kind and len(longer) > size + 2 and longer.endswith(norm) and given:
            end = given[-size:]
            if fold(end) not in draft.taken:
                return draft.put(kind, norm, end)
    return None


def _uuid(chance: Chance) -> str:
    """32 hexadecimal digits of a random UUID, version 4 (RFC 9562 section 5.4)."""
    value = 0
    for _ in range(8):
        value = value << 16 | chance.randrange(1 << 16)
    text = f"{value:032x}"
    return text[:12] + "4" + text[13:16] + "89ab"[int(text[16], 16) % 4] + text[17:]


def replace_ssn(draft: Draft, surface: str) -> str | None:
    """A number of area 900..999 and group 01..49: issued neither by the SSA nor, as an ITIN, by the IRS."""
    norm = "".join(sign for sign in surface if sign.isdecimal())
    if len(norm) != 9:
        if not norm or any(sign.isalpha() and sign not in "xX" for sign in surface):
            return replace_number(draft, surface)
        made = _tail_of(draft, "ssn", norm, 4)
        made = made or draft.assign("ssn", norm, lambda: digits(draft.chance, len(norm)))
        return _digits_laid(surface, made)
    tail = draft.values.get(("ssn", norm[-4:]), "")

    def draw() -> str:
        group, serial = 1 + draft.chance.randrange(49), tail or f"{1 + draft.chance.randrange(9999):04d}"
        return norm if serial == norm[-4:] else f"9{digits(draft.chance, 2)}{group:02d}{serial}"

    return _digits_laid(surface, draft.assign("ssn", norm, draw))


def _digits_laid(surface: str, made: str | None) -> str | None:
    """`made` in the places of the digits of `surface`; everything else stays."""
    if made is None:
        return None
    new = iter(made)
    return "".join(next(new) if sign.isdecimal() else sign for sign in surface)


def replace_phone(draft: Draft, surface: str) -> str | None:
    """A telephone or fax number that ends in 555-01xx, the block kept for fiction (ATIS INC guideline on 555 numbers).

    Numbers abroad begin with 999, a country code ITU-T has not given. An extension is replaced by itself. Without
    the area code there are a hundred numbers a subject.
    """
    extended = _EXTENSION.fullmatch(surface)
    if extended:
        main, extension = replace_phone(draft, extended[1]), _extension(draft, extended[3])
        return main + extended[2] + extension if main and extension else None
    norm = "".join(sign for sign in surface if sign.isdecimal())
    country = "1" if len(norm) == 11 and norm[0] == "1" else ""
    national = norm.removeprefix(country)
    chance = draft.chance
    if len(national) in (7, 10) and (country or "+" not in surface):
        size = len(national)
        made = _tail_of(draft, "phone", national, 7)
        tail = draft.values.get(("phone", national[-7:]), "") if size == 10 else ""
        made = made or draft.assign(
            "phone", national, lambda: _area(chance, size) + (tail or "55501" + digits(chance, 2))
        )
        return _digits_laid(surface, country + made if made else None)
    if len(norm) >= 10:
        fill = len(norm) - 10
        made = draft.assign("phone", norm, lambda: "999" + digits(chance, fill) + "55501" + digits(chance, 2))
        return _digits_laid(surface, made)
    return _digits_laid(surface, draft.assign("phone", norm, lambda: digits(chance, len(norm)))) if norm else None


def _extension(draft: Draft, norm: str) -> str | None:
    return draft.assign("extension", norm, lambda: digits(draft.chance, len(norm)))


def _area(chance: Chance, size: int) -> str:
    """An area code in form (2..9, 0..8, not N11), or nothing for a number without one."""
    if size == 7:
        return ""
    last = pick(chance, "02346789")
    return pick(chance, "23456789") + pick(chance, "02345678") + last


def replace_email(draft: Draft, surface: str) -> str | None:
    """An address at example.org, .com or .net (RFC 2606); spoken ones stay spoken. Names of the book are used again."""
    spoken = _SPOKEN.fullmatch(surface) if "@" not in surface else None
    plain = _SPOKEN_DOT.sub(".", f"{spoken[1]}@{spoken[3]}") if spoken else surface
    local, domain = plain.rpartition("@")[::2]
    known = _known_local(draft, local)
    numbered = any(sign.isdigit() for sign in local)
    tried: list[str] = []

    def draw() -> str:
        first = known if known and not tried else _local(draft.chance, "." in local, numbered)
        tried.append(first)
        return f"{first}@{pick(draft.chance, _TEST_DOMAINS)}"

    made = draft.assign("email", f"{local}@{domain}".lower(), draw)
    if made is None:
        return None
    made = made.upper() if surface.isupper() else made
    if not spoken:
        return made
    dot = _SPOKEN_DOT.search(spoken[3])
    return made.replace("@", spoken[2], 1).replace(".", dot.group() if dot else " dot ")


def _local(chance: Chance, dotted: bool, numbered: bool) -> str:
    given = fold(pick(chance, pool("english", "given", None)))
    family = fold(pick(chance, pool("english", "family", None)))
    return (given + "." if dotted else given[0]) + family + (digits(chance, 2) if numbered else "")


def _known_local(draft: Draft, local: str) -> str:
    """The local part made of the surrogates of the words it is made of; empty when the book lacks one."""
    out = ""
    for part in re.split(r"([._-])", local.lower()):
        made = fold(draft.values.get(("name", fold(part)), ""))
        if part in "._-":
            made = part
        elif not made:
            family = fold(draft.values.get(("name", fold(part[1:])), ""))
            first = next((p for p in draft.people if p[-1] == fold(part[1:]) and p[0][0] == part[0]), None)
            made = fold(draft.values.get(("name", first[0]), ""))[:1] + family if first and family else ""
        if not made:
            return ""
        out += made
    return out


def replace_url(draft: Draft, surface: str) -> str | None:
    """An address under example.org; scheme and "www." as written, the rest random."""
    start = re.match(r"(?:https?://)?(?:www\.)?", surface, re.I)
    head = start.group().lower() if start else ""
    norm = surface[len(head) :].lower()

    def draw() -> str:
        name = "".join(pick(draft.chance, "abcdefghijkmnpqrstuvwxyz23456789") for _ in range(8))
        return f"example.org/{name}" if "/" in norm or "//" in head else f"{name}.example.org"

    made = draft.assign("url", norm, draw)
    return head + made if made else None


def replace_ip(draft: Draft, surface: str) -> str | None:
    """An address of the documentation blocks: RFC 5737 for version 4 (762 a subject), RFC 3849 for version 6."""
    chance = draft.chance
    if ":" not in surface:
        norm = surface
        return draft.assign("ip", norm, lambda: f"{pick(chance, _TEST_NETS)}.{1 + chance.randrange(254)}")
    try:
        norm = ipaddress.IPv6Address(surface.partition("%")[0]).exploded
    except ValueError:
        return None
    return draft.assign("ip", norm, lambda: _v6(chance))


def _v6(chance: Chance) -> str:
    parts = [f"{1 + chance.randrange(0xFFFF):x}" for _ in range(3)]
    return f"2001:db8:{parts[0]}:{parts[1]}::{parts[2]}"


def replace_file(draft: Draft, surface: str) -> str | None:
    """A picture's name in the same shape; the ending stays."""
    match = _FILE.fullmatch(surface)
    made = replace_number(draft, match[1]) if match else replace_number(draft, surface)
    return made + match[2] if match and made else made
