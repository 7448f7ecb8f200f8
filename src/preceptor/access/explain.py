"""Why a caller may or may not do something: every rule that was looked at, in order, and the one that decided; pure."""

from __future__ import annotations

from dataclasses import dataclass

from preceptor.access.caller import Caller
from preceptor.access.decide import REASONS, Allowed, decide
from preceptor.access.permissions import PERMISSIONS, ROLES


@dataclass(frozen=True)
class Explanation:
    """The decision on one permission. `rule` is the reason `decide` gave, `steps` are sentences."""

    permission: str
    allowed: bool
    rule: str
    steps: tuple[str, ...]


def explain(caller: Caller, permission: str, *, tenant: str) -> Explanation:
    """What `decide` says, and why: the same function decides, so the two cannot differ."""
    decision = decide(caller, permission, tenant=tenant)
    steps = [f"{permission}: {PERMISSIONS.get(permission, 'no such permission')}"]
    steps.append(f"roles: {', '.join(sorted(caller.roles)) or 'none'}")
    steps += [
        f"role {role} " + ("grants it" if permission in ROLES.get(role, frozenset()) else "does not")
        for role in sorted(caller.roles)
    ]
    if caller.granted is not None:
        held = "has" if caller.granted.covers(permission) else "has not"
        steps.append(f"the token {held} a scope for {permission}")
    holders = sorted(role for role, granted in ROLES.items() if permission in granted)
    if isinstance(decision, Allowed):
        steps.append(f"allowed by {decision.reason}")
    else:
        steps.append(f"denied: {REASONS[decision.reason]} Roles that grant it: {', '.join(holders) or 'none'}.")
    return Explanation(permission, isinstance(decision, Allowed), decision.reason, tuple(steps))
