"""Whether a resource meets a clause, decided on its own content: what leaves is held against the search again; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from preceptor.fhir.moments import Interval
from preceptor.fhir.references import Target
from preceptor.fhir.search_query import (
    Clause,
    DateValue,
    NumberValue,
    ReferenceValue,
    TextValue,
    TokenValue,
    Value,
)  # fmt: skip
from preceptor.fhir.search_values import Amount, Found, values_of
from preceptor.vault.identifying import Stored, meets_asked

Json: TypeAlias = dict[str, Any]


def meets(resource: Json, clause: Clause) -> bool:
    """Whether a resource meets one clause. Of a chain only the first reference is looked at: that it leads somewhere
    of the type; the rest was decided in the query, under the rights of the caller on the target."""
    found = values_of(resource, clause.parameter)
    name = clause.parameter.name
    if clause.chain is not None:
        return any(target.type == clause.target and not target.base for target in found.references.get(name, ()))
    if clause.missing is not None:
        return clause.missing is not _any(found, name)
    if clause.modifier == "not":
        return not any(_meets(found, clause, value) for value in clause.values)
    return any(_meets(found, clause, value) for value in clause.values)


def meets_all(resource: Json, clauses: Iterable[Clause]) -> bool:
    """Whether it meets every clause."""
    return all(meets(resource, clause) for clause in clauses)


def _any(found: Found, name: str) -> bool:
    return any(
        name in part and part[name] for part in (found.tokens, found.references, found.dates, found.amounts, found.uris)
    )


def _meets(found: Found, clause: Clause, value: Value) -> bool:
    name = clause.parameter.name
    if isinstance(value, TokenValue):
        return any(_token(one, value) for one in found.tokens.get(name, ()))
    if isinstance(value, ReferenceValue):
        return any(_reference(one, value) for one in found.references.get(name, ()))
    if isinstance(value, DateValue):
        return any(in_time(one, value) for one in found.dates.get(name, ()))
    if isinstance(value, NumberValue):
        return any(_amount(one, value) for one in found.amounts.get(name, ()))
    if clause.parameter.kind == "uri":
        return value.text in found.uris.get(name, ())
    return _digest(found.digests.get(clause.parameter.kept, []), clause, value)


def _digest(stored: list[Stored], clause: Clause, value: TextValue) -> bool:
    return meets_asked(clause.parameter.base, clause.parameter.kept, clause.modifier, value.text, stored)


def _token(one: tuple[str, str], value: TokenValue) -> bool:
    system, code = one
    return (value.system is None or value.system == system) and (value.code is None or value.code == code)


def _reference(one: Target, value: ReferenceValue) -> bool:
    if value.address:
        return value.address in (one.id, f"{one.base}{one.type}/{one.id}")
    return one.form == "rest" and not one.base and one.id == value.id and (not value.type or one.type == value.type)


def in_time(one: Interval, value: DateValue) -> bool:
    """R4, 3.1.1.4.6: how the two intervals must lie to each other."""
    at, inside = value.at, value.at.low <= one.low and one.high <= value.at.high
    return {
        "eq": inside,
        "ne": not inside,
        "gt": one.high > at.high,
        "ge": one.high > at.high or inside,
        "lt": one.low < at.low,
        "le": one.low < at.low or inside,
        "sa": one.low >= at.high,
        "eb": one.high <= at.low,
        "ap": one.low < at.high and one.high > at.low,
    }[value.prefix]


def _amount(one: Amount, value: NumberValue) -> bool:
    if value.code and (one.code != value.code or (value.system and one.system != value.system)):
        return False
    inside = value.low <= one.value < value.high
    return {
        "eq": inside,
        "ap": inside,
        "ne": not inside,
        "gt": one.value > value.number,
        "sa": one.value > value.number,
        "ge": one.value >= value.number,
        "lt": one.value < value.number,
        "eb": one.value < value.number,
        "le": one.value <= value.number,
    }[value.prefix]
