"""What the tagger sees of a word: its shape, the lists that hold it, its ending, its neighbours and its repetitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from unicodedata import combining, normalize

from preceptor.deid import lists
from preceptor.deid.name_runs import Page
from preceptor.deid.packed import packed_words, safe_words

Known = Callable[[str], int]
"""What the lists say of a lower-case word, as bits; training passes one that hides some of it."""

GIVEN, GIVEN_MORE, SURNAME, SURNAME_MORE, CITY, TOWN, SAFE = 1, 2, 4, 8, 16, 32, 64
STOP, PARTICLE, EPONYM, TITLE, CREDENTIAL, RELATIVE, HEAD = 128, 256, 512, 1024, 2048, 4096, 8192
NAMES = GIVEN | GIVEN_MORE | SURNAME | SURNAME_MORE
PLACES = CITY | TOWN

WAY, STATE, CARE, BUILDING, MONTH = 16384, 32768, 65536, 131072, 262144

_PLAIN = SAFE | STOP | PARTICLE | TITLE | CREDENTIAL | RELATIVE | HEAD | WAY | STATE | CARE | BUILDING | MONTH
_EDGE = "|"
"""Stands for the neighbour of the first and the last word."""


_PADDING = 3
_WAYS = lists.words_of(
    """
    st street ave avenue av rd road dr drive ln lane ct court blvd boulevard pl place ter terrace cir circle pkwy
    parkway hwy highway trl trail pike way route rte apt suite ste unit lot loop alley plaza sq square turnpike calle
    avenida paseo camino falls creek springs heights grove park junction mills mill ridge valley corners landing hollow
    bend point lake harbor station county parish township river beach bay island hills hill estates city town village
    bridge north south east west fort mount bluff crossing gardens meadows woods pines ranch pond dam fork forks
    """
)
_STATES = lists.words_of(
    """
    alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois
    indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana
    nebraska nevada jersey mexico carolina dakota ohio oklahoma oregon pennsylvania tennessee texas utah vermont
    virginia washington wisconsin wyoming al ak az ar ca co ct de fl ga ia id il ks ky la mi mn mo ms mt nc nd ne nh nj
    nm nv ny oh ok ri sc sd tn tx ut va vt wa wi wv wy
    """
)
_CARE = lists.words_of(
    """
    hospital clinic medical medicine pharmacy health healthcare center centre care hospice rehab rehabilitation
    infirmary nursing dialysis practice associates group system regional memorial general family urgent dental
    walgreens cvs walmart costco kroger safeway
    """
)
_BUILDINGS = lists.words_of(
    """
    school elementary middle high academy university college church chapel temple mosque baptist lutheran methodist
    catholic library museum airport motel hotel inn shelter apartments manor villa mall stadium cemetery casino
    barracks campus hall diner cafe farm farms club
    """
)
_MONTHS = lists.words_of(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday enero febrero marzo abril mayo junio
    julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes sábado domingo
    """
)


@cache
def _table() -> dict[str, int]:
    """Every word of the lists but the safe words, with its bits."""
    table: dict[str, int] = {}
    sets = (
        (GIVEN_MORE, packed_words("given_more")),
        (SURNAME_MORE, packed_words("surnames_more")),
        *((bit, lists.entries(name).sure) for name, bit in _LISTS),
        *((bit, lists.entries(name).also_words) for name, bit in _LISTS),
        *((bit, lists.words(name)) for name, bit in (("stop", STOP), ("eponyms", EPONYM), ("relatives", RELATIVE))),
        *((WAY, _WAYS), (STATE, _STATES), (CARE, _CARE), (BUILDING, _BUILDINGS), (MONTH, _MONTHS)),
        (HEAD, lists.words("heads")),
        (PARTICLE, lists.PARTICLES),
        (TITLE, lists.TITLES),
        (CREDENTIAL, lists.CREDENTIALS),
    )
    for bit, words in sets:
        for word in words:
            table[word] = table.get(word, 0) | bit
    return table


_LISTS = (("given", GIVEN), ("surnames", SURNAME), ("cities", CITY), ("towns", TOWN))


def known(lower: str) -> int:
    """The bits of one lower-case word; diacritics are dropped, a hyphenated word has what its parts share."""
    bits = _table().get(lower, 0) | (SAFE if _safe(lower) else 0)
    if "'" in lower:
        return bits | known(lower.replace("'", ""))
    if bits or (lower.isascii() and lower.isalpha()):
        return bits
    if not lower.isascii():
        folded = "".join(one for one in normalize("NFD", lower) if not combining(one))
        if folded != lower:
            return known(folded)
    if "-" in lower:
        parts = [known(part) for part in lower.split("-") if part]
        if all(part & SAFE and not part & NAMES for part in parts):
            return SAFE
        return SURNAME if all(part & (NAMES | PARTICLE) for part in parts) else 0
    return 0


def _safe(lower: str) -> bool:
    """Whether one of the lists of ordinary words holds it."""
    return lower in safe_words() or lower in lists.words("other_words") or lower in lists.words("spanish_words")


_PLACE_KINDS = ((WAY, "W"), (CARE, "H"), (BUILDING, "L"), (STATE, "Z"), (PARTICLE, "p"), (STOP, "x"))


@cache
def kind(bits: int) -> str:
    """The bits as one letter: what a word is above all."""
    for bit, letter in ((TITLE, "T"), (RELATIVE, "R"), (CREDENTIAL, "C"), (MONTH, "M"), *_PLACE_KINDS):
        if bits & bit:
            return letter
    if bits & (GIVEN | SURNAME):
        if bits & EPONYM:
            return "e"
        if bits & SAFE:
            return "w"
        return "B" if bits & GIVEN and bits & SURNAME else "G" if bits & GIVEN else "S"
    if bits & EPONYM:
        return "e"
    if bits & SAFE:
        return "v" if bits & PLACES else "h" if bits & HEAD else "s"
    if bits & PLACES:
        return "c" if bits & CITY else "t"
    return "m" if bits else "u"


def shape(word: str) -> str:
    """The case of a word: `a` lower, `A` one capital, `AA` all capitals, `Aa` a capital first, `aA` otherwise."""
    if word.islower():
        return "a"
    if word.isupper():
        return "A" if len(word) == 1 else "AA"
    return "Aa" if word[0].isupper() else "aA"


def gap(text: str) -> str:
    """What stands between two words, in at most four characters; digits read as 0, a line end as /."""
    if text in (" ", ""):
        return text
    if len(text) > 24:
        text = text[:12] + text[-12:]
    out = ""
    for one in text:
        sign = "0" if one.isdigit() else "/" if one == "\n" else one
        if out[-1:] != sign:
            out += sign
    return out if len(out) <= 4 else out[:2] + out[-2:]


def _cases(page: Page) -> dict[str, int]:
    """Each lower-case word of a page with 1 if it stands in lower case, 2 with a capital, 3 both, +4 if twice."""
    found: dict[str, int] = {}
    for token in page.tokens:
        case = 1 if token.word[0].islower() else 2
        before = found.get(token.lower)
        found[token.lower] = case if before is None else before | case | 4
    return found


def _word(lower: str, bits: int) -> str:
    """A neighbour as a word if it is an ordinary one, else as what it is: no name is ever learned."""
    return lower if bits & _PLAIN and not (bits & NAMES and not bits & (_PLAIN & ~SAFE)) else kind(bits)


@dataclass(frozen=True, slots=True)
class Sight:
    """A page as the tagger sees it; every list has three edges before the first word and three after the last.

    `gaps[at]` stands before token `at`. `bits` is what the lists say, `words` and `kinds` each word as a neighbour.
    """

    page: Page
    bits: Sequence[int]
    words: Sequence[str]
    kinds: Sequence[str]
    shapes: Sequence[str]
    gaps: Sequence[str]
    seen: dict[str, int]
    bits_of: Known


def look(page: Page, bits_of: Known) -> Sight:
    """The page seen once, in time linear in its words."""
    tokens, text = page.tokens, page.text
    edge = [_EDGE] * _PADDING
    bits = [bits_of(token.lower) for token in tokens]
    ends = [0, *(token.end for token in tokens)]
    starts = [*(token.start for token in tokens), len(text)]
    gaps = [gap(text[end:start]) for end, start in zip(ends, starts, strict=True)]
    gaps[0], gaps[-1] = _EDGE + gaps[0], gaps[-1] + _EDGE
    return Sight(
        page,
        [0, 0, 0, *bits, 0, 0, 0],
        [*edge, *(_word(token.lower, has) for token, has in zip(tokens, bits, strict=True)), *edge],
        [*edge, *map(kind, bits), *edge],
        [*edge, *(shape(token.word) for token in tokens), *edge],
        gaps,
        _cases(page),
        bits_of,
    )


def features(sight: Sight, at: int) -> list[str]:
    """What the tagger weighs at token `at`: short tags, each with its value."""
    lower, here = sight.page.tokens[at].lower, at + _PADDING
    bits, case = sight.bits[here], sight.shapes[here] + ("-" if sight.page.caseless else "+")
    word3, word2, word1, _, next1, next2, next3 = sight.words[at : at + 7]
    _, kind2, kind1, own, after1, after2, _ = sight.kinds[at : at + 7]
    before, after = sight.gaps[at], sight.gaps[at + 1]
    out = [
        "b",
        f"s{case}",
        f"k{own}",
        f"sk{case}{own}",
        f"f{bits & (NAMES | PLACES | SAFE | EPONYM)}",
        f"d{sight.seen.get(lower, 0)}{case}",
        f"l{len(lower)}",
        f"<{before}",
        f">{after}",
        f"<k{before}{own}{case}",
        f">k{after}{own}{case}",
        f"<>{before}_{after}",
        f"s-{sight.shapes[here - 1]}{case}",
        f"s+{sight.shapes[here + 1]}{case}",
        f"k-{kind1}{own}{before}",
        f"k+{own}{after}{after1}",
        f"k-+{kind1}{own}{after1}",
        f"k--{kind2}{kind1}{own}",
        f"k++{own}{after1}{after2}",
        f"n-{kind1}{before}",
        f"n+{after}{after1}",
        f"n--{kind2}{kind1}{before}",
        f"n++{after}{after1}{after2}",
        f"-3{word3}",
        f"-2{word2}",
        f"-1{word1}",
        f"+1{next1}",
        f"+2{next2}",
        f"+3{next3}",
        f"-1k{word1}{before}{own}",
        f"+1k{next1}{after}{own}",
        f"-w{word2} {word1}",
        f"+w{next1} {next2}",
        f"-+{word1} {next1}",
        f"p{lower[:2]}",
        f"p{lower[:3]}",
        f"e{lower[-2:]}",
        f"e{lower[-3:]}",
        f"e{lower[-4:]}",
        f"o{own}{lower[-3:]}",
    ]
    if bits & _PLAIN:
        out += (f"w{lower}", f"w{lower}{case}")
    if _in_place(sight, at):
        out += ("2", f"2{case}{own}")
    return out


def opinion(chance: tuple[float, float]) -> str:
    """A first vote as one letter: a name, a place, neither, or open."""
    name, geo = chance
    return "N" if name >= 0.5 else "G" if geo >= 0.5 else "o" if name + geo < 0.15 else "?"


def beside(sight: Sight, at: int, left: str, right: str) -> list[str]:
    """What the first votes on the neighbours of token `at` add; `|` beside the first and the last word."""
    here = at + _PADDING
    own, case = sight.kinds[here], sight.shapes[here] + ("-" if sight.page.caseless else "+")
    before, after = sight.gaps[at], sight.gaps[at + 1]
    return [
        f"t-{left}{before}",
        f"t+{after}{right}",
        f"t-+{left}{own}{right}",
        f"T-{left}{before}{own}{case}",
        f"T+{after}{right}{own}{case}",
        f"T-+{left}{before}_{after}{right}",
    ]


def _in_place(sight: Sight, at: int) -> bool:
    """Whether the word and one beside it are a listed place of two words."""
    tokens, lower = sight.page.tokens, sight.page.tokens[at].lower
    return bool(
        (at and sight.gaps[at] == " " and sight.bits_of(f"{tokens[at - 1].lower} {lower}") & PLACES)
        or (sight.gaps[at + 1] == " " and sight.bits_of(f"{lower} {tokens[at + 1].lower}") & PLACES)
    )
