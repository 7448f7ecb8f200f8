"""Spelled-out identifiers joined: "j o h n  s m i t h", "5-5-5 1-2-3-4", "M R N : 4 8 2 9 1 3"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from preceptor.deid.labels import LABELS, Label
from preceptor.deid.tokens import CITY, GIVEN, STOP, SURNAME, WORD, flags_of
from preceptor.deid.view_offsets import Layer, Rewriter, rewrite

SPACED_LABELS: frozenset[Label] = frozenset(LABELS) - {"AGE90", "IP", "FACILITY", "BIOMETRIC", "PHOTO"}
"""What may be taken from joined text; the rest is found by a short number or by its words, and would be chance."""

# Neither tab nor bar nor line end: they part the cells of a table, and a table of single digits is no identifier.
_SIGNS = " ._*/~+:,\u00b7\u2022()#-"
_MOST = 4000
"""So many characters of a run are looked at together, which bounds the memory; a longer run is cut at a wider gap."""

# Possessive, because a repeated group that may give back keeps a frame for every turn.
_RUN = re.compile(rf"(?<![^\W_])[^\W_](?:[{_SIGNS}]{{1,4}}[^\W_](?![^\W_])){{3,{_MOST}}}+")
_GAP = re.compile(rf"[{_SIGNS}]+")
_MAIL = re.compile(r"(?<!\S)[\w@.+-](?: [\w@.+-]){6,120}(?!\S)")
_MAIL_SIGN = re.compile(r"(?<=\w)(?: @ |@ )(?=[A-Za-z0-9-]{1,40}(?:\.| \. )[A-Za-z]{2,6}\b)")
_CUE = re.compile(
    r"\b(?:tel|phone|telephone|cell|mobile|fax|call|reach|pager|mrn|ssn|social|dob|birth|born|member|policy|account"
    r"|acct|card|id|number|license|licence|medicare|medicaid|plan|record|chart|claim|passport|npi|dea|mbi|zip|vin"
    r"|plate|serial|subscriber|group)\b[^\n]{0,32}$"
)
_ANNOUNCE = frozenset(("mrn", "ssn", "dob", "fax", "tel", "cell", "phone", "name", "member", "npi", "dea", "mbi"))
_SHAPES: tuple[tuple[tuple[int, ...], str], ...] = (
    ((4, 4, 4, 4), " "),
    ((1, 3, 3, 4), "-"),
    ((3, 3, 4), "-"),
    ((3, 2, 4), "-"),
    ((2, 2, 4), "/"),
    ((4, 2, 2), "-"),
    ((3, 4), "-"),
)
"""Lengths of the groups of a spelled-out card, telephone number, social security number or date, and the sign."""


_LONGEST = 60
"""Letters or digits in one gapless row: more are no name and no number, and could not be cut into words."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Letters or digits spelled without a wider gap between them: `[start, end)` of the text, joined."""

    start: int
    end: int
    word: str

    @property
    def digits(self) -> bool:
        return self.word.isdecimal()


def join_mail(text: str) -> Layer | None:
    """Spelled-out mail addresses: "j d o e @ m a i l . o r g"."""
    return rewrite(text, _MAIL, _whole_mail) if " @ " in text else None


def _whole_mail(match: re.Match[str]) -> str | None:
    joined = match.group().replace(" ", "")
    return joined if re.fullmatch(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", joined) else None


def join_mail_sign(text: str) -> Layer | None:
    """ "jdoe @ mail.org" with the sign close to its words."""
    return rewrite(text, _MAIL_SIGN, lambda _: "@") if "@ " in text else None


def join_spaced(text: str) -> Layer | None:
    """`text` with spelled-out words and numbers joined, where they have the form of a name or an identifier.

    Not joined: fewer than four letters that no label is; the alphabet in order, one letter repeated, letters without
    a vowel; digits in order ("1 2 3 4"), of one or two kinds, or whose groups fit no identifier and that no label
    announces; single digits in rows of a table. So lists, scores (PHQ-9 items), strengths and vitals stay.
    """
    out = Rewriter(text)
    tail, at = "", 0
    while match := _RUN.search(text, at):
        start, end = match.start(), _cut_run(match)
        tail = (tail + text[max(at, start - 64) : start])[-64:]
        at = end
        for part_start, part_end, new in _joined(text, start, end, tail):
            out.put(part_start, part_end, new)
            tail = (tail + " " + new)[-64:]
    return out.layer()


def _cut_run(match: re.Match[str]) -> int:
    """Where the run ends; one of the greatest length after its last unusual gap, so that no word is cut in two."""
    run = match.group()
    if len(run) < 2 * _MOST:
        return match.end()
    gaps = list(_GAP.finditer(run, len(run) - 800))
    usual = Counter(gap.group() for gap in gaps).most_common(1)[0][0]
    return match.start() + next((gap.start() for gap in reversed(gaps) if gap.group() != usual), len(run))


def _joined(text: str, start: int, end: int, tail: str) -> Iterator[tuple[int, int, str]]:
    """The edits of one run, in order."""
    parts = _parts(text, start, end)
    long_words = any(len(part.word) > 3 and _is_word(part.word) for part in parts)
    before = (tail.rpartition("\n")[2]).lower()
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.digits:
            stop = at
            while stop < len(parts) and parts[stop].digits:
                stop += 1
            for first, last, new in _numbers(text, parts[at:stop], before):
                yield parts[at + first].start, parts[at + last].end, new
                before += " " + new
            at = stop
            continue
        new = _letters(part.word, long_words) if part.word.isalpha() else _code(part.word, before)
        if "," in text[part.start : part.start + 3] and not flags_of(part.word.lower()) & (GIVEN | SURNAME):
            new = None  # "C, A, I, B" is a list
        if new and part.end - part.start > len(part.word):
            yield part.start, part.end, new
            following = parts[at + 1].start if at + 1 < len(parts) else 0
            if following - part.end > 2 and text[part.end : following].isspace():
                yield part.end, following, " "
        before = (before + " " + part.word.lower())[-64:]
        at += 1


def _parts(text: str, start: int, end: int) -> list[_Part]:
    """A run cut where the gap changes, and between letters and digits; a letter goes with the narrower gap."""
    run = text[start:end]
    if len(run) % 2 and run[1::2] == run[1] * (len(run) // 2) and run[::2].isalnum():
        return _cut(run[::2], range(start, end, 2))
    out: list[_Part] = []
    letters, places = [run[0]], [start]
    at, gap = 0, ""
    gaps = _GAP.findall(run)
    for one, following in zip(gaps, [*gaps[1:], ""], strict=True):
        if gap and one != gap:
            # "n S.m": the point goes on, so the S is the next word's. "5-5-5 1-2": the blank only parts.
            moved = len(one) < len(gap) or (len(one) == len(gap) and one == following)
            kept = len(letters) - moved
            out.extend(_cut("".join(letters[:kept]), places[:kept]))
            letters, places = letters[kept:], places[kept:]
            gap = one if moved else ""
        else:
            gap = one
        at += 1 + len(one)
        letters.append(run[at])
        places.append(start + at)
    out.extend(_cut("".join(letters), places))
    return out


def _cut(letters: str, places: Sequence[int]) -> list[_Part]:
    """One group as a code when it mixes letters and digits more than once, else as its letters and its digits."""
    pieces = list(re.finditer(r"\d+|\D+", letters))
    if len(pieces) > 2:
        return [_Part(places[0], places[-1] + 1, letters)]
    return [_Part(places[one.start()], places[one.end() - 1] + 1, one.group()) for one in pieces]


def _is_word(word: str) -> bool:
    """Whether spelled letters can be a word: not the alphabet, not one letter, and with a vowel or in a list."""
    if not 2 <= len(word) <= _LONGEST:
        return False
    lower = word.lower()
    steps = {ord(following) - ord(one) for one, following in pairwise(lower)}
    if not word.isalpha() or steps <= {0} or steps == {1} or len(set(lower)) < 2:
        return False
    return any(letter in "aeiouy" for letter in lower) or bool(flags_of(lower) & (GIVEN | SURNAME))


def _letters(word: str, long_words: bool) -> str | None:
    """The joined word as a name is written, in two when it is a given name and a surname; None to leave it."""
    lower = word.lower()
    if lower in _ANNOUNCE:
        return lower
    if len(word) < (2 if long_words else 4) or not _is_word(word):
        return None
    flags = flags_of(lower)
    if not flags and 6 <= len(lower) <= 40:
        for cut in range(len(lower) - 3, 2, -1):
            if flags_of(lower[:cut]) & GIVEN and flags_of(lower[cut:]) & SURNAME:
                return f"{lower[:cut].capitalize()} {lower[cut:].capitalize()}"
    ordinary = flags & STOP or (flags & WORD and not flags & (GIVEN | SURNAME | CITY))
    return word if not (word.islower() or word.isupper()) else lower if ordinary or len(word) < 4 else word.capitalize()


def _code(word: str, before: str) -> str | None:
    """Letters and digits mixed ("1 E G 4 T E 5"): joined only where a label announces a code."""
    return word if len(word) >= 6 and _CUE.search(before) else None


def _numbers(text: str, parts: Sequence[_Part], before: str) -> Iterator[tuple[int, int, str]]:
    """First and last part of each number found among `parts`, and how it is written."""
    lengths = [len(part.word) for part in parts]
    announced = bool(_CUE.search(before))
    at = 0
    while at < len(parts):
        found = _shape(parts, lengths, at)
        if found:
            yield at, at + found[0] - 1, found[1]
            at += found[0]
            continue
        new = _alone(text, parts[at], announced)
        if new:
            yield at, at, new
        at += 1


def _shape(parts: Sequence[_Part], lengths: Sequence[int], at: int) -> tuple[int, str] | None:
    """How many parts from `at` have the lengths of an identifier, and the identifier."""
    for shape, sign in _SHAPES:
        count, digits = len(shape), sum(shape)
        words = [part.word for part in parts[at : at + count]]
        if tuple(lengths[at : at + count]) != shape or not _varied("".join(words)):
            continue
        if digits in (7, 10, 11) and any(word[0] in "01" for word in words[-3:-1]):
            continue
        if digits == 8 and not _is_date(words if len(words[0]) == 2 else [words[1], words[2], words[0]]):
            continue
        return count, sign.join(words)
    return None


def _alone(text: str, part: _Part, announced: bool) -> str | None:
    """Digits with one gap all through: joined when announced, or when ten make a telephone number, eight a date."""
    word = part.word
    if not _varied(word) or part.end - part.start == len(word):
        return None
    if announced:
        return word if 5 <= len(word) <= 20 else None
    if _in_table(text, part.start, part.end):
        return None
    if len(word) == 10 and word[0] in "23456789" and word[3] in "23456789" and max(word) > "5" and len(set(word)) > 3:
        return f"{word[:3]}-{word[3:6]}-{word[6:]}"
    if len(word) == 8 and _is_date([word[:2], word[2:4], word[4:]]):
        return f"{word[:2]}/{word[2:4]}/{word[4:]}"
    return None


def _varied(digits: str) -> bool:
    """Whether digits are neither in order nor of one or two kinds only, as items of a list or a score are."""
    if len(digits) > _LONGEST:
        return False
    steps = {ord(following) - ord(one) for one, following in pairwise(digits)}
    return len(set(digits)) > 2 and not steps <= {1, -9} and not steps <= {-1, 9}


def _is_date(words: Sequence[str]) -> bool:
    """Whether two pairs and a year make a date, the month first or second."""
    one, two = int(words[0]), int(words[1])
    return words[2][:2] in ("18", "19", "20") and 0 < min(one, two) <= 12 and 0 < max(one, two) <= 31


def _in_table(text: str, start: int, end: int) -> bool:
    """Whether the line before or after holds a run of single characters as well."""
    first, last = text.rfind("\n", max(0, start - 200), start), text.find("\n", end, end + 200)
    above = text[max(0, text.rfind("\n", max(0, first - 200), max(first, 0))) : first] if first > 0 else ""
    below = text[last + 1 : last + 200].partition("\n")[0] if last >= 0 else ""
    return bool(_RUN.search(above) or _RUN.search(below))
