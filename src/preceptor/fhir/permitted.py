"""What a caller may do with resources of a type: roles, SMART scopes and compartments, as one value; pure.

The value goes into the query (`search_sql.py`) and is asked again for each resource that leaves or is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from preceptor.access.caller import Caller
from preceptor.access.decide import Denied as No
from preceptor.access.decide import decide
from preceptor.access.scopes import Ask, InScope, OutOfScope, decide_scope
from preceptor.errors import Denied
from preceptor.fhir.search_match import meets_all
from preceptor.fhir.search_query import Clause, limits_of
from preceptor.fhir.search_values import patients_of

Json: TypeAlias = dict[str, Any]
Right = Literal["c", "r", "u", "d", "s"]
PERMISSION: dict[Right, str] = {
    "c": "chart:write",
    "r": "chart:read",
    "u": "chart:write",
    "d": "chart:write",
    "s": "chart:read",
}
"""Letter of a SMART scope → the permission of the product that is needed beside it."""


@dataclass(frozen=True)
class Permitted:
    """Yes, for resources of `type` that lie in the compartment of `patient` (None: any) and meet one of `limits` whole
    (empty: any)."""

    type: str
    right: Right
    patient: str | None = None
    limits: tuple[tuple[Clause, ...], ...] = ()

    def covers(self, resource: Json) -> bool:
        """Whether this very resource is covered, by its own content."""
        if resource.get("resourceType") != self.type:
            return False
        if self.patient is not None and self.patient not in patients_of(resource):
            return False
        return not self.limits or any(meets_all(resource, one) for one in self.limits)

    def require(self, resource: Json) -> None:
        """Denied `denied` when the resource is not covered."""
        if not self.covers(resource):
            raise Denied("denied", "The caller's scopes do not cover this resource.", reason="other_patient")


def permitted(caller: Caller, kind: str, right: Right, now: datetime) -> Permitted:
    """What the caller may do with a type. Denied when nothing: the roles must grant the permission, and a token that
    carries scopes must hold one for the type and right."""
    permission = PERMISSION[right]
    decision = decide(caller, permission, tenant=caller.tenant)
    if isinstance(decision, No):
        raise Denied(
            "denied", f"This needs the permission {permission}.", reason=decision.reason, permission=permission
        )
    if caller.granted is None:
        return Permitted(kind, right)
    program = caller.actor.startswith("client:")
    scopes, patient = caller.granted.scopes, caller.patient
    wide = decide_scope(scopes, Ask(kind, right), program=program)
    if isinstance(wide, InScope) and not wide.limits:
        return Permitted(kind, right)
    narrow = decide_scope(scopes, Ask(kind, right, patient), program=program, patient=patient)
    if isinstance(wide, InScope):
        return Permitted(kind, right, None, _clauses(kind, wide, now))
    if isinstance(narrow, OutOfScope):
        raise Denied(
            "denied", f"The token's scopes do not cover this ({kind}).", reason=narrow.reason, permission=permission
        )
    return Permitted(kind, right, patient, _clauses(kind, narrow, now))


def _clauses(kind: str, decision: InScope, now: datetime) -> tuple[tuple[Clause, ...], ...]:
    return tuple(tuple(one) for one in limits_of(kind, decision.limits, now))
