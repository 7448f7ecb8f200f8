"""Numbers and codes with their real formats and check digits: Luhn NPI, DEA, VIN, MBI, UDI, plates, addresses on networks."""

# ruff: noqa: E501 - one row an identifier

from __future__ import annotations

import random
import re
import string
import unicodedata
from collections.abc import Callable

from .people import Person

_VIN_VALUE = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
_VIN_WEIGHT = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_DOMAINS = (
    "gmail.com",
    "yahoo.com",
    "aol.com",
    "hotmail.com",
    "icloud.com",
    "comcast.net",
    "outlook.com",
    "charter.net",
    "protonmail.com",
    "att.net",
    "sbcglobal.net",
)


def digits(rng: random.Random, n: int) -> str:
    """`n` digits, the first not zero."""
    return str(rng.randrange(10 ** (n - 1), 10**n))


def fill(rng: random.Random, shape: str) -> str:
    """`#` a digit, `@` a capital letter, the rest as it stands."""
    return re.sub("[#@]", lambda m: rng.choice(string.digits if m.group() == "#" else string.ascii_uppercase), shape)


def luhn(body: str) -> str:
    """`body` with its Luhn check digit (ISO/IEC 7812-1)."""
    total = 0
    for k, char in enumerate(reversed(body)):
        n = int(char) * (2 if k % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return f"{body}{-total % 10}"


def npi(rng: random.Random) -> str:
    """A National Provider Identifier; its check digit counts the prefix 80840."""
    return luhn("80840" + rng.choice("12") + digits(rng, 8))[5:]


def dea(rng: random.Random) -> str:
    """A DEA registration number with its check digit."""
    d = [rng.randrange(10) for _ in range(6)]
    return (
        rng.choice("ABFM")
        + rng.choice(string.ascii_uppercase)
        + "".join(map(str, d))
        + str((d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10)
    )


def vin(rng: random.Random) -> str:
    """A vehicle identification number with its check character (49 CFR 565.15)."""
    chars = [rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(17)]
    chars[0], chars[8] = rng.choice("12345J"), "0"
    total = sum(w * (int(c) if c.isdigit() else _VIN_VALUE[c]) for c, w in zip(chars, _VIN_WEIGHT, strict=True))
    chars[8] = "X" if total % 11 == 10 else str(total % 11)
    return "".join(chars)


def mbi(rng: random.Random) -> str:
    """A Medicare beneficiary identifier, with or without dashes."""
    kinds = "9LADLADLLDD"
    raw = "".join(
        rng.choice(
            "123456789"
            if k == "9"
            else _MBI_LETTERS
            if k == "L"
            else string.digits
            if k == "D"
            else _MBI_LETTERS + string.digits
        )
        for k in kinds
    )
    return raw if rng.random() < 0.5 else f"{raw[:4]}-{raw[4:7]}-{raw[7:]}"


def ssn(rng: random.Random) -> str:
    """A social security number that was never issued or could be: area 001-665 or 667-899."""
    area = rng.choice([n for n in range(1, 900) if n != 666])
    sep = rng.choice(("-", "-", "-", " ", ""))
    return f"{area:03d}{sep}{rng.randrange(1, 99):02d}{sep}{rng.randrange(1, 9999):04d}"


def phone(rng: random.Random) -> str:
    """A ten-digit North American number in one of many shapes."""
    a, b, c = rng.randrange(201, 989), rng.randrange(200, 999), f"{rng.randrange(10000):04d}"
    return rng.choice((f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"{a} {b} {c}", f"+1 {a}-{b}-{c}", f"1-{a}-{b}-{c}", f"{a}{b}{c}",
                       f"({a}){b}-{c}", f"+1 ({a}) {b}-{c}", f"{a}/{b}-{c}", f"{a} {b}-{c}"))  # fmt: skip


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z]", "", plain) or "guest"


def email(rng: random.Random, who: Person) -> str:
    """An address made from a name, or one that is not."""
    f, last = _slug(who.first), _slug(who.last)
    user = rng.choice((f"{f}.{last}", f"{f}{last}{rng.randrange(40, 99)}", f"{f[0]}{last}", f"{last}_{f}", f"{f}{rng.randrange(100)}",
                       f"{rng.choice(('bluejays', 'fishin', 'crafty', 'nana', 'truckin'))}{rng.randrange(10, 99)}"))  # fmt: skip
    return f"{user}@{rng.choice(_DOMAINS)}"


def email_spoken(rng: random.Random, who: Person) -> str:
    """An address as said aloud."""
    return f"{_slug(who.first)} {rng.choice(('dot', 'underscore'))} {_slug(who.last)} at {rng.choice(('gmail', 'yahoo', 'hotmail'))} dot com"


def handle(rng: random.Random, who: Person) -> str:
    """A name on a social network."""
    return f"@{_slug(who.first)}{rng.choice(('_', '.', ''))}{_slug(who.last)[:6]}{rng.randrange(1, 99)}"


def url(rng: random.Random, who: Person) -> str:
    """A personal page or a link with a token."""
    f, last = _slug(who.first), _slug(who.last)
    return rng.choice((
        f"https://www.facebook.com/{f}.{last}.{rng.randrange(9, 99)}", f"www.{f}{last}photography.com", f"https://portal.myclinic-{last}.org/v/{fill(rng, '@@#@####')}",
        f"instagram.com/{f}_{last}", f"http://www.caringplace.org/visit/{f}{last}", f"https://gofundme.com/f/help-{f}-{last}", f"linkedin.com/in/{f}-{last}-{digits(rng, 4)}",
        f"https://drive.example.net/share?id={fill(rng, '@#@##@@#')}",
    ))  # fmt: skip


def luhn_card(rng: random.Random) -> str:
    """A payment card number."""
    raw = luhn(rng.choice(("4", "51", "53", "6011")) + digits(rng, 14))[:16]
    raw = luhn(raw[:15])
    return rng.choice(
        (raw, " ".join(raw[k : k + 4] for k in (0, 4, 8, 12)), "-".join(raw[k : k + 4] for k in (0, 4, 8, 12)))
    )


def _hex(rng: random.Random, n: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(n))


def uuid(rng: random.Random) -> str:
    """A version-4 UUID."""
    return f"{_hex(rng, 8)}-{_hex(rng, 4)}-4{_hex(rng, 3)}-a{_hex(rng, 3)}-{_hex(rng, 12)}"


def _shapes(*shapes: str) -> Callable[[random.Random], str]:
    return lambda rng: fill(rng, rng.choice(shapes))


PLAIN: dict[str, tuple[str, str, Callable[[random.Random], str]]] = {
    "phone": ("PHONE", "phone", phone),
    "phone7": ("PHONE", "phone7", lambda r: f"{r.randrange(200, 999)}{r.choice('-- .')}{r.randrange(1000, 9999)}"),
    "phonex": ("PHONE", "phone_ext", lambda r: f"{phone(r)} {r.choice(('x', 'ext ', 'ext. ', 'x '))}{r.randrange(10, 9999)}"),
    "phonemx": ("PHONE", "phone_abroad", _shapes("+52 55 #### ####", "011 52 686 ### ####", "+44 20 #### ####", "+504 ####-####", "+63 917 ### ####")),
    "ext": ("PHONE", "extension", _shapes("####", "5-####", "3###")),
    "pager": ("PHONE", "pager", _shapes("####", "#####", "###-####")),
    "fax": ("FAX", "fax", phone),
    "ssn": ("SSN", "ssn", ssn),
    "ssn4": ("SSN", "ssn_last4", _shapes("####")),
    "ssnx": ("SSN", "ssn_masked", _shapes("xxx-xx-####", "***-**-####")),
    "mrn": ("MRN", "mrn", _shapes("########", "#######", "######", "MR######", "E########", "##-##-##", "###-##-##", "H0######", "####-####", "A##-#####")),
    "member": ("HEALTH_PLAN", "member_id", _shapes("@@@#########", "W##########", "#########-01", "@########", "H########", "@@@###@#####", "8########00")),
    "mbi": ("HEALTH_PLAN", "mbi", mbi),
    "hicn": ("HEALTH_PLAN", "hicn", _shapes("4##-##-####A", "3########B", "5##-##-####D", "2##-##-####C1")),
    "cin": ("HEALTH_PLAN", "medicaid", _shapes("@@#####@", "9#######@", "##########", "@#########")),
    "group": ("HEALTH_PLAN", "group", _shapes("######", "00#####", "@@@###", "7####-0#", "GRP####")),
    "acct": ("ACCOUNT", "account", _shapes("##########", "########", "V#########", "@##-######", "#####-###", "4000######")),
    "card": ("ACCOUNT", "card", luhn_card),
    "card4": ("ACCOUNT", "card_last4", _shapes("####")),
    "routing": ("ACCOUNT", "routing", _shapes("0########", "1########")),
    "iban": ("ACCOUNT", "iban", _shapes("DE## #### #### #### #### ##", "ES##########  ##########".replace("  ", ""))),
    "dl": ("LICENSE", "driver", _shapes("@#######", "@###-####-####", "#########", "@@######", "@##-##-####", "########", "@############")),
    "npi": ("LICENSE", "npi", npi),
    "dea": ("LICENSE", "dea", dea),
    "lic": ("LICENSE", "medical", _shapes("MD-#####", "ME######", "A######", "036-######", "G#####", "35.######", "RN######", "@@-######")),
    "cert": ("LICENSE", "certificate", _shapes("CERT-######", "#######", "CDL@######", "BC-####-###")),
    "vin": ("VEHICLE", "vin", vin),
    "plate": ("VEHICLE", "plate", _shapes("@@@-####", "#@@@###", "@@@ ###", "###-@@@", "@## #@@", "@@#-####", "@@@####", "###@@@")),
    "serial": ("DEVICE", "serial", _shapes("SN########", "@@@######@", "PJN######S", "#########", "@##-####-@@", "S/N ######"[4:], "RNW######H", "BLF######")),
    "udi": ("DEVICE", "udi", _shapes("(01)0##############(17)2#0#1#(21)@#####", "(01)00643169######(21)PZK######", "+H######@##/$$52#######")),
    "mac": ("DEVICE", "mac", lambda r: r.choice((":", "-")).join(_hex(r, 2) for _ in range(6))),
    "imei": ("DEVICE", "imei", lambda r: luhn("35" + digits(r, 12))),
    "ip": ("IP", "ipv4", lambda r: ".".join(str(r.randrange(1, 254)) for _ in range(4))),
    "ip6": ("IP", "ipv6", lambda r: f"2001:db8:{_hex(r, 4)}:{_hex(r, 2)}::{_hex(r, 3)}"),
    "finger": ("BIOMETRIC", "template_id", _shapes("FPT-######", "FP#####-R2", "BIO-@@####", "fp_tmpl_######", "MINEX-########")),
    "voice": ("BIOMETRIC", "voiceprint", _shapes("VP-####-####", "VX######", "voiceprint_#####", "VPRT@@###")),
    "iris": ("BIOMETRIC", "iris_code", _shapes("IR-######-L", "IRIS#######", "RET-####@")),
    "photo": ("PHOTO", "photo_file", _shapes("IMG_####.jpg", "face_front_####.png", "headshot-#####.jpeg", "DSC0####.JPG", "PXL_2021####_###.jpg", "facial_pre_op_##.tif")),
    "case": ("OTHER_ID", "case", _shapes("CPS-20-#####", "##-CR-####", "20##-#####", "C#######", "WC#########", "INC000#####")),
    "claim": ("OTHER_ID", "claim", _shapes("20#############", "CLM#########", "E#########00", "###-###-####-#")),
    "auth": ("OTHER_ID", "authorization", _shapes("A#########", "PA-#######", "#########", "AUTH####@@", "U####-#####")),
    "acc": ("OTHER_ID", "accession", _shapes("S21-#####", "SP-##-####", "########", "CR-20-######", "M####-###", "XR########")),
    "rx": ("OTHER_ID", "prescription", _shapes("#######", "######-####", "C#######", "N#######")),
    "order": ("OTHER_ID", "order", _shapes("#########", "ORD-######", "R####-##", "LB#######")),
    "emp": ("OTHER_ID", "employee", _shapes("E#####", "######", "EMP-####", "@@####")),
    "student": ("OTHER_ID", "student", _shapes("#########", "S########", "@#######")),
    "inmate": ("OTHER_ID", "inmate", _shapes("######", "@@####", "#####-###")),
    "dod": ("OTHER_ID", "military", _shapes("##########", "1#########")),
    "alien": ("OTHER_ID", "alien", _shapes("A#########", "A ### ### ###", "A-########")),
    "passport": ("OTHER_ID", "passport", _shapes("#########", "@########", "@#######", "@@#######")),
    "curp": ("OTHER_ID", "national", _shapes("@@@@######HDFRRN0#", "@@@@######MOCLPR1#", "PESEL #########"[6:], "### ### ####")),
    "study": ("OTHER_ID", "study", _shapes("SUBJ-###-##", "10#-####", "@@@-0##", "PT####")),
    "track": ("OTHER_ID", "tracking", _shapes("1Z@@####0#########", "9400 1000 #### #### #### ##", "TRK######")),
    "uuid": ("OTHER_ID", "uuid", uuid),
    "badge": ("OTHER_ID", "badge", _shapes("#####", "B-####", "#4##")),
    "visit": ("OTHER_ID", "visit", _shapes("##########", "V00#######", "E-#######", "CSN ########"[4:])),
}  # fmt: skip
"""Slot → (label, sub, generator)."""
