"""A search carried out for one caller: one page of matches, with what is included, each checked before it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from preceptor.db.transaction import Transaction
from preceptor.errors import Denied, Invalid
from preceptor.fhir.cursor import Cursor, write_cursor
from preceptor.fhir.indexing import kept_target
from preceptor.fhir.permitted import Permitted, permitted
from preceptor.fhir.references import Target
from preceptor.fhir.search_match import meets_all
from preceptor.fhir.search_query import Clause, Include, Query, read_query
from preceptor.fhir.search_sql import Context, find_ids
from preceptor.fhir.search_values import values_of
from preceptor.fhir.store import Chart
from preceptor.fhir.stored import Version, current
from preceptor.fhir.types import KEPT, require_kept
from preceptor.vault.identifying_rows import index_key

Json: TypeAlias = dict[str, Any]
MOST_INCLUDED = 1000
MOST_VERIFIED = 10_000
CHUNK = 500
EARLIEST, LATEST = "0001-01-01Z", "9999-12-31Z"
"""In place of a time that a resource does not have: it comes last in either direction."""


@dataclass(frozen=True)
class Page:
    """What one request gives. `total` None when it was not asked for; `here` and `after` are cursors, `after` None on
    the last page; `cut` is true when not everything that should be included is."""

    query: Query
    matches: tuple[Version, ...]
    included: tuple[Version, ...]
    total: int | None
    here: str
    after: str | None
    cut: bool = False


async def search(chart: Chart, kind: str, pairs: Sequence[tuple[str, str]], last: tuple[str, ...] = ()) -> Page:
    """One page. Invalid `search_parameter` for what is not supported, Denied for what the caller may not search."""
    require_kept(kind)
    now = chart.kept.clock.now()
    bound = permitted(chart.caller, kind, "s", now)
    query = read_query(kind, pairs, now)
    async with chart.transaction() as tx:
        found = await _page(chart, tx, query, bound, last, now)
    await _told(chart, found)
    return found


async def find(chart: Chart, tx: Transaction, kind: str, pairs: Sequence[tuple[str, str]], most: int) -> list[Version]:
    """At most so many matches, within a transaction: for conditional requests."""
    now = chart.kept.clock.now()
    query = read_query(kind, pairs, now)
    if query.includes or query.sort or query.summary or query.elements or not query.clauses:
        raise Invalid("search_parameter", "A condition holds search parameters only, and at least one.")
    bound = permitted(chart.caller, kind, "s", now)
    matches, _ = await _matches(chart, tx, query, bound, (), most)
    return matches


async def _page(
    chart: Chart, tx: Transaction, query: Query, bound: Permitted, last: tuple[str, ...], now: datetime
) -> Page:
    keys, actor = chart.owners.tenant, chart.caller.actor
    here = write_cursor(keys, actor, Cursor(query.type, query.asked, last))
    total = await _total(chart, tx, query, bound) if query.total or query.summary == "count" else None
    if query.summary == "count":
        return Page(query, (), (), total, here, None)
    matches, end = await _matches(chart, tx, query, bound, last, query.count)
    after = write_cursor(keys, actor, Cursor(query.type, query.asked, end)) if end is not None else None
    included, cut = await _included(chart, tx, query, matches, now)
    return Page(query, tuple(matches), tuple(included), total, here, after, cut)


async def _context(chart: Chart, tx: Transaction, clauses: Sequence[Clause], bound: Permitted) -> Context:
    """What the statement is written with; the index key is held, against rotation, only where digests are asked for."""
    asked = [*clauses, *(clause for one in bound.limits for clause in one)]
    digests = any(c.parameter.kind == "digest" or (c.chain and c.chain.parameter.kind == "digest") for c in asked)
    index = await index_key(tx, chart.kept.keys, chart.owners.tenant) if digests else (0, b"")
    return Context(chart.owners.tenant, tx.tenant, index, await chart.any_form(tx))


def _others(chart: Chart, clauses: Sequence[Clause]) -> dict[str, Permitted]:
    """The caller's bounds on the types that chains lead to: what may not be searched may not be asked about."""
    now = chart.kept.clock.now()
    return {c.target: permitted(chart.caller, c.target, "s", now) for c in clauses if c.chain is not None}


async def _matches(
    chart: Chart, tx: Transaction, query: Query, bound: Permitted, last: tuple[str, ...], count: int
) -> tuple[list[Version], tuple[str, ...] | None]:
    """The matches of a page, and the keys of the last one looked at when there are more."""
    found = list[Version]()
    while True:
        context = await _context(chart, tx, query.clauses, bound)
        inner = find_ids(context, query.type, query.clauses, bound, _others(chart, query.clauses))
        rows = await tx.rows(_ordered(context, query, inner, last, count + 1), *context.values)
        ids = [str(row["id"]) for row in rows[:count]]
        versions = {one.id: one for one in await current(tx, chart.owners, query.type, ids)}
        for row in rows[:count]:
            one = versions.get(str(row["id"]))
            if one is not None and bound.covers(one.resource) and meets_all(one.resource, query.clauses):
                found.append(one)
            last = (*(row[f"k{n}"].isoformat() for n, _ in _times(query)), str(row["id"]))
            if len(found) == count:
                break
        if len(rows) <= count and (not rows or last[-1] == str(rows[-1]["id"])):
            return found, None
        if len(found) == count:
            return found, last


def _times(query: Query) -> list[tuple[int, bool]]:
    return [(n, down) for n, (parameter, down) in enumerate(query.sort) if parameter.name != "_id"]


def _ordered(context: Context, query: Query, inner: str, last: tuple[str, ...], most: int) -> str:
    """The ids of `inner` once each, in the order asked for, after the last one."""
    if not _times(query):
        down = any(parameter.name == "_id" and down for parameter, down in query.sort)
        after = f" where q.id {'<' if down else '>'} {context.put(last[-1])}" if last else ""
        order = " desc" if down else ""
        return f"select distinct q.id from ({inner}) q{after} order by q.id{order} limit {int(most)}"
    columns, order = list[str](), list[str]()
    tenant, type_ = context.put(context.tenant), context.put(query.type)

    def where(row: str) -> str:
        return f"{row}.tenant = {tenant} and {row}.type = {type_} and {row}.id = q.id"

    for number, down in _times(query):
        name, none = query.sort[number][0].name, EARLIEST if down else LATEST
        if name == "_lastUpdated":
            value = f"(select r.at from chart_resource r where {where('r')})"
        else:
            which = "max(t.high)" if down else "min(t.low)"
            value = f"(select {which} from chart_time t where {where('t')} and t.param = {context.put(name)})"
        columns.append(f"coalesce({value}, '{none}'::timestamptz) as k{number}")
        order.append(f"k{number} desc" if down else f"k{number}")
    statement = f"select id, {', '.join(f'k{n}' for n, _ in _times(query))} from (select q.id, {', '.join(columns)}"
    statement += f" from (select distinct i.id from ({inner}) i) q) s"
    if last:
        statement += " where " + _after(context, query, last)
    return f"{statement} order by {', '.join([*order, 'id'])} limit {int(most)}"


def _after(context: Context, query: Query, last: tuple[str, ...]) -> str:
    """What comes after the last one: later by the first key, or equal by it and later by the next …"""
    keys = [(f"k{n}", "<" if down else ">", value) for (n, down), value in zip(_times(query), last[:-1], strict=True)]
    ways, equal = list[str](), list[str]()
    for name, sign, value in keys:
        at = context.put(datetime.fromisoformat(value)) + "::timestamptz"
        ways.append(" and ".join([*equal, f"{name} {sign} {at}"]))
        equal.append(f"{name} = {at}")
    ways.append(" and ".join([*equal, f"id > {context.put(last[-1])}"]))
    return "(" + " or ".join(f"({way})" for way in ways) + ")"


async def _total(chart: Chart, tx: Transaction, query: Query, bound: Permitted) -> int | None:
    """How many match. Where the rows do not settle it, each resource is looked at, at most 10,000; more: None."""
    context = await _context(chart, tx, query.clauses, bound)
    inner = find_ids(context, query.type, query.clauses, bound, _others(chart, query.clauses))
    if not context.uncertain:
        return int(await tx.value(f"select count(distinct q.id) from ({inner}) q", *context.values))
    rows = await tx.rows(f"select distinct q.id from ({inner}) q limit {MOST_VERIFIED + 1}", *context.values)
    if len(rows) > MOST_VERIFIED:
        return None
    number = 0
    for start in range(0, len(rows), CHUNK):
        ids = [str(row["id"]) for row in rows[start : start + CHUNK]]
        for one in await current(tx, chart.owners, query.type, ids):
            number += bound.covers(one.resource) and meets_all(one.resource, query.clauses)
    return number


async def _included(
    chart: Chart, tx: Transaction, query: Query, matches: Sequence[Version], now: datetime
) -> tuple[list[Version], bool]:
    """What `_include` and `_revinclude` add, once each; what the caller may not see is left out silently."""
    there = {(one.type, one.id) for one in matches}
    found = dict[tuple[str, str], Version]()
    for include in query.includes:
        wanted = await _reverse(chart, tx, include, query, matches) if include.reverse else _forward(include, matches)
        for kind, ids in wanted.items():
            try:
                bound = permitted(chart.caller, kind, "r", now)
            except Denied:
                continue
            missing = [one for one in ids if (kind, one) not in there and (kind, one) not in found]
            for one in await current(tx, chart.owners, kind, missing[: MOST_INCLUDED + 1 - len(found)]):
                if bound.covers(one.resource):
                    found[kind, one.id] = one
    listed = list(found.values())
    return listed[:MOST_INCLUDED], len(listed) > MOST_INCLUDED


def _forward(include: Include, matches: Sequence[Version]) -> dict[str, list[str]]:
    wanted = dict[str, dict[str, None]]()
    for one in matches:
        for target in values_of(one.resource, include.parameter).references.get(include.parameter.name, ()):
            if target.relative is not None and target.type in KEPT and include.target in ("", target.type):
                wanted.setdefault(target.type, {})[target.id] = None
    return {kind: sorted(ids) for kind, ids in sorted(wanted.items())}


async def _reverse(
    chart: Chart, tx: Transaction, include: Include, query: Query, matches: Sequence[Version]
) -> dict[str, list[str]]:
    any_form = await chart.any_form(tx)
    targets = [
        kept_target(chart.owners.tenant, Target("rest", query.type, one.id), any_form=any_form) for one in matches
    ]
    rows = await tx.rows(
        "select distinct id from chart_reference where tenant = $1 and type = $2 and param = $3 and target = any($4)"
        " order by id limit $5",
        *(tx.tenant, include.source, include.parameter.name, targets, MOST_INCLUDED + 1),
    )
    return {include.source: [str(row["id"]) for row in rows]} if include.source in KEPT else {}


async def _told(chart: Chart, page: Page) -> None:
    """The entry of a search: the type, how many, and whose when all are of one patient."""
    subject = {"type": page.query.type, "count": str(len(page.matches)), "included": str(len(page.included))}
    if chart.caller.patient is not None:
        subject["patient"] = chart.caller.patient
    await chart.kept.reads.record(chart.caller, "chart:search", subject=subject)
