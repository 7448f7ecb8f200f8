"""The policy `document`: identifiers of individual patients in published text, and nothing of its authors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from preceptor.deid.ages import find_ages
from preceptor.deid.dates import find_dates
from preceptor.deid.labelled import find_labelled
from preceptor.deid.name_runs import read_page
from preceptor.deid.names import find_names
from preceptor.deid.patterns import find_net, find_numbers, find_phones, toll_free
from preceptor.deid.places import find_places
from preceptor.deid.plain import left, right
from preceptor.deid.spans import Span
from preceptor.deid.tokens import GIVEN, STOP, SURNAME, WORD, caseless, flags_of

_BEFORE, _AFTER = 160, 480
"""How far around the mention of a patient the text is taken to speak of them, in characters."""
_ALWAYS = frozenset(("SSN", "MRN", "HEALTH_PLAN", "ACCOUNT"))
"""Labels that a label alone makes an individual's."""

_CAP = r"[A-Z][A-Za-z'\u00c0-\u024f-]{1,24}(?!\w)"
_FULL = rf"(?<![\w'-]){_CAP}(?: [A-Z]\.?)?(?: (?:de|del|la|van|von|der|bin|al))?\s{{1,2}}{_CAP}(?: {_CAP})?"
_LAST_FIRST = rf"{_CAP}, {_CAP}"
_CUES = re.compile(
    rf"(?i:\b(?:patient|member|beneficiary|enrollee|subscriber|client|resident)(?:'s)? ?name ?[:=]\s{{0,4}}"
    rf"|\bname of (?:the )?(?:patient|member|beneficiary|enrollee) ?[:=]\s{{0,4}}"
    rf"|\b(?:patient|pt|member|beneficiary|enrollee|name) ?: {{0,4}})(?P<labelled>{_LAST_FIRST}|{_FULL})"
    rf"|\b(?i:dob|d\.o\.b\.|date of birth|birth ?date|born|fecha de nacimiento)(?i: is"
    rf"| on)?[ :,.(]{{1,4}}(?P<born>\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|{_CAP}\.? \d{{1,2}},? \d{{4}}"
    rf"|\d{{1,2}}[ -]{_CAP}[ -]\d{{4}})"
    rf"|\b(?i:(?:the )?(?:patient|pt\.?|member|beneficiary|enrollee|veteran),? (?:is |named "
    rf"|known as )?)(?:Mr\.? |Mrs\.? |Ms\.? |Miss )?(?P<patient>{_FULL})"
    rf"|(?P<aged>{_FULL}),? (?:is |was )?(?i:an? |aged? "
    rf"|age )?\d{{1,3}}[- ](?:year|yr|month)s?[- ]?old"
    rf"|(?P<aged2>{_FULL}), (?:age |aged )?\d{{1,3}}(?=[,.;) ])"
    rf"|\b(?:Mr|Mrs|Ms|Miss)\.? (?P<titled>{_CAP})(?:,| is| was| \() ?(?i:an? )?\d{{1,3}}[- ](?i:year"
    rf"|yr)s?[- ](?i:old)"
)
_WORD = re.compile(r"[^\W\d_]{2,}(?:['-][^\W\d_]+)*")
_AUTHOR = re.compile(r" [A-Z]{1,3}(?:[,.;]| et al)|,? et al")
_NOT_PATIENT = re.compile(
    r"\b(?:effective|revis(?:ed|ion)|review(?:ed)?|publish(?:ed|ing)|publication|issued|updated|version"
    r"|approved|adopted|last review(?:ed)?|next review"
    r"|expires|copyright|accessed|retrieved|posted|released|policy date|committee|as of|printed|vol\."
    r"|fed\. reg\.)[^\n]{0,24}$"
)
_PUBLIC = re.compile(
    r"\b(?:hotline|helpline|toll[- ]free|customer service|member services|provider services"
    r"|pharmacy services|help desk|tty|tdd|main line|office|department|dept|appeals|questions|information"
    r"|prior auth\w*|utilization management|our|plan|center|clinic|fax (?:the|your|this)|submit"
    r"|www)\b[^\n]{0,36}$"
)
_CLINICIAN = re.compile(
    r"\b(?:dr\.?|prof\.?|doctor|et al|editors?|authors?|chair|by|committee|director|medical director"
    r"|reviewed by|approved by)[:. ]{0,2}$"
)
_DOI = re.compile(r"\b(?:doi|isbn|issn|pmid|pmc)\b[^\n]*\n?[^\n]*$|10\.\d{4,9}/\s*$", re.IGNORECASE)
"""What stands before the digits of a publication's identifier, some of which pass a card's check digit."""
_CREDENTIAL = re.compile(
    r"^,? ?(?:m\.?d|d\.?o|ph\.?d|r\.?n|n\.?p|pharm\.?d|p\.?a|m\.?p\.?h|et al|facp"
    r"|inspector|director|secretary|commissioner|administrator|chair|president|professor|judge|attorney|counsel"
    r"|esq)\b"
)


def find_document(text: str) -> Iterator[Span]:
    """Numbers with a label or check digit anywhere; names, dates and contacts only where a patient is spoken of."""
    numbers = [span for span in find_labelled(text) if span.label in _ALWAYS and _individual(text, span)]
    numbers += [
        span
        for span in find_numbers(text)
        if span.source in ("pattern:ssn", "pattern:card") and not _DOI.search(left(text, span.start, 40))
    ]
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
    return (
        len(value) >= 5
        and digits >= 4
        and not re.search(
            r"\b(?:form|policy|cms|section|part|title|usc|cfr|group|plan)[ -]{0,2}(?:number|no\.?|id"
            r"|#)?[: ]{0,2}$",
            left(text, span.start, 24),
        )
    )


def _cues(text: str) -> Iterator[Span]:
    """What shows that a passage speaks of one patient: a labelled name or birth date, a name with an age."""
    for match in _CUES.finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        if kind == "born":
            yield Span(start, end, "DATE", 0.9, "document:birth-date")
            continue
        end = _without_labels(text, start, end)
        if _person(text[start:end], strict=kind not in ("labelled", "titled")) and not _clinician(text, start, end):
            yield Span(start, end, "NAME", 0.9, f"document:{'labelled' if kind == 'labelled' else 'patient'}")


def _without_labels(text: str, start: int, end: int) -> int:
    """The end of the name without the label of the next field, which the capitals of a form run into."""
    words = list(re.finditer(r"[^\W\d_][\w'-]*", text[start:end]))
    while len(words) > 1 and flags_of(words[-1].group().lower()) & STOP:
        words.pop()
    return start + words[-1].end() if words else end


def _person(name: str, *, strict: bool) -> bool:
    """Whether the words are a person's name by the lists; `strict` asks for a sure given name and a surname."""
    words = [word for word in re.findall(r"[^\W\d_][\w'-]+", name) if word not in ("Mr", "Mrs", "Ms", "Miss")]
    flags = [flags_of(word.lower()) for word in words]
    if not words or any(flag & STOP for flag in flags):
        return False
    given = any(flag & GIVEN and not flag & WORD for flag in flags)
    if not strict:
        return given or len(words) == 1 or (any(flag & (GIVEN | SURNAME) for flag in flags))
    return bool(flags[0] & GIVEN and not flags[0] & WORD) and len(words) > 1


def _clinician(text: str, start: int, end: int) -> bool:
    """Whether the name is an author's or a clinician's: a title or office before it, a credential after it."""
    return bool(_CLINICIAN.search(left(text, start, 32)) or _CREDENTIAL.match(right(text, end, 12)))


def _parts(text: str, span: Span) -> set[str]:
    words = re.findall(r"[^\W\d_]{3,}(?:['-][^\W\d_]+)*", text[span.start : span.end])
    return {word for word in words if not flags_of(word.lower()) & (WORD | STOP)}


def _repetitions(text: str, names: set[str]) -> Iterator[Span]:
    """The patient's names elsewhere on the page."""
    lower = {name.lower() for name in names}
    for match in _WORD.finditer(text):
        word = match.group().removesuffix("'s")
        end = match.start() + len(word)
        if (
            word.lower() in lower
            and not word.islower()
            and not _clinician(text, match.start(), end)
            and not _AUTHOR.match(text, end)
        ):
            yield Span(match.start(), end, "NAME", 0.85, "document:repeated")


def _zones(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches around the places, merged, cut at the text's ends, in order."""
    out: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start - _BEFORE), min(len(text), end + _AFTER)) for start, end in places):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _names(text: str) -> Iterator[Span]:
    return find_names(read_page(text))


_FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    _names,
    find_dates,
    find_ages,
    find_phones,
    find_net,
    find_numbers,
    find_labelled,
)


def _around(text: str, start: int, end: int) -> Iterator[Span]:
    """Everything the other policies would take in `[start, end)`, less what is public."""
    start = max(text.rfind("\n", max(0, start - _BEFORE), start) + 1, start - _BEFORE, 0)
    part = text[start:end]
    found = [span.moved(start) for finder in _FINDERS for span in finder(part)]
    found += [span.moved(start) for span in find_places(part, caseless(part))]
    yield from (span for span in found if _private(text, span))


def _private(text: str, span: Span) -> bool:
    """Whether a find near a patient is theirs and not the publisher's."""
    before = left(text, span.start, 48)
    if span.label in _ALWAYS and span.source.startswith("label:"):
        return _individual(text, span)
    if span.label == "DATE":
        return not _NOT_PATIENT.search(before) and span.source not in ("date:month", "date:my")
    if span.label in ("PHONE", "FAX", "URL", "EMAIL"):
        return not _PUBLIC.search(before) and not (
            span.label in ("PHONE", "FAX") and toll_free(text[span.start : span.end])
        )
    if span.label == "NAME":
        sure = span.source in ("name:title", "name:label", "name:relation", "name:self") or (
            span.source == "name:listed"
        )
        return sure and not _clinician(text, span.start, span.end) and not before.endswith(("dr. ", "dr "))
    return True
