"""Whoever holds surrogates, even very many, learns nothing of the values: they are drawn, not computed."""

from __future__ import annotations

import hashlib
import hmac
import random
import re
import zlib
from collections import Counter

import pytest
from tests.make import Tenant, make_tenant

from preceptor.db.transaction import tenant_transaction
from preceptor.deid.book import replace
from preceptor.deid.labels import Label
from preceptor.deid.spans import Span
from preceptor.deid.surrogate import surrogate
from preceptor.deid.surrogate_entry import new_entry
from preceptor.wiring import Services

SAMPLES = 400
# Two values of one shape: (label, source, one, another).
PAIRS: list[tuple[Label, str, str, str]] = [
    ("MRN", "label:mrn", "00482913", "77310524"),
    ("SSN", "pattern:ssn", "219-09-9999", "457-55-5462"),
    ("PHONE", "pattern:phone", "(312) 867-5309", "(415) 273-9164"),
    ("NAME", "name:title", "Maria", "Mercedes"),
    ("NAME", "name:title", "Hernandez", "Herrera"),
    ("ACCOUNT", "pattern:card", "4111 1111 1111 1111", "5500 0000 0000 0004"),
    ("VEHICLE", "pattern:vin", "1HGCM82633A004352", "2FMDK48555B123456"),
    ("IP", "pattern:ipv4", "10.20.30.40", "172.16.9.1"),
    ("EMAIL", "pattern:email", "m.lopez@clinic.test", "j.smith@other.test"),
    ("URL", "pattern:url", "https://clinic.test/a", "https://other.test/b"),
    ("GEO", "place:town", "Springfield", "Rivertown"),
    ("GEO", "place:street", "1420 Quince Avenue", "9871 Larkspur Avenue"),
    ("OTHER_ID", "pattern:uuid", "123e4567-e89b-12d3-a456-426614174000", "9f1c2d3e-0000-4000-8000-00000000abcd"),
]


def made(value: str, label: Label, source: str, seed: int) -> str:
    chance = random.Random(seed)
    span = Span(0, len(value), label, 1.0, source)
    return surrogate(value, [span], new_entry(chance), chance).redaction.text


@pytest.mark.parametrize(("label", "source", "one", "other"), PAIRS)
def test_with_the_same_chance_two_values_of_a_shape_give_the_same(
    label: Label, source: str, one: str, other: str
) -> None:
    """The strongest proof there is: the value enters the result by its shape (and list of names) only.

    A draw that hits the value itself is refused and drawn again; that is the one way a value can show, and it says
    which of all values it is not.
    """
    same = sum(made(one, label, source, seed) == made(other, label, source, seed) for seed in range(SAMPLES))
    assert same >= SAMPLES * 0.99


def _layout(alone: str, like: str) -> list[str]:
    """What a code made of a digest would show in the layout of `like`: its first digits, its first hexadecimal ones."""
    size = sum(sign.isalnum() for sign in like)
    number = str(int(alone, 16))
    return [number[:size], number[-size:], alone[:size], alone[-size:]]


@pytest.mark.parametrize("value", ["00482913", "219-09-9999"])
def test_no_surrogate_is_a_digest_of_the_value(value: str) -> None:
    compact = re.sub(r"\W", "", value)
    guesses: set[str] = set()
    for text in (value, compact):
        for salt in ("", "tenant", "subject-77", "preceptor"):
            for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
                plain = hashlib.new(name, (salt + text).encode()).hexdigest()
                keyed = hmac.new(salt.encode(), text.encode(), name).hexdigest()
                guesses.update(part for digest in (plain, keyed) for part in _layout(digest, value))
            guesses.update(_layout(f"{zlib.crc32((salt + text).encode()):08x}", value))
    label: Label = "SSN" if "-" in value else "MRN"
    found = [re.sub(r"\W", "", made(value, label, "test", seed)) for seed in range(SAMPLES)]
    assert not guesses & set(found)
    assert max(Counter(found).values()) <= 2


def test_many_surrogates_of_one_value_are_spread_evenly() -> None:
    digits = Counter(sign for seed in range(SAMPLES) for sign in made("00482913", "MRN", "test", seed))
    expected = SAMPLES * 8 / 10
    statistic = sum((digits[sign] - expected) ** 2 / expected for sign in "0123456789")
    assert statistic < 33.7  # chi-square, nine degrees of freedom, one in ten thousand


def test_the_day_a_date_is_shifted_by_does_not_show_in_other_surrogates() -> None:
    """Subjects of one shift do not share surrogates: knowing one date says nothing of the number beside it."""
    by_shift: dict[int, set[str]] = {}
    for seed in range(3000):
        chance = random.Random(seed)
        entry = new_entry(chance)
        made_here = surrogate("00482913", [Span(0, 8, "MRN", 1.0, "test")], entry, chance).redaction.text
        by_shift.setdefault(entry.shift, set()).add(made_here)
    assert sum(map(len, by_shift.values())) > 2990


async def test_tenants_and_subjects_give_independent_surrogates(services: Services, tenant: Tenant) -> None:
    text = "MRN: 00482913 Maria Lopez"
    spans = [Span(5, 13, "MRN", 1.0, "label:mrn"), Span(14, 25, "NAME", 1.0, "name:label")]
    other = await make_tenant(services, tenant.id + "-other")
    numbers: list[str] = []
    names: list[str] = []
    for owner in (tenant, other):
        for at in range(20):
            who = (await services.keys.patients(owner.id, [f"subject-{at}"], make=True))[f"subject-{at}"]
            async with tenant_transaction(services.database, owner.id, owner.caller.actor) as tx:
                keys = services.keys.get(owner.id)
                done = await replace(tx, services.clock, keys, who, owner.caller, f"subject-{at}", text, spans)
            numbers.append(done.redaction.text[5:13])
            names.append(done.redaction.text[14:])
    assert len(set(numbers)) == len(numbers)
    assert len(set(names)) > 30  # of forty pairs out of about fifty given names and eighty surnames
    assert sum(numbers[at] == numbers[20 + at] for at in range(20)) == 0


async def test_the_table_does_not_say_which_subject_or_whether_two_tenants_share_one(
    services: Services, tenant: Tenant
) -> None:
    other = await make_tenant(services, tenant.id + "-other")
    digests: list[str] = []
    for owner in (tenant, other):
        who = (await services.keys.patients(owner.id, ["subject-77"], make=True))["subject-77"]
        async with tenant_transaction(services.database, owner.id, owner.caller.actor) as tx:
            keys = services.keys.get(owner.id)
            await replace(tx, services.clock, keys, who, owner.caller, "subject-77", "", [])
            digests.append(await tx.value("select subject from surrogate_book"))
    assert digests[0] != digests[1]
    for name in ("md5", "sha1", "sha256", "sha512"):
        for salt in ("", tenant.id):
            assert hashlib.new(name, f"{salt}subject-77".encode()).hexdigest() not in digests
