"""The keys a caller works with: opened, frozen, and never shown by `repr`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from preceptor.errors import IntegrityFailure

KEY_BYTES = 32
"""256 bits: every symmetric key of the product."""


def _none(_: int) -> bytes | None:
    return None


@dataclass(frozen=True, repr=False)
class SealingKeys:
    """Keys of one owner: `owner` is empty for the tenant's own, else the digest that names a patient.

    `current` seals; every kept version opens. `later` finds a version made after these keys were read.
    """

    tenant: str
    owner: str
    current: int
    versions: Mapping[int, bytes]
    later: Callable[[int], bytes | None] = field(default=_none, compare=False)

    def version(self, number: int) -> bytes:
        """The key of a version; IntegrityFailure `key_missing` when it is not kept."""
        found = self.versions.get(number) or self.later(number)
        if found is None:
            raise IntegrityFailure("key_missing", tenant=self.tenant)
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.tenant!r}, version {self.current})"


@dataclass(frozen=True, repr=False)
class PatientKeys(SealingKeys):
    """The key of one patient: what identifies that person and nobody else is sealed with it."""


@dataclass(frozen=True, repr=False)
class TenantKeys(SealingKeys):
    """The keys of one tenant: for sealing, for keyed digests, for its log, and for identifying parameters.

    `digest` stays when the sealing key is rotated, since digests are compared with older ones. `index` maps version
    to key: two versions while values are indexed anew.
    """

    digest: bytes = field(kw_only=True)
    signing: Ed25519PrivateKey = field(kw_only=True)
    index: Mapping[int, bytes] = field(kw_only=True)
