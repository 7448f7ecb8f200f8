"""What the clinical record of an installation is kept in."""

from __future__ import annotations

from dataclasses import dataclass

from preceptor.audit.grouped import GroupedReads
from preceptor.clock import Clock
from preceptor.db.pool import Database
from preceptor.fhir.packages import Package
from preceptor.vault.store import KeyStore


@dataclass(frozen=True)
class Record:
    """Database, keys and clock; `package` are profiles every written resource is held to when it claims them."""

    database: Database
    clock: Clock
    keys: KeyStore
    reads: GroupedReads
    package: Package | None = None
