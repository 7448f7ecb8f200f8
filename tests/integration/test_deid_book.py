"""The surrogate book: assigned once, sealed, recorded with the act, reversed only by who may and with a reason."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
from tests.make import Tenant, make_caller, make_tenant

from preceptor.access.caller import Caller
from preceptor.clock import FixedClock
from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.deid.book import ClockChance, destroy, replace, subject_digest
from preceptor.deid.detect import detect
from preceptor.deid.reveal import REASONS, Refused, Revealed, reveal
from preceptor.errors import Denied, IntegrityFailure, Invalid, NotFound, PreceptorError
from preceptor.vault.keys import PatientKeys
from preceptor.wiring import Services

TEXT = "Patient: Maria Lopez, DOB 03/14/1951, MRN: 00482913. Ms. Lopez was seen 02/27/2024; call (312) 867-5309."
SECRETS = ("maria", "lopez", "00482913", "1951", "867-5309", "subject-77")


async def person(services: Services, tenant: Tenant, subject: str = "subject-77") -> PatientKeys:
    return (await services.keys.patients(tenant.id, [subject], make=True))[subject]


async def put(services: Services, tenant: Tenant, subject: str = "subject-77", text: str = TEXT) -> str:
    keys = services.keys.get(tenant.id)
    spans = detect(text, "safe-harbor")
    who = await person(services, tenant, subject)
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        made = await replace(tx, services.clock, keys, who, tenant.caller, subject, text, spans)
    return made.redaction.text


async def back(
    services: Services, tenant: Tenant, caller: Caller, text: str, subject: str = "subject-77", **more: str
) -> Revealed | Refused:
    keys = services.keys.get(tenant.id)
    said = {"reason": "treatment", **more}
    who = await services.keys.find_patient(tenant.id, subject)
    async with tenant_transaction(services.database, tenant.id, caller.actor) as tx:
        return await reveal(tx, services.clock, keys, who, caller, subject, text, **said)


async def officer(services: Services, tenant: Tenant) -> Caller:
    return await make_caller(services, tenant, "officer", "privacy-officer")


async def entries(services: Services, tenant: Tenant, event: str) -> list[dict[str, object]]:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        rows = await tx.rows("select leaf from audit_entry where event = $1 order by id", event)
    return [json.loads(row["leaf"]) for row in rows]


async def books(services: Services, tenant: Tenant) -> list[dict[str, object]]:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        return [dict(row) for row in await tx.rows("select * from surrogate_book")]


async def test_the_same_subject_gets_the_same_surrogates_again(services: Services, tenant: Tenant) -> None:
    first = await put(services, tenant)
    assert "[" not in first and not [word for word in (*SECRETS[:3], "867-5309") if word in first.lower()]
    assert await put(services, tenant) == first
    assert await put(services, tenant, "subject-78") != first
    rows = await books(services, tenant)
    assert sorted(row["uses"] for row in rows) == [1, 2]


async def test_concurrent_first_uses_give_one_surrogate(services: Services, tenant: Tenant) -> None:
    made = await asyncio.gather(*(put(services, tenant) for _ in range(8)))
    assert len(set(made)) == 1
    (row,) = await books(services, tenant)
    assert row["uses"] == 8
    assert len(await entries(services, tenant, "deid:surrogate")) == 8


async def test_two_writers_of_different_values_lose_nothing(services: Services, tenant: Tenant) -> None:
    texts = [f"MRN: 77{n:06d} seen" for n in range(8)]
    made = await asyncio.gather(*(put(services, tenant, text=text) for text in texts))
    again = [await put(services, tenant, text=text) for text in texts]
    assert again == list(made) and len(set(made)) == 8


async def test_no_surrogate_without_its_entry(services: Services, tenant: Tenant) -> None:
    async with owner_connection(services.database) as connection:
        await connection.execute("revoke insert on audit_entry from preceptor_app")
    try:
        with pytest.raises(PreceptorError):
            await put(services, tenant)
    finally:
        async with owner_connection(services.database) as connection:
            await connection.execute("grant insert on audit_entry to preceptor_app")
    assert await books(services, tenant) == []


async def test_neither_the_table_nor_the_log_holds_a_value(services: Services, tenant: Tenant) -> None:
    made = await put(services, tenant)
    who = await officer(services, tenant)
    assert isinstance(await back(services, tenant, who, made, note="for Maria Lopez"), Revealed)
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        stored = [bytes(row["leaf"]) for row in await tx.rows("select leaf from audit_entry")]
        stored += [bytes(row["sealed"]) for row in await tx.rows("select sealed from audit_side")]
        stored += [str(dict(row)).encode() for row in await tx.rows("select * from surrogate_book")]
        stored += [bytes(row["sealed"]) for row in await tx.rows("select sealed from surrogate_book")]
    content = b"\n".join(stored).lower()
    # Four digits stand in a digest by chance.
    assert not [word for word in SECRETS if len(word) > 4 and word.encode() in content]


async def test_who_may_gets_the_original_and_is_recorded(services: Services, tenant: Tenant) -> None:
    made = await put(services, tenant)
    who = await officer(services, tenant)
    found = await back(services, tenant, who, made, note="called back")
    assert isinstance(found, Revealed) and found.text == TEXT and found.replaced == 6
    (entry,) = await entries(services, tenant, "phi:reveal")
    assert entry["outcome"] == "done" and entry["actor"] == who.actor
    assert entry["subject"] == {"reason": "treatment", "replaced": "6", "ambiguous": "0"}
    digest = subject_digest(services.keys.get(tenant.id), "subject-77")
    assert isinstance(entry["digests"], dict) and entry["digests"]["subject"] == digest
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        assert await tx.value("select kind from audit_side") == "reveal-note"


@pytest.mark.parametrize(
    ("roles", "more", "subject", "why", "error"),
    [
        (("reader",), {}, "subject-77", "not_granted", Denied),
        (("operator",), {}, "subject-77", "not_granted", Denied),
        (("privacy-officer",), {"reason": "curiosity"}, "subject-77", "unknown_reason", Invalid),
        (("privacy-officer",), {"reason": ""}, "subject-77", "unknown_reason", Invalid),
        (("privacy-officer",), {"note": "x" * 2001}, "subject-77", "note_too_long", Invalid),
        (("privacy-officer",), {}, "subject-79", "no_surrogates", NotFound),
    ],
)
async def test_a_refusal_shows_nothing_and_is_recorded(
    services: Services,
    tenant: Tenant,
    roles: tuple[str, ...],
    more: dict[str, str],
    subject: str,
    why: str,
    error: type[PreceptorError],
) -> None:
    made = await put(services, tenant)
    who = await make_caller(services, tenant, "someone", *roles)
    found = await back(services, tenant, who, made, subject, **more)
    assert isinstance(found, Refused) and found.reason == why and isinstance(found.error(), error)
    (entry,) = await entries(services, tenant, "phi:reveal")
    assert entry["outcome"] in ("denied", "failed") and entry["actor"] == who.actor
    assert entry["subject"] == {"permission": "phi:reveal", "why": why}


async def test_nothing_is_revealed_when_it_cannot_be_recorded(services: Services, tenant: Tenant) -> None:
    made = await put(services, tenant)
    who = await officer(services, tenant)
    async with owner_connection(services.database) as connection:
        await connection.execute("revoke insert on audit_entry from preceptor_app")
    try:
        with pytest.raises(PreceptorError):
            await back(services, tenant, who, made)
    finally:
        async with owner_connection(services.database) as connection:
            await connection.execute("grant insert on audit_entry to preceptor_app")


async def test_a_destroyed_row_cannot_be_reversed(services: Services, tenant: Tenant) -> None:
    made = await put(services, tenant)
    who = await officer(services, tenant)
    keys = services.keys.get(tenant.id)
    with pytest.raises(Denied):
        async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
            await destroy(tx, services.clock, keys, tenant.caller, "subject-77")
    for wanted in (True, False):
        async with tenant_transaction(services.database, tenant.id, who.actor) as tx:
            assert await destroy(tx, services.clock, keys, who, "subject-77") is wanted
    found = await back(services, tenant, who, made)
    assert isinstance(found, Refused) and found.reason == "no_surrogates"
    assert [entry["outcome"] for entry in await entries(services, tenant, "surrogate:destroy")] == ["done", "failed"]
    await put(services, tenant)
    found = await back(services, tenant, who, made)
    assert isinstance(found, Revealed) and "Lopez" not in found.text


async def test_a_person_whose_key_is_destroyed_cannot_be_named_any_more(services: Services, tenant: Tenant) -> None:
    made = await put(services, tenant)
    await put(services, tenant, "subject-78")
    await services.keys.destroy_patient(tenant.id, "subject-77")
    for act in (put(services, tenant), back(services, tenant, await officer(services, tenant), made)):
        with pytest.raises(NotFound) as caught:
            await act
        assert caught.value.code == "key_destroyed"
    assert await put(services, tenant, "subject-78")


async def test_another_tenant_cannot_use_or_read_it(services: Services, tenant: Tenant) -> None:
    made = await put(services, tenant)
    other = await make_tenant(services, tenant.id + "-other")
    stranger = await officer(services, other)
    assert await books(services, other) == []
    found = await back(services, other, stranger, made)
    assert isinstance(found, Refused) and found.reason == "no_surrogates"
    keys, who = services.keys.get(tenant.id), await person(services, tenant)
    theirs = await person(services, other)
    async with tenant_transaction(services.database, tenant.id, stranger.actor) as tx:
        with pytest.raises(Denied):
            await reveal(tx, services.clock, keys, who, stranger, "subject-77", made, reason="treatment")
        with pytest.raises(Denied):
            await replace(tx, services.clock, keys, who, stranger, "subject-77", TEXT, [])
    async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
        with pytest.raises(IntegrityFailure):
            await replace(tx, services.clock, services.keys.get(other.id), who, tenant.caller, "subject-77", TEXT, [])
        with pytest.raises(IntegrityFailure):
            await replace(tx, services.clock, keys, theirs, tenant.caller, "subject-77", TEXT, [])


async def test_a_row_moved_to_another_subject_does_not_open(services: Services, tenant: Tenant) -> None:
    await put(services, tenant)
    await put(services, tenant, "subject-78")
    keys = services.keys.get(tenant.id)
    one, two = subject_digest(keys, "subject-77"), subject_digest(keys, "subject-78")
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        sealed = await tx.value("select sealed from surrogate_book where subject = $1", one)
        await tx.execute("update surrogate_book set sealed = $1 where subject = $2", sealed, two)
    with pytest.raises(IntegrityFailure):
        await put(services, tenant, "subject-78")


@pytest.mark.parametrize("subject", ["", "  ", "x" * 501, "\ud800"])
async def test_a_subject_must_have_an_id(services: Services, tenant: Tenant, subject: str) -> None:
    with pytest.raises(Invalid):
        await put(services, tenant, subject)


async def test_a_replay_draws_the_same(services: Services, tenant: Tenant) -> None:
    keys = services.keys.get(tenant.id)
    made: list[str] = []
    for seed in (3, 3, 4):
        who = await person(services, tenant, f"s{len(made)}")
        async with tenant_transaction(services.database, tenant.id, tenant.caller.actor) as tx:
            chance = random.Random(seed)
            done = await replace(
                tx,
                services.clock,
                keys,
                who,
                tenant.caller,
                f"s{len(made)}",
                TEXT,
                detect(TEXT, "strict"),
                chance=chance,
            )
            made.append(done.redaction.text)
    assert made[0] == made[1] != made[2]


def test_numbers_from_the_clock_are_even_and_repeatable() -> None:
    chance, again = ClockChance(FixedClock()), ClockChance(FixedClock())
    drawn = [chance.randrange(10) for _ in range(5000)]
    assert drawn == [again.randrange(10) for _ in range(5000)]
    assert all(400 < drawn.count(number) < 600 for number in range(10))  # 500 expected, deviation 21
    for wrong in (0, -1, (1 << 32) + 1):
        with pytest.raises(ValueError, match="between"):
            chance.randrange(wrong)


def test_every_reason_is_one_sentence() -> None:
    assert all(meaning.endswith(".") for meaning in REASONS.values()) and len(REASONS) == 7
