"""HTML and XML undone: character references decoded, tags taken out (HTML Living Standard 13.2.5)."""

from __future__ import annotations

import re
from html.entities import html5

from preceptor.deid.lists import words_of
from preceptor.deid.view_offsets import Layer, rewrite

_REFERENCE = re.compile(r"&(?:#[xX]0*([0-9a-fA-F]{1,6});?|#0*(\d{1,7});?|([A-Za-z][A-Za-z0-9]{1,31})(;?))")
_BARE = frozenset(("nbsp", "shy", "amp", "lt", "gt", "quot"))
"""References read without their semicolon; the standard has more, of which clinical shorthand is full ("R&para")."""

_TAGS = re.compile(r"(?:<[!/?A-Za-z][^<>]*>)++")
_TAG_NAME = re.compile(r"<(/?)([!?A-Za-z][\w:.-]{0,40})")
_INLINE = words_of(
    """
    b i u em strong span font a small sub sup mark big s strike tt code wbr abbr acronym ins del bdo bdi
    cite dfn q var kbd samp label time data nobr o:p
    """
)
_CELL = words_of(
    """
    td th option img input button select
    """
)
_BLOCK = words_of(
    """
    address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol p pre script section style
    summary table tbody textarea tfoot thead title tr ul
    """
)


def decode_references(text: str) -> Layer | None:
    """`&nbsp;`, `&#74;`, `&#x4a;` as the characters they stand for; invalid ones become U+FFFD."""
    return rewrite(text, _REFERENCE, _character) if "&" in text else None


def _character(match: re.Match[str]) -> str | None:
    sixteen, ten, name, closed = match.groups()
    if name is not None:
        return html5.get(name + ";") if closed or name.lower() in _BARE else None
    code = int(sixteen, 16) if sixteen is not None else int(ten)
    return chr(code) if 0 < code < 0xD800 or 0xE000 <= code <= 0x10FFFF else "\ufffd"


def take_out_tags(text: str) -> Layer | None:
    """`text` without what has the form of a tag or comment.

    A block ends a line, a cell becomes a tab, an inline or unknown tag nothing when it stands inside a word. What
    only looks like a tag ("<john@example.org>") is taken out too: the plain view still shows it.
    """
    return rewrite(text, _TAGS, _gap) if "<" in text and ">" in text else None


def _gap(match: re.Match[str]) -> str:
    kinds: set[str] = set()
    names = _TAG_NAME.findall(match.group())
    for closing, written in names:
        name = written.lower()
        if name in _BLOCK:
            return "\n"
        kinds.add("cell" if name in _CELL else "inside" if name in _INLINE or name[0] == "!" else "other" + closing)
    if "cell" in kinds:
        return "\t"
    if {"other", "other/"} <= kinds or "?" in match.group()[:2]:
        return " "
    text = match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    # "John</span><span>Smith" is two words, "Jo<b>hn" and "JO<b>HN" are one.
    return " " if before.islower() and after.isupper() else ""
