"""Why somebody asks: HL7's codes of purposes of use, and where one must be said; pure."""

from __future__ import annotations

from dataclasses import replace

from preceptor.access.caller import Caller, Purpose
from preceptor.errors import Invalid

CODES: dict[str, Purpose] = {
    "TREAT": "treatment",
    "ETREAT": "treatment",
    "CAREMGT": "treatment",
    "HPAYMT": "payment",
    "CLMATTCH": "payment",
    "COVAUTH": "payment",
    "HOPERAT": "operations",
    "HQUALIMP": "operations",
    "HCOMPL": "operations",
}
"""Code of the value set PurposeOfUse (terminology.hl7.org/ValueSet/v3-PurposeOfUse) → the purpose in the log. The three
are those of 45 CFR 164.506(c); a code outside the table is refused, not guessed."""

NEEDED = frozenset({"phi:reveal"})
"""Permissions that undo a protection of identifiers: whoever uses one says why, each time."""

RECORD = frozenset({"chart:read", "chart:write", "chart:exchange"})
"""Permissions over clinical records, which FHIR clients use: none of them sends the header, and SMART has no other
place for a purpose. Not stated, it is that of the caller's work (`WORK`)."""

WORK: dict[str, Purpose] = {"clinician": "treatment", "reviewer": "payment"}
"""Role → what its holder looks at records for; any other role, and several that differ: operations."""


def for_purpose(caller: Caller, code: str | None, permission: str) -> Caller:
    """The caller with the purpose it states; for clinical records, where none is stated, with that of its work. Invalid
    `purpose_required` when one is needed, or is not of the table."""
    if code is None:
        if permission in NEEDED:
            raise Invalid("purpose_required")
        work = {WORK[role] for role in caller.roles if role in WORK}
        return replace(caller, purpose=work.pop()) if permission in RECORD and len(work) == 1 else caller
    if code not in CODES:
        raise Invalid("purpose_required", "The purpose of use is not a known code.")
    return replace(caller, purpose=CODES[code])
