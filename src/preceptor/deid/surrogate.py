"""Put realistic surrogates where identifiers stood, and put the identifiers back; pure, over one subject's entry.

A surrogate is drawn at random and remembered, never computed from the value it stands for (45 CFR 164.514(c)).
The result is not Safe Harbor: shifted dates and anything the detector missed need an expert's determination
(164.514(b)(1)); masking is the Safe Harbor mode.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from preceptor.deid.chance import Chance
from preceptor.deid.plain import left, plain
from preceptor.deid.redact import Offset, Redaction
from preceptor.deid.spans import Span
from preceptor.deid.surrogate_dates import Calendar, read_calendar, shift_date
from preceptor.deid.surrogate_entry import BookEntry, Draft, fold, words_of_text
from preceptor.deid.surrogate_names import as_written, is_full, replace_name
from preceptor.deid.surrogate_places import replace_place, replace_zip
from preceptor.deid.surrogate_values import (
    replace_email,
    replace_file,
    replace_ip,
    replace_number,
    replace_phone,
    replace_ssn,
    replace_url,
)

DETERMINATION = "expert-determination-required"
AGE = "90+"
"""Ages over 89 are one class (45 CFR 164.514(b)(2)(i)(C)); like a ZIP code's first digits it cannot be reversed."""


@dataclass(frozen=True, slots=True)
class Surrogates:
    """A text with surrogates, where they stand, and the entry to be stored.

    `redaction` has the text, the spans (in the original) and the offsets; `added` counts values that got a surrogate
    now, `masked` spans that show `[LABEL]` because no surrogate of their shape could be made.
    """

    redaction: Redaction
    entry: BookEntry
    added: int
    masked: int
    label: Literal["expert-determination-required"] = DETERMINATION

    def __repr__(self) -> str:
        return f"Surrogates({len(self.redaction.spans)} spans)"


@dataclass(frozen=True, slots=True)
class Original:
    """A text with its identifiers put back: how many, and how many of them had more than one original."""

    text: str
    replaced: int
    ambiguous: int

    def __repr__(self) -> str:
        return f"Original({self.replaced} replaced)"


def surrogate(
    text: str, spans: Sequence[Span], entry: BookEntry, chance: Chance, avoid: Iterable[str] = ()
) -> Surrogates:
    """`text` with each span replaced; the same text, spans and stored entry give the same result, whatever `chance`.

    `spans` are sorted and apart, as `detect` gives them, else ValueError. `avoid` are further identifiers of the
    subject. A new surrogate equals none of these, no identifier or word of the text, no original or surrogate of the
    entry. The exceptions: a shifted date follows from the shift alone and may meet another date of the subject;
    what a later text brings may be an earlier surrogate by accident.
    """
    surfaces = [text[span.start : span.end] for span in spans]
    known = [*avoid]
    words = {word for value in (*surfaces, *known) for word in words_of_text(value)}
    draft = Draft(entry, chance, {*surfaces, *known, *words, *words_of_text(text)})
    dates = ((span.start, surface) for span, surface in zip(spans, surfaces, strict=True) if span.label == "DATE")
    calendar = read_calendar(dates)
    made: dict[int, str | None] = {}
    for at in sorted(range(len(spans)), key=lambda at: _turn(spans[at], surfaces[at])):
        made[at] = _replaced(draft, text, spans[at], surfaces[at], calendar)
    parts: list[str] = []
    offsets: list[Offset] = []
    end = length = masked = 0
    for at, span in enumerate(spans):
        if not end <= span.start < span.end <= len(text):
            raise ValueError("spans must be sorted, apart and inside the text")
        new = made[at]
        if new is None:
            new, masked = f"[{span.label}]", masked + 1
        elif _reversible(span, surfaces[at]):
            draft.pairs.setdefault((new, surfaces[at]))
        parts += (text[end : span.start], new)
        length += span.start - end
        offsets.append(Offset(span.start, span.end, length, length + len(new)))
        length += len(new)
        end = span.end
    parts.append(text[end:])
    redaction = Redaction("".join(parts), tuple(spans), tuple(offsets))
    return Surrogates(redaction, draft.entry(), len(draft.values) - draft.before, masked)


def _turn(span: Span, surface: str) -> int:
    """Full names, then names alone, then long numbers, then their ends and initials, then e-mail addresses."""
    if span.label == "NAME":
        return 0 if is_full(surface) else 3 if len(fold(surface)) < 4 else 1
    return 4 if span.label == "EMAIL" else 2 if len(fold(surface)) > 7 else 3


def _replaced(draft: Draft, text: str, span: Span, surface: str, calendar: Calendar) -> str | None:
    """The surrogate of one span as it is to be written; None: mask it."""
    even = plain(surface)
    match span.label:
        case "NAME":
            return replace_name(draft, surface, span.source, left(text, span.start, 16))
        case "DATE":
            return shift_date(surface, draft.shift, calendar, span.start)
        case "AGE90":
            return AGE
        case "GEO" | "FACILITY":
            return replace_zip(even) or replace_place(draft, even, span.source)
        case label:
            return _BY_LABEL.get(label, replace_number)(draft, even)


_BY_LABEL: dict[str, Callable[[Draft, str], str | None]] = {
    "PHONE": replace_phone,
    "FAX": replace_phone,
    "EMAIL": replace_email,
    "SSN": replace_ssn,
    "URL": replace_url,
    "IP": replace_ip,
    "PHOTO": replace_file,
}
"""Label → what makes its surrogate; the others are numbers and codes."""


def _reversible(span: Span, surface: str) -> bool:
    return span.label != "AGE90" and not (span.label in ("GEO", "FACILITY") and replace_zip(plain(surface)))


def undo(text: str, entry: BookEntry) -> Original:
    """`text` with every surrogate of the entry replaced by its original, longest first, whole words only.

    Exact spellings first; a name the book knows in another spelling is put back word by word in the case it stands
    in. Where two originals share a surrogate ("María" and "Maria"; a date without a year), the first one is taken
    and counted as ambiguous. Masks, "90+" and ZIP prefixes stay. Linear in the length of the text.
    """
    originals: dict[str, list[str]] = {}
    for made, was in entry.pairs:
        originals.setdefault(made, []).append(was)
    for made, was in _single_names(entry):
        for like in (made, made.upper(), made.lower()):
            originals.setdefault(like, [as_written(like, was)])
    starts: dict[str, list[str]] = {}
    for made in sorted(originals, key=lambda made: (-len(made), made)):
        starts.setdefault(_head(made), []).append(made)
    out: list[str] = []
    at = kept = replaced = ambiguous = 0
    for match in _HEAD.finditer(text):
        if match.start() < at:
            continue
        made = next((one for one in starts.get(match.group(), ()) if _stands(text, one, match.start())), None)
        if made is None:
            continue
        out += (text[kept : match.start()], originals[made][0])
        at = kept = match.start() + len(made)
        replaced += 1
        ambiguous += len(originals[made]) > 1
    return Original("".join(out) + text[kept:], replaced, ambiguous)


_HEAD = re.compile(r"[^\W_]+|[^\s]")


def _head(made: str) -> str:
    match = _HEAD.match(made)
    return match.group() if match else ""


def _stands(text: str, made: str, at: int) -> bool:
    """Whether `made` stands at `at` and no letter or digit continues it on either side."""
    end = at + len(made)
    if not text.startswith(made, at):
        return False
    before = at and text[at - 1].isalnum() and made[0].isalnum()
    return not before and not (end < len(text) and text[end].isalnum() and made[-1].isalnum())


def _single_names(entry: BookEntry) -> list[tuple[str, str]]:
    """(surrogate, original) of every word of a name, the original in its most telling spelling."""
    names = {norm: made for kind, norm, made in entry.values if kind == "name" and made}
    seen: dict[str, str] = {}
    for _, was in entry.pairs:
        for word in re.findall(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*", was):
            norm = fold(word)
            if norm in names and (norm not in seen or seen[norm].isupper() or seen[norm].islower()):
                seen[norm] = word
    return [(names[norm], was.capitalize() if was.isupper() or was.islower() else was) for norm, was in seen.items()]
