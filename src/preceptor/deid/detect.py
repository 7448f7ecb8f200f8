"""Find the identifiers of a text under a policy: the rules run, the policy chooses, overlaps are settled."""

from __future__ import annotations

from collections.abc import Iterator

from preceptor.deid.dates import find_ages, find_dates
from preceptor.deid.document import find_document
from preceptor.deid.hl7 import find_hl7
from preceptor.deid.known import Known, find_known
from preceptor.deid.labelled import find_labelled
from preceptor.deid.labels import TAKES, Policy
from preceptor.deid.names import find_names
from preceptor.deid.patterns import find_net, find_numbers, find_phones
from preceptor.deid.places import find_places, find_strict
from preceptor.deid.plain import plain
from preceptor.deid.spans import Span, settle
from preceptor.deid.tokens import caseless

__all__ = ["Known", "Span", "detect"]


def detect(text: str, policy: Policy, known: Known | None = None) -> list[Span]:
    """The spans of `text` that `policy` takes: sorted, apart, in code points of `text` as given.

    `known` is the record's own patient, whose identifiers are found first. Pure and deterministic; the time is
    linear in the length of the text. The rules are written for English with some Spanish.
    """
    if not text:
        return []
    made_plain = plain(text)
    found = list(find_document(made_plain) if policy == "document" else _find_all(made_plain, policy))
    if known is not None:
        found.extend(find_known(made_plain, known))
    return settle(text, (span for span in found if _takes(policy, span)))


def _find_all(text: str, policy: Policy) -> Iterator[Span]:
    """Every find of every rule."""
    yield from find_hl7(text)
    yield from find_labelled(text)
    yield from find_net(text)
    yield from find_numbers(text)
    yield from find_phones(text)
    yield from find_dates(text)
    yield from find_ages(text)
    yield from find_names(text)
    yield from find_places(text, caseless(text))
    if policy == "strict":
        yield from find_strict(text)


def _takes(policy: Policy, span: Span) -> bool:
    """Whether the policy takes the span; a limited data set keeps town, county and ZIP code."""
    if span.label not in TAKES[policy]:
        return False
    return (
        policy != "limited"
        or span.label != "GEO"
        or span.source in ("place:street", "place:crossing", "known:address", "hl7:geo")
    )
