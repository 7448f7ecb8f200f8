"""Where sentences end: abbreviations, initials, decimals and section signs do not end one."""

from __future__ import annotations

import re

_ABBREVIATIONS_WORDS = """
e.g i.e vs etc al dr mr mrs ms st no nos vol fig figs sec secs approx ca cf inc ltd co corp dept est
eq pp p ch pt pts pub art para u.s u.s.c c.f.r f.r fed reg supp stat cong jan feb mar apr jun jul
aug sep sept oct nov dec min max hr hrs mo wk yr ave blvd ed eds rev ref refs ext tel jr sr ph.d m.d
r.n d.o id see.e.g q.d b.i.d t.i.d
"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_WORDS.split())
_END = re.compile(r"[.!?]['\"”’)\]]*(?:\s*[\[(]\d[\d,\s–-]*[\])])*(?:\d{1,3}(?=\s))?(?=\s)")
_NEXT = re.compile(r"\s+['\"“‘(\[]*(?:[A-Z0-9§•♦]|$)")


def sentence_ends(text: str) -> list[int]:
    """Offsets right behind each sentence of `text`, the last one included, in rising order.

    A full stop ends a sentence when white space and a capital, digit or opening mark follow it and the word before
    it is neither an abbreviation nor an initial. Reference marks such as [12] or a superscript number stay with it.
    """
    ends = list[int]()
    for match in _END.finditer(text):
        after = _NEXT.match(text, match.end())
        if after is None:
            continue
        if text[match.start()] == "." and _abbreviated(text, match.start()):
            continue
        ends.append(match.end())
    stop = len(text.rstrip())
    while ends and ends[-1] >= stop:
        ends.pop()
    if stop:
        ends.append(stop)
    return ends


def _abbreviated(text: str, dot: int) -> bool:
    """Whether the full stop at `dot` belongs to the word before it."""
    word = re.search(r"[\w.§&]*$", text[max(0, dot - 14) : dot])
    token = (word[0] if word else "").lower().strip(".")
    if not token:
        return False
    if token in _ABBREVIATIONS:
        return True
    # "A. Methods", "J. Smith": one letter; "1. We recommend" at the start of a line: a list number
    if len(token) == 1 and token.isalpha():
        return True
    if token.isdigit() and len(token) <= 3:
        before = text[max(0, dot - len(token) - 2) : dot - len(token)]
        return not before.strip() and ("\n" in before or dot == len(token))
    return False


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, without outer white space."""
    found = list[tuple[int, int]]()
    at = 0
    for end in sentence_ends(text):
        start = at
        while start < end and text[start].isspace():
            start += 1
        if start < end:
            found.append((start, end))
        at = end
    return found
