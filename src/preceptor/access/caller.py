"""Who is calling: the one value every act of the product takes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from preceptor.access.scopes import Granted

Purpose = Literal["operations", "treatment", "payment"]
TENANT = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Caller:
    """A known account of one tenant, with the roles and departments it had when it called.

    `actor` is what the audit log names: `account:<name>` for a person or program,
    `operator:<name>` for the local account that the installation makes, `system:<part>` for the product itself,
    `client:<name>` for a program of our token endpoint, `issuer:<name>/<digest of its subject>` for an outside token.
    `granted` is what the token was given: the caller may do what its roles *and* the token allow; None: no such token.
    `patient` is the patient in context of a token, a logical id.
    """

    tenant: str
    actor: str
    roles: frozenset[str]
    purpose: Purpose = "operations"
    operator: bool = False
    departments: frozenset[str] = frozenset()
    granted: Granted | None = None
    patient: str | None = None


def valid_tenant(name: str) -> bool:
    """Whether `name` has the form of a tenant id: lower-case letters, digits and hyphens, at most 63."""
    return TENANT.fullmatch(name) is not None
