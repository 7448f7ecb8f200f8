"""SMART scopes, versions 1 and 2: read, narrowed, and applied to one request; pure values with a reason.

SMART App Launch 2.2, "Scopes and Launch Context" (hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, quote

from preceptor.access.compartment import has_compartment

Context = Literal["patient", "user", "system"]
LETTERS = "cruds"
"""create, read (with vread and history of one resource), update, delete, search (with history of a type), in the
order a scope must write them."""
CHART = {"chart:read": frozenset("rs"), "chart:write": frozenset("cud"), "chart:exchange": frozenset("cruds")}
"""Permission → the rights of scopes over resources that stand for it."""
VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}
MOST_SCOPES = 100
MOST_CHARACTERS = 8_000

_FORM = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]{1,63})\."
    r"(?P<rights>read|write|\*|c?r?u?d?s?)(?:\?(?P<query>[\x21-\x7e]{1,500}))?"
)


@dataclass(frozen=True)
class Scope:
    """One scope over resources. `type` "*" stands for all types; `limits` are search parameters every resource must
    meet, as (name, value) pairs in order."""

    context: Context
    type: str
    rights: frozenset[str]
    limits: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        letters = "".join(letter for letter in LETTERS if letter in self.rights)
        query = "&".join(f"{quote(n, safe=':-_.')}={quote(v, safe=':/|,-_.')}" for n, v in self.limits)
        return f"{self.context}/{self.type}.{letters}" + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Granted:
    """What a token carries: scopes over resources, and permissions of the product named as scopes."""

    scopes: tuple[Scope, ...]
    permissions: frozenset[str] = frozenset()

    def covers(self, permission: str) -> bool:
        """Whether a scope of the permission's name is here, or for the clinical record any scope over resources with
        such a right: which resources it covers is decided for each request (`decide_scope`)."""
        rights = CHART.get(permission, frozenset())
        return permission in self.permissions or any(scope.rights & rights for scope in self.scopes)

    def __str__(self) -> str:
        return " ".join([*map(str, self.scopes), *sorted(self.permissions)])


@dataclass(frozen=True)
class Ask:
    """One request to decide: `right` is a letter of `LETTERS`; `patient` is the patient whose compartment the resource
    was found in by the store, None when it is in none or not known."""

    type: str
    right: str
    patient: str | None = None


@dataclass(frozen=True)
class InScope:
    """Yes, by the scope `reason`. The resource must meet at least one set of `limits`; empty: any resource will do."""

    reason: str
    limits: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True)
class OutOfScope:
    """No; `reason` is `no_scope`, `no_patient`, `other_patient`, `no_compartment` or `system_only`."""

    reason: str


def parse_scope(text: str) -> Scope | None:
    """The scope of one word, None when it is no scope over resources (`openid`, `launch/patient`, anything broken)."""
    match = _FORM.fullmatch(text)
    if match is None or not match["rights"]:
        return None
    limits = tuple(sorted(parse_qsl(match["query"], keep_blank_values=True))) if match["query"] else ()
    if match["query"] and (not limits or any(not name or not value for name, value in limits)):
        return None
    version_1 = match["rights"] in VERSION_1
    if version_1 and limits:
        return None  # version 1 knows no limits; reading it without them would widen it
    rights = frozenset(VERSION_1.get(match["rights"], match["rights"]))
    context: Context = match["context"]  # type: ignore[assignment]
    return Scope(context, match["type"], rights, limits)


def parse_scopes(text: str, permissions: Collection[str] = ()) -> Granted:
    """The scopes of a space-separated list. What is not understood grants nothing; a list too long grants nothing."""
    words = text.split(" ") if len(text) <= MOST_CHARACTERS else []
    if len(words) > MOST_SCOPES:
        words = []
    found = dict.fromkeys(scope for word in words if (scope := parse_scope(word)) is not None)
    return Granted(tuple(found), frozenset(words) & frozenset(permissions))


def narrow(asked: Granted, held: Granted) -> Granted:
    """What is both asked and held: never more than either. Limits of both sides hold together."""
    pairs = (_meet(a, h) for a in asked.scopes for h in held.scopes)
    scopes = tuple(dict.fromkeys(scope for scope in pairs if scope is not None))
    return Granted(scopes, asked.permissions & held.permissions)


def _meet(one: Scope, other: Scope) -> Scope | None:
    rights = one.rights & other.rights
    if one.context != other.context or not rights:
        return None
    if one.type != other.type and "*" not in (one.type, other.type):
        return None
    kind = other.type if one.type == "*" else one.type
    return Scope(one.context, kind, rights, tuple(sorted({*one.limits, *other.limits})))


def decide_scope(
    scopes: Iterable[Scope], ask: Ask, *, program: bool, patient: str | None = None
) -> InScope | OutOfScope:
    """Whether the scopes cover the request.

    1. `system/` holds for programs only (`program`), `user/` and `patient/` for people only.
    2. `patient/` holds inside the compartment of `patient`, the patient in context, only.
    3. A scope without limits covers the request alone; otherwise each scope's limits are an alternative.
    What a person's roles allow is decided beside this (`decide`): both must say yes.
    """
    limits, said, reason = list[tuple[tuple[str, str], ...]](), "", "no_scope"
    for scope in scopes:
        if scope.type not in ("*", ask.type) or ask.right not in scope.rights:
            continue
        refused = _refusal(scope, ask, program, patient)
        if refused is not None:
            reason = refused
            continue
        if not scope.limits:
            return InScope(str(scope))
        limits.append(scope.limits)
        said = said or str(scope)
    return InScope(said, tuple(limits)) if limits else OutOfScope(reason)


def _refusal(scope: Scope, ask: Ask, program: bool, patient: str | None) -> str | None:
    if (scope.context == "system") != program:
        return "system_only"
    if scope.context != "patient":
        return None
    if patient is None:
        return "no_patient"
    if not has_compartment(ask.type):
        return "no_compartment"
    return None if ask.patient == patient else "other_patient"
