"""Places smaller than a state: streets, towns, counties, ZIP codes; facilities and states for `strict`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from preceptor.deid import lists
from preceptor.deid.lists import words_of
from preceptor.deid.plain import left
from preceptor.deid.spans import Span
from preceptor.deid.tokens import EPONYM, STOP, flags_of
from preceptor.deid.zip3 import RESTRICTED

_STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho"
    "|Illinois|Indiana"
    "|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana"
    "|Nebraska"
    "|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania"
    "|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin"
    "|Wyoming|Puerto Rico|District of Columbia"
)
_ABBREVIATIONS = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA"
    "|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
_SUFFIX = (
    "alley|aly|annex|arcade|avenue|ave|av|bayou|beach|bend|bluffs?|bottom|boulevard|blvd|branch|bridge|brooks?|burgs?"
    "|bypass|camp|canyon|cape|causeway|centers?|circles?|cir|cliffs?|club|common|corners?|course|courts?|ct"
    "|coves?|creek"
    "|crescent|cres|crest|crossing|crossroad|curve|dale|dam|divide|drives?|dr|estates?|expressway|expy"
    "|extensions?|falls"
    "|ferry|fields?|flats?|fords?|forest|forges?|forks?|fort|freeway|fwy|gardens?|gateway|glens?|greens?|groves?"
    "|harbors?"
    "|haven|heights|hts|highway|hwy|hills?|hollow|inlet|islands?|isle|junctions?|keys?|knolls?|lakes?|land"
    "|landing|lane|ln"
    "|lights?|loaf|locks?|lodge|loop|mall|manors?|meadows?|mews|mills?|mission|motorway|mount|mountains?|neck"
    "|orchard|oval"
    "|overpass|parks?|parkways?|pkwy|pass|passage|path|pike|pines?|place|pl|plains?|plaza|plz|points?|ports?|prairie"
    "|radial|ramp|ranch|rapids?|rest|ridges?|river|roads?|rd|route|row|rue|run|shoals?|shores?|skyway|springs?|spurs?"
    "|squares?|sq|station|stravenue|stream|streets?|st|summit|terrace|ter|throughway|trace|track|trafficway|trail"
    "|trl|trailer"
    "|tunnel|turnpike|tpke|underpass|unions?|valleys?|via|viaduct|views?|villages?|ville|vista|walks?|wall|way"
    "|ways|wells?"
)
_UNIT = (
    r"(?:(?:,? {1,2}|,)(?:(?:apt|apartment|suite|ste|unit|room|rm|floor|fl|bldg|building|lot|trlr|trailer|spc"
    r"|space|depto|piso"
    r"|interior|int|#)\.? ?#?[\w-]{1,6}|\d{1,2}(?:st|nd|rd|th) floor))?"
)
_ROADS = (
    "street|st|avenue|ave|av|boulevard|blvd|road|rd|lane|ln|drive|parkway|pkwy|highway|hwy|terrace|turnpike|pike"
    "|freeway|expressway"
)
_ROADS_CUED = (
    _ROADS + "|court|ct|way|place|pl|circle|cir|trail|trl|loop|alley|plaza|row|crossing|dr|creek|bridge|square|sq"
)
_CAP_WORD = r"[A-Z\u00c0-\u00de\u0130][\w'-]{1,24}"
_STREET = re.compile(
    rf"(?<![\w.-])\d{{1,6}} (?:(?:state|county|us|u\.s\.|farm(?: to market)?|old) )?(?:route|road|highway"
    rf"|hwy|rte|rd) ?\d{{1,5}}\b{_UNIT}"
    rf"|(?<![\w./:'-])(?:[NSEW]\d{{1,4}}[NSEW])?\d{{1,6}}(?:[A-Za-z]|½| ?1/2)?(?:-\d{{1,4}})? (?:(?:[NSEW]\.?"
    rf"|[NS][EW]|north|south|east"
    rf"|west) )?(?:(?:\d{{1,3}}(?:st|nd|rd|th)|[^\W\d_](?:[\w'-]{{0,24}}|[\w]{{0,2}}\.))[ \n]){{1,4}}?(?:{_SUFFIX})"
    rf"(?: (?:{_SUFFIX}))?\b\.?{_UNIT}"
    rf"|\b(?:p\.? ?o\.? ?box|post office box|apartado(?: postal)?) ?\d{{1,6}}"
    rf"|\b(?:rr|rural route|hc) ?\d{{1,4}},? box ?\d{{1,6}}"
    rf"|(?<![\w./:'-])\d{{1,6}}½? (?:via|rue|avenida|calle|camino|paseo|plaza|corte|avenue|rua)"
    rf"(?: (?:de|del|la|las|los|el|[^\W\d_][\w'.-]{{1,24}})){{1,3}}{_UNIT}"
    r"|\b(?:urb|cond|edif|res|bo|sector|villa|colonia|fracc)\. [^\W\d_][^\n,;:]{1,30}(?:, (?:calle|c/|avenida"
    r"|apt)[^\n,;:]{1,20})?"
    r"|\bcalle \w{1,12} ?#[\w-]{1,8}"
    r"|\b(?:calle|avenida|av\.|carrera|paseo|camino|calzada"
    rf"|colonia) (?:[^\W\d_][\w'.-]{{0,24}} ?){{1,4}}(?:#|no\.? ?|n[uú]m\.? ?|, ?)?\d{{1,5}}\b",
    re.I,
)
_CAP = r"[A-Z\u00c0-\u00de\u0130][\w'.-]{1,24}"
_LEAD = rf"(?:[NSEW]\.?|{_CAP_WORD}|\d{{1,3}}(?:st|nd|rd|th))"
_ROAD = re.compile(
    rf"(?<![\w.-])(?:{_CAP_WORD} ){{1,3}}(?i:{_ROADS})\b"
    rf"|\b(?i:on|at|off|near|along|down|by|onto|por|en|calle) ((?:{_LEAD} ){{1,3}}(?i:{_ROADS_CUED}))\b"
    rf"|(?<![\w.-])((?:{_LEAD} ){{1,3}}(?i:{_ROADS_CUED})\.? (?:&|and|at|y) (?:(?:{_CAP_WORD}|[NSEW]\.?"
    rf"|\d{{1,3}}(?:st|nd|rd|th)) )"
    rf"{{0,3}}(?:(?i:{_ROADS_CUED})|[A-Z]{{2}}-\d+|{_CAP_WORD}(?: \d{{1,4}})?))\b",
)
_NUMBERED_ROAD = re.compile(
    r"(?<![\w-])(?i:(?:state|us|u\.s\.|county|ranch|interstate|old|forest)[ -])?"
    r"(?:(?i:highway|hwy|route|rte|interstate|farm[ -]to[ -]market(?: road)?)|County Road|Road|Rd|FM|SR|CR|US"
    r"|I)[ -]\d{1,4}(?![\w-]|\.\d)"
)
_NAMED_ROAD = re.compile(
    rf"(?<!\w)(?:Calle|Avenida|Camino|Paseo|Calzada|Rue|Via|Avda?\.) (?:(?:de|del|la|las|los"
    rf"|el) ){{0,2}}{_CAP_WORD}(?: {_CAP_WORD})?"
)
_ROAD_ANY = re.compile(
    r"\b(?:on|at|off|near|along|down|onto|por|en|calle)\s((?!the\b|a\b|my\b|his\b|her\b|their\b"
    r"|this\b)(?:[\w'-]{2,20} ){1,2}(?:street|st|avenue|ave|boulevard|blvd|road|rd|lane|ln|parkway|pkwy|highway"
    r"|hwy))\b",
    re.I,
)
_CITY = rf"{_CAP}(?: (?:{_CAP}|de|del|la|los|las|of|the)){{0,3}}"
_STATE_ZIP = re.compile(
    rf"(?P<city>{_CITY})(?:,? (?:{_STATES}|{_ABBREVIATIONS}),? "
    rf"|,? (?:[A-Z]{{2}},? )?)(?P<zip>\d{{5}}(?:-\d{{4}})?)(?![\w-])"
    rf"|(?P<city2>{_CITY}), (?:{_STATES}|{_ABBREVIATIONS})\b(?!\w)",
)
_STATE_ZIP_ANY = re.compile(
    rf"(?:, |\b(?:in|from|at|to) )(?P<city>[^\W\d_]{{3,24}}(?: [^\W\d_]{{3,24}}){{0,2}}),? (?:(?:{_STATES}"
    rf"|{_ABBREVIATIONS}|[A-Z]{{2}}),? )?(?P<zip>\d{{5}}(?:-\d{{4}})?)(?![\w-])"
    rf"|(?:\b(?:in|from|to|near) )(?P<city2>[^\W\d_]{{3,24}}(?: [^\W\d_]{{3,24}}){{0,1}}), (?:{_STATES})\b",
    re.I,
)
_ZIP = re.compile(
    rf"\b(?:zip(?: ?code)?|postal code|c[oó]digo postal|cp)(?: is|:| #)? ?(\d{{5}}(?:-\d{{4}})?)\b"
    rf"|\b(?:{_STATES}),? (\d{{5}}(?:-\d{{4}})?)\b|, ?[a-z]{{2}},? (\d{{5}}(?:-\d{{4}})?)(?![\w-])",
    re.I,
)
_ZIP3 = re.compile(r"\bzip ?(?:3|prefix|code prefix)?[^\n\d]{0,12}(\d{3})(?=\*\*|xx|\b)(?:\*\*|xx)?", re.I)
_LIVES = re.compile(
    r"\b(?:lives? in|living in|lived in|live out in|resid(?:es?|ing) in|moved (?:from|to|here from)"
    r"|relocated (?:from|to)|born in|raised in|grew up in|staying in|stays in|originally from"
    r"|(?:is|was|am|i'm|he's|she's) from|native of|visit(?:ing|ed)|travel(?:ed|ing)? (?:to|from)"
    r"|flying (?:home )?to|drove (?:in )?from|driving from|commutes (?:to|from)|based in|works in"
    r"|neighborhood of"
    rf"|transferred from|home (?:to|in)|vive en|vivo en|nac(?:ido|ida|í|ió) en) (?:the )?(?P<city>{_CITY})"
)
_LIVES_ANY = re.compile(
    r"\b(?:lives? in|living in|live out in|resid(?:es?|ing) in|moved (?:from|to)|staying in|grew up in"
    r"|born in|flying home to|originally from) (?P<city>[^\W\d_]{3,24}(?: [^\W\d_]{4,24})?)",
    re.I,
)
_NEAR = re.compile(
    r"\b(?:near|corner of|intersection of|crosses|crossing|between|cross streets?(?: are"
    rf"| of)?:?) (?P<place>(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th))(?: {_CAP})? (?:and|&|at) (?:{_CAP}"
    rf"|\d{{1,3}}(?:st|nd|rd|th))(?: {_CAP})?)",
)
_NEAR_ANY = re.compile(
    r"\b(?:corner of|intersection of|crosses|near|cross streets?(?: are"
    r"| of)?:?) (?P<place>[\w]{3,16}(?: [\w]{3,16})? (?:and|&) [\w]{3,16}(?: (?:grove|street|st|ave|avenue"
    r"|road))?)",
    re.I,
)
_COUNTY = re.compile(
    r"\b(?P<place>(?:[A-Z][\w'.-]{1,20} ){1,3}(?:County|Parish|Borough|Township|COUNTY"
    r"|PARISH))\b(?! (?:[Gg]eneral|[Hh]ospital|[Mm]edical|[Hh]ealth|[Cc]ourt|[Cc]linic))"
    r"|\b(?:in|out in|from|of) (?P<place2>[^\W\d_]{3,20} county)\b(?! (?:general|hospital|medical|health"
    r"|court|clinic))"
)
_NOT_COUNTY = words_of(
    """
    the this each every any a per county our local your which same other rural urban state
    """
)
_WATER = re.compile(rf"\b(?:on|at|in|near|by|to) (?P<place>(?:Lake|Mount|Mt\.|Fort|Camp|Cape) {_CAP})")
_CITY_LABEL = re.compile(
    r"\b(?:city|town|hometown|ciudad|county|condado|municipio|colonia|barrio|village|parish|birthplace|place of birth"
    r"|lugar de nacimiento)(?: of residence)?: {0,3}(?P<city>[^\W\d_][\w'.-]{1,24}(?: (?!State\b"
    r"|Zip\b)[^\W\d_][\w'.-]{1,24}){0,3})",
    re.I,
)
_AFTER_STREET = re.compile(
    r",? {0,2}\n?(?:in )?(?P<city>[^\W\d_][\w'.-]{1,24}(?: [^\W\d_][\w'.-]{1,24}){0,2}?)(?=,"
    r"|\.(?:\s|$)| \d{5}|\n|$)"
)
_FACILITY = re.compile(
    rf"\b(?:{_CAP} ){{1,5}}(?:Hospital|Clinic|Medical Center|Health Center|Urgent Care"
    r"|Rehab(?:ilitation)?(?: Center)?|Nursing Home|Dialysis Center|Family Practice|Pharmacy"
    r"|Health System|Care Center|Infirmary|Hospice)\b"
    r"|\bSt\.? [A-Z][\w']{2,20}(?:'s)?(?: (?:Hospital|Medical Center|Clinic))?"
)
_STATE = re.compile(rf"\b(?:{_STATES})\b")
_STATE_CODE = re.compile(rf", ({_ABBREVIATIONS})\b")
_BARE_YEAR = re.compile(r"(?<![\w./-])(?:19|20)\d{2}(?![\w/-]|\.\d)")


def find_places(text: str, caseless: bool) -> Iterator[Span]:
    """Streets, towns, counties, ZIP codes; `source` "place:street" is what a limited data set takes too."""
    yield from _streets(text)
    for match in _ZIP.finditer(text):
        group = match.lastindex or 1
        yield Span(match.start(group), match.end(group), "GEO", 0.85, "place:zip")
    for match in _ZIP3.finditer(text):
        if match.group(1) in RESTRICTED:
            yield Span(match.start(1), match.end(), "GEO", 0.8, "place:zip3")
    yield from _roads(text, caseless)
    yield from _towns(text, caseless)


def _roads(text: str, caseless: bool) -> Iterator[Span]:
    """Streets named without a house number, and the crossings of two of them."""
    found = sorted(_single_roads(text, caseless), key=lambda span: span.start)
    yield from found
    for first, second in pairwise(found):
        if _CROSSING.fullmatch(text, first.end, second.start):
            yield Span(first.start, second.end, "GEO", 0.69, "place:crossing")


_CROSSING = re.compile(r"\.? {1,2}(?:&|and|at|y|@|con|near) {1,2}|\.? ?/ ?", re.I)


def _single_roads(text: str, caseless: bool) -> Iterator[Span]:
    for match in _NAMED_ROAD.finditer(text):
        yield Span(match.start(), match.end(), "GEO", 0.64, "place:street")
    for match in _NUMBERED_ROAD.finditer(text):
        yield Span(match.start(), match.end(), "GEO", 0.6, "place:street")
    for match in (_ROAD_ANY if caseless else _ROAD).finditer(text):
        group = match.lastindex or 0
        start, words = match.start(group), match.group(group).split()
        while len(words) > 2 and flags_of(words[0].lower().rstrip(".")) & STOP and words[0].lower() not in _DIRECTIONS:
            start += len(words[0]) + 1
            words = words[1:]
        if words[-1] == "St" and re.match(r" [A-Z]", text[match.end(group) : match.end(group) + 2]):
            continue
        if flags_of(words[0].lower()) & STOP and words[0].lower() not in _DIRECTIONS and not words[0][0].isdigit():
            continue
        yield Span(start, match.end(group), "GEO", 0.68, "place:street")


_DIRECTIONS = words_of("north south east west n s e w main first second third fourth fifth park lake river church")


def _streets(text: str) -> Iterator[Span]:
    for match in _STREET.finditer(text):
        words = re.findall(r"[^\W\d_]+", match.group().lower())
        house = match.group()[0].isdigit()
        measured = house and any(word in _NOT_STREET for word in words[:-1])
        if measured or left(text, match.start(), 8).endswith(("section ", "part ", "§ ")):
            continue
        yield Span(match.start(), match.end(), "GEO", 0.84, "place:street")
        after = _AFTER_STREET.match(text, match.end())
        if after and not _common(after["city"]):
            yield Span(after.start("city"), after.end("city"), "GEO", 0.7, "place:city")


_NOT_STREET = words_of(
    """
    mg mcg ml day days week weeks month months year years hour hours minute minutes times the a an of and or
    for with in on to patients people percent per was is are were has had have by at from that this units
    old unit bpm mm cm kg lb lbs tablets tablet capsules doses x g daily twice no not y o pm am his her he
    she patient which while then
    """
)


def _towns(text: str, caseless: bool) -> Iterator[Span]:
    """Towns by what stands around them, and by the list where the word before is one of place."""
    for match in (_STATE_ZIP_ANY if caseless else _STATE_ZIP).finditer(text):
        if match["city"] and _acronym(match["city"]):
            continue
        for group in ("city", "city2"):
            if match[group] and not _common(match[group]) and not _credentialed(match, group):
                yield _trimmed(match, group, 0.8)
        if match["zip"]:
            yield Span(match.start("zip"), match.end("zip"), "GEO", 0.84, "place:zip")
    yield from _described(text, caseless)


def _described(text: str, caseless: bool) -> Iterator[Span]:
    """Where someone lives, crossings, counties, lakes and mounts."""
    for pattern, score in ((_LIVES_ANY if caseless else _LIVES, 0.72), (_CITY_LABEL, 0.8)):
        for match in pattern.finditer(text):
            if not _common(match["city"]):
                yield _trimmed(match, "city", score)
    for match in (_NEAR_ANY if caseless else _NEAR).finditer(text):
        between = match.group()[:7].lower() == "between"
        if not (between and _common(match["place"].split()[0])):
            yield Span(match.start("place"), match.end("place"), "GEO", 0.7, "place:crossing")
    for match in _COUNTY.finditer(text):
        group = "place" if match["place"] else "place2"
        if match[group].split()[-2].lower() not in _NOT_COUNTY:
            yield Span(match.start(group), match.end(group), "GEO", 0.75, "place:county")
    for match in _WATER.finditer(text):
        yield Span(match.start("place"), match.end("place"), "GEO", 0.65, "place:feature")


def _acronym(name: str) -> bool:
    """Whether the "town" before five digits is an abbreviation that announces a number: "CPT 45378", "ID 13154"."""
    return (name.isupper() or name.islower()) and len(name) <= 5 and name.lower() not in lists.entries("cities")


def _credentialed(match: re.Match[str], group: str) -> bool:
    """Whether "Maria Lopez, MD" is a person with a degree and not a town in Maryland or Pennsylvania."""
    if group != "city2" or not match.group().endswith((" MD", " PA", " DO")):
        return False
    words = match[group].lower().split()
    return " ".join(words) not in lists.entries("cities") and any(word in lists.entries("given") for word in words)


def _common(name: str) -> bool:
    """Whether the words are no name of a place: all of them stop the run of a name."""
    return all(flags_of(word.lower().strip(".',")) & (STOP | EPONYM) for word in name.split())


_LEADING = lists.words("stop") - {"north", "new", "south", "west", "east"}


def _trimmed(match: re.Match[str], group: str, score: float) -> Span:
    """The place without leading words that belong to the sentence ("The", "Home")."""
    start = match.start(group)
    words = match[group].split(" ")
    while len(words) > 1 and words[0].lower() in _LEADING:
        start += len(words[0]) + 1
        words = words[1:]
    return Span(start, match.end(group), "GEO", score, "place:city")


def find_strict(text: str) -> Iterator[Span]:
    """What only the policy `strict` takes: facilities, states and bare years."""
    for match in _FACILITY.finditer(text):
        yield Span(match.start(), match.end(), "FACILITY", 0.6, "place:facility")
    for match in _STATE.finditer(text):
        yield Span(match.start(), match.end(), "GEO", 0.5, "place:state")
    for match in _STATE_CODE.finditer(text):
        yield Span(match.start(1), match.end(1), "GEO", 0.5, "place:state")
    for match in _BARE_YEAR.finditer(text):
        yield Span(match.start(), match.end(), "DATE", 0.5, "date:year")
