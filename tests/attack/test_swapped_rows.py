"""Somebody who can write the database moves sealed values: between rows, kinds and tenants none of them opens."""

from __future__ import annotations

import itertools

import pytest
from tests.make import Tenant, make_tenant

from preceptor.errors import IntegrityFailure
from preceptor.vault.keys import SealingKeys
from preceptor.vault.seal import seal, unseal
from preceptor.wiring import Services

KINDS = ("surrogate-book", "document-original", "audit-question", "policy-answer")
ROWS = ("019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10", "019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a11")


async def test_a_sealed_value_opens_in_its_own_place_only(services: Services, tenant: Tenant) -> None:
    other = await make_tenant(services, tenant.id + "-other")
    people = await services.keys.patients(tenant.id, ["a", "b"], make=True)
    theirs = await services.keys.patients(other.id, ["a"], make=True)
    owners: list[SealingKeys] = [services.keys.get(tenant.id), services.keys.get(other.id)]
    owners += [*people.values(), *theirs.values()]
    places = list(itertools.product(range(len(owners)), KINDS, ROWS))
    sealed = {place: seal(owners[place[0]], place[1], place[2], b"content") for place in places}
    opened = 0
    for (one, box), (owner, kind, row) in itertools.product(sealed.items(), places):
        if one == (owner, kind, row):
            assert unseal(owners[owner], kind, row, box) == b"content"
            opened += 1
        else:
            with pytest.raises(IntegrityFailure):
                unseal(owners[owner], kind, row, box)
    assert opened == len(places)


async def test_an_older_version_of_the_key_cannot_be_claimed(services: Services, tenant: Tenant) -> None:
    old = seal(services.keys.get(tenant.id), "note", "r", b"old")
    await services.keys.rotate(tenant.id)
    new = seal(services.keys.get(tenant.id), "note", "r", b"new")
    for box in (old[:7] + new[7:], new[:7] + old[7:], b"PS1" + new[7:]):
        with pytest.raises(IntegrityFailure):
            unseal(services.keys.get(tenant.id), "note", "r", box)
