"""The one way from a text to its masked form: find, mask, look again at what is left, and fail closed.

Every door, flow and room calls `mask`; nothing else in the product may turn a text into one that counts as
de-identified (a house rule holds the callers of `detect` to those listed).
"""

from __future__ import annotations

import re

from preceptor.deid.compact import Compact
from preceptor.deid.detect import detect, find_shapes, takes
from preceptor.deid.known import Known
from preceptor.deid.known_find import find_known
from preceptor.deid.labels import Label, Policy
from preceptor.deid.lists import entries
from preceptor.deid.name_runs import read_page
from preceptor.deid.pieces import pieces
from preceptor.deid.places import find_places
from preceptor.deid.plain import plain
from preceptor.deid.redact import Redaction, redact
from preceptor.deid.spans import Span, settle
from preceptor.deid.tokens import EPONYM, PARTICLE, SAFE, STOP, WORD, caseless, flags_of
from preceptor.errors import IntegrityFailure

BLANK = "\x00"
"""Stands for each hidden character in the second look: no letter, digit, space or sign of any rule."""
ROUNDS = 3
"""Looks until nothing new may be found; each needs another identifier that only showed once its neighbour was gone."""

_WORD = re.compile(r"[^\W\d_]+")
_LEAST_NUMBER, _LEAST_NAME = 7, 4


def mask(text: str, policy: Policy, known: Known | None = None) -> Redaction:
    """`text` with `[LABEL]` for each identifier, verified by a second look at what is left.

    Raises IntegrityFailure `deid_unverified` when the looks do not come to rest, and lets every other failure of a
    rule through: there is no partly masked result. Policy `document` leaves what publications may show, so that its
    second look is for the record's own identifiers only.
    """
    return verified(text, detect(text, policy, known), policy, known)


def verified(
    text: str, spans: list[Span], policy: Policy, known: Known | None = None, *, rounds: int = ROUNDS
) -> Redaction:
    """`text` masked at `spans` and at all that `rounds` further looks still find; raises as `mask` does."""
    for _ in range(rounds):
        missed = residue(text, spans, policy, known)
        if not missed:
            return redact(text, spans)
        spans = settle(text, [*spans, *missed])
    if residue(text, spans, policy, known):
        raise IntegrityFailure("deid_unverified")
    return redact(text, spans)


def residue(text: str, spans: list[Span], policy: Policy, known: Known | None = None) -> list[Span]:
    """What still shows once `spans` are blanked out; empty when the output is clean.

    Three looks that share no state with the first: the rules of form over the blanked text, the words of names that
    are masked in one place and stand open in another, and the record's own values compared without separators.
    """
    left = _blanked(text, spans)
    found = list[Span]()
    for piece in pieces(left) if policy != "document" else ():
        part = left[piece.start : piece.end]
        shapes = [*find_shapes(part)]
        if policy == "limited":  # what it keeps must win over the rules for codes here too
            shapes += find_places(part, caseless(part))
        kept = (span for span in settle(part, shapes) if takes(policy, span) and _shows(part, span))
        found += [span.moved(piece.start) for span in kept if not span.source.startswith("place:")]
    if policy != "document":
        found += _open_names(text, left, spans)
    if known is not None:
        found += [span for span in find_known(read_page(left), known) if takes(policy, span)]
        found += [span for span in _known_values(left, known) if takes(policy, span)]
    return [Span(span.start, span.end, span.label, span.score, f"check:{span.source}") for span in found]


def _blanked(text: str, spans: list[Span]) -> str:
    """The plain text with every hidden character blank: the same length, so that positions stay."""
    text = plain(text)
    parts, at = list[str](), 0
    for span in spans:
        parts += (text[at : span.start], BLANK * (span.end - span.start))
        at = span.end
    return "".join((*parts, text[at:]))


def _shows(left: str, span: Span) -> bool:
    return any(letter.isalnum() for letter in left[span.start : span.end])


def _open_names(text: str, left: str, spans: list[Span]) -> list[Span]:
    """Words masked as part of a name that stand open elsewhere with a capital, and are no words of the language."""
    names = {
        word.lower()
        for span in spans
        if span.label == "NAME" and span.score >= 0.75
        for word in _WORD.findall(text[span.start : span.end])
        if len(word) >= _LEAST_NAME and not flags_of(word.lower()) & (WORD | STOP | EPONYM | PARTICLE | SAFE)
    }
    if not names:
        return []
    return [
        Span(match.start(), match.end(), "NAME", 0.6, "name")
        for match in _WORD.finditer(left)
        if match.group()[0].isupper() and match.group().lower() in names
    ]


def _known_values(left: str, known: Known) -> list[Span]:
    """The record's own names (whole words) and numbers (no separators) that are still to be read."""
    found = list[Span]()
    names = {
        word.lower()
        for name in known.names
        for word in _WORD.findall(name)
        if len(word) >= _LEAST_NAME and not flags_of(word.lower()) & (WORD | STOP | EPONYM | PARTICLE | SAFE)
    }
    if names:
        found += [
            Span(match.start(), match.end(), "NAME", 0.9, "known-name")
            for match in _WORD.finditer(left)
            if match.group().lower() in names
        ]
    contacts: list[tuple[str, Label]] = [(value, _contact(value)) for value in known.telecom]
    values: list[tuple[str, Label]] = [*known.identifiers, *contacts]
    compact = Compact(left)
    for value, label in values:
        found += compact.anywhere(value, label, "known-value", _LEAST_NUMBER)
    return found


def _contact(value: str) -> Label:
    return "EMAIL" if "@" in value else "PHONE"


def is_given_name(word: str) -> bool:
    """Whether `word` is a given name and no ordinary word: for callers that ask what may be legible again."""
    return word.casefold() in entries("given").sure
