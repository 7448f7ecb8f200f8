"""The closed list of labels, the four policies, and what each policy takes (45 CFR 164.514(b)(2), (e)(2))."""

from __future__ import annotations

from typing import Literal

Label = Literal[
    "NAME",
    "GEO",
    "DATE",
    "AGE90",
    "PHONE",
    "FAX",
    "EMAIL",
    "SSN",
    "MRN",
    "HEALTH_PLAN",
    "ACCOUNT",
    "LICENSE",
    "VEHICLE",
    "DEVICE",
    "URL",
    "IP",
    "BIOMETRIC",
    "PHOTO",
    "OTHER_ID",
    "FACILITY",
]

Policy = Literal["safe-harbor", "limited", "strict", "document"]

POLICIES: tuple[Policy, ...] = ("safe-harbor", "limited", "strict", "document")

LABELS: dict[Label, str] = {
    "NAME": "names (b)(2)(i)(A)",
    "GEO": "places smaller than a state; ZIP codes by the three-digit rule (B)",
    "DATE": "elements of dates more exact than the year (C)",
    "AGE90": "ages over 89 (C)",
    "PHONE": "telephone numbers (D)",
    "FAX": "fax numbers (E)",
    "EMAIL": "electronic mail addresses (F)",
    "SSN": "social security numbers, the last four digits too (G)",
    "MRN": "medical record numbers (H)",
    "HEALTH_PLAN": "health plan beneficiary numbers (I)",
    "ACCOUNT": "account and card numbers (J)",
    "LICENSE": "certificate and licence numbers (K)",
    "VEHICLE": "vehicle identifiers and plates (L)",
    "DEVICE": "device identifiers and serial numbers (M)",
    "URL": "web addresses (N)",
    "IP": "internet protocol addresses (O)",
    "BIOMETRIC": "biometric identifiers (P)",
    "PHOTO": "references to full-face photographs (Q)",
    "OTHER_ID": "any other unique number, characteristic or code (R)",
    "FACILITY": "facilities; no Safe Harbor identifier, taken by `strict` only",
}
"""Label → what it stands for, with the letter of 45 CFR 164.514(b)(2)(i)."""

_SAFE_HARBOR = frozenset(LABELS) - {"FACILITY"}

TAKES: dict[Policy, frozenset[Label]] = {
    "safe-harbor": _SAFE_HARBOR,
    # A limited data set (e)(2) keeps dates, ages, town, state and ZIP code and needs a data use agreement.
    # It would also keep other codes (R); they are taken here because no one has looked at what they are.
    "limited": _SAFE_HARBOR - {"DATE", "AGE90"},
    "strict": frozenset(LABELS),
    # Identifiers of individual patients only; which occurrences count is decided in `document`.
    "document": _SAFE_HARBOR,
}
"""Policy → the labels it takes. `limited` takes of GEO only what is more exact than the town."""
