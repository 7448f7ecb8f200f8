"""Whether two words are one slip of the pen apart: Damerau's distance of one, found through shared deletions."""

from __future__ import annotations


def deletions(word: str) -> list[str]:
    """`word` without each of its letters in turn; two words one edit apart share one of these or hold each other.

    The index is that of symmetric deletion (FastSS: Bocek, Hunt, Stiller 2007), which needs no list of letters.
    """
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def one_apart(left: str, right: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes `left` into `right`; equal"
    " counts too."""
    if left == right:
        return True
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) > 1:
        return False
    at = 0
    while at < len(short) and short[at] == long[at]:
        at += 1
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    if short[at + 1 :] == long[at + 1 :]:
        return True
    return short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
