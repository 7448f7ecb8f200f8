"""Find the identifiers of a text under a policy: the rules run, the policy chooses, overlaps are settled."""

from __future__ import annotations

from collections.abc import Iterator

from preceptor.deid.ages import find_ages
from preceptor.deid.codes import find_codes
from preceptor.deid.dates import find_dates
from preceptor.deid.document import find_document
from preceptor.deid.hl7 import find_hl7
from preceptor.deid.known import Known
from preceptor.deid.known_find import find_known
from preceptor.deid.labelled import find_labelled
from preceptor.deid.labels import TAKES, Policy
from preceptor.deid.name_runs import Page, read_page
from preceptor.deid.names import find_names, name_words, repeated
from preceptor.deid.patterns import find_net, find_numbers, find_phones
from preceptor.deid.pieces import OVERLAP, Piece, pieces
from preceptor.deid.places import find_places, find_strict
from preceptor.deid.plain import plain
from preceptor.deid.scanned import unscanned
from preceptor.deid.spans import Span, settle
from preceptor.deid.towns import find_towns
from preceptor.deid.undecided import find_adjoining, find_beside, find_initialled, find_undecided
from preceptor.deid.view_blobs import blobs
from preceptor.deid.views import View, views

__all__ = ["Known", "Span", "detect", "find_shapes"]


def detect(text: str, policy: Policy, known: Known | None = None) -> list[Span]:
    """The spans of `text` that `policy` takes: sorted, apart, in code points of `text` as given.

    `known` is the record's own patient, whose identifiers are found first. Pure and deterministic; time and memory
    are linear in the length of the text, which is read in pieces of some ten thousand characters; a name found in
    one piece is looked for in all. The rules are written for English with some Spanish.
    """
    if not text:
        return []
    found: list[Span] = []
    parts: set[str] = set()
    cut = list(pieces(text))
    for piece in cut:
        here, words = _piece(text[piece.start : piece.end], policy, known)
        parts |= words
        found.extend(span for one in here if _seen_whole(span := one.moved(piece.start), piece, len(text)))
    if parts and len(cut) > 1 and policy != "document":
        for piece in cut:
            page = read_page(plain(text[piece.start : piece.end]))
            found.extend(span.moved(piece.start) for span in repeated(page, parts))
    if policy != "document":
        found.extend(Span(start, end, "OTHER_ID", 0.5, "blob") for start, end in blobs(text))
    # Settled before the policy chooses: what it leaves must not fall to a weaker rule ("20240312" as a code).
    return list(_joined(text, [span for span in settle(text, found) if takes(policy, span)]))


def _joined(text: str, spans: list[Span]) -> Iterator[Span]:
    """The spans with the parts of one name as one: two with a single space between them."""
    last: Span | None = None
    for span in spans:
        if last and last.label == span.label == "NAME" and text[last.end : span.start] == " ":
            last = Span(last.start, span.end, "NAME", max(last.score, span.score), last.source)
            continue
        if last:
            yield last
        last = span
    if last:
        yield last


def _seen_whole(span: Span, piece: Piece, size: int) -> bool:
    """Whether a find that reads its surroundings is far enough from the cut; near it the other piece decides."""
    if span.label not in ("NAME", "GEO") or span.end - span.start > OVERLAP // 2:
        return True
    early = piece.start > 0 and span.start < piece.start + OVERLAP // 2
    late = piece.end < size and span.end > piece.end - OVERLAP // 4
    return not early and not late


def _piece(text: str, policy: Policy, known: Known | None) -> tuple[list[Span], set[str]]:
    """The finds in one piece, in all its readings, and the words of the names among them."""
    found: list[Span] = []
    parts: set[str] = set()
    for view in views(text):
        for start, end in ((0, len(view.text)),) if view.name == "plain" else _changed(view):
            page = read_page(view.text[start:end])
            here = list(_find(page, policy, known))
            if policy != "document":
                here.extend(find_undecided(page, _taken(page.text, here)))
                here.extend(list(find_adjoining(page, here)))
                here.extend(list(find_beside(page.text, here)))
            parts |= name_words(page.text, here)
            found.extend(here if view.name == "plain" else _from_view(view, start, here))
    return found, parts


def _changed(view: View) -> Iterator[tuple[int, int]]:
    """Runs of lines in which something was undone, with the line before and after; long lines in windows."""
    first = last = -1
    for start, end in _lines(view.text):
        if not view.touches(start, end):
            continue
        if last >= 0 and start - last > _CONTEXT:
            yield max(0, first - _CONTEXT), min(len(view.text), last + _CONTEXT)
            first = start
        first, last = (start if first < 0 else first), end
    if last >= 0:
        yield max(0, first - _CONTEXT), min(len(view.text), last + _CONTEXT)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        stop = text.find("\n", start, start + 200)
        stop = min(start + 200, len(text)) if stop < 0 else stop + 1
        yield start, stop
        start = stop


_CONTEXT = 80
"""Characters of unchanged text around a change that a rule may read."""


def _from_view(view: View, at: int, found: list[Span]) -> Iterator[Span]:
    """The finds of a reading that the plain one cannot give: something was undone in them or right beside them."""
    for span in found:
        first, last = span.start + at, span.end + at
        if (view.labels is None or span.label in view.labels) and view.touches(first, last, _AROUND):
            start, end = view.source(first, last)
            yield Span(start, end, span.label, span.score - 0.01, f"{view.name}:{span.source}")


_AROUND = 24
"""Characters beside a find in which a change may have made it: the length of most labels."""


def _find(page: Page, policy: Policy, known: Known | None) -> Iterator[Span]:
    """Every find of every rule in one piece; the record's own patient first."""
    if known is not None:
        yield from find_known(page, known)
    if policy == "document":
        yield from find_document(page.text)
        return
    yield from find_hl7(page.text)
    numbers = unscanned(page.text)
    yield from find_shapes(numbers)
    yield from find_names(page)
    yield from find_initialled(page)
    yield from find_places(numbers, page.caseless)
    yield from find_towns(page)
    if policy == "strict":
        yield from find_strict(page.text)


def _taken(text: str, found: list[Span]) -> bytearray:
    taken = bytearray(len(text))
    for span in found:
        taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    return taken


def find_shapes(text: str) -> Iterator[Span]:
    """What shows itself by form or label, whoever it belongs to: numbers, codes, dates, ages, addresses of the net."""
    yield from find_labelled(text)
    yield from find_codes(text)
    yield from find_net(text)
    yield from find_numbers(text)
    yield from find_phones(text)
    yield from find_dates(text)
    yield from find_ages(text)


def takes(policy: Policy, span: Span) -> bool:
    """Whether the policy takes the span; a limited data set keeps town, county and ZIP code."""
    if span.label not in TAKES[policy]:
        return False
    return (
        policy != "limited"
        or span.label != "GEO"
        or span.source in ("place:street", "place:crossing", "known:address", "hl7:geo")
    )
