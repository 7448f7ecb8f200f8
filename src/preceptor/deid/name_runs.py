"""A page of words, and the runs of them that read as one name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from preceptor.deid.lists import CREDENTIALS, TITLES, named, words
from preceptor.deid.tokens import GIVEN, PARTICLE, SAFE, STOP, SURNAME, WORD, Token, caseless, tokenize

NAME = GIVEN | SURNAME
"""Flags of a word in one of the lists of names."""

_SPACE = re.compile(r"\.? {1,2}|\.|-")


@dataclass(frozen=True, slots=True)
class Page:
    """A tokenised text: its tokens, the index of the first token at or after a position, whether case tells nothing,
    and the tokens of phrases that only read as names."""

    text: str
    tokens: Sequence[Token]
    at: dict[int, int]
    caseless: bool
    named: frozenset[int]


def read_page(text: str) -> Page:
    """`text` as a page of words."""
    tokens = tokenize(text)
    return Page(text, tokens, {token.start: at for at, token in enumerate(tokens)}, caseless(text), _named(tokens))


def name_run(page: Page, first: int, *, comma: bool = False, limit: int = 5, expected: bool = False) -> list[Token]:
    """The tokens from `first` that read as one name: capitals, initials, particles, and one comma if `comma`.

    `expected` says that a name must stand here, so that a word no list knows may be one even where case is no help.
    """
    out: list[Token] = []
    for at in range(first, min(first + limit, len(page.tokens))):
        token = page.tokens[at]
        if out:
            gap = page.text[out[-1].end : token.start]
            if not (_SPACE.fullmatch(gap) or (comma and gap in (", ", ",") and len(out) <= 2)):
                break
            if "." in gap and len(out[-1].word) > 1 and not out[-1].flags & PARTICLE:
                break
            comma = comma and "," not in gap
        if token.lower in TITLES and not out:
            continue
        if not _fits(page, token, len(out), expected):
            break
        out.append(token)
    while out and out[-1].flags & PARTICLE and not out[-1].capital:
        out.pop()
    while out and len(out) > 1 and out[-1].lower in CREDENTIALS:
        out.pop()
    return out


def _fits(page: Page, token: Token, inside: int, expected: bool) -> bool:
    """Whether a token can start a name or go on with one of `inside` words; `expected`: a name must stand here."""
    if len(token.word) == 1:
        return token.capital or (page.caseless and token.lower not in ("a", "i"))
    if token.flags & PARTICLE:
        return True
    if token.flags & STOP:
        return expected and bool(token.flags & SURNAME) and (inside > 0 or token.word.isupper()) and token.capital
    if page.caseless:
        listed = token.flags & NAME and (expected or not token.flags & WORD)
        return bool(listed) or (
            (inside == 1 or (expected and not inside)) and not token.flags & (SAFE | WORD) and len(token.word) > 3
        )
    if not token.capital:
        return False
    return not (token.word.isupper() and len(token.word) <= 4 and not token.flags & NAME)


def is_eponym(page: Page, token: Token) -> bool:
    """Whether the word after the name makes it a disease, sign, test or device, or the list says it is one."""
    after = page.text[token.end : token.end + 24].lower()
    following = re.match(r"(?:'s?|s')?[ -]([a-z]+)", after)
    return bool(following and following.group(1) in words("heads"))


def is_named(page: Page, at: int) -> bool:
    """Whether the token belongs to a phrase that names a program, a device or a sign ("Ryan White", "Marcus Gunn")."""
    return at in page.named


def _named(tokens: Sequence[Token]) -> frozenset[int]:
    """The tokens of the phrases of the list."""
    phrases, found = named(), set[int]()
    for at, token in enumerate(tokens):
        for phrase in phrases.get(token.lower, ()):
            if all(
                at + step < len(tokens) and tokens[at + step].lower == word for step, word in enumerate(phrase[1:], 1)
            ):
                found.update(range(at, at + len(phrase)))
                break
    return frozenset(found)
