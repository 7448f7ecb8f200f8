"""Templates: plain text with `{slots}` and `[kind|marked runs]`, rendered to pieces. The grammar is in README.md."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import dates, identifiers, places, traps
from .people import Person, Split
from .pieces import Piece, merge_plain, optional, span, trap
from .scene import Scene

_TOKEN = re.compile(r"\{([^{}]+)\}|\[([!?]?[A-Za-z_0-9.]+)\|([^\[\]]*)\]")
_PERSON = re.compile(r"(?P<key>[PRODN]\d?)(?:\.(?P<form>\w+))?$")
_ROLE = {"P": "patient", "R": "relative", "O": "other", "D": "provider", "N": "provider"}
_WORDS90 = (
    "ninety",
    "ninety-one",
    "ninety-two",
    "ninety-three",
    "ninety-four",
    "ninety-five",
    "ninety-six",
    "ninety-seven",
    "ninety-eight",
    "ninety-nine",
    "one hundred",
    "a hundred and one",
    "one hundred two",
    "one hundred and three",
)
_MODELS = (
    "Azure XT DR",
    "Evera MRI XT",
    "CONTOUR NEXT",
    "Trilogy 200",
    "AirSense 10",
    "G6",
    "Micra AV",
    "MX40",
    "Lifepak 15",
    "Triathlon CR",
    "Accolade MRI",
    "iSTAT",
    "Freestyle Libre 2",
    "Omnipod 5",
    "t:slim X2",
    "Prevena 125",
    "LUCAS 3",
)
_FACILITIES = (
    "St. {s} Medical Center",
    "{t} General Hospital",
    "{t} Family Practice",
    "{s} Memorial Hospital",
    "{t} Regional Medical Center",
    "{t} Community Health Center",
    "{s} Clinic",
    "{t} Nursing & Rehab",
    "{t} Urgent Care",
    "{t} Imaging Center",
)
_SAINTS = ("Luke's", "Agnes", "Vincent", "Bernard's", "Clare", "Anthony", "Raphael")


@dataclass(frozen=True)
class Template:
    """One template: its name, the kind of document, and the text."""

    name: str
    style: str
    text: str

    @property
    def spanish(self) -> bool:
        """Whether the people are mostly Spanish speakers."""
        return self.style.endswith("-es")


@cache
def load(split: Split, *, negative: bool = False) -> tuple[Template, ...]:
    """All templates of a split in file order. A template starts at a line `=== style`; its name is file and number."""
    out: list[Template] = []
    for path in sorted((Path(__file__).parent / "templates" / split).glob("*.txt")):
        if path.stem.startswith("negative") is not negative:
            continue
        blocks = re.split(r"^=== *(\S+) *\n", path.read_text(encoding="utf-8"), flags=re.M)[1:]
        out += [
            Template(f"{path.stem}-{k // 2:02d}", blocks[k], blocks[k + 1].strip("\n"))
            for k in range(0, len(blocks), 2)
        ]
    return tuple(out)


def render(template: Template, scene: Scene) -> list[Piece]:
    """The pieces of one document; plain runs are searched for traps."""
    pieces: list[Piece] = []
    at = 0
    for found in _TOKEN.finditer(template.text):
        pieces.append(Piece(template.text[at : found.start()]))
        at = found.end()
        pieces += _slot(found[1], scene) if found[1] else _marked(found[2], found[3])
    pieces.append(Piece(template.text[at:]))
    out: list[Piece] = []
    for piece in merge_plain(pieces):
        out += traps.mark(piece) if piece.kind == "plain" else [piece]
    return out


def _marked(kind: str, text: str) -> list[Piece]:
    if kind.startswith("!"):
        label, _, sub = kind[1:].partition(".")
        return [span(label, text, sub)]
    return [optional(text, kind[1:]) if kind.startswith("?") else trap(text, kind)]


def _slot(slot: str, scene: Scene) -> list[Piece]:
    rng = scene.rng
    if slot.startswith("="):
        return [Piece(rng.choice(slot[1:].split("|")))]
    if slot[:2] in ("n:", "f:"):
        low, high = slot[2:].split("-")
        if slot[0] == "n":
            return [Piece(str(rng.randrange(int(low), int(high) + 1)))]
        return [Piece(f"{rng.uniform(float(low), float(high)):.1f}")]
    who = _PERSON.match(slot)
    if who:
        return _person(who["key"], who["form"] or "", scene)
    for part in (_date, _age, _place, _word, _contact):
        made = part(slot, scene)
        if made:
            return made
    name = slot.rstrip("+")
    name = name if name in identifiers.PLAIN else name.rstrip("23456789")
    label, sub, _ = identifiers.PLAIN[name]
    return [span(label, scene.value(slot), sub)]


def _initials(person: Person) -> str:
    return "".join(w[0] for w in (person.first, person.middle, person.last)).upper()


def _person(key: str, form: str, scene: Scene) -> list[Piece]:
    p, role = scene.person(key), _ROLE[key[0]]
    male = p.sex == "male"
    words = {
        "he": ("he", "she"),
        "his": ("his", "her"),
        "him": ("him", "her"),
        "man": ("man", "woman"),
        "M": ("M", "F"),
        "male": ("male", "female"),
        "He": ("He", "She"),
        "His": ("His", "Her"),
        "son": ("son", "daughter"),
        "bro": ("brother", "sister"),
        "wife": ("husband", "wife"),
        "dad": ("father", "mother"),
        "hijo": ("hijo", "hija"),
        "Sr": ("Sr.", "Sra."),
        "el": ("el", "la"),
        "o": ("o", "a"),
        "papa": ("papá", "mamá"),
        "nieto": ("nieto", "nieta"),
        "grand": ("grandson", "granddaughter"),
        "esposo": ("esposo", "esposa"),
        "hermano": ("hermano", "hermana"),
    }
    if form in words:
        return [Piece(words[form][not male])]
    if form in ("mr", "sr", "dr"):
        title = {
            "mr": "Mr." if male else scene.rng.choice(("Mrs.", "Ms.")),
            "sr": "Sr." if male else "Sra.",
            "dr": scene.rng.choice(("Dr.", "Dr.", "Dr")),
        }[form]
        return [optional(title, "title"), Piece(" "), span("NAME", p.last, f"{role}_last")]
    if form in ("sig", "SIG"):
        name = p.full if form == "sig" else p.full.upper()
        return [span("NAME", name, f"{role}_sig"), Piece(", "), optional(p.credential or "MD", "suffix")]
    if form == "drf":
        return [optional("Dr.", "title"), Piece(" "), span("NAME", p.full, role)]
    if form == "any":
        form = scene.rng.choice(("", "", "", "fml", "lf", "il", "fi", "LF", "F"))
    text, sub = _name_shape(p, form)
    pieces = [span("NAME", text, role + sub)]
    if p.suffix and form in ("", "fml", "F"):
        pieces += [Piece(" "), optional(p.suffix, "suffix")]
    return pieces


def _name_shape(p: Person, form: str) -> tuple[str, str]:
    mid = p.middle[0].upper()
    return {
        "": (p.full, ""),
        "f": (p.first, "_first"),
        "l": (p.last, "_last"),
        "F": (p.full.upper(), "_upper"),
        "U": (p.first.upper(), "_first_upper"),
        "L": (p.last.upper(), "_last_upper"),
        "lf": (f"{p.last}, {p.first}", "_lastfirst"),
        "lfm": (f"{p.last}, {p.first} {mid}.", "_lastfirst"),
        "LF": (f"{p.last.upper()}, {p.first.upper()} {mid}", "_lastfirst_upper"),
        "LFn": (f"{p.last.upper()},{p.first.upper()}", "_lastfirst_upper"),
        "hl7": (f"{p.last.upper()}^{p.first.upper()}^{mid}", "_hl7"),
        "fml": (f"{p.first} {mid}. {p.last}", ""),
        "ffl": (f"{p.first} {p.middle} {p.last}", "_middle"),
        "il": (f"{p.first[0]}. {p.last}", "_initial_name"),
        "fi": (f"{p.first} {p.last[0]}.", "_initial_name"),
        "in": (f"{p.first[0]}.{p.last[0]}.".upper(), "_initials"),
        "ii": (_initials(p), "_initials"),
        "nick": (p.nick, "_nickname"),
        "lo": (p.full.lower(), "_lower"),
        "flo": (p.first.lower(), "_first_lower"),
        "llo": (p.last.lower(), "_last_lower"),
        "nn": (f'{p.first} "{p.nick}" {p.last}', "_with_nickname"),
        "Lf": (f"{p.last.upper()} {p.first}", "_last_upper_first"),
    }[form]


def _date(slot: str, scene: Scene) -> list[Piece]:
    rng, near = scene.rng, scene.day("date+")
    simple = {
        "md": (lambda: dates.no_year(near, rng), "date_noyear"),
        "my": (lambda: dates.month_year(scene.day("old"), rng), "month_year"),
        "mon": (lambda: dates.month(near), "month"),
        "day": (lambda: dates.ordinal(near.day), "day"),
        "range": (lambda: dates.span_of_days(near, rng), "range"),
        "stamp": (lambda: dates.stamp(near, rng), "stamp"),
        "dob8": (lambda: scene.dob.strftime("%Y%m%d"), "dob"),
        "dobes": (lambda: dates.spanish(scene.dob, rng), "dob"),
        "fecha": (lambda: dates.spanish(near, rng), "date_es"),
        "fechamd": (lambda: dates.spanish_no_year(near, rng), "date_noyear_es"),
        "mes": (lambda: dates.spanish_month(near), "month_es"),
    }
    if slot in ("date", "date+", "old", "fut"):
        return [span("DATE", scene.date_text(slot), "date_full")]
    if slot == "dob":
        return [span("DATE", scene.date_text("dob"), "dob")]
    if slot == "futmd":
        return [span("DATE", dates.no_year(scene.day("fut"), rng), "date_noyear")]
    if slot in simple:
        make, sub = simple[slot]
        return [span("DATE", make(), sub)]
    if slot == "dtime":
        clock = f"{rng.randrange(24):02d}{rng.choice((':', ''))}{rng.randrange(60):02d}"
        return [
            span("DATE", scene.date_text("date+"), "date_full"),
            Piece(rng.choice((" ", " at ", " @ "))),
            optional(clock, "time"),
        ]
    if slot == "wdate":
        return [
            optional(near.strftime("%A"), "weekday"),
            Piece(", "),
            span("DATE", f"{dates.month(near)} {near.day}, {near.year}", "date_full"),
        ]
    if slot == "year":
        return [optional(str(scene.day("old").year), "year")]
    if slot == "wd":
        return [optional(near.strftime("%A"), "weekday")]
    return []


def _age(slot: str, scene: Scene) -> list[Piece]:
    if slot == "age":
        return [span("AGE90", str(scene.age), "age")] if scene.age > 89 else [trap(str(scene.age), "age_le89")]
    if slot == "age90":
        return [span("AGE90", str(scene.age), "age")]
    if slot == "age90w":
        return [span("AGE90", _WORDS90[scene.age - 90], "age_words")]
    if slot == "age90th":
        return [span("AGE90", dates.ordinal(scene.age), "birthday")]
    if slot == "a90":
        return [span("AGE90", str(scene.rng.randrange(90, 103)), "age")]
    if slot == "yob90":
        return [span("DATE", str(scene.dob.year), "birth_year_90")]
    return []


def _place(slot: str, scene: Scene) -> list[Piece]:
    name, key = (slot[:-1], slot[-1]) if slot[-1] in "23456789" else (slot, "")
    if name.endswith("+"):
        name, key = name[:-1], f"new{len(scene.homes)}"
    rng, make = scene.rng, scene.place
    if name in ("addr", "addrnl", "csz"):
        at = make(key)
        line = [span("GEO", at.street, "street"), Piece("\n" if name == "addrnl" else ", ")] if name != "csz" else []
        return [
            *line,
            span("GEO", at.town, "city"),
            Piece(", "),
            optional(at.state, "state"),
            Piece(" "),
            span("GEO", at.zip5, "zip5"),
        ]
    one = {
        "street": lambda: span("GEO", make(key).street, "street"),
        "town": lambda: span("GEO", make(key).town, "city"),
        "TOWN": lambda: span("GEO", make(key).town.upper(), "city"),
        "zip": lambda: span("GEO", make(key).zip5, "zip5"),
        "zip4": lambda: span("GEO", f"{make(key).zip5}-{rng.randrange(1000, 9999)}", "zip9"),
        "county": lambda: span("GEO", make(key).county, "county"),
        "ST": lambda: optional(make(key).state, "state"),
        "state": lambda: optional(make(key).state_name, "state"),
        "abroad": lambda: span("GEO", places.abroad(rng, scene.split), "city_abroad"),
        "country": lambda: optional(places.of_kind("country", rng), "country"),
        "hood": lambda: span("GEO", places.of_kind("hood", rng), "neighborhood"),
        "road": lambda: span("GEO", places.of_kind("road", rng), "road"),
        "xst": lambda: span(
            "GEO",
            f"{places.of_kind('road', rng)} {rng.choice(('and', '&', 'at'))} {places.of_kind('road', rng)}",
            "cross_streets",
        ),
    }
    return [one[name]()] if name in one else []


def _word(slot: str, scene: Scene) -> list[Piece]:
    rng = scene.rng
    if slot in ("fac", "fac2", "fac3"):
        if slot not in scene.values:
            shape = rng.choice(_FACILITIES)
            saint = rng.choice(_SAINTS) if shape.startswith("St.") else scene.person("O9").last
            scene.values[slot] = shape.format(s=saint, t=places.town(rng, scene.split))
        return [optional(scene.values[slot], "facility")]
    if slot == "model":
        return [trap(rng.choice(_MODELS), "model")]
    if slot == "lot":
        return [trap(identifiers.fill(rng, rng.choice(("EW####", "@@####", "FL####", "0##@##@"))), "lot")]
    person = scene.person("P")
    if slot in ("he", "his", "him", "He", "His", "man", "M", "male", "o", "el"):
        return _person("P", slot, scene)
    return [Piece(person.sex.capitalize())] if slot == "sex" else []


def _contact(slot: str, scene: Scene) -> list[Piece]:
    name, _, key = slot.partition(".")
    makers = {
        "email": (identifiers.email, "EMAIL", "email"),
        "emailsp": (identifiers.email_spoken, "EMAIL", "email_spoken"),
        "handle": (identifiers.handle, "OTHER_ID", "social_handle"),
        "url": (identifiers.url, "URL", "url"),
    }
    if name not in makers:
        return []
    make, label, sub = makers[name]
    if slot not in scene.values:
        scene.values[slot] = make(scene.rng, scene.person(key or "P"))
    return [span(label, scene.values[slot], sub)]


def pick(templates: tuple[Template, ...], count: int, rng: random.Random) -> list[Template]:
    """`count` templates, each used as often as the others to within one."""
    out: list[Template] = []
    while len(out) < count:
        turn = list(templates)
        rng.shuffle(turn)
        out += turn
    return out[:count]
