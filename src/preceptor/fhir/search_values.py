"""What a resource is found by: the values of its search parameters; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias, cast

from preceptor.access.compartment import PATIENT
from preceptor.fhir.moments import FIRST, LAST, Interval, interval
from preceptor.fhir.path_compile import compiled
from preceptor.fhir.path_values import Items, Scope
from preceptor.fhir.references import Target, read_reference
from preceptor.fhir.search_parameters import Parameter, parameters, read_search
from preceptor.vault.identifying import Stored

Json: TypeAlias = dict[str, Any]
LONGEST_CODE = 200


@dataclass(frozen=True)
class Amount:
    """A quantity or number: its unit is empty for a number."""

    value: Decimal
    system: str = ""
    code: str = ""


@dataclass(frozen=True)
class Found:
    """Parameter → values. `digests` is keyed by the name they are kept under (`Parameter.kept`)."""

    tokens: dict[str, set[tuple[str, str]]] = field(default_factory=dict[str, set[tuple[str, str]]])
    references: dict[str, set[Target]] = field(default_factory=dict[str, set[Target]])
    dates: dict[str, set[Interval]] = field(default_factory=dict[str, set[Interval]])
    amounts: dict[str, set[Amount]] = field(default_factory=dict[str, set[Amount]])
    uris: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    digests: dict[str, list[Stored]] = field(default_factory=dict[str, list[Stored]])


def found_by(resource: Json) -> Found:
    """The values of every supported parameter of a resource."""
    found = Found()
    base = str(resource["resourceType"])
    scope = Scope(resource, resource, resource)
    for parameter in parameters(base).values():
        items = _items(parameter, resource, scope)
        if items:
            _take(found, parameter, items)
    return found


def values_of(resource: Json, parameter: Parameter) -> Found:
    """The values of one parameter."""
    found = Found()
    _take(found, parameter, _items(parameter, resource, Scope(resource, resource, resource)))
    return found


def _items(parameter: Parameter, resource: Json, scope: Scope) -> Items:
    if parameter.name == "_id":
        return [resource.get("id")]
    if parameter.name.startswith("_"):
        meta = resource.get("meta")
        value = cast("Json", meta).get(parameter.name[1:]) if isinstance(meta, dict) else None
        return cast("Items", value) if isinstance(value, list) else [] if value is None else [value]
    return compiled(_own(parameter.expression, parameter.base))([resource], scope)


@lru_cache(maxsize=4096)
def _own(expression: str, base: str) -> str:
    """The branches of a shared expression (`Condition.code | Observation.code | …`) that speak of this type."""
    parts = [part.strip() for part in expression.split(" | ")]
    own = [part for part in parts if part.lstrip("(").startswith((base + ".", "Resource.", "DomainResource."))]
    return " | ".join(own) if own and all(part.count("(") == part.count(")") for part in own) else expression


def _take(found: Found, parameter: Parameter, items: Items) -> None:
    name = parameter.name
    if parameter.kind == "token":
        found.tokens.setdefault(name, set()).update(pair for item in items for pair in _tokens(item))
    elif parameter.kind == "reference":
        found.references.setdefault(name, set()).update(target for item in items for target in _target(item))
    elif parameter.kind == "date":
        found.dates.setdefault(name, set()).update(time for item in items for time in _times(item))
    elif parameter.kind in ("quantity", "number"):
        found.amounts.setdefault(name, set()).update(amount for item in items for amount in _amounts(item))
    elif parameter.kind == "uri":
        found.uris.setdefault(name, set()).update(item for item in items if isinstance(item, str))
    else:
        found.digests.setdefault(parameter.kept, []).extend(one for item in items for one in _stored(parameter, item))


def _tokens(item: Any) -> list[tuple[str, str]]:
    if isinstance(item, bool):
        return [("", "true" if item else "false")]
    if isinstance(item, str):
        return [("", item)]
    if not isinstance(item, dict):
        return []
    value = cast("Json", item)
    codings: Any = value.get("coding")
    if isinstance(codings, list):
        return [pair for one in cast("Items", codings) for pair in _tokens(one)]
    code, system = value.get("code"), value.get("system")
    return [(system if isinstance(system, str) else "", code)] if isinstance(code, str) else []


def _target(item: Any) -> list[Target]:
    text = cast("Json", item).get("reference") if isinstance(item, dict) else item
    target = read_reference(text) if isinstance(text, str) else None
    return [target] if target is not None and target.form not in ("local", "conditional") else []


def _times(item: Any) -> list[Interval]:
    if isinstance(item, str):
        found = interval(item)
        return [found] if found is not None else []
    if not isinstance(item, dict):
        return []
    value = cast("Json", item)
    if "event" in value or "repeat" in value:  # Timing
        events = [time for one in value.get("event", []) for time in _times(one)]
        bounds = value.get("repeat", {}).get("boundsPeriod")
        return events + (_times(bounds) if bounds else [])
    start, end = (interval(value[name]) if isinstance(value.get(name), str) else None for name in ("start", "end"))
    if start is None and end is None:
        return []
    return [Interval(start.low if start else FIRST, end.high if end else LAST)]


def _amounts(item: Any) -> list[Amount]:
    if isinstance(item, int | Decimal) and not isinstance(item, bool):
        return [Amount(Decimal(item))]
    if not isinstance(item, dict):
        return []
    value = cast("Json", item)
    number = value.get("value")
    if not isinstance(number, int | Decimal) or isinstance(number, bool):
        return []
    system, code, unit = (value.get(name) for name in ("system", "code", "unit"))
    currency = value.get("currency")
    named = code if isinstance(code, str) else unit if isinstance(unit, str) else currency
    return [Amount(Decimal(number), system if isinstance(system, str) else "", named if isinstance(named, str) else "")]


def _stored(parameter: Parameter, item: Any) -> list[Stored]:
    if isinstance(item, str):
        return [Stored(item)]
    if not isinstance(item, dict):
        return []
    value = cast("Json", item)
    if parameter.kept.startswith("identifier") or parameter.name in ("telecom", "phone", "email"):
        text, system = value.get("value"), value.get("system")
        return [Stored(text, system if isinstance(system, str) else "")] if isinstance(text, str) else []
    return [Stored(text) for text in _texts(value)]


def _texts(value: Json) -> list[str]:
    """The words of a name or an address, each part by itself."""
    found = list[str]()
    for name, part in value.items():
        if name in ("use", "period", "id", "extension", "type"):
            continue
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, list):
            found += [one for one in cast("Items", part) if isinstance(one, str)]
    return found


def patients_of(resource: Json) -> tuple[str, ...]:
    """The ids of the patients in whose compartments a resource lies (`access/compartment.py`), the first being the one
    it is about; a Patient is its own."""
    base = str(resource.get("resourceType"))
    ids = dict[str, None]()
    if base == "Patient" and isinstance(resource.get("id"), str):
        ids[str(resource["id"])] = None
    scope = Scope(resource, resource, resource)
    for name in sorted(PATIENT.get(base, ()), key=lambda one: one not in ("patient", "subject", "beneficiary")):
        said = read_search().get(base, {}).get(name)
        if said is None:
            continue
        for item in compiled(_own(said["expression"], base))([resource], scope):
            for target in _target(item):
                if target.type == "Patient" and not target.base:
                    ids[target.id] = None
    return tuple(ids)
