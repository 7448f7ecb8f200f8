"""Everything a caller may read, as bulk NDJSON: a line a resource, type by type (HL7 Bulk Data Access, file form)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from preceptor.errors import Denied
from preceptor.fhir.permitted import permitted
from preceptor.fhir.store import Chart
from preceptor.fhir.stored import Version, current
from preceptor.fhir.types import KEPT

BATCH = 500


async def exported(chart: Chart, since: datetime | None) -> AsyncIterator[tuple[str, list[Version], list[str]]]:
    """Type, current versions, and ids deleted; in batches by type and id. Types the caller may not search are left
    out. `since` takes what was written or deleted after it."""
    for kind in sorted(KEPT):
        try:
            bound = permitted(chart.caller, kind, "s", chart.kept.clock.now())
        except Denied:
            continue
        last = ""
        while True:
            async with chart.transaction(read_only=True) as tx:
                rows = await tx.rows(
                    "select id, deleted from chart_resource where tenant = $1 and type = $2 and id > $3"
                    " and ($4::timestamptz is null or at > $4) and ($4::timestamptz is not null or not deleted)"
                    " order by id limit $5",
                    *(tx.tenant, kind, last, since, BATCH),
                )
                live = [str(row["id"]) for row in rows if not row["deleted"]]
                versions = await current(tx, chart.owners, kind, live)
            if not rows:
                break
            last = str(rows[-1]["id"])
            gone = [str(row["id"]) for row in rows if row["deleted"]] if bound.patient is None else []
            yield kind, [one for one in versions if bound.covers(one.resource)], gone
