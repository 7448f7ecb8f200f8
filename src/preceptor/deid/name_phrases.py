"""Names that a phrase announces: labels, greetings, closings, what follows or precedes a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preceptor.deid.lists import words, words_of
from preceptor.deid.name_runs import NAME, Page, is_eponym, name_run
from preceptor.deid.plain import right
from preceptor.deid.spans import Span
from preceptor.deid.tokens import EPONYM, GIVEN, PARTICLE, SAFE, STOP, WORD, Token, flags_of
from preceptor.deid.zones import around_words, folded

_RELATIVE = "|".join(sorted(words("relatives")))
LABELS = re.compile(
    r"\b(?:(?:patient|pt|member|beneficiary|enrollee|client|subscriber|insured|resident|legal|full|last"
    r"|first|maiden|preferred)(?:'s)? ?names?"
    r"|name of (?:patient|member|beneficiary)|patient|pt|name|nombre|paciente|re|signed|signature"
    r"|electronically signed(?: by)?|e-signed(?: by)?|signed by"
    r"|dictated by|transcribed by|reviewed by|ordered by|ordering(?: provider| physician)?"
    r"|attending(?: physician| provider)?|referring(?: provider| physician)?|pcp"
    r"|primary care(?: provider| physician)?|provider|physician|surgeon|interpreter|nurse|case manager|cc"
    r"|contact|emergency contact(?: is)?|next of kin|nok|guarantor|author|from|to|attn"
    r"|attention|seen by|performed by|referred by|d/w|discussed with|spoke with|spoke to|appointment with"
    r"|called by|accompanied by|follows with|witness|consultant"
    r"|collected by|verified by|read by|resident physician|therapist|pharmacist|caregiver|guardian|subject"
    r"|mother|father|spouse)"
    r"(?P<colon> ?[:=] {0,3}| is | - |, | {1,2})",
    re.I,
)
_SELF = re.compile(
    r"\b(?:my (?:full |legal )?name is|my name's|this is|i am|i'm|name is|named|called|me llamo"
    r"|mi nombre es|soy|goes by|known as|aka|a\.k\.a\.|nickname(?:d)?|prefers)[ ,]{1,2}\"?",
    re.I,
)
_GREETING = re.compile(
    r"(?:^|\n|[.!?] )[ ]{0,3}(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|estimad[oa]"
    r"|hola)[ ,]{1,2}(?:there[ ,]{1,2})?",
    re.I,
)
_CLOSING = re.compile(
    r"(?:^|\n|[.!?] )[ ]{0,3}(?:(?:many |kind |best |warm )?(?:thanks|thank you|thx|ty|regards|best"
    r"|sincerely|cheers|respectfully|yours|love|gracias|saludos|atentamente)"
    r"(?: so much| again| you| truly)?[,.! ]{0,3}(?:\n[ ]{0,3}|(?<=[,!]) {0,2}|(?<=, ))|-{1,2} ?(?=[A-Z]))",
    re.I,
)
_INITIALS = re.compile(
    r"\b(?i:(?:reviewed|signed|seen|dictated|transcribed|typed|entered|verified|checked|scribed|initialed"
    r"|drawn|collected|noted) by:?|initials:?) {1,2}"
    r"((?:[A-Z]\.? ?){1,2}[A-Z]\b\.?|[a-z]{2,3}(?=\.? *(?:$|\n|[A-Z])))(?![\w'])"
    r"|\b(?i:d/w|pt\.?|patient|rn|tech) ((?:[A-Z]\. ?){1,2}[A-Z]\.|[A-Z]{2,3}(?= (?:declined|reports"
    r"|states|denies|is|was|has|agreed|refused|seen|notes|came)))"
    r"|\b(?i:transcribed|typed|dictated|entered)(?i: by)?:[^\n|]{0,30}[/|] ?([A-Za-z]{2,3})(?=\s|$)"
)
_CLOSING_INITIALS = re.compile(
    r"\b(?:thx|thanks|best|sincerely|regards|cheers),?\s{1,2}((?:[A-Za-z]\.? ?){1,2}[A-Za-z]\.?)\s*$", re.I
)
_PERSON = r"([^\W\d_][\w'-]{1,24}(?: (?:[^\W\d_]\.?|St\.|[^\W\d_][\w'-]{1,24})){0,4})"
_AGED = re.compile(
    _PERSON + r",? (?:is|was) an? (?:\w{3,12} ){0,2}(?:\d{1,3}|\w{3,10}(?:-\w{3,5})?)[- ](?:year|yr|month|week"
    r"|day)s?[- ]old",
    re.I,
)
_OWNS = re.compile(rf"\b([^\W\d_][\w-]{{1,24}})'s (?:{_RELATIVE})\b", re.I)
_PERSON_LINE = re.compile(_PERSON)
_DISCUSSED = re.compile(r"\bd/w (?:dr\.? )?([^\W\d_][\w'-]{2,24})", re.I)
_SERVICES = words_of(
    """
    nephro neuro cards renal ortho gi ent heme onc psych derm anesthesia pcp rads surg floor
    """
)
_CAP = r"[A-Z\u00c0-\u00de][\w'-]{1,24}"
_CAPS = rf"{_CAP}(?: (?:[A-Z]\.?|St\.|de|la|von|van|al|{_CAP})){{1,3}}"
_DEGREE = re.compile(rf"\b({_CAPS}), (?:M\.D|D\.O|R\.N|Ph\.D|N\.P|P\.A)\b")
_INITIAL = re.compile(r"\b(?i:pt|patient)\.? ([A-Z]\. [A-Z][\w'-]{1,24})")
_KIN = re.compile(rf"\b({_CAPS}) \((?i:{_RELATIVE})\)")
_NOT_INITIALS = words_of(
    """
    he she the his her was had has and for not you can may did who its our are ms mr dr bp hr ct mri ed er
    icu pt ot md rn
    """
)


def by_phrase(page: Page) -> Iterator[Span]:
    """Names that a phrase announces."""
    for pattern, source, score in (
        (LABELS, "label", 0.88),
        (_SELF, "self", 0.86),
        (_GREETING, "greeting", 0.8),
        (_CLOSING, "closing", 0.8),
    ):
        for match in pattern.finditer(page.text):
            first = page.at.get(match.end())
            if first is None:
                continue
            firm = source in ("greeting", "closing") or (source == "label" and match["colon"].strip() in (":", "="))
            span = _announced(page, first, firm, source)
            if span:
                yield Span(span[0], span[1], "NAME", score, f"name:{source}")


def by_sentence(page: Page) -> Iterator[Span]:
    """Names that the words after them show, and a line that holds nothing but a name."""
    for first_at, last_at in _short_lines(page.text):
        first = page.at.get(first_at)
        line = [t for t in page.tokens[first : first + 5] if t.end <= last_at] if first is not None else []
        if len(line) > 1 and line[0].flags & GIVEN and all(_in_line(token) for token in line[1:]):
            yield Span(first_at, last_at, "NAME", 0.8, "name:line")
    lower = folded(page.text)
    for match in _in_zones(_DISCUSSED, page.text, lower, ("d/w",), 1, 40):
        word = match.group(1).lower()
        if word not in words("relatives") and not flags_of(word) & STOP and word not in _SERVICES:
            yield Span(match.start(1), match.end(1), "NAME", 0.76, "name:discussed")
    for pattern, signs, before, after in _SENTENCES:
        for match in _in_zones(pattern, page.text, lower, signs, before, after):
            first = page.at.get(match.start(1))
            run = name_run(page, first, expected=True, limit=5) if first is not None else []
            if not run or run[-1].end < match.end(1) - 1 or run[0].flags & STOP:
                continue
            if pattern is _OWNS and (run[0].flags & WORD or run[0].lower in words("relatives")):
                continue
            yield Span(run[0].start, run[-1].end, "NAME", 0.8, "name:sentence")


_SENTENCES: tuple[tuple[re.Pattern[str], tuple[str, ...], int, int], ...] = (
    (_AGED, ("old",), 170, 1),
    (_OWNS, ("'s ",), 26, 24),
    (_DEGREE, (", m.d", ", d.o", ", r.n", ", ph.d", ", n.p", ", p.a"), 110, 2),
    (_INITIAL, ("pt", "patient"), 1, 40),
    (_KIN, (" (",), 110, 24),
)
"""Pattern, the signs one of which every match holds, and how far a match reaches before and after it."""


def _in_zones(
    pattern: re.Pattern[str], text: str, lower: str, signs: tuple[str, ...], before: int, after: int
) -> Iterator[re.Match[str]]:
    for start, end in around_words(lower, signs, before, after):
        yield from pattern.finditer(text, start, end)


def _short_lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of what stands in each line of two to five words at most."""
    at = 0
    for line in text.split("\n"):
        if 3 < len(line) < 90:
            kept = line.strip(" ")
            start = at + len(line) - len(line.lstrip(" "))
            if _PERSON_LINE.fullmatch(kept):
                yield start, start + len(kept)
        at += len(line) + 1


def _in_line(token: Token) -> bool:
    """Whether a word can stand in a line that holds nothing but a name."""
    return len(token.word) == 1 or bool(
        token.flags & (NAME | PARTICLE) and (not token.flags & STOP or token.flags & PARTICLE)
    )


def _announced(page: Page, first: int, firm: bool, source: str) -> tuple[int, int] | None:
    """The name that starts at token `first` after a phrase; one without a colon needs the lists to agree."""
    run = name_run(page, first, comma=source == "label", expected=firm)
    if not run:
        return None
    known = [token for token in run if token.flags & NAME and not token.flags & WORD]
    plain_words = all(token.flags & (WORD | STOP | SAFE) or len(token.word) == 1 for token in run)
    if len(run) > 1 and all(token.flags & NAME or len(token.word) == 1 for token in run):
        return run[0].start, run[-1].end
    if source == "closing":
        if right(page.text, run[-1].end, 12).strip(" .,\r") and not known:
            return None
        return (run[0].start, run[-1].end) if known or not plain_words or run[0].capital else None
    if firm:
        ok = bool(known) or (not plain_words and len(run) >= 2) or (source == "greeting" and not plain_words)
        return (run[0].start, run[-1].end) if ok else None
    if (
        not known
        and source == "self"
        and len(run) > 1
        and not page.caseless
        and not any(token.flags & (SAFE | WORD | STOP) for token in run)
    ):
        return run[0].start, run[-1].end
    if not known:
        return None
    if len(run) == 1 and (run[0].flags & EPONYM or is_eponym(page, run[0])):
        return None
    return run[0].start, run[-1].end


def find_initials(text: str) -> Iterator[Span]:
    """Initials of staff and patients where a phrase says that they are some: "Reviewed by HT", "thx, DPF"."""
    for pattern in (_INITIALS, _CLOSING_INITIALS):
        for match in pattern.finditer(text):
            group = match.lastindex or 1
            if match.group(group).lower().strip(" .") not in _NOT_INITIALS:
                yield Span(match.start(group), match.end(group), "NAME", 0.65, "name:initials")
