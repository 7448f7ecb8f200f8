"""What becomes of a single value: dates, ages, postal codes, labels of identifiers, and the text of a narrative."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import Decimal
from html.parser import HTMLParser
from typing import cast

from preceptor.deid.fhir_types import XHTML
from preceptor.deid.labels import Label
from preceptor.deid.lists import words_of
from preceptor.deid.zip3 import RESTRICTED

OLDEST = 89
"""Ages over this are identifiers (45 CFR 164.514(b)(2)(i)(C))."""
LIFE = 130
"""Years after a date in which nobody alive then still lives: a later date ("9999-12-31") says nothing of an age."""

_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-4]):[0-5]\d(?::[0-5]\d|:60)?(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)?)?)?"
)
TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?")
"""FHIR's `time`: a time of day, no element of a date."""
NUMBERS = re.compile(r"[\d.eE+\-ULE\s]*")
"""What `SampledData.data` may hold."""


def year_of(value: str) -> int | None:
    """The year of a FHIR date, dateTime or instant; None when it is none."""
    match = _DATE.fullmatch(value)
    return int(match["year"]) if match else None


_PER_YEAR = {"a y yr yrs year years": 1.0, "mo month months": 12.0, "wk week weeks": 52.2, "d day days": 365.3}
_IN_YEARS = {unit: count for units, count in _PER_YEAR.items() for unit in units.split()}


def too_old(value: object, unit: object) -> bool:
    """Whether `value` in `unit` (UCUM or a word; none means years) is an age over 89 years."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return float(value) / _IN_YEARS.get(str(unit or "a").strip().lower(), 1.0) >= OLDEST + 1


def unit_of(quantity: Mapping[str, object]) -> object:
    """The unit of a Quantity, the code before the words."""
    return quantity.get("code") or quantity.get("unit")


def in_time(quantity: Mapping[str, object]) -> bool:
    """Whether a Quantity has a unit of time in which ages are given."""
    return _unit_word(quantity) in _IN_YEARS


def capped(quantity: Mapping[str, object], within: bool) -> dict[str, object]:
    """An age over 89 as "90 years or more"; `within` a Range the comparator is left to the open end."""
    new: dict[str, object] = {**quantity, "value": OLDEST + 1}
    if not within:
        new["comparator"] = ">="
    if _IN_YEARS.get(_unit_word(quantity), 1.0) > 1.0:
        new |= {name: unit for name, unit in (("unit", "years"), ("code", "a")) if name in quantity}
    return new


def _unit_word(quantity: Mapping[str, object]) -> str:
    return str(unit_of(quantity) or "").strip().lower()


_STATES = words_of(
    """
    al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri
    sc sd tn tx ut vt va wa wv wi wy dc pr vi gu as mp um aa ae ap fm mh pw
    alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois
    indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana
    nebraska nevada new-hampshire new-jersey new-mexico new-york north-carolina north-dakota ohio oklahoma oregon
    pennsylvania rhode-island south-carolina south-dakota tennessee texas utah vermont virginia washington
    west-virginia wisconsin wyoming district-of-columbia puerto-rico guam virgin-islands american-samoa
    northern-mariana-islands
    """
)
_PLACE = re.compile(r"[^\W\d_][^\d\n_]{0,39}")
_ZIP = re.compile(r"(\d{3})(?:\d{2}(?:-?\d{4})?)?")


def domestic(address: Mapping[str, object]) -> bool:
    """Whether an Address lies in the United States, or does not say where."""
    country = str(address.get("country") or "US").strip().lower().replace(".", "")
    return country in ("us", "usa", "united states", "united states of america")


def state(value: str, inside: bool) -> str | None:
    """A state as it stands; None for what is none, since a street may stand in any field."""
    if inside and "-".join(value.lower().removeprefix("us-").split()) not in _STATES:
        return None
    return value if _PLACE.fullmatch(value) else None


def place(value: str) -> str | None:
    """A country, town or district as it stands; None when it holds a digit or more than a name."""
    return value if _PLACE.fullmatch(value) else None


def postal_code(value: str, inside: bool, whole: bool) -> str | None:
    """A ZIP code, whole or its first three digits, "000" for an area of 20,000 people or fewer; None for others."""
    match = _ZIP.fullmatch(value.strip())
    if whole:
        return value if match or (not inside and re.fullmatch(r"[A-Za-z0-9 -]{3,10}", value)) else None
    if not match or not inside:
        return None
    return "000" if match[1] in RESTRICTED else match[1]


_TELECOM: dict[str, Label] = {"phone": "PHONE", "sms": "PHONE", "pager": "PHONE", "fax": "FAX", "email": "EMAIL"}
_TELECOM["url"] = "URL"
_CODES: dict[Label, str] = {
    "MRN": "MR MRT PI PT AM MCN PNT RRI JHN",
    "SSN": "SS SB SSN",
    "HEALTH_PLAN": "MB SN MA MC HC NIIP PPIN SR XX",
    "LICENSE": "DL LN MD NP NPI PA PRN DEA DN DO RN RPH DDS LR ESN TAX UPIN PCN L&I DPM PT-L OD",
    "ACCOUNT": "AN AC BC BCT BA BRN PN-A AND ANC ANT",
    "DEVICE": "SNO SERNO UDI DI",
    "VEHICLE": "VIN VP",
}
_BY_CODE: dict[str, Label] = {code: label for label, codes in _CODES.items() for code in codes.split()}
_SYSTEMS: tuple[tuple[str, Label], ...] = (
    (r"us-ssn|113883\.4\.1$|social-?security", "SSN"),
    (r"us-npi|113883\.4\.6$|113883\.4\.3(?:\.|$)|licen[sc]e|dea", "LICENSE"),
    (r"us-m(?:bi|edicare)|medicare|medicaid|member|subscriber|coverage|policy|claim", "HEALTH_PLAN"),
    (r"mrn|medical-?record|patient", "MRN"),
    (r"account|iban", "ACCOUNT"),
    (r"serial|udi|device|dicom:uid", "DEVICE"),
    (r"vin|vehicle", "VEHICLE"),
)


def telecom_label(contact: Mapping[str, object]) -> Label:
    """The label of a ContactPoint's value."""
    return _TELECOM.get(str(contact.get("system")), "OTHER_ID")


def identifier_label(identifier: Mapping[str, object]) -> Label:
    """The label of an Identifier's value, by its type (HL7 table 0203) and its system; else OTHER_ID."""
    kind = identifier.get("type")
    codings = cast("Mapping[str, object]", kind).get("coding") if isinstance(kind, Mapping) else None
    for coding in cast("list[object]", codings) if isinstance(codings, list | tuple) else []:
        code = cast("Mapping[str, object]", coding).get("code") if isinstance(coding, Mapping) else None
        if isinstance(code, str) and code in _BY_CODE:
            return _BY_CODE[code]
    system = str(identifier.get("system") or "").lower()
    for pattern, label in _SYSTEMS:
        if re.search(pattern, system):
            return label
    return "OTHER_ID"


_BLOCKS = words_of(
    """
    address blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody thead tr ul
    """
)
_SILENT = frozenset(("script", "style", "head", "title"))


class _Text(HTMLParser):
    """Collects the text of XHTML; attributes, comments and scripts are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        self.parts.append("\n" if tag in _BLOCKS else " " if tag in ("td", "th") else "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT and self.silent > 0
        self.parts.append("\n" if tag in _BLOCKS else " " if tag in ("td", "th") else "")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def narrative_text(div: str) -> str:
    """The text of a narrative, a line a block: what is left when every tag and attribute is gone."""
    parser = _Text()
    parser.feed(div)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def narrative(text: str) -> str:
    """`text` as the `div` a Narrative needs."""
    return f'<div xmlns="{XHTML}">{html.escape(text, quote=False)}</div>'
