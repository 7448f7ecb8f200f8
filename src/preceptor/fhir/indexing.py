"""The rows a resource is found by: written with it, taken away with it; and the source for indexing anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from preceptor.db.transaction import Transaction
from preceptor.fhir.references import Target
from preceptor.fhir.search_values import LONGEST_CODE, Found
from preceptor.vault.identifying import is_uuid
from preceptor.vault.keys import TenantKeys
from preceptor.vault.seal import keyed_digest

Json: TypeAlias = dict[str, Any]
URI = "uri"
"""In place of a system: the code is the keyed digest of an address."""

TABLES = ("chart_token", "chart_reference", "chart_time", "chart_amount", "chart_compartment")


@dataclass(frozen=True)
class Rows:
    """A resource that has no rows yet, and what it is found by."""

    type: str
    id: str
    found: Found
    patients: tuple[str, ...]


def kept_code(keys: TenantKeys, code: str) -> str:
    """A code as it is kept: a very long one by its digest."""
    return code if len(code) <= LONGEST_CODE else "digest:" + keyed_digest(keys, "chart-code", code.encode())


def kept_uri(keys: TenantKeys, uri: str) -> str:
    """An address as it is kept: by its digest, since it may hold anything."""
    return keyed_digest(keys, "chart-uri", uri.encode())


def kept_target(keys: TenantKeys, target: Target, *, any_form: bool) -> str:
    """A reference as it is kept: `Type/id` on this server when its id may be shown, else a digest."""
    relative = target.relative
    if relative is not None and may_show(target.id, any_form=any_form):
        return relative
    whole = relative or (f"{target.base}{target.type}/{target.id}" if target.form == "rest" else target.id)
    return "digest:" + keyed_digest(keys, "chart-reference", whole.encode())


def may_show(identity: str, *, any_form: bool) -> bool:
    """Whether an id may stand in the clear: ours are UUIDs; others only where the tenant allows them."""
    return any_form or is_uuid(identity)


def kept_patient(keys: TenantKeys, identity: str, *, any_form: bool) -> str:
    """A patient's id as compartments are kept by: as it is when it may be shown, else its digest."""
    if may_show(identity, any_form=any_form):
        return identity
    return "digest:" + keyed_digest(keys, "chart-patient", identity.encode())


async def write_rows(tx: Transaction, keys: TenantKeys, resources: Sequence[Rows], *, any_form: bool) -> None:
    """The rows of resources that have none, in one statement."""
    tokens, references, times, amounts, compartments = set[Any](), set[Any](), set[Any](), set[Any](), set[Any]()
    for one in resources:
        place, found = (one.type, one.id), one.found
        for name, pairs in found.tokens.items():
            if name != "_id":
                tokens |= {(*place, name, kept_code(keys, code), system[:LONGEST_CODE]) for system, code in pairs}
        for name, uris in found.uris.items():
            tokens |= {(*place, name, kept_uri(keys, uri), URI) for uri in uris}
        for name, targets in found.references.items():
            references |= {(*place, name, kept_target(keys, target, any_form=any_form)) for target in targets}
        for name, intervals in found.dates.items():
            if name != "_lastUpdated":
                times |= {(*place, name, at.low, at.high) for at in intervals}
        for name, them in found.amounts.items():
            amounts |= {(*place, name, float(a.value), a.system[:LONGEST_CODE], kept_code(keys, a.code)) for a in them}
        compartments |= {(*place, kept_patient(keys, patient, any_form=any_form)) for patient in one.patients}
    await tx.execute(
        _INSERT,
        tx.tenant,
        *_columns(tokens, 5),
        *_columns(references, 4),
        *_columns(times, 5),
        *_columns(amounts, 6),
        *_columns(compartments, 3),
    )


_INSERT = """
with t as (
    insert into chart_token (tenant, type, id, param, code, system)
    select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
), r as (
    insert into chart_reference (tenant, type, id, param, target)
    select $1, * from unnest($7::text[], $8::text[], $9::text[], $10::text[])
), d as (
    insert into chart_time (tenant, type, id, param, low, high)
    select $1, * from unnest($11::text[], $12::text[], $13::text[], $14::timestamptz[], $15::timestamptz[])
), a as (
    insert into chart_amount (tenant, type, id, param, amount, system, code)
    select $1, * from unnest($16::text[], $17::text[], $18::text[], $19::float8[], $20::text[], $21::text[])
)
insert into chart_compartment (tenant, type, id, patient)
select $1, * from unnest($22::text[], $23::text[], $24::text[])
"""


def _columns(rows: set[Any], width: int) -> list[list[Any]]:
    ordered = sorted(rows)
    return [[row[number] for row in ordered] for number in range(width)]


async def remove_rows(tx: Transaction, type_: str, identity: str) -> None:
    """Take away what a resource is found by."""
    for table in TABLES:
        await tx.execute(
            f"delete from {table} where tenant = $1 and type = $2 and id = $3",  # noqa: S608 – names of a closed list
            *(tx.tenant, type_, identity),
        )
