"""Names of people by what stands around them, by the lists, and by where the same name stands elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from preceptor.deid import lists
from preceptor.deid.lists import CREDENTIALS, TITLES, words
from preceptor.deid.name_phrases import by_phrase, by_sentence, find_initials
from preceptor.deid.name_roles import by_ending, by_role, by_row, by_verb
from preceptor.deid.name_runs import NAME, Page, is_eponym, is_named, name_run
from preceptor.deid.spans import Span
from preceptor.deid.tokens import CITY, EPONYM, GIVEN, PARTICLE, SAFE, STOP, SURNAME, WORD, Token, flags_of


def find_names(page: Page) -> Iterator[Span]:
    """Names by title, label, credential, relation, greeting and closing, by the lists, and repeated ones."""
    found = [
        *by_phrase(page),
        *_by_words(page),
        *by_sentence(page),
        *by_role(page),
        *by_row(page),
        *by_ending(page),
        *by_verb(page),
    ]
    yield from found
    yield from repeated(page, name_words(page.text, found))
    yield from find_initials(page.text)


def _by_words(page: Page) -> Iterator[Span]:
    """Names that the words themselves show: titles, relations, credentials, listed given names and surnames."""
    tokens = page.tokens
    skip = -1
    for at, token in enumerate(tokens):
        if token.lower in TITLES:
            span = _titled(page, at)
            if span:
                yield span
        elif token.lower in words("relatives"):
            span = _related(page, at)
            if span:
                yield span
        elif token.lower in CREDENTIALS and at and (token.word.isupper() or page.caseless or token.capital):
            span = _credentialed(page, at)
            if span:
                yield span
        if at > skip and token.flags & NAME and (token.capital or page.caseless):
            length, span = _listed(page, at)
            if span:
                skip = at + length - 1
                yield span


def _titled(page: Page, at: int) -> Span | None:
    """ "Mrs. Agnes Thornbury", "dr apgar": whatever follows a title, unless it is a word no one is called."""
    title, out = page.tokens[at], list[Token]()
    for token in page.tokens[at + 1 : at + 6]:
        gap = page.text[(out[-1] if out else title).end : token.start]
        if not re.fullmatch(r"\.? {0,2}" if not out else r"\.? {1,2}|\. ?", gap) or (
            "." in gap and out and len(out[-1].word) > 1 and not out[-1].flags & PARTICLE
        ):
            break
        particle = bool(token.flags & PARTICLE)
        stops = (
            bool(token.flags & STOP)
            and not particle
            and not (token.flags & SURNAME and (token.lower in _SURNAMES or (token.capital and not page.caseless)))
        )
        fresh = not out or all(one.flags & PARTICLE for one in out)
        lower_ok = (
            (page.caseless or title.word.islower())
            and (not token.flags & (WORD | SAFE) or bool(token.flags & SURNAME))
            and (fresh or bool(token.flags & NAME))
        )
        if stops or not ((token.capital and not page.caseless) or lower_ok or particle):
            break
        if not fresh and page.caseless and (not token.flags & NAME or token.flags & WORD):
            break
        out.append(token)
    if out and out[-1].lower in CREDENTIALS:
        out.pop()
    if not out or all(token.flags & PARTICLE and not token.capital for token in out):
        return None
    return Span(out[0].start, out[-1].end, "NAME", 0.87, "name:title")


_SURNAMES = lists.words_of(
    """
    white brown black green gray grey young long short day rose banks wells rivers woods west north winter summer page
    bond
    case main line best good rich bell ball fields hill hills church house judge major king nurse pope love price
    """
)
"""Words of the language that a title in front makes a surname: "dr. long", but not "dr. will call"."""


def _related(page: Page, at: int) -> Span | None:
    """ "daughter Rosa", "husband, Kevin,": a name right after a relation."""
    if at + 1 >= len(page.tokens):
        return None
    gap = page.text[page.tokens[at].end : page.tokens[at + 1].start]
    if gap not in (" ", ", ", " (", ": ", " is "):
        return None
    run = name_run(
        page, at + 1, limit=3, expected=page.caseless and gap == " " and page.text[page.tokens[at].start].isupper()
    )
    if not run or run[0].flags & STOP:
        return None
    if run[0].flags & WORD and len(run) == 1 and not run[0].flags & GIVEN:
        return None
    if not page.caseless or run[0].flags & NAME:
        return Span(run[0].start, run[-1].end, "NAME", 0.82, "name:relation")
    return None


def _credentialed(page: Page, at: int) -> Span | None:
    """ "Jennifer Powell, M.D.", "Augustin-Mark Gaillard, MD": capitals before a credential."""
    if not re.fullmatch(r"(?:, ?| )", page.text[page.tokens[at - 1].end : page.tokens[at].start]):
        return None
    out: list[Token] = []
    for back in range(at - 1, max(at - 6, -1), -1):
        token = page.tokens[back]
        if out and not re.fullmatch(r"\.? {1,2}", page.text[token.end : out[0].start]):
            break
        if token.flags & STOP or not (token.capital or token.flags & PARTICLE):
            break
        if page.caseless and not token.flags & NAME and out:
            break
        out.insert(0, token)
    if not any(token.flags & NAME for token in out) and len(out) < 2:
        return None
    return Span(out[0].start, out[-1].end, "NAME", 0.84, "name:credential") if out else None


def _listed(page: Page, at: int) -> tuple[int, Span | None]:
    """A run that the lists carry: given name and more, "Last, First", initial and surname, a sure given name alone."""
    token = page.tokens[at]
    if is_named(page, at):
        return 1, None
    back = _initial_before(page, at)
    if token.flags & STOP and not (token.flags & GIVEN and not token.flags & WORD):
        return 1, None
    run = name_run(page, at, comma=_last_first(page, at), limit=4)
    if len(run) > 1 and not _two_names(page, run):
        run = run[:1]
    if not run:
        return 1, None
    if (
        len(run) > 1
        and not is_eponym(page, run[-1])
        and not (run[0].flags & CITY and "," in page.text[run[0].end : run[-1].start])
    ):
        start = back.start if back else run[0].start
        return len(run), Span(start, run[-1].end, "NAME", 0.75, "name:listed")
    alone = run[0]
    if is_eponym(page, alone):
        return 1, None
    if back and alone.flags & SURNAME:
        return 1, Span(back.start, alone.end, "NAME", 0.7, "name:initial")
    after = re.match(r" ([A-Z])\.(?!\w)", page.text[alone.end : alone.end + 4])
    if after and alone.flags & GIVEN:
        return 1, Span(alone.start, alone.end + 2, "NAME", 0.7, "name:initial")
    return 1, None


def _initial_before(page: Page, at: int) -> Token | None:
    """The initial right before a token: "B. Stanton"."""
    if not at:
        return None
    before = page.tokens[at - 1]
    gap = page.text[before.end : page.tokens[at].start]
    return before if len(before.word) == 1 and before.capital and gap in (". ", ".") else None


def _last_first(page: Page, at: int) -> bool:
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


def _two_names(page: Page, run: Sequence[Token]) -> bool:
    """Whether several capitalised words are a name: a given name first and a surname, or a word no list knows."""
    first, last = run[0], run[-1]
    if first.flags & STOP or (len(last.word) == 1 and len(run) == 2 and not first.flags & GIVEN):
        return False
    comma = "," in page.text[first.end : last.start]
    if comma:
        return True
    if first.flags & GIVEN and not first.flags & (WORD | EPONYM):
        return bool(last.flags & NAME) or not page.caseless or not last.flags & (SAFE | WORD | STOP)
    if first.flags & GIVEN and last.flags & SURNAME and not last.flags & WORD:
        return True
    return bool(
        first.flags & SURNAME and last.flags & SURNAME and not first.flags & WORD and not last.flags & (WORD | EPONYM)
    )


def name_words(text: str, found: Sequence[Span]) -> set[str]:
    """The words, lower case, of the names found with some certainty; `text` is what the spans point into."""
    parts: set[str] = set()
    for span in found:
        if span.label != "NAME" or span.score < 0.75:
            continue
        for match in re.finditer(r"[^\W\d_]+(?:['-][^\W\d_]+)*", text[span.start : span.end]):
            word = match.group().lower()
            if len(word) > 2 and not flags_of(word) & (STOP | PARTICLE):
                parts.update((word, *(piece for piece in word.split("-") if len(piece) > 3)))
    return parts


def repeated(page: Page, parts: set[str]) -> Iterator[Span]:
    """Those words wherever else they stand in the text."""
    for token in page.tokens:
        if token.lower not in parts or is_eponym(page, token):
            continue
        if (token.capital and not page.caseless) or not token.flags & (WORD | EPONYM):
            yield Span(token.start, token.end, "NAME", 0.7, "name:repeated")
