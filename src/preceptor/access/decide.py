"""May this caller do this? A pure decision, returned as a value with its reason. Default deny."""

from __future__ import annotations

from dataclasses import dataclass

from preceptor.access.caller import Caller
from preceptor.access.permissions import PERMISSIONS, ROLES
from preceptor.errors import Denied as DeniedError


@dataclass(frozen=True)
class Allowed:
    """Yes; `reason` names the role that grants it."""

    permission: str
    reason: str


@dataclass(frozen=True)
class Denied:
    """No; `reason` is a stable code: `unknown_permission`, `other_tenant`, `no_scope` or `not_granted`."""

    permission: str
    reason: str


Decision = Allowed | Denied


def decide(caller: Caller, permission: str, *, tenant: str) -> Decision:
    """Whether `caller` may use `permission` on rows of `tenant`.

    1. A permission outside the closed list is denied, whoever asks.
    2. A caller of another tenant is denied; the door answers "not found", so that nothing is confirmed.
    3. A caller with a token of limited scope needs a scope of the permission's own name, whatever its roles; for the
       clinical record a scope over resources.
    4. The first role (by name) that grants the permission allows.
    """
    if permission not in PERMISSIONS:
        return Denied(permission, "unknown_permission")
    if caller.tenant != tenant:
        return Denied(permission, "other_tenant")
    if caller.granted is not None and not caller.granted.covers(permission):
        return Denied(permission, "no_scope")
    for role in sorted(caller.roles):
        if permission in ROLES.get(role, frozenset()):
            return Allowed(permission, f"role:{role}")
    return Denied(permission, "not_granted")


def require(caller: Caller, permission: str, *, tenant: str | None = None) -> Allowed:
    """The decision when it is yes; otherwise the error `denied` that carries it."""
    decision = decide(caller, permission, tenant=tenant or caller.tenant)
    if isinstance(decision, Denied):
        raise DeniedError(
            "denied", f"This needs the permission {permission}.", reason=decision.reason, permission=permission
        )
    return decision


REASONS = {
    "unknown_permission": "There is no such permission.",
    "other_tenant": "The caller belongs to another tenant.",
    "no_scope": "The caller's token was not given a scope of this permission's name.",
    "not_granted": "None of the caller's roles grants it.",
}
"""Reason of a refusal → a sentence."""
