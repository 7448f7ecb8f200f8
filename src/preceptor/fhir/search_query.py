"""A search as it was asked, read into clauses; what is not known or not supported is refused, never ignored; pure.

FHIR R4 search (hl7.org/fhir/R4/search.html). An error names the parameter, never its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from preceptor.errors import Invalid
from preceptor.fhir.definitions import definitions, is_resource_type
from preceptor.fhir.moments import FIRST, LAST, Interval, interval
from preceptor.fhir.primitives import ID
from preceptor.fhir.references import read_reference
from preceptor.fhir.search_parameters import Parameter, parameters

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
PREFIXES: tuple[Prefix, ...] = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
USUAL_COUNT, MOST_COUNT = 50, 1000
MOST_CLAUSES = 30
MOST_VALUES = 200
LONGEST_VALUE = 2000
SUMMARIES = ("true", "text", "data", "count", "false")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.(?P<digits>\d{1,18}))?(?:[eE](?P<power>[+-]?\d{1,2}))?")
_SHOWN = re.compile(r"[a-z][a-z0-9-]{0,40}|_[a-z][A-Za-z]{0,20}")


@dataclass(frozen=True)
class TokenValue:
    """`system` None: of any system; "": of none. `code` None: any code of the system."""

    system: str | None
    code: str | None


@dataclass(frozen=True)
class ReferenceValue:
    """`Type/id` on this server (`type` empty: of any type), or an absolute address."""

    type: str
    id: str
    address: str = ""


@dataclass(frozen=True)
class DateValue:
    """A time compared by a prefix."""

    prefix: Prefix
    at: Interval


@dataclass(frozen=True)
class NumberValue:
    """A number compared by a prefix: `low` and `high` are what its digits cover. A quantity has a unit's `system` and
    `code`; "" when it has none."""

    prefix: Prefix
    number: Decimal
    low: Decimal
    high: Decimal
    system: str = ""
    code: str = ""


@dataclass(frozen=True)
class TextValue:
    """A text, an address, or what is compared by digests."""

    text: str


Value: TypeAlias = TokenValue | ReferenceValue | DateValue | NumberValue | TextValue


@dataclass(frozen=True)
class Clause:
    """One parameter as asked: any of `values` will do. `missing` is not None for `:missing`; `chain` is the clause that
    the target of a reference, of type `target`, must meet."""

    parameter: Parameter
    modifier: str = ""
    values: tuple[Value, ...] = ()
    missing: bool | None = None
    chain: Clause | None = None
    target: str = ""


@dataclass(frozen=True)
class Include:
    """`_include` (`reverse` False) or `_revinclude`: resources of `source` refer by `parameter` to those found, or the
    other way round. `target` narrows the type."""

    source: str
    parameter: Parameter
    target: str
    reverse: bool


@dataclass(frozen=True)
class Query:
    """A whole search of one type. `sort` holds (parameter, descending); `summary` "" for none."""

    type: str
    clauses: tuple[Clause, ...]
    includes: tuple[Include, ...] = ()
    sort: tuple[tuple[Parameter, bool], ...] = ()
    count: int = USUAL_COUNT
    total: bool = False
    summary: str = ""
    elements: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = field(default=(), compare=False)


def read_query(base: str, pairs: Sequence[tuple[str, str]], now: datetime) -> Query:
    """The search of a type by these names and values. Invalid `search_parameter` for anything that is not supported;
    `now` is what `ap` is measured from."""
    if len(pairs) > MOST_CLAUSES or any(len(value) > LONGEST_VALUE for _, value in pairs):
        raise Invalid("search_parameter", "There are too many search parameters, or one is too long.")
    reader = _Reader(base, now)
    for name, value in pairs:
        reader.take(name, value)
    return reader.query(tuple(pairs))


def refused(name: str, why: str) -> Invalid:
    """The error for one parameter."""
    shown = name if _SHOWN.fullmatch(name) else "…"
    return Invalid("search_parameter", f"{shown}: {why}", parameter=shown)


class _Reader:
    def __init__(self, base: str, now: datetime) -> None:
        self.base = base
        self.now = now
        self.clauses = list[Clause]()
        self.includes = list[Include]()
        self.sort: tuple[tuple[Parameter, bool], ...] = ()
        self.count = USUAL_COUNT
        self.total = False
        self.summary = ""
        self.elements: tuple[str, ...] = ()
        self.once = set[str]()

    def take(self, name: str, value: str) -> None:
        """One pair."""
        result = {
            "_count": self._count,
            "_sort": self._sort,
            "_total": self._total,
            "_totalMethod": self._total_method,
            "_summary": self._summary,
            "_elements": self._elements,
            "_format": self._format,
            "_pretty": self._pretty,
        }.get(name)
        if result is not None:
            if name in self.once:
                raise refused(name, "it may be given once.")
            self.once.add(name)
            result(value)
        elif name.partition(":")[0] in ("_include", "_revinclude"):
            self._include(name, value)
        else:
            self.clauses.append(read_clause(self.base, name, value, self.now))

    def _count(self, value: str) -> None:
        if not re.fullmatch(r"\d{1,6}", value):
            raise refused("_count", "it is a whole number.")
        self.count = min(int(value), MOST_COUNT)
        if self.count == 0:
            self.summary = "count"

    def _sort(self, value: str) -> None:
        found = list[tuple[Parameter, bool]]()
        for one in value.split(","):
            name = one.removeprefix("-")
            parameter = parameters(self.base).get(name)
            if parameter is None or (parameter.kind != "date" and name != "_id"):
                raise refused("_sort", "results are sorted by _id, _lastUpdated and parameters of type date only.")
            found.append((parameter, one.startswith("-")))
        if len(found) > 2:
            raise refused("_sort", "at most two parameters.")
        self.sort = tuple(found)

    def _total(self, value: str) -> None:
        if value not in ("none", "estimate", "accurate"):
            raise refused("_total", "it is none, estimate or accurate.")
        self.total = value != "none"

    def _total_method(self, value: str) -> None:
        """What some clients write for `_total=accurate` (fhirpy)."""
        if value != "count":
            raise refused("_totalMethod", "it is count; the name of the specification is _total.")
        self.total = True

    def _summary(self, value: str) -> None:
        if value not in SUMMARIES:
            raise refused("_summary", "it is true, text, data, count or false.")
        self.summary = "" if value == "false" else value

    def _elements(self, value: str) -> None:
        listed = definitions().types[self.base].elements
        known = {name for element in listed for name in (element.name.removesuffix("[x]"), *element.names())}
        self.elements = tuple(value.split(","))
        if not set(self.elements) <= known:
            raise refused("_elements", "it names top-level elements of the type.")

    def _format(self, value: str) -> None:
        if value not in ("json", "application/json", "application/fhir+json", "application/fhir json"):
            raise refused("_format", "only JSON is given.")

    def _pretty(self, value: str) -> None:
        if value not in ("true", "false"):
            raise refused("_pretty", "it is true or false.")

    def _include(self, name: str, value: str) -> None:
        kind, _, modifier = name.partition(":")
        parts = value.split(":")
        if modifier or not 2 <= len(parts) <= 3 or not is_resource_type(parts[0]) or "*" in value:
            raise refused(kind, "it has the form Type:parameter or Type:parameter:Target.")
        parameter = parameters(parts[0]).get(parts[1])
        if parameter is None or parameter.kind != "reference":
            raise refused(kind, "it names a reference parameter of the type.")
        target = parts[2] if len(parts) == 3 else ""
        if target and target not in parameter.targets:
            raise refused(kind, "the parameter never leads to that type.")
        reverse = kind == "_revinclude"
        if not reverse and parts[0] != self.base:
            raise refused(kind, "the type is the one searched for.")
        if reverse and self.base not in parameter.targets:
            raise refused(kind, "the parameter never leads to the type searched for.")
        self.includes.append(Include(parts[0], parameter, target, reverse))

    def query(self, asked: tuple[tuple[str, str], ...]) -> Query:
        """All of it."""
        if self.summary == "text" and self.includes:
            raise refused("_summary", "text does not go with _include.")
        return Query(
            self.base,
            tuple(self.clauses),
            tuple(self.includes),
            self.sort,
            self.count,
            self.total,
            self.summary,
            self.elements,
            asked,
        )


def read_clause(base: str, name: str, value: str, now: datetime, *, chained: bool = False) -> Clause:
    """One parameter and its value."""
    head, dot, rest = name.partition(".")
    plain, _, modifier = head.partition(":")
    parameter = parameters(base).get(plain)
    if parameter is None:
        raise refused(plain, f"it is no search parameter of {base} that is supported.")
    if dot:
        if chained:
            raise refused(plain, "chains are one reference deep.")
        return _chain(parameter, modifier, rest, value, now)
    if modifier == "missing":
        if value not in ("true", "false") or parameter.kind == "digest":
            raise refused(plain, ":missing is true or false, and not supported for what is kept as digests.")
        return Clause(parameter, "missing", missing=value == "true")
    typed = parameter.kind == "reference" and modifier in parameter.targets
    if modifier and not typed and (parameter.kind, modifier) not in MODIFIERS:
        raise refused(plain, "this modifier is not supported for it.")
    texts = split(value, ",")
    if len(texts) > MOST_VALUES or not all(texts):
        raise refused(plain, "it needs a value, and at most 200.")
    values = tuple(_value(parameter, modifier if typed else "", text, now) for text in texts)
    return Clause(parameter, "" if typed else modifier, values)


MODIFIERS = frozenset({("token", "not"), ("digest", "exact")})


def _chain(parameter: Parameter, target: str, rest: str, value: str, now: datetime) -> Clause:
    if parameter.kind != "reference":
        raise refused(parameter.name, "only references are followed.")
    possible = {target} if target else {t for t in parameter.targets if rest.partition(":")[0] in parameters(t)}
    if target and target not in parameter.targets:
        raise refused(parameter.name, "it never leads to that type.")
    if len(possible) != 1:
        raise refused(parameter.name, "say which type is meant: name:Type.parameter.")
    (found,) = possible
    return Clause(parameter, chain=read_clause(found, rest, value, now, chained=True), target=found)


def _value(parameter: Parameter, kind: str, text: str, now: datetime) -> Value:
    if parameter.kind == "token":
        return _token(parameter, text)
    if parameter.kind == "reference":
        return _reference(parameter, kind, text)
    if parameter.kind == "date":
        return _date(parameter, text, now)
    if parameter.kind in ("number", "quantity"):
        return _number(parameter, text)
    return TextValue(text if parameter.kind == "digest" and "|" in text else unescape(text))


def _token(parameter: Parameter, text: str) -> TokenValue:
    parts = split(text, "|")
    if len(parts) > 2 or parts == ["", ""]:
        raise refused(parameter.name, "it has the form code, system|code, |code or system|.")
    if len(parts) == 1:
        return TokenValue(None, unescape(parts[0]))
    return TokenValue(unescape(parts[0]), unescape(parts[1]) or None)


def _reference(parameter: Parameter, kind: str, text: str) -> ReferenceValue:
    plain = unescape(text)
    target = read_reference(plain)
    if target is not None and target.form == "rest" and not target.base and not target.version:
        if (kind and kind != target.type) or (parameter.targets and target.type not in parameter.targets):
            raise refused(parameter.name, "it never leads to that type.")
        return ReferenceValue(target.type, target.id)
    if target is not None and target.form in ("rest", "urn", "absolute"):
        return ReferenceValue("", "", plain)
    if not ID.fullmatch(plain):
        raise refused(parameter.name, "it has the form id, Type/id or an absolute address.")
    only = kind or (next(iter(parameter.targets)) if len(parameter.targets) == 1 else "")
    return ReferenceValue(only, plain)


def _prefixed(text: str) -> tuple[Prefix, str]:
    for prefix in PREFIXES:
        if text.startswith(prefix):
            return prefix, text[2:]
    return "eq", text


def _date(parameter: Parameter, text: str, now: datetime) -> DateValue:
    prefix, plain = _prefixed(text)
    found = interval(plain)
    if found is None:
        raise refused(parameter.name, "it is a date or time, such as ge2026-01-31.")
    if prefix == "ap":
        width = abs(now - found.low) / 10
        found = Interval(_moved(found.low, -width), _moved(found.high, width))
    return DateValue(prefix, found)


def _moved(at: datetime, width: timedelta) -> datetime:
    try:
        return at + width
    except OverflowError:
        return FIRST if width < timedelta() else LAST


def _number(parameter: Parameter, text: str) -> NumberValue:
    parts = split(text, "|")
    prefix, plain = _prefixed(parts[0])
    match = _NUMBER.fullmatch(plain)
    if match is None or (len(parts) not in (1, 3) if parameter.kind == "quantity" else len(parts) != 1):
        raise refused(parameter.name, "it is a number, or for quantities number|system|code.")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise refused(parameter.name, "it is a number.") from None
    half = Decimal(5).scaleb(int(match["power"] or 0) - len(match["digits"] or "") - 1)
    if prefix == "ap":
        half = max(half, abs(number) / 10)
    system, code = (unescape(parts[1]), unescape(parts[2])) if len(parts) == 3 else ("", "")
    if len(parts) == 3 and not code:
        raise refused(parameter.name, "a unit is named by its code: number|system|code.")
    return NumberValue(prefix, number, number - half, number + half, system, code)


def split(text: str, sign: str) -> list[str]:
    r"""The parts of a value between a sign that no `\` stands before (R4, 3.1.1.4.14)."""
    parts, part, escaped = list[str](), "", False
    for letter in text:
        if letter == sign and not escaped:
            parts.append(part)
            part = ""
        else:
            part += letter
        escaped = letter == "\\" and not escaped
    return [*parts, part]


def unescape(text: str) -> str:
    r"""The text without the `\` before `,`, `|`, `$` and itself."""
    return re.sub(r"\\([,|$\\])", r"\1", text) if "\\" in text else text


def limits_of(base: str, alternatives: Iterable[tuple[tuple[str, str], ...]], now: datetime) -> list[list[Clause]]:
    """The limits of scopes as clauses: one of the lists must be met whole."""
    return [[read_clause(base, name, value, now) for name, value in one] for one in alternatives]
