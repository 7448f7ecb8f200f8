"""Which labelled documents a caller may see: a document without labels is everyone's, else one label must match."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from preceptor.access.caller import Caller
from preceptor.access.decide import Allowed, decide
from preceptor.errors import Invalid

LABEL = re.compile(r"(?:role|department):[a-z0-9][a-z0-9._-]{0,62}")


def caller_labels(caller: Caller) -> frozenset[str]:
    """The labels the caller matches: `role:<role>` for each role, `department:<name>` for each department."""
    return frozenset({*(f"role:{r}" for r in caller.roles), *(f"department:{d}" for d in caller.departments)})


def sees_everything(caller: Caller) -> bool:
    """Whether labels do not bind the caller: who adds and removes documents must be able to find them."""
    return isinstance(decide(caller, "policy:write", tenant=caller.tenant), Allowed)


def may_see(caller: Caller, labels: Collection[str]) -> bool:
    """Whether the caller may know that a document with these labels exists."""
    return not labels or sees_everything(caller) or not caller_labels(caller).isdisjoint(labels)


def label_filter(caller: Caller) -> list[str]:
    """The caller's labels as a parameter of `VISIBLE`; "*" stands for all."""
    return ["*"] if sees_everything(caller) else sorted(caller_labels(caller))


VISIBLE = "(cardinality(d.labels) = 0 or d.labels && {0}::text[] or '*' = any({0}::text[]))"
"""SQL: whether document `d` may be seen; `{0}` is the parameter with `label_filter`. It says what `may_see` says."""


def checked_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in order, each once. Invalid `invalid_request` for one of another form."""
    found = tuple(sorted(set(labels)))
    for label in found:
        if not LABEL.fullmatch(label):
            raise Invalid("invalid_request", "A label is role:NAME or department:NAME, in lower case.")
    return found
