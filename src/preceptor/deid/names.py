"""Names of people by what stands around them, by the lists, and by where the same name stands elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preceptor.deid.lists import CREDENTIALS, HEADS, RELATIVES, TITLES
from preceptor.deid.spans import Span
from preceptor.deid.tokens import EPONYM, GIVEN, PARTICLE, STOP, SURNAME, WORD, Token, caseless, flags_of, tokenize

_NAME = GIVEN | SURNAME
_GAP = re.compile(r"\.? {0,2}|, ?")
_SPACE = re.compile(r"\.? {1,2}|\.|-")
LABELS = re.compile(
    r"\b(?:(?:patient|pt|member|beneficiary|enrollee|client|subscriber|insured|resident|legal|full|last|first|maiden|preferred)(?:'s)? ?names?"
    r"|name of (?:patient|member|beneficiary)|patient|pt|name|nombre|paciente|re|signed|signature|electronically signed(?: by)?|e-signed(?: by)?|signed by"
    r"|dictated by|transcribed by|reviewed by|ordered by|ordering(?: provider| physician)?|attending(?: physician| provider)?|referring(?: provider| physician)?|pcp"
    r"|primary care(?: provider| physician)?|provider|physician|surgeon|interpreter|nurse|cc|contact|emergency contact(?: is)?|next of kin|nok|guarantor|author|from|to|attn"
    r"|attention|seen by|performed by|referred by|d/w|discussed with|spoke with|spoke to|appointment with|called by|accompanied by|follows with|witness|consultant"
    r"|collected by|verified by|read by|resident physician|therapist|pharmacist|caregiver|guardian|subject|mother|father|spouse)"
    r"(?P<colon> ?[:=] {0,3}| is | - |, | {1,2})",
    re.I,
)
_SELF = re.compile(
    r"\b(?:my (?:full |legal )?name is|my name's|this is|i am|i'm|name is|named|called|me llamo|mi nombre es|soy|goes by|known as|aka|a\.k\.a\.|nickname(?:d)?|prefers)[ ,]{1,2}\"?",
    re.I,
)
_GREETING = re.compile(r"(?:^|\n|[.!?] )[ ]{0,3}(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|estimad[oa]|hola)[ ,]{1,2}(?:there[ ,]{1,2})?", re.I)
_CLOSING = re.compile(
    r"(?:^|\n|[.!?] )[ ]{0,3}(?:(?:many |kind |best |warm )?(?:thanks|thank you|thx|ty|regards|best|sincerely|cheers|respectfully|yours|love|gracias|saludos|atentamente)"
    r"(?: so much| again| you| truly)?[,.! ]{0,3}(?:\n[ ]{0,3}|(?<=[,!]) {0,2}|(?<=, ))|-{1,2} ?(?=[A-Z]))",
    re.I,
)
_INITIALS = re.compile(
    r"\b(?i:(?:reviewed|signed|seen|dictated|transcribed|typed|entered|verified|checked|scribed|initialed|drawn|collected|noted) by:?|initials:?) {1,2}"
    r"((?:[A-Z]\.? ?){1,2}[A-Z]\b\.?|[a-z]{2,3}(?=\.? *(?:$|\n|[A-Z])))(?![\w'])"
    r"|\b(?i:d/w|pt\.?|patient|rn|tech) ((?:[A-Z]\. ?){1,2}[A-Z]\.|[A-Z]{2,3}(?= (?:declined|reports|states|denies|is|was|has|agreed|refused|seen|notes|came)))"
    r"|\b(?i:transcribed|typed|dictated|entered)(?i: by)?:[^\n|]{0,30}[/|] ?([A-Za-z]{2,3})(?=\s|$)"
)
_CLOSING_INITIALS = re.compile(r"\b(?:thx|thanks|best|sincerely|regards|cheers),?\s{1,2}((?:[A-Za-z]\.? ?){1,2}[A-Za-z]\.?)\s*$", re.I)
_NOT_INITIALS = frozenset("he she the his her was had has and for not you can may did who its our are ms mr dr bp hr ct mri ed er icu pt ot md rn".split())


@dataclass(frozen=True, slots=True)
class _Text:
    """A tokenised text: its tokens, the index of the first token at or after a position, whether case tells nothing."""

    text: str
    tokens: Sequence[Token]
    at: dict[int, int]
    caseless: bool


def find_names(text: str) -> Iterator[Span]:
    """Names by title, label, credential, relation, greeting and closing, by the lists, and repeated ones."""
    tokens = tokenize(text)
    page = _Text(text, tokens, {token.start: at for at, token in enumerate(tokens)}, caseless(text))
    found = [*_by_context(page), *_by_words(page)]
    yield from found
    yield from _repeated(page, found)
    yield from _initials(text)


def _by_context(page: _Text) -> Iterator[Span]:
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
            firm = source in ("greeting", "closing") or (source == "label" and ":" in match["colon"])
            span = _announced(page, first, firm, source)
            if span:
                yield Span(span[0], span[1], "NAME", score, f"name:{source}")


def _announced(page: _Text, first: int, firm: bool, source: str) -> tuple[int, int] | None:
    """The name that starts at token `first` after a phrase; one without a colon needs the lists to agree."""
    run = _run(page, first, comma=source == "label")
    if not run:
        return None
    known = [token for token in run if token.flags & _NAME and not token.flags & WORD]
    plain_words = all(token.flags & (WORD | STOP) or len(token.word) == 1 for token in run)
    if source == "closing":
        after = page.text[run[-1].end : run[-1].end + 2]
        if after.strip(" .,\n") and not known:
            return None
        return (run[0].start, run[-1].end) if known or not plain_words or run[0].capital else None
    if firm:
        ok = bool(known) or (not plain_words and len(run) >= 2) or (source == "greeting" and not plain_words)
        return (run[0].start, run[-1].end) if ok else None
    if not known:
        return None
    if len(run) == 1 and (run[0].flags & EPONYM or _eponym(page, run[0])):
        return None
    return run[0].start, run[-1].end


def _run(page: _Text, first: int, *, comma: bool = False, limit: int = 5) -> list[Token]:
    """The tokens from `first` that read as one name: capitals, initials, particles, and one comma if `comma`."""
    out: list[Token] = []
    for at in range(first, min(first + limit, len(page.tokens))):
        token = page.tokens[at]
        if out:
            gap = page.text[out[-1].end : token.start]
            if not (_SPACE.fullmatch(gap) or (comma and gap in (", ", ",") and len(out) <= 2)):
                break
            if "." in gap and len(out[-1].word) > 1 and out[-1].lower not in TITLES:
                break
            comma = comma and "," not in gap
        if token.lower in TITLES and not out:
            continue
        if not _fits(page, token, bool(out)):
            break
        out.append(token)
    while out and out[-1].flags & PARTICLE and not out[-1].capital:
        out.pop()
    while out and len(out) > 1 and out[-1].lower in CREDENTIALS:
        out.pop()
    return out


def _fits(page: _Text, token: Token, inside: bool) -> bool:
    """Whether a token can be a part of a name where one is expected."""
    if len(token.word) == 1:
        return token.capital or (page.caseless and token.lower not in ("a", "i"))
    if token.flags & PARTICLE and not token.flags & STOP:
        return True
    if token.flags & STOP:
        return False
    if page.caseless:
        return bool(token.flags & _NAME and not token.flags & WORD) or (inside and not token.flags and len(token.word) > 3)
    if not token.capital:
        return False
    return not (token.word.isupper() and len(token.word) <= 4 and not token.flags & _NAME)


def _by_words(page: _Text) -> Iterator[Span]:
    """Names that the words themselves show: titles, relations, credentials, listed given names and surnames."""
    tokens = page.tokens
    skip = -1
    for at, token in enumerate(tokens):
        if token.lower in TITLES:
            span = _titled(page, at)
            if span:
                yield span
        elif token.lower in RELATIVES:
            span = _related(page, at)
            if span:
                yield span
        elif token.lower in CREDENTIALS and at and (token.word.isupper() or page.caseless or token.capital):
            span = _credentialed(page, at)
            if span:
                yield span
        if at > skip and token.flags & _NAME and (token.capital or page.caseless):
            length, span = _listed(page, at)
            if span:
                skip = at + length - 1
                yield span


def _titled(page: _Text, at: int) -> Span | None:
    """"Mrs. Agnes Thornbury", "dr apgar": whatever follows a title, unless it is a word no one is called."""
    title, out = page.tokens[at], list[Token]()
    for token in page.tokens[at + 1 : at + 6]:
        gap = page.text[(out[-1] if out else title).end : token.start]
        if not re.fullmatch(r"\.? {0,2}" if not out else r"\.? {1,2}|\. ?", gap) or ("." in gap and out and len(out[-1].word) > 1):
            break
        stops = bool(token.flags & STOP) and not (token.capital and not page.caseless and token.flags & SURNAME)
        lower_ok = (page.caseless or title.word.islower()) and not token.flags & WORD and (not out or bool(token.flags & _NAME))
        particle = bool(token.flags & PARTICLE)
        if stops or not (token.capital and not page.caseless or lower_ok or particle):
            break
        if out and page.caseless and not token.flags & _NAME:
            break
        out.append(token)
    if out and out[-1].lower in CREDENTIALS:
        out.pop()
    if not out or all(token.flags & PARTICLE and not token.capital for token in out):
        return None
    return Span(out[0].start, out[-1].end, "NAME", 0.87, "name:title")


def _related(page: _Text, at: int) -> Span | None:
    """"daughter Rosa", "husband, Kevin,": a name right after a relation."""
    if at + 1 >= len(page.tokens):
        return None
    gap = page.text[page.tokens[at].end : page.tokens[at + 1].start]
    if gap not in (" ", ", ", " (", ": ", " is "):
        return None
    run = _run(page, at + 1, limit=3)
    if not run or run[0].flags & STOP:
        return None
    if run[0].flags & WORD and len(run) == 1 and not run[0].flags & GIVEN:
        return None
    if not page.caseless or run[0].flags & _NAME:
        return Span(run[0].start, run[-1].end, "NAME", 0.82, "name:relation")
    return None


def _credentialed(page: _Text, at: int) -> Span | None:
    """"Jennifer Powell, M.D.", "Augustin-Mark Gaillard, MD": capitals before a credential."""
    if not re.fullmatch(r"(?:, ?| )", page.text[page.tokens[at - 1].end : page.tokens[at].start]):
        return None
    out: list[Token] = []
    for back in range(at - 1, max(at - 6, -1), -1):
        token = page.tokens[back]
        if out and not re.fullmatch(r"\.? {1,2}", page.text[token.end : out[0].start]):
            break
        if token.flags & STOP or not (token.capital or token.flags & PARTICLE):
            break
        if page.caseless and not token.flags & _NAME and out:
            break
        out.insert(0, token)
    if not any(token.flags & _NAME for token in out) and len(out) < 2:
        return None
    return Span(out[0].start, out[-1].end, "NAME", 0.84, "name:credential") if out else None


def _listed(page: _Text, at: int) -> tuple[int, Span | None]:
    """A run that the lists carry: given name and more, "Last, First", initial and surname, a sure given name alone."""
    token = page.tokens[at]
    back = _initial_before(page, at)
    if token.flags & STOP and not (token.flags & GIVEN and not token.flags & WORD):
        return 1, None
    run = _run(page, at, comma=_last_first(page, at), limit=4)
    if len(run) > 1 and not _two_names(page, run):
        run = run[:1]
    if not run:
        return 1, None
    if len(run) > 1 and not _eponym(page, run[-1]):
        start = back.start if back else run[0].start
        return len(run), Span(start, run[-1].end, "NAME", 0.75, "name:listed")
    alone = run[0]
    if _eponym(page, alone):
        return 1, None
    if back and alone.flags & SURNAME:
        return 1, Span(back.start, alone.end, "NAME", 0.7, "name:initial")
    after = re.match(r" ([A-Z])\.(?!\w)", page.text[alone.end : alone.end + 4])
    if after and alone.flags & GIVEN:
        return 1, Span(alone.start, alone.end + 2, "NAME", 0.7, "name:initial")
    sure = alone.flags & GIVEN and not alone.flags & (WORD | STOP | EPONYM) and len(alone.word) > 2
    if sure and not _place(page, alone):
        return 1, Span(alone.start, alone.end, "NAME", 0.55, "name:given")
    return 1, None


def _place(page: _Text, token: Token) -> bool:
    """Whether the word before or after makes the name a place or an institution ("in Charlotte", "Jackson County")."""
    before = page.text[max(0, token.start - 6) : token.start].lower()
    after = page.text[token.end : token.end + 12].lower()
    return bool(flags_of(token.lower) & 64 and re.search(r"\b(?:in|from|to|near|at)\s$", before)) or bool(
        re.match(r"\s(?:county|street|st\.|ave|hospital|clinic|center|university)", after)
    )


def _initial_before(page: _Text, at: int) -> Token | None:
    """The initial right before a token: "B. Stanton"."""
    if not at:
        return None
    before = page.tokens[at - 1]
    gap = page.text[before.end : page.tokens[at].start]
    return before if len(before.word) == 1 and before.capital and gap in (". ", ".") else None


def _last_first(page: _Text, at: int) -> bool:
    """Whether "Last, First" stands at the token: a surname, a comma, a sure given name."""
    if at + 1 >= len(page.tokens):
        return False
    here, following = page.tokens[at], page.tokens[at + 1]
    return (
        page.text[here.end : following.start] in (", ", ",")
        and bool(here.flags & SURNAME)
        and bool(following.flags & GIVEN)
        and not following.flags & (WORD | STOP)
        and not here.flags & STOP
        and (following.capital or page.caseless)
    )


def _two_names(page: _Text, run: Sequence[Token]) -> bool:
    """Whether several capitalised words are a name: a given name first and a surname, or a word no list knows."""
    first, last = run[0], run[-1]
    if first.flags & STOP or len(last.word) == 1 and len(run) == 2 and not first.flags & GIVEN:
        return False
    comma = "," in page.text[first.end : last.start]
    if comma:
        return True
    if first.flags & GIVEN and not first.flags & (WORD | EPONYM):
        return bool(last.flags & _NAME) or not page.caseless or last.flags == 0
    if first.flags & GIVEN and last.flags & SURNAME and not last.flags & WORD:
        return True
    return bool(first.flags & SURNAME and last.flags & SURNAME and not first.flags & WORD and not last.flags & (WORD | EPONYM))


def _eponym(page: _Text, token: Token) -> bool:
    """Whether the word after the name makes it a disease, sign, test or device, or the list says it is one."""
    after = page.text[token.end : token.end + 24].lower()
    following = re.match(r"(?:'s?|s')?[ -]([a-z]+)", after)
    return bool(following and following.group(1) in HEADS)


def _repeated(page: _Text, found: Sequence[Span]) -> Iterator[Span]:
    """The parts of names found with some certainty, wherever else they stand in the text."""
    parts: set[str] = set()
    for span in found:
        if span.score < 0.75:
            continue
        for match in re.finditer(r"[^\W\d_]+(?:['-][^\W\d_]+)*", page.text[span.start : span.end]):
            word = match.group().lower()
            if len(word) > 2 and not flags_of(word) & (STOP | PARTICLE):
                parts.update((word, *(piece for piece in word.split("-") if len(piece) > 3)))
    for token in page.tokens:
        if token.lower not in parts or _eponym(page, token):
            continue
        if (token.capital and not page.caseless) or not token.flags & (WORD | EPONYM):
            yield Span(token.start, token.end, "NAME", 0.7, "name:repeated")


def _initials(text: str) -> Iterator[Span]:
    """Initials of staff and patients where a phrase says that they are some: "Reviewed by HT", "thx, DPF"."""
    for pattern in (_INITIALS, _CLOSING_INITIALS):
        for match in pattern.finditer(text):
            group = match.lastindex or 1
            if match.group(group).lower().strip(" .") not in _NOT_INITIALS:
                yield Span(match.start(group), match.end(group), "NAME", 0.65, "name:initials")
