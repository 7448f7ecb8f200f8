"""Who is calling: the one value every act of the product takes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

TENANT = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Caller:
    """A known account of one tenant, with the roles and departments it had when it called.

    `actor` is what the audit log names: `account:<name>` for a person or program,
    `operator:<name>` for the local account that the installation makes, `system:<part>` for the product itself.
    """

    tenant: str
    actor: str
    roles: frozenset[str]
    purpose: Literal["operations", "treatment", "payment"] = "operations"
    operator: bool = False
    departments: frozenset[str] = frozenset()


def valid_tenant(name: str) -> bool:
    """Whether `name` has the form of a tenant id: lower-case letters, digits and hyphens, at most 63."""
    return TENANT.fullmatch(name) is not None
