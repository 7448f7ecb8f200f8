"""Surrogates of names: word by word, so that every way to write a person leads to the same other person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from preceptor.deid.chance import pick
from preceptor.deid.lists import CREDENTIALS, PARTICLES, TITLES, entries
from preceptor.deid.origins import Gender, Role, gender_of, origins, origins_of, pool
from preceptor.deid.surrogate_entry import Draft, fold

_MARKS = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*(?:['\u2019\u02bc][^\W\d_](?:[^\W\d_]|[{_MARKS}])*)*")
_POSSESSIVE = re.compile(r"['\u2019\u02bc][sS]$")
_GENERATION = frozenset(("jr", "sr", "ii", "iii", "iv"))
_INNER = PARTICLES - {"al", "o", "st", "mac"}
_FIRST = frozenset(("de", "del", "della", "di", "da", "du", "von", "la", "el"))
_FEMALE = frozenset(("mrs", "ms", "miss", "missus", "sra", "srta", "señora"))
_MALE = frozenset(("mr", "mister", "señor"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word of a name as written, folded, with its role; None: it stays."""

    start: int
    end: int
    word: str
    norm: str
    role: Role | None


def is_full(surface: str) -> bool:
    """Whether a name has at least two words that are more than initials: such names are settled first."""
    return sum(len(fold(match.group())) > 1 for match in _WORD.finditer(surface)) > 1


def replace_name(draft: Draft, surface: str, source: str, before: str) -> str | None:
    """The surrogate of a name as written; None when it cannot be taken apart and is masked.

    A word has one surrogate, whatever stands beside it: of the origin and gender its lists show, never with the
    initial it has itself. Separators, case, titles, degrees and particles stay. `before` is the text in front, in
    lower case; a title at its end says which gender and that a single word is a surname.
    """
    title = re.search(r"([^\W\d_]+)\.? {0,2}$", before)
    titled = title.group(1) if title and title.group(1) in TITLES else ""
    pieces = _pieces(draft, surface, titled)
    named = [piece for piece in pieces if piece.role]
    if not named or any(sign.isdigit() for sign in surface):
        return None
    alone = named[0].word if len(pieces) == 1 else ""
    if source == "name:initials" or all(len(piece.norm) == 1 for piece in named) or _reads_as_initials(draft, alone):
        return _initials(draft, surface, named)
    words = [piece for piece in named if len(piece.norm) > 1]
    given = [piece for piece in words if piece.role == "given"]
    family = [piece for piece in words if piece.role == "family"]
    if len(words) > 1:
        draft.people.setdefault(tuple(piece.norm for piece in (*given, *family)))
    gender = _gender(titled, given)
    made: list[str | None] = []
    for piece in named:
        if len(piece.norm) == 1:
            continue
        others = family if piece.role == "given" else given
        made.append(_word(draft, piece, others, gender))
    if None in made:
        return None
    return _written(draft, surface, named, [piece.norm for piece in words])


def _pieces(draft: Draft, surface: str, titled: str) -> list[_Piece]:
    """The words of a name with their roles: "Last, First M" and "First M Last Last"; a hyphen joins one role."""
    found = _words(draft, surface)
    comma = surface.find(",")
    upper = surface.upper() == surface
    stays = [_stays(at, found, surface, comma, upper) for at in range(len(found))]
    groups: list[list[int]] = []
    for at, (start, word) in enumerate(found):
        if stays[at] or not fold(word):
            continue
        joined = at and surface[found[at - 1][0] + len(found[at - 1][1]) : start] == "-"
        if joined and groups and groups[-1][-1] == at - 1:
            groups[-1].append(at)
        else:
            groups.append([at])
    roles = _roles(found, groups, comma, titled)
    return [
        _Piece(start, start + len(word), word, fold(word), roles.get(at))
        for at, (start, word) in enumerate(found)
        if fold(word)
    ]


def _words(draft: Draft, surface: str) -> list[tuple[int, str]]:
    """(start, word) without possessive endings; "Seo-yeon" is one word, "Lopez-Reyes" are two."""
    out: list[tuple[int, str]] = []
    for match in _WORD.finditer(surface):
        start, word = match.start(), _POSSESSIVE.sub("", match.group())
        if out and surface[out[-1][0] + len(out[-1][1]) : start] == "-":
            joined = surface[out[-1][0] : start + len(word)]
            one = (word[0].islower() and joined[0].isupper()) or origins_of("given", fold(joined))
            if one or ("name", fold(joined)) in draft.values:
                out[-1] = (out[-1][0], joined)
                continue
        out.append((start, word))
    return out


def _roles(
    found: Sequence[tuple[int, str]], groups: Sequence[Sequence[int]], comma: int, titled: str
) -> dict[int, Role]:
    """Word → given name or surname, by where it stands."""
    after = [at for group in groups for at in group if comma >= 0 and found[at][0] > comma]
    before = [at for group in groups for at in group if at not in after]
    if after and before:
        return {**dict.fromkeys(before, "family"), **dict.fromkeys(after, "given")}
    if len(groups) == 1:
        role: Role = "family" if titled else _single(fold(found[groups[0][0]][1]))
        return dict.fromkeys(groups[0], role)
    roles: dict[int, Role] = {}
    for place, group in enumerate(groups):
        middle = place == 1 and len(groups) == 3 and origins_of("given", fold(found[group[0]][1]))
        roles.update(dict.fromkeys(group, "given" if place == 0 or middle else "family"))
    return roles


def _stays(at: int, found: Sequence[tuple[int, str]], surface: str, comma: int, upper: bool) -> bool:
    """Whether a word of a name is none of the person's own: title, degree, generation, particle."""
    start, word = found[at]
    lower = word.lower()
    if lower in _GENERATION and at:
        return True
    if lower in TITLES and at == 0 and len(found) > 1:
        return True
    if lower in CREDENTIALS and at and (surface[:start].rstrip().endswith(",") or (word.isupper() and not upper)):
        return len(word) > 1
    inner = lower in _INNER and 0 < at < len(found) - 1 and not surface[:start].rstrip().endswith(",")
    return inner or (lower in _FIRST and at == 0 and len(found) > 1 and comma < 0)


def _reads_as_initials(draft: Draft, word: str) -> bool:
    """Whether "JKW" alone is initials: two or three capitals that are no name of a list or of the book."""
    norm = fold(word)
    if not word.isupper() or len(norm) not in (2, 3) or ("name", norm) in draft.values:
        return False
    listed = origins_of("given", norm) or origins_of("family", norm)
    return not listed and norm not in entries("given") and norm not in entries("surnames")


def _single(norm: str) -> Role:
    """What a word alone is: given name or surname, by the lists."""
    if origins_of("given", norm):
        return "given"
    if origins_of("family", norm):
        return "family"
    return "given" if norm in entries("given") and norm not in entries("surnames") else "family"


def _gender(titled: str, given: Sequence[_Piece]) -> Gender | None:
    if titled in _FEMALE:
        return "female"
    if titled in _MALE:
        return "male"
    return next((found for piece in given if (found := gender_of(piece.norm))), None)


def _word(draft: Draft, piece: _Piece, others: Sequence[_Piece], gender: Gender | None) -> str | None:
    """The surrogate of one word of a name, as it is stored."""
    role: Role = piece.role or "family"
    other: Role = "family" if role == "given" else "given"
    near = [origin for one in others for origin in origins_of(other, one.norm)]
    own = origins_of(role, piece.norm)
    chosen = next((origin for origin in own if origin in near), None) or next(iter((*own, *near)), None)
    order = [chosen] if chosen else []
    order += [origin for origin in origins() if origin != chosen]
    wanted = draft.values.get(("letter", piece.norm[0]), "")

    def draw() -> str | None:
        for origin in order:
            names = [name for name in pool(origin, role, gender) if fold(name) not in draft.taken]
            names = [name for name in names if fold(name)[0] != piece.norm[0]]
            agreeing = [name for name in names if wanted and fold(name)[0] == wanted]
            if names:
                return _proper(pick(draft.chance, agreeing or names))
        return None

    return draft.assign("name", piece.norm, draw)


def _proper(name: str) -> str:
    return "Mc" + name[2:].capitalize() if name.startswith("mc") else name.capitalize()


def _written(draft: Draft, surface: str, named: Sequence[_Piece], words: Sequence[str]) -> str | None:
    """The name in the layout and case of `surface`."""
    out, at = "", 0
    for piece in named:
        if len(piece.norm) == 1:
            letter = _initial(draft, piece.norm, words)
            if letter is None:
                return None
            new = letter.upper() if piece.word.isupper() else letter
        else:
            new = as_written(piece.word, draft.values["name", piece.norm])
        out += surface[at : piece.start] + new
        at = piece.end
    return out + surface[at:]


def as_written(like: str, new: str) -> str:
    """`new` in the case of `like`: all capitals, all small, or as it is."""
    if like.isupper() and len(like) > 1:
        return new.upper()
    return new.lower() if like.islower() else new


def _initial(draft: Draft, letter: str, words: Sequence[str]) -> str | None:
    """The initial that stands for one inside a name: of the person who has these words, else the letter's own."""
    for person in draft.people:
        if all(word in person for word in words):
            rest = [word for word in person if word not in words and word[0] == letter]
            made = draft.values.get(("name", rest[0]), "") if rest else ""
            if made:
                return fold(made)[0]
    return _letter(draft, letter)


def _initials(draft: Draft, surface: str, named: Sequence[_Piece]) -> str | None:
    """Initials alone: those of the surrogate of the person they fit, else of each letter's own."""
    at = [place for piece in named for place in range(piece.start, piece.end) if fold(surface[place])]
    letters = [fold(surface[place])[0] for place in at]
    made = _person_initials(draft, letters) or [_letter(draft, letter) for letter in letters]
    out = list(surface)
    for place, new in zip(at, made, strict=True):
        if new is None:
            return None
        out[place] = new.upper() if surface[place].isupper() else new
    return "".join(out)


def _person_initials(draft: Draft, letters: Sequence[str]) -> list[str | None] | None:
    if len(letters) < 2:
        return None
    for person in draft.people:
        ends = (person[0], person[-1])
        for words in (person, ends):
            if [word[0] for word in words] == list(letters):
                made = [fold(draft.values.get(("name", word), "")) for word in words]
                if all(made):
                    return [word[0] for word in made]
    return None


def _letter(draft: Draft, letter: str) -> str | None:
    """The letter that stands for an initial of which no full name is known; one of its own for each letter."""
    found = draft.values.get(("letter", letter))
    if found is not None:
        return found or None
    used = {given for (kind, _), given in draft.values.items() if kind == "letter"}
    free = [one for one in "abcdefghijklmnoprstvwy" if one != letter and one not in used]
    draft.values["letter", letter] = pick(draft.chance, free) if free else ""
    return draft.values["letter", letter] or None
