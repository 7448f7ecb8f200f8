"""`Patient/[id]/$everything`: the patient and all that lies in its compartment, as far as the caller may see it."""

from __future__ import annotations

from collections.abc import Sequence

from preceptor.access.compartment import has_compartment
from preceptor.errors import Denied, Invalid
from preceptor.fhir.cursor import Cursor, write_cursor
from preceptor.fhir.indexing import kept_patient
from preceptor.fhir.permitted import Permitted, permitted
from preceptor.fhir.search import Page
from preceptor.fhir.search_query import MOST_COUNT, Query
from preceptor.fhir.store import Chart
from preceptor.fhir.stored import Version, current
from preceptor.fhir.types import KEPT

USUAL = 200


async def everything(chart: Chart, patient: str, pairs: Sequence[tuple[str, str]], last: tuple[str, ...] = ()) -> Page:
    """A page: the Patient first, then by type and id. `_count` and `_type` narrow it; anything else is refused.

    NotFound when the caller may not see the Patient, or there is none."""
    count, types = _read(pairs)
    first = await chart.read("Patient", patient)
    bounds = _bounds(chart, types)
    found = [] if last else [first] * ("Patient" in types)
    place = last or ("", "")
    async with chart.transaction(read_only=True) as tx:
        any_form = await chart.any_form(tx)
        rows = await tx.rows(
            "select type, id from chart_compartment where tenant = $1 and patient = $2 and type = any($3)"
            " and (type, id) > ($4, $5) and not (type = 'Patient' and id = $6) order by type, id limit $7",
            *(tx.tenant, kept_patient(chart.owners.tenant, patient, any_form=any_form), sorted(bounds), *place[:2]),
            *(patient, count + 1),
        )
        listed = [(str(row["type"]), str(row["id"])) for row in rows[:count]]
        versions = dict[tuple[str, str], Version]()
        for kind in sorted({kind for kind, _ in listed}):
            for one in await current(tx, chart.owners, kind, [i for k, i in listed if k == kind]):
                if bounds[kind].covers(one.resource):
                    versions[kind, one.id] = one
    found += [versions[key] for key in listed if key in versions]
    keys, actor = chart.owners.tenant, chart.caller.actor
    here = write_cursor(keys, actor, Cursor("$" + patient, tuple(pairs), last))
    after = write_cursor(keys, actor, Cursor("$" + patient, tuple(pairs), listed[-1])) if len(rows) > count else None
    subject = {"type": "Patient", "patient": patient, "count": str(len(found))}
    await chart.kept.reads.record(chart.caller, "chart:search", subject=subject)
    return Page(Query("Patient", ()), tuple(found), (), None, here, after)


def _read(pairs: Sequence[tuple[str, str]]) -> tuple[int, set[str]]:
    count, types = USUAL, {kind for kind in KEPT if has_compartment(kind)}
    for name, value in pairs:
        if name == "_count" and value.isdecimal() and int(value[:6]) > 0:
            count = min(int(value[:6]), MOST_COUNT)
        elif name == "_type" and set(value.split(",")) <= KEPT:
            types &= set(value.split(","))
        elif name != "_format":
            raise Invalid("search_parameter", "$everything takes _count and _type.", parameter="_type")
    return count, types


def _bounds(chart: Chart, types: set[str]) -> dict[str, Permitted]:
    """The caller's bounds on each type; types the caller may not search are left out."""
    found, now = dict[str, Permitted](), chart.kept.clock.now()
    for kind in types:
        try:
            found[kind] = permitted(chart.caller, kind, "s", now)
        except Denied:
            continue
    return found
