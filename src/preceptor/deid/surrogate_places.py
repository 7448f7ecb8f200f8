"""Surrogates of places: invented streets and towns, and the three-digit rule for ZIP codes."""

from __future__ import annotations

import re
from collections.abc import Callable

from preceptor.deid.chance import digits, pick
from preceptor.deid.lists import PARTICLES, words_of
from preceptor.deid.surrogate_entry import Draft, fold
from preceptor.deid.surrogate_names import as_written
from preceptor.deid.surrogate_values import replace_number
from preceptor.deid.zip3 import RESTRICTED

Keep = Callable[[str], str | None]
"""Gives a word back when it stays."""

_ZIP = re.compile(r"(\d{3})\d{2}(?:-?\d{4})?")
_ZIP3 = re.compile(r"(\d{3})(\*\*|xx)?", re.I)
_ROUTE = re.compile(
    r"(?:p\.? ?o\.? ?box|post office box|apartado|rr|rural route|hc)\b.*"
    r"|(?:\d+ )?(?:state |county |u\.?s\.? |farm |to |market |old )*(?:route|road|highway|hwy|rte|rd) ?\d.*",
    re.I | re.S,
)
_WORD = re.compile(r"\d+(?:st|nd|rd|th)\b|[^\W_]+(?:['\u2019-][^\W_]+)*", re.I)
_KEPT = words_of(
    """
    n s e w ne nw se sw north south east west apt apartment suite ste unit room rm floor fl bldg building lot
    calle avenida av carrera paseo camino calzada colonia no num núm and at of the y
    """
)
_KINDS = words_of(
    """
    alley avenue ave boulevard blvd circle cir court ct cove creek crescent crossing drive dr expressway freeway
    gardens glen grove heights highway hwy hill hills hollow landing lane ln loop manor meadow meadows mews parkway
    pkwy park path pike place pl plaza plz point ridge road rd route rte row run spur square sq street st summit
    terrace ter trail trl turnpike valley view village vista walk way
    """
)
_AREAS = words_of("county parish borough township lake mount mt fort camp cape")
_HEADS = words_of(
    """
    hospital clinic medical health center urgent care rehab rehabilitation nursing home dialysis family practice
    pharmacy system infirmary hospice st
    """
)
_STREETS = tuple(
    sorted(
        words_of(
            """
            alder amber apricot arbor aspen barley beech birch bluebell bramble briar cedar chestnut clover
            copper coral cypress dogwood elder fennel fern flint foxglove garnet hazel heron holly ivy jasmine
            juniper kestrel larch laurel lavender linden lupine magnolia maple marigold mulberry myrtle nutmeg
            oak osprey pebble pepper poplar quail quarry redwood rowan saffron sage sorrel sparrow spruce
            starling sycamore tamarack teak thistle tulip walnut wren yarrow
            """
        )
    )
)
"""Words of streets and the first half of towns, in an order that does not change from run to run."""
_ENDINGS = ("combe", "dale", "ford", "ham", "hurst", "lea", "mere", "stead", "thorpe", "ton", "wick", "worth")
_STATES = (
    "Alabama AL|Alaska AK|Arizona AZ|Arkansas AR|California CA|Colorado CO|Connecticut CT|Delaware DE|Florida FL"
    "|Georgia GA|Hawaii HI|Idaho ID|Illinois IL|Indiana IN|Iowa IA|Kansas KS|Kentucky KY|Louisiana LA|Maine ME"
    "|Maryland MD|Massachusetts MA|Michigan MI|Minnesota MN|Mississippi MS|Missouri MO|Montana MT|Nebraska NE|Nevada NV"
    "|New Hampshire NH|New Jersey NJ|New Mexico NM|New York NY|North Carolina NC|North Dakota ND|Ohio OH|Oklahoma OK"
    "|Oregon OR|Pennsylvania PA|Rhode Island RI|South Carolina SC|South Dakota SD|Tennessee TN|Texas TX|Utah UT"
    "|Vermont VT|Virginia VA|Washington WA|West Virginia WV|Wisconsin WI|Wyoming WY|Puerto Rico PR"
    "|District of Columbia DC"
)
_BY_CODE = {pair[-2:]: pair[:-3] for pair in _STATES.split("|")}
_BY_NAME = {fold(name): code for code, name in _BY_CODE.items()}


def replace_zip(surface: str) -> str | None:
    """The first three digits of a ZIP code, "000" for a restricted area; None when it is no ZIP code.

    This is the generalisation of 45 CFR 164.514(b)(2)(i)(B), no surrogate: it cannot be reversed.
    """
    match = _ZIP.fullmatch(surface) or _ZIP3.fullmatch(surface)
    if match is None:
        return None
    area = "000" if match[1] in RESTRICTED else match[1]
    return area + (match[2] or "") if match.re is _ZIP3 else area


def replace_place(draft: Draft, surface: str, source: str) -> str | None:
    """An invented street, town, county, crossing or facility in the layout and case of `surface`."""
    if source == "place:state":
        return _state(draft, surface)
    if _ROUTE.fullmatch(surface):
        return _each(draft, surface, lambda word: word if not _numbered(word) else None)
    words = [match.group() for match in _WORD.finditer(surface)]
    street = surface[:1].isdigit() or (len(words) > 1 and fold(words[-1]) in _KINDS)
    if street or source in ("place:street", "place:crossing"):
        return _street(draft, surface)
    if source == "place:facility":
        return _each(draft, surface, lambda word: word if fold(word) in _HEADS else None)
    return _each(draft, surface, lambda word: word if len(words) > 1 and fold(word) in _AREAS | PARTICLES else None)


def _state(draft: Draft, surface: str) -> str | None:
    code = surface.upper() if surface.upper() in _BY_CODE else _BY_NAME.get(fold(surface))
    if code is None:
        return None
    made = draft.assign("state", code, lambda: pick(draft.chance, tuple(_BY_CODE)))
    if made is None:
        return None
    return made if len(surface) == 2 else as_written(surface, _BY_CODE[made])


def _street(draft: Draft, surface: str) -> str | None:
    """The kind of street, directions and unit words stay; the name and every number are replaced."""
    seen: list[str] = []

    def keep(word: str) -> str | None:
        lower = fold(word)
        stays = not _numbered(word) and (lower in _KEPT | PARTICLES or (lower in _KINDS and bool(seen)))
        if not stays and not word.isdecimal():
            seen.append(lower)
        return word if stays else None

    return _each(draft, surface, keep, street=True)


def _numbered(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def _each(draft: Draft, surface: str, keep: Keep, *, street: bool = False) -> str | None:
    """`surface` with every word that `keep` does not give back replaced; None when a word has no free surrogate."""
    out, at = "", 0
    for match in _WORD.finditer(surface):
        word = match.group()
        made = keep(word) or _word(draft, word, street)
        if made is None:
            return None
        out += surface[at : match.start()] + made
        at = match.end()
    return out + surface[at:] if out else None


def _word(draft: Draft, word: str, street: bool) -> str | None:
    ordinal = re.fullmatch(r"(\d+)(st|nd|rd|th)", word, re.I)
    if ordinal:
        made = draft.assign("ordinal", ordinal[1], lambda: str(1 + draft.chance.randrange(99)))
        return as_written(ordinal[2], f"{made}{suffix(int(made))}") if made else None
    if word.isdecimal() and word[0] != "0":
        return draft.assign("house", word, lambda: _house(draft, len(word)))
    if _numbered(word):
        return replace_number(draft, word, "house")
    kind = "street" if street else "town"

    def draw() -> str:
        stem = pick(draft.chance, _STREETS)
        return (stem if street else stem + pick(draft.chance, _ENDINGS)).capitalize()

    made = draft.assign(kind, fold(word), draw)
    return as_written(word, made) if made else None


def _house(draft: Draft, size: int) -> str:
    return str(1 + draft.chance.randrange(9)) + digits(draft.chance, size - 1)


def suffix(number: int) -> str:
    """The English ending of an ordinal: 1st, 2nd, 3rd, 11th."""
    return "th" if 10 < number % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
