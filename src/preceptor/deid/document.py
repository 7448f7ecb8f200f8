"""The policy `document`: identifiers of individual patients in published text, and nothing of its authors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from preceptor.deid.dates import find_ages, find_dates
from preceptor.deid.labelled import find_labelled
from preceptor.deid.names import find_names
from preceptor.deid.patterns import find_net, find_numbers, find_phones
from preceptor.deid.places import find_places
from preceptor.deid.plain import left, right
from preceptor.deid.spans import Span
from preceptor.deid.tokens import GIVEN, SURNAME, caseless, flags_of

_BEFORE, _AFTER = 160, 480
"""How far around the mention of a patient the text is taken to speak of them, in characters."""
_ALWAYS = frozenset(("SSN", "MRN", "HEALTH_PLAN", "ACCOUNT"))
"""Labels that a label alone makes an individual's."""

_CAP = r"[A-Z][A-Za-z'\u00c0-\u024f-]+"
_FULL = rf"{_CAP}(?: [A-Z]\.?)?(?: (?:de|del|la|van|von|der|bin|al) )? ?{_CAP}(?:[ -]{_CAP})?"
_LAST_FIRST = rf"{_CAP}, {_CAP}"
_CUES = re.compile(
    rf"(?i:\b(?:patient|member|beneficiary|enrollee|subscriber|client|resident)(?:'s)? ?name ?[:=] {{0,4}}|\bname of (?:the )?(?:patient|member|beneficiary|enrollee) ?[:=] {{0,4}}"
    rf"|\b(?:patient|pt|member|beneficiary|enrollee|name) ?: {{0,4}})(?P<labelled>{_LAST_FIRST}|{_FULL})"
    rf"|\b(?i:dob|d\.o\.b\.|date of birth|birth ?date|born|fecha de nacimiento)(?i: is| on)?[ :,.(]{{1,4}}(?P<born>\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|{_CAP}\.? \d{{1,2}},? \d{{4}}|\d{{1,2}}[ -]{_CAP}[ -]\d{{4}})"
    rf"|\b(?i:(?:the )?(?:patient|pt\.?|member|beneficiary|enrollee|veteran),? (?:is |named |known as )?)(?:Mr\.? |Mrs\.? |Ms\.? |Miss )?(?P<patient>{_FULL})"
    rf"|(?P<aged>(?:Mr\.?|Mrs\.?|Ms\.?|Miss)? ?{_FULL}),? (?:is |was )?(?i:an? |aged? |age )?\d{{1,3}}[- ](?:year|yr|month)s?[- ]?old"
    rf"|(?P<aged2>{_FULL}), (?:age |aged )?\d{{1,3}}(?=[,.;) ])"
    rf"|\b(?:Mr|Mrs|Ms|Miss)\.? (?P<titled>{_CAP})(?:,| is| was| \() ?(?i:an? )?\d{{1,3}}[- ](?i:year|yr)s?[- ](?i:old)"
)
_NOT_PATIENT = re.compile(
    r"\b(?:effective|revis(?:ed|ion)|publish(?:ed|ing)|publication|issued|updated|version|approved|adopted|last review(?:ed)?|next review"
    r"|expires|copyright|accessed|retrieved|posted|released|policy date|committee|as of|printed|vol\.|fed\. reg\.)[^\n]{0,24}$"
)
_PUBLIC = re.compile(
    r"\b(?:hotline|helpline|toll[- ]free|customer service|member services|provider services|pharmacy services|help desk|tty|tdd|main line|office|department|dept|appeals|questions|information"
    r"|prior auth\w*|utilization management|our|plan|center|clinic|fax (?:the|your|this)|submit|www)\b[^\n]{0,36}$"
)
_CLINICIAN = re.compile(r"\b(?:dr\.?|prof\.?|doctor|et al|editors?|authors?|chair|by|committee|director|medical director|reviewed by|approved by)[:. ]{0,2}$")
_CREDENTIAL = re.compile(r"^,? ?(?:m\.?d|d\.?o|ph\.?d|r\.?n|n\.?p|pharm\.?d|p\.?a|m\.?p\.?h|et al|facp|esq)\b")


def find_document(text: str) -> Iterator[Span]:
    """Numbers with a label or check digit anywhere; names, dates and contacts only where a patient is spoken of."""
    numbers = [span for span in find_labelled(text) if span.label in _ALWAYS and _individual(text, span)]
    numbers += [span for span in find_numbers(text) if span.source in ("pattern:ssn", "pattern:card")]
    yield from numbers
    cues = list(_cues(text))
    yield from cues
    zones = _zones(text, [(span.start, span.end) for span in (*numbers, *cues)])
    names = {word for span in cues if span.label == "NAME" for word in _parts(text, span)}
    if names:
        again = list(_repetitions(text, names))
        yield from again
        zones = _zones(text, [*((z[0] + _BEFORE, z[1] - _AFTER) for z in zones), *((s.start, s.end) for s in again)])
    for start, end in zones:
        yield from _around(text, start, end)


def _individual(text: str, span: Span) -> bool:
    """Whether a labelled number can be one person's: five characters at least, and none of a form's or a law's."""
    value = text[span.start : span.end]
    digits = sum(letter.isdigit() for letter in value)
    return len(value) >= 5 and digits >= 4 and not re.search(r"\b(?:form|policy|cms|section|part|title|usc|cfr|group|plan)[ -]{0,2}(?:number|no\.?|id|#)?[: ]{0,2}$", left(text, span.start, 24))


def _cues(text: str) -> Iterator[Span]:
    """What shows that a passage speaks of one patient: a labelled name or birth date, a name with an age."""
    for match in _CUES.finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        if kind == "born":
            yield Span(start, end, "DATE", 0.9, "document:birth-date")
        elif _person(match[kind], strict=kind not in ("labelled", "titled")) and not _clinician(text, start, end):
            yield Span(start, end, "NAME", 0.9, f"document:{'labelled' if kind == 'labelled' else 'patient'}")


def _person(name: str, *, strict: bool) -> bool:
    """Whether the words are a person's name by the lists; `strict` asks for a sure given name and a surname."""
    words = [word for word in re.findall(r"[^\W\d_][\w'-]+", name) if word not in ("Mr", "Mrs", "Ms", "Miss")]
    flags = [flags_of(word.lower()) for word in words]
    if not words or any(flag & 8 for flag in flags):
        return False
    given = any(flag & GIVEN and not flag & 4 for flag in flags)
    if not strict:
        return given or (any(flag & (GIVEN | SURNAME) for flag in flags))
    return bool(flags[0] & GIVEN and not flags[0] & 4) and len(words) > 1


def _clinician(text: str, start: int, end: int) -> bool:
    """Whether the name is an author's or a clinician's: a title or office before it, a credential after it."""
    return bool(_CLINICIAN.search(left(text, start, 32)) or _CREDENTIAL.match(right(text, end, 12)))


def _parts(text: str, span: Span) -> set[str]:
    words = re.findall(r"[^\W\d_]{3,}(?:['-][^\W\d_]+)*", text[span.start : span.end])
    return {word for word in words if not flags_of(word.lower()) & 4}


def _repetitions(text: str, names: set[str]) -> Iterator[Span]:
    """The patient's names elsewhere on the page."""
    pattern = re.compile(rf"\b(?:{'|'.join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))})\b", re.I)
    for match in pattern.finditer(text):
        if not match.group().islower() and not _CREDENTIAL.match(right(text, match.end(), 12)):
            yield Span(match.start(), match.end(), "NAME", 0.85, "document:repeated")


def _zones(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches around the places, merged, cut at the text's ends, in order."""
    out: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start - _BEFORE), min(len(text), end + _AFTER)) for start, end in places):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


_FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (find_names, find_dates, find_ages, find_phones, find_net, find_numbers, find_labelled)


def _around(text: str, start: int, end: int) -> Iterator[Span]:
    """Everything the other policies would take in `[start, end)`, less what is public."""
    while start and text[start - 1] not in "\n.":
        start -= 1
    part = text[start:end]
    found = [span.moved(start) for finder in _FINDERS for span in finder(part)]
    found += [span.moved(start) for span in find_places(part, caseless(part))]
    yield from (span for span in found if _private(text, span))


def _private(text: str, span: Span) -> bool:
    """Whether a find near a patient is theirs and not the publisher's."""
    before = left(text, span.start, 48)
    if span.label == "DATE":
        return not _NOT_PATIENT.search(before) and span.source not in ("date:month", "date:my")
    if span.label in ("PHONE", "FAX", "URL", "EMAIL"):
        return not _PUBLIC.search(before)
    if span.label == "NAME":
        sure = span.source in ("name:title", "name:label", "name:relation", "name:self") or (span.source == "name:listed")
        return sure and not _clinician(text, span.start, span.end) and not before.endswith(("dr. ", "dr "))
    return True
