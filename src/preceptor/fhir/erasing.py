"""What is left of a patient in the clear when the key is destroyed, taken away too: codes, times, amounts, references.

The sealed versions stay, since nobody can open them; what they were found by would still count them.
"""

from __future__ import annotations

from preceptor.db.transaction import Transaction
from preceptor.fhir.indexing import TABLES


async def forget_patient(tx: Transaction, patient: str) -> int:
    """Take away the rows of every resource that was sealed with this patient's key; how many resources there were."""
    rows = await tx.rows(
        "select distinct type, id from chart_version where tenant = $1 and patient = $2 order by type, id",
        *(tx.tenant, patient),
    )
    types, ids = [str(row["type"]) for row in rows], [str(row["id"]) for row in rows]
    for table in TABLES:
        await tx.execute(
            f"delete from {table} t using unnest($2::text[], $3::text[]) as gone (type, id)"  # noqa: S608 – closed list
            " where t.tenant = $1 and t.type = gone.type and t.id = gone.id",
            *(tx.tenant, types, ids),
        )
    await tx.execute("delete from chart_compartment where tenant = $1 and patient = $2", tx.tenant, patient)
    await tx.execute(
        "delete from identifying_value v using unnest($2::text[], $3::text[]) as gone (type, id)"
        " where v.tenant = $1 and v.resource_type = gone.type and v.resource = gone.id",
        *(tx.tenant, types, ids),
    )
    await tx.execute(
        "update chart_resource r set deleted = true from unnest($2::text[], $3::text[]) as gone (type, id)"
        " where r.tenant = $1 and r.type = gone.type and r.id = gone.id",
        *(tx.tenant, types, ids),
    )
    return len(rows)
