"""Names that stand beside what a person is or does, in a row of a table, or alone at the end of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from preceptor.deid.lists import CREDENTIALS, TITLES, words, words_of
from preceptor.deid.name_runs import NAME, Page, is_eponym, is_named
from preceptor.deid.spans import Span
from preceptor.deid.tokens import (
    EPONYM,
    GIVEN,
    MORE_GIVEN,
    MORE_SURNAME,
    PARTICLE,
    SAFE,
    STOP,
    SURNAME,
    WORD,
    Token,
    flags_of,
)

_WEAK = MORE_GIVEN | MORE_SURNAME
_ROLE_GAP = re.compile(r"s? {1,2}|: {0,3}|, | \(|s?: {1,3}| is | named | - ")
_ABBREVIATED = words_of(
    """
    fr sr sra dra lic rev hno dep sgt det ofc lt capt cpt maj st prof mtra ing
    """
)
_NEXT_GAP = re.compile(r" {1,2}|\. ?|-")
_PAIR_GAP = re.compile(r" and | & | y | or |/|, ")
_ROW = re.compile(
    r"(?:^|\n|\| ?|[:#] {0,3}|(?<=   )|\()"
    r"(?P<name>[^\W\d_][\w'-]{1,24}(?: [^\W\d_][\w'-]{1,24}){0,2}, ?[^\W\d_][\w'-]{1,24}(?: [^\W\d_][\w'-]{1,24}"
    r"| [^\W\d_]\b\.?){0,2})",
)
_LAST_LINE = re.compile(
    r"(?:\n|[.!?)] {1,3})[-–— ~*]{0,4}(?P<name>[^\W\d_][^\n.!?:;]{1,40}?)[ .]{0,2}(?:\n[^\n]{0,40})?\s*$",
)
_SIGNED_INITIALS = re.compile(
    r"(?:(?:^|\n|\s)[-–—~/]{1,4} ?|\b(?i:transcribed|typed|dictated|witnessed|signed|initials|scribe|per|by"
    r"|entered|tech|d|t)(?: by)?"
    r"[: ]{1,3})([A-Z]\.?[A-Z]\.?(?:[A-Z]\.?)?)(?=\s*(?:$|\n|[,/|)]|\.\s|\d))"
)
_ABOUT_INITIALS = re.compile(
    r"\b(?i:pt|patient|client|subject|participant|resident|infant|baby|mother|child|member|re|subj|initials"
    r"|signed|witness|reviewer"
    r"|nurse|scribe|staff|student|consent)(?i:'s)?:? {1,2}\(?\"?([A-Z]\.?[A-Z]\.?(?:[A-Z]\.?)?)\"?(?=[\s,.;:)/]|$)"
)
_ANY_DOTTED = re.compile(r"(?<![\w.])((?:[A-Z]\.){2,3})(?![\w.])")
_DOTTED_INITIALS = re.compile(r"(?:^|\n) {0,3}((?:[A-Z]\. ?){2,3})(?=\s*(?:$|\n))")
_AFTER_ROLE_NOT = words("stop")


def by_role(page: Page) -> Iterator[Span]:
    """ "neighbor Abiona", "Crew: Brown/O'Brien", "Firma J. West", "sons Ali and Omar", "Yusuf, RN"."""
    roles = words("roles")
    tokens = page.tokens
    for at, token in enumerate(tokens[:-1]):
        if token.lower not in roles:
            continue
        gap = page.text[token.end : tokens[at + 1].start]
        if not _ROLE_GAP.fullmatch(gap) and not (gap == ". " and token.lower in _ABBREVIATED):
            continue
        span = _run(page, at + 1, firm=gap.strip().startswith(":"))
        while span:
            first, last = span
            yield Span(tokens[first].start, tokens[last].end, "NAME", 0.76, "name:role")
            if last + 1 >= len(tokens) or not (joined := _joined(page, last)):
                break
            span = _run(page, joined, firm=False)


def _joined(page: Page, last: int) -> int | None:
    """The token after "and", "&", "/" or a comma behind a name."""
    for step in (1, 2):
        if last + step < len(page.tokens) and _PAIR_GAP.fullmatch(
            page.text[page.tokens[last].end : page.tokens[last + step].start]
        ):
            return last + step
    return None


def _run(page: Page, first: int, *, firm: bool) -> tuple[int, int] | None:
    """First and last token of the name that starts at `first`; `firm`: a colon promises one."""
    tokens = page.tokens
    last = first - 1
    for at in range(first, min(first + 4, len(tokens))):
        token = tokens[at]
        if at > first and not _NEXT_GAP.fullmatch(page.text[tokens[at - 1].end : token.start]):
            break
        if at > first and "." in page.text[tokens[at - 1].end : token.start] and len(tokens[at - 1].word) > 2:
            break
        if not _fits(page, token, at - first, firm):
            break
        last = at
    while (
        last >= first
        and (tokens[last].flags & PARTICLE or tokens[last].lower in CREDENTIALS)
        and not (tokens[last].flags & NAME and tokens[last].capital)
    ):
        last -= 1
    run = tokens[first : last + 1]
    if not run or all(len(token.word) == 1 for token in run) or is_eponym(page, run[-1]):
        return None
    return first, last


def _fits(page: Page, token: Token, inside: int, firm: bool) -> bool:
    """Whether a word can be part of a name beside a role."""
    if token.lower in TITLES:
        return False
    if len(token.word) == 1:
        return token.capital or (page.caseless and token.lower not in "ayoeis" and inside > 0)
    if token.flags & PARTICLE and inside:
        return True
    listed = token.flags & (NAME | _WEAK)
    if page.caseless or not token.capital:
        ordinary = token.flags & (SAFE | STOP | WORD | EPONYM)
        if not page.caseless:
            return bool(token.flags & GIVEN and not ordinary)
        return bool((listed or firm) and not ordinary) or bool(
            inside and token.flags & SURNAME and not token.flags & STOP
        )
    if token.flags & STOP or (token.word.isupper() and len(token.word) < 5 and not listed):
        return False
    return bool(not token.flags & SAFE or listed) or (firm and not token.flags & EPONYM and inside > 0)


def by_row(page: Page) -> Iterator[Span]:
    """ "Rivera, Ana" where a line, a cell or a value starts."""
    for match in _ROW.finditer(page.text):
        first = page.at.get(match.start("name"))
        if first is None:
            continue
        run = [token for token in page.tokens[first : first + 6] if token.end <= match.end("name")]
        family, given = _around_comma(page, run)
        if family and given and _pair(page, family, given):
            kept = _trimmed(given)
            yield Span(run[0].start, kept[-1].end, "NAME", 0.77, "name:row")


def _around_comma(page: Page, run: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    for at in range(1, len(run)):
        if "," in page.text[run[at - 1].end : run[at].start]:
            return list(run[:at]), list(run[at:])
    return [], []


def _trimmed(given: list[Token]) -> list[Token]:
    """The given names without a word of the language that follows them."""
    kept = given[:1]
    for token in given[1:]:
        if len(token.word) > 1 and token.flags & (STOP | SAFE) and not token.flags & (GIVEN | MORE_GIVEN):
            break
        kept.append(token)
    return kept


def _pair(page: Page, family: list[Token], given: list[Token]) -> bool:
    """Whether "A, B" is a surname and a given name: the lists say so, or neither word is of the language."""
    if not page.caseless and not (family[0].capital and given[0].capital):
        return False
    if any(token.flags & STOP and not token.flags & (SURNAME | PARTICLE) for token in family) or given[0].flags & STOP:
        return False
    surname = any(token.flags & (SURNAME | MORE_SURNAME) for token in family) or not family[-1].flags & SAFE
    sure = given[0].flags & (GIVEN | MORE_GIVEN) and not given[0].flags & (WORD | SAFE)
    unknown = not given[0].flags & (SAFE | WORD)
    if family[0].flags & EPONYM and not sure:
        return False
    return bool(surname and (sure or (unknown and not family[-1].flags & SAFE)))


def by_ending(page: Page) -> Iterator[Span]:
    """A short last line that holds a name and little else, and initials that sign."""
    match = _LAST_LINE.search(page.text, max(0, len(page.text) - 160))
    first = page.at.get(match.start("name")) if match else None
    if match and first is not None:
        run = [token for token in page.tokens[first : first + 6] if token.end <= match.end("name")]
        named = [t for t in run if t.flags & (GIVEN | SURNAME | MORE_GIVEN) and not t.flags & (SAFE | STOP | WORD)]
        plain = [t for t in run if t.flags & STOP or (t.flags & SAFE and not t.flags & (NAME | _WEAK))]
        if run and len(run) <= 4 and named and not plain:
            yield Span(run[0].start, run[-1].end, "NAME", 0.74, "name:ending")
    for pattern in (_SIGNED_INITIALS, _DOTTED_INITIALS, _ABOUT_INITIALS, _ANY_DOTTED):
        for found in pattern.finditer(page.text):
            bare = found.group(1).strip().replace(".", "").lower()
            if bare in _NOT_INITIALS or ("." not in found.group(1) and (page.caseless or flags_of(bare) & STOP)):
                continue
            yield Span(found.start(1), found.start(1) + len(found.group(1).rstrip()), "NAME", 0.62, "name:initials")


_NOT_INITIALS = words_of(
    """
    md do rn np pa ma dr er or icu ed iv po im sq bid tid qid prn ct mri us ekg ecg bp hr rr am pm ok no id re cc hx
    dx rx tx fx sx pt ot st ra la rv lv id lab usa dc tb hiv icd cpt ros hpi pmh aox nad wnl npo dvt ekg abg cbc bmp
    cmp tsh inr ptt esr crp bun egfr ldl hdl cxr kub uti uri copd chf cad mi pe cva tia gi gu ent ob gyn nicu picu
    sicu
    """
)


_SAYS = words_of(
    """
    reports reported denies denied states stated says said notes noted complains complained presents presented returns
    returned tolerated tolerates feels felt called calls came comes arrived agrees agreed declined declines refused
    refuses
    requests requested endorses endorsed underwent understands understood verbalized ambulated asks asked wants wanted
    remains remained continues lives lived works worked thinks thought walks walked
    """
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s{1,2}|\n\s{0,4}|\b(?:and|that|when|because|but)\s)\Z")


def by_verb(page: Page) -> Iterator[Span]:
    """A surname that says or does something at the start of a sentence, though it names a disease as well."""
    if page.caseless:
        return
    for at, token in enumerate(page.tokens[:-1]):
        if not (token.capital and token.flags & (SURNAME | MORE_SURNAME)) or token.flags & STOP or is_named(page, at):
            continue
        after = page.tokens[at + 1]
        if after.lower in _SAYS and page.text[token.end : after.start] == " " and not token.flags & _ORDINARY:
            before = page.text[max(0, token.start - 12) : token.start]
            if _SENTENCE_START.search(before):
                yield Span(token.start, token.end, "NAME", 0.76, "name:verb")


_ORDINARY = WORD
"""A surname that is a word of the language needs more than a verb: "Pain reports"."""
