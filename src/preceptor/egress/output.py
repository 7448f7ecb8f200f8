"""The last look at what is about to be given out: identifiers of anybody but the one asked about, and secrets.

What is found is withheld whole, not masked: a text with somebody else's identifier in it is wrong, and what else is
wrong with it nobody knows. Whoever asks for the look decides with it and escalates; nothing found is ever quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from preceptor.access.caller import Caller
from preceptor.audit.events import record
from preceptor.clock import Clock
from preceptor.db.transaction import Transaction
from preceptor.deid.known import Known
from preceptor.deid.labels import Policy
from preceptor.deid.others import find_others
from preceptor.egress.secret_forms import find_secrets


@dataclass(frozen=True)
class Leak:
    """Something that may not leave: `kind` is a label of the de-identifier or `secret:<kind>`; place in code points."""

    kind: str
    start: int
    end: int


def leaks(text: str, subject: Known | None = None, policy: Policy = "limited") -> list[Leak]:
    """What in `text` may not be given out, by place. Linear in the length of the text.

    Identifiers are those that `policy` takes and that are not those of `subject`, the person asked about. `limited`
    leaves dates and towns, which a person's own record is full of; `document` is for published texts.
    """
    found = {Leak(span.label, span.start, span.end) for span in find_others(text, subject, policy)}
    found |= {Leak(f"secret:{kind}", start, end) for start, end, kind in find_secrets(text)}
    return sorted(found, key=lambda leak: (leak.start, leak.end, leak.kind))


def counted(found: Iterable[Leak]) -> dict[str, int]:
    """How many of each kind: all that may be told of leaks."""
    counts = dict[str, int]()
    for leak in found:
        counts[leak.kind] = counts.get(leak.kind, 0) + 1
    return dict(sorted(counts.items()))


async def withheld(
    tx: Transaction, clock: Clock, caller: Caller, found: Iterable[Leak], subject: Mapping[str, str]
) -> None:
    """Record that something was withheld: ids of what it was in `subject`, how many of each kind, never the text."""
    kinds = {_field(kind): str(count) for kind, count in counted(found).items()}
    await record(tx, clock, caller, "output:withhold", subject={**subject, **kinds}, outcome="denied")


def _field(kind: str) -> str:
    """A kind as a name the log takes: lower case, letters and underscores."""
    return "found_" + kind.lower().replace(":", "_").replace("-", "_")
