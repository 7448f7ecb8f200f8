"""A search as SQL: one clause gives the ids in order, the others and the caller's bounds are asked of each; pure.

Every statement names the tenant, and begins where a b-tree keyed by tenant, type and value leads: what it costs grows
with what the most selective clause finds, not with the table. A further clause is a scalar subquery, evaluated for each
id by its own index: as a join it would be the planner's to arrange, which without statistics arranges it badly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from preceptor.fhir.indexing import URI, kept_code, kept_patient, kept_target, kept_uri
from preceptor.fhir.permitted import Permitted
from preceptor.fhir.references import Target
from preceptor.fhir.search_query import (
    Clause,
    DateValue,
    NumberValue,
    ReferenceValue,
    TextValue,
    TokenValue,
    refused,
)
from preceptor.vault.identifying import sought
from preceptor.vault.keys import TenantKeys

SLACK = 1e-9
"""Relative width by which amounts are sought too widely: doubles are not exact; the resource decides."""
ORDER = ("_id", "reference", "digest", "uri", "token", "quantity", "number", "date", "_lastUpdated")
"""Which clause gives the ids: the kind that usually finds the fewest stands first."""


@dataclass
class Context:
    """What a statement is written with. `index` is the version and key that answer for digests; `bounds` gives the
    caller's bounds on another type, for chains."""

    keys: TenantKeys
    tenant: str
    index: tuple[int, bytes]
    any_form: bool
    values: list[Any] = field(default_factory=list[Any])
    uncertain: bool = False

    def put(self, value: object) -> str:
        """A parameter of the statement."""
        self.values.append(value)
        return f"${len(self.values)}"


def find_ids(
    context: Context, kind: str, clauses: Sequence[Clause], bound: Permitted, others: dict[str, Permitted]
) -> str:
    """A statement for the distinct ids (`id`) of the live resources that meet the clauses, within the bounds. `others`
    are the bounds on the types of chains."""
    tenant, type_ = context.put(context.tenant), context.put(kind)
    driver, rest = _driver(clauses, bound)
    if driver == "compartment":
        first = f"select d.id from chart_compartment d where d.tenant = {tenant} and d.type = {type_}"
        first += f" and d.patient = {context.put(_patient(context, bound))}"
    elif driver is None:
        first = f"select d.id from chart_resource d where d.tenant = {tenant} and d.type = {type_} and not d.deleted"
    else:
        first = _select(context, driver, tenant, type_, others)
    conditions = [_condition(context, clause, tenant, type_, others) for clause in rest]
    if bound.patient is not None and driver != "compartment":
        patient = context.put(_patient(context, bound))
        conditions.append(
            f"(select true from chart_compartment p where p.tenant = {tenant} and p.patient = {patient}"
            f" and p.type = {type_} and p.id = d.id limit 1)"
        )
    if bound.limits:
        ways = [" and ".join(_condition(context, c, tenant, type_, others) for c in one) for one in bound.limits]
        conditions.append("(" + " or ".join(f"({way})" for way in ways) + ")")
    return " and ".join([first, *conditions])


def _patient(context: Context, bound: Permitted) -> str:
    return kept_patient(context.keys, bound.patient or "", any_form=context.any_form)


def _driver(clauses: Sequence[Clause], bound: Permitted) -> tuple[Any, list[Clause]]:
    """The clause that gives the ids, `compartment` or None; and the other clauses."""
    able = [c for c in clauses if c.missing is None and c.modifier != "not" and not _negative(c)]
    able.sort(key=lambda c: (_rank(c), len(c.values)))
    best = able[0] if able else None
    if bound.patient is not None and (best is None or _rank(best) > ORDER.index("digest")):
        return "compartment", list(clauses)
    return best, [c for c in clauses if c is not best]


def _rank(clause: Clause) -> int:
    name = clause.parameter.name
    return ORDER.index(name if name in ("_id", "_lastUpdated") else clause.parameter.kind)


def _negative(clause: Clause) -> bool:
    return any(isinstance(v, DateValue | NumberValue) and v.prefix == "ne" for v in clause.values)


def _source(clause: Clause) -> str:
    name, kind = clause.parameter.name, clause.parameter.kind
    if name in ("_id", "_lastUpdated"):
        return "chart_resource"
    return {"token": "chart_token", "uri": "chart_token", "reference": "chart_reference", "date": "chart_time"}.get(
        kind, "chart_amount" if kind != "digest" else "identifying_value"
    )


def _select(context: Context, clause: Clause, tenant: str, type_: str, others: dict[str, Permitted]) -> str:
    """The ids that meet a clause."""
    table = _source(clause)
    test = _test(context, clause, "d", tenant, others)
    if table == "identifying_value":
        version = context.put(context.index[0])
        return (
            f"select d.id from (select digest, version, tenant, resource_type, resource as id"
            f" from identifying_value) d where d.tenant = {tenant} and d.version = {version}"
            f" and d.resource_type = {type_} and {test}"
        )
    alive = (
        " and not d.deleted" if table == "chart_resource" else f" and d.param = {context.put(clause.parameter.name)}"
    )
    return f"select d.id from {table} d where d.tenant = {tenant} and d.type = {type_}{alive} and {test}"


def _condition(context: Context, clause: Clause, tenant: str, type_: str, others: dict[str, Permitted]) -> str:
    """Whether the resource `d.id` meets a clause."""
    table = _source(clause)
    if clause.missing is not None and table == "chart_resource":
        return "false" if clause.missing else "true"
    if table == "identifying_value":
        version = context.put(context.index[0])
        test = _test(context, clause, "x", tenant, others)
        return (
            f"(select true from identifying_value x where x.tenant = {tenant} and x.version = {version}"
            f" and x.resource_type = {type_} and x.resource = d.id and {test} limit 1)"
        )
    where = f"x.tenant = {tenant} and x.type = {type_} and x.id = d.id"
    if table != "chart_resource":
        where += f" and x.param = {context.put(clause.parameter.name)}"
    if clause.missing is not None:
        return f"(select true from {table} x where {where} limit 1) is {'' if clause.missing else 'not '}null"
    test = _test(context, clause, "x", tenant, others)
    no = " is null" if clause.modifier == "not" else " is not null"
    return f"(select true from {table} x where {where} and {test} limit 1){no}"


def _test(context: Context, clause: Clause, row: str, tenant: str, others: dict[str, Permitted]) -> str:
    """Whether a row of the clause's table meets one of its values."""
    if clause.chain is not None:
        before, context.uncertain = context.uncertain, False
        inner = find_ids(context, clause.target, [clause.chain], others[clause.target], others)
        if context.uncertain:  # the target is not read again, so that its rows must settle it
            raise refused(clause.parameter.name, "behind a chain: at most 12 letters, and no comparing of quantities.")
        context.uncertain = before
        prefix = context.put(clause.target + "/")
        return f"{row}.target in (select {prefix} || z.id from ({inner}) z)"
    return "(" + " or ".join(_one(context, clause, value, row) for value in clause.values) + ")"


def _one(context: Context, clause: Clause, value: Any, row: str) -> str:
    name = clause.parameter.name
    if isinstance(value, TokenValue):
        return _token(context, name, value, row)
    if isinstance(value, ReferenceValue):
        return _reference(context, clause, value, row)
    if isinstance(value, DateValue):
        if name == "_lastUpdated":
            return _time(context, value, f"{row}.at", f"{row}.at + interval '1 millisecond'")
        return _time(context, value, f"{row}.low", f"{row}.high")
    if isinstance(value, NumberValue):
        return _amount(context, value, row)
    assert isinstance(value, TextValue)
    if clause.parameter.kind == "uri":
        return f"({row}.code = {context.put(kept_uri(context.keys, value.text))} and {row}.system = {context.put(URI)})"
    wanted = sought(context.index[1], clause.parameter.base, clause.parameter.kept, clause.modifier, value.text)
    assert wanted is not None
    context.uncertain = context.uncertain or not wanted.certain
    return f"{row}.digest = {context.put(wanted.digest)}"


def _token(context: Context, name: str, value: TokenValue, row: str) -> str:
    if name == "_id":
        return f"{row}.id = {context.put(value.code or '')}"
    parts = list[str]()
    if value.code is not None:
        parts.append(f"{row}.code = {context.put(kept_code(context.keys, value.code))}")
    if value.system is not None:
        parts.append(f"{row}.system = {context.put(value.system)}")
    return "(" + " and ".join(parts) + ")"


def _reference(context: Context, clause: Clause, value: ReferenceValue, row: str) -> str:
    if value.address:
        target = Target("absolute", id=value.address)
        return f"{row}.target = {context.put(kept_target(context.keys, target, any_form=context.any_form))}"
    types = [value.type] if value.type else sorted(clause.parameter.targets)
    kept = [kept_target(context.keys, Target("rest", t, value.id), any_form=context.any_form) for t in types]
    return f"{row}.target = {context.put(kept[0])}" if len(kept) == 1 else f"{row}.target = any({context.put(kept)})"


def _time(context: Context, value: DateValue, low: str, high: str) -> str:
    at_low, at_high = value.at.low, value.at.high

    def put(at: datetime) -> str:
        return context.put(at) + "::timestamptz"

    def inside() -> str:
        return f"({low} >= {put(at_low)} and {low} < {put(at_high)} and {high} <= {put(at_high)})"

    return {
        "eq": inside,
        "ne": lambda: f"not {inside()}",
        "gt": lambda: f"{high} > {put(at_high)}",
        "ge": lambda: f"({high} > {put(at_high)} or {inside()})",
        "lt": lambda: f"{low} < {put(at_low)}",
        "le": lambda: f"({low} < {put(at_low)} or {inside()})",
        "sa": lambda: f"{low} >= {put(at_high)}",
        "eb": lambda: f"{high} <= {put(at_low)}",
        "ap": lambda: f"({low} < {put(at_high)} and {high} > {put(at_low)})",
    }[value.prefix]()


def _amount(context: Context, value: NumberValue, row: str) -> str:
    def put(number: Any, wider: int) -> str:
        plain = float(number)
        return context.put(plain + wider * abs(plain) * SLACK) + "::float8"

    def inside() -> str:
        return f"({row}.amount >= {put(value.low, -1)} and {row}.amount <= {put(value.high, 1)})"

    test = {
        "eq": inside,
        "ap": inside,
        "ne": lambda: f"{row}.amount is not null",
        "gt": lambda: f"{row}.amount >= {put(value.number, -1)}",
        "sa": lambda: f"{row}.amount >= {put(value.number, -1)}",
        "ge": lambda: f"{row}.amount >= {put(value.number, -1)}",
        "lt": lambda: f"{row}.amount <= {put(value.number, 1)}",
        "eb": lambda: f"{row}.amount <= {put(value.number, 1)}",
        "le": lambda: f"{row}.amount <= {put(value.number, 1)}",
    }[value.prefix]()
    if value.prefix not in ("eq", "ap"):
        context.uncertain = True
    if value.code:
        test += f" and {row}.code = {context.put(kept_code(context.keys, value.code))}"
    if value.system:
        test += f" and {row}.system = {context.put(value.system)}"
    return f"({test})"
