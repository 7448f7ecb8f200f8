"""Surrogates: the same person however written, dates that keep their intervals and form, numbers nobody was given."""

from __future__ import annotations

import ipaddress
import random
import re
from datetime import date

import pytest

from preceptor.deid import checksums
from preceptor.deid.labels import Label
from preceptor.deid.origins import gender_of, origins, origins_of
from preceptor.deid.spans import Span
from preceptor.deid.surrogate import Surrogates, surrogate, undo
from preceptor.deid.surrogate_dates import read_calendar, shift_date
from preceptor.deid.surrogate_entry import BookEntry, decode, encode, fold, new_entry
from preceptor.deid.surrogate_places import replace_zip
from preceptor.deid.surrogate_values import confirmed
from preceptor.errors import IntegrityFailure

NONE = read_calendar(())


def replaced(
    text: str, *finds: tuple[str, Label] | tuple[str, Label, str], seed: int = 1, entry: BookEntry | None = None
) -> Surrogates:
    """The text with the named pieces replaced, each found behind the one before."""
    spans: list[Span] = []
    at = 0
    for piece, label, *source in finds:
        at = text.index(piece, at)
        spans.append(Span(at, at + len(piece), label, 1.0, source[0] if source else "test"))
        at += len(piece)
    chance = random.Random(seed)
    return surrogate(text, spans, entry or new_entry(chance), chance)


def one(value: str, label: Label, source: str = "test", seed: int = 1) -> str:
    return replaced(value, (value, label, source), seed=seed).redaction.text


@pytest.mark.parametrize("seed", range(20))
def test_every_way_to_write_a_person_gives_the_same_other_person(seed: int) -> None:
    text = "Maria Lopez; Ms. Lopez; maria; LOPEZ, MARIA; M.L.; ML; M. Lopez; Lopez-Reyes"
    made = replaced(
        text,
        ("Maria Lopez", "NAME"),
        ("Lopez", "NAME"),
        ("maria", "NAME"),
        ("LOPEZ, MARIA", "NAME"),
        ("M.L.", "NAME"),
        ("ML", "NAME", "name:initials"),
        ("M. Lopez", "NAME"),
        ("Lopez-Reyes", "NAME"),
        seed=seed,
    ).redaction.text.split("; ")
    given, family = made[0].split(" ")
    assert given[0] not in "M" and family[0] not in "L"
    assert made[1:7] == [
        f"Ms. {family}",
        given.lower(),
        f"{family.upper()}, {given.upper()}",
        f"{given[0]}.{family[0]}.",
        f"{given[0]}{family[0]}",
        f"{given[0]}. {family}",
    ]
    assert made[7].startswith(f"{family}-") and made[7] != f"{family}-Reyes"


@pytest.mark.parametrize("seed", range(10))
def test_initials_seen_first_fit_the_name_that_comes_later(seed: int) -> None:
    first = replaced("M.L.", ("M.L.", "NAME"), seed=seed)
    later = replaced("Maria Lopez", ("Maria Lopez", "NAME"), seed=seed, entry=first.entry).redaction.text
    wanted = first.redaction.text.split(".")[:2]
    pools = [("given", "hispanic"), ("family", "hispanic")]
    for word, initial, (role, _) in zip(later.split(), wanted, pools, strict=True):
        # where the lists have no name of that initial, another is taken
        assert word[0] == initial or not _has(role, initial)


def _has(role: str, initial: str) -> bool:
    lists = origins()["hispanic"]
    return any(name[0].upper() == initial for name in (lists.female if role == "given" else lists.surnames))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("name", "origin", "gender"),
    [
        ("Guadalupe Hernandez", "hispanic", "female"),
        ("Rajesh Deshpande", "indian", "male"),
        ("Magdalena Kowalczyk", "slavic", "female"),
        ("Nguyen, Vankhanh", "vietnamese", "female"),
        ("Chukwuemeka Okonkwo", "westafrican", "male"),
        ("Hiroshi Watanabe", "japanese", "male"),
    ],
)
def test_origin_and_gender_are_kept(name: str, origin: str, gender: str, seed: int) -> None:
    made = one(name, "NAME", seed=seed)
    given, family = made.split(" ") if "," not in made else reversed(made.split(", "))
    assert origin in origins_of("given", fold(given)) and origin in origins_of("family", fold(family))
    assert gender_of(fold(given)) == gender


def test_an_unknown_origin_becomes_the_most_common_and_a_title_tells_the_gender() -> None:
    for seed in range(10):
        made = replaced("Mrs. Xylophia Quorvex", ("Xylophia Quorvex", "NAME"), seed=seed).redaction.text.split()
        assert gender_of(fold(made[1])) == "female"
        assert next(iter(origins())) in origins_of("given", fold(made[1]))


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("Jean-Luc O'Brien", r"[A-Z][a-z]+-[A-Z]\w+ [A-Z]\w+"),
        ("Lopez, Maria G., MD", r"[A-Z][a-z]+, [A-Z][a-z]+ [A-Z]\., MD"),
        ("Carlos de la Cruz Jr.", r"[A-Z]\w+ de la [A-Z]\w+ Jr\."),
        ("MARI\u0301A  LOPEZ", r"[A-Z]+  [A-Z]+"),
        ("Maria Lopez's", r"[A-Z]\w+ [A-Z]\w+'s"),
        ("Seo-yeon Kim", r"[A-Z][a-z]+ [A-Z][a-z]+"),
        ("JKW", r"[A-Z]{3}"),
        ("Dr. Chen", r"Dr\. [A-Z]\w+"),
    ],
)
def test_the_layout_of_a_name_is_kept(name: str, pattern: str) -> None:
    made = one(name, "NAME")
    assert re.fullmatch(pattern, made), made
    for word in re.findall(r"\w{4,}", name):
        assert word not in made


def test_a_name_that_holds_digits_is_masked() -> None:
    assert one("Maria2", "NAME") == "[NAME]"


def test_the_lists_of_names_are_large_enough() -> None:
    assert len(origins()) >= 10
    for origin, names in origins().items():
        assert len(set(names.female)) >= 40 and len(set(names.male)) >= 40 and len(set(names.surnames)) >= 60, origin


DAYS = 30
FORMS = [
    ("03/14/2024", "04/13/2024"),
    ("3/4/24", "4/3/24"),
    ("12-25-2023", "01-24-2024"),
    ("25/12/2023", "24/01/2024"),
    ("14.03.2024", "13.04.2024"),
    ("2024-03-14", "2024-04-13"),
    ("2024/3/4", "2024/4/3"),
    ("2024-03-14T08:15:00Z", "2024-04-13T08:15:00Z"),
    ("20240314", "20240413"),
    ("20240314081500", "20240413081500"),
    ("03142024", "04132024"),
    ("12 31 2023", "01 30 2024"),
    ("March 14, 2024", "April 13, 2024"),
    ("MARCH 14 2024", "APRIL 13 2024"),
    ("Mar. 14, 2024", "Apr. 13, 2024"),
    ("mar 14 '24", "apr 13 '24"),
    ("14-Mar-2024", "13-Apr-2024"),
    ("14 Mar 24", "13 Apr 24"),
    ("Mar 2nd, 2024", "Apr 1st, 2024"),
    ("the 2nd", None),
    ("22nd of March", "21st of April"),
    ("January the 11th", "February the 10th"),
    ("13MAR1957", "12APR1957"),
    ("14-feb", "16-mar"),
    ("3-4", "4-3"),
    ("March 3", "April 2"),
    ("Sept 5, 2024", "Oct 5, 2024"),
    ("14 de marzo de 2024", "13 de abril de 2024"),
    ("2 de enero", "1 de febrero"),
    ("05 March 2024", "04 April 2024"),
    ("3/14", "4/13"),
    ("3/1-3/10/24", "3/31-4/9/24"),
    ("12/20 - 1/5", "1/19 - 2/4"),
    ("03/2024", "04/2024"),
    ("12/2023", "01/2024"),
    ("March 2024", "April 2024"),
    ("diciembre de 2023", "enero de 2024"),
    ("November", "December"),
    ("2024", None),
    ("02/30/2024", None),
    ("sometime", None),
]


@pytest.mark.parametrize(("written", "wanted"), FORMS)
def test_a_date_moves_in_its_own_form(written: str, wanted: str | None) -> None:
    assert shift_date(written, DAYS, NONE) == wanted
    if wanted is not None and "Sept" not in written:
        assert shift_date(wanted, -DAYS, NONE) == written


def test_a_date_that_cannot_be_moved_is_masked() -> None:
    assert one("02/30/2024", "DATE") == "[DATE]"
    assert shift_date("3/14", 365, NONE) is None  # it would read the same


def test_leap_days_count_in_the_year_the_text_speaks_of() -> None:
    dates = [(0, "02/27/2024"), (20, "3/1"), (40, "02/27/2023"), (60, "3/1")]
    calendar = read_calendar(dates)
    moved = [shift_date(surface, 10, calendar, at) for at, surface in dates]
    assert moved == ["03/08/2024", "3/11", "03/09/2023", "3/11"]
    assert shift_date("2/28", 2, calendar, 20) == "3/1" and shift_date("2/28", 2, calendar, 60) == "3/2"


def test_one_european_date_makes_the_others_european() -> None:
    dates = [(0, "25/12/2023"), (20, "03/04/2024")]
    assert shift_date("03/04/2024", 10, read_calendar(dates), 20) == "13/04/2024"
    assert shift_date("03/04/2024", 10, NONE, 20) == "03/14/2024"


def test_intervals_and_weekdays_words_stay() -> None:
    text = "Born 03/14/1951, admitted Monday 02/26/2024, home 2024-03-02."
    made = replaced(text, ("03/14/1951", "DATE"), ("02/26/2024", "DATE"), ("2024-03-02", "DATE")).redaction.text
    months = [date(int(y), int(m), int(d)) for m, d, y in re.findall(r"(\d\d)/(\d\d)/(\d{4})", made)]
    last = date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", made)[0])
    assert (months[1] - months[0]).days == (date(2024, 2, 26) - date(1951, 3, 14)).days
    assert (last - months[1]).days == 5 and "Monday" in made


def test_the_shift_is_one_of_730_and_never_none() -> None:
    chance = random.Random(4)
    shifts = {new_entry(chance).shift for _ in range(20_000)}
    assert shifts == set(range(-365, 366)) - {0}


@pytest.mark.parametrize(
    ("written", "wanted"), [("60614", "606"), ("60614-1234", "606"), ("03601", "000"), ("036", "000"), ("606", "606")]
)
def test_a_zip_code_keeps_three_digits_or_none(written: str, wanted: str) -> None:
    assert replace_zip(written) == wanted
    assert one(written, "GEO", "place:zip") == wanted


@pytest.mark.parametrize("age", ["91", "ninety-four", "nonagenarian"])
def test_high_ages_are_one_class(age: str) -> None:
    assert one(age, "AGE90") == "90+"


@pytest.mark.parametrize("seed", range(30))
def test_numbers_keep_their_shape_and_pass_no_check(seed: int) -> None:
    for value, label in (
        ("1HGCM82633A004352", "VEHICLE"),
        ("1245319599", "LICENSE"),
        ("AB1234563", "LICENSE"),
        ("4111 1111 1111 1111", "ACCOUNT"),
        ("219-09-9999", "SSN"),
        ("219099999", "OTHER_ID"),
        ("H51-220a", "HEALTH_PLAN"),
    ):
        made = one(value, label, seed=seed)
        compact = re.sub(r"\W", "", made)
        assert _shape(made) == _shape(value) and made != value
        assert not confirmed(compact) and not (compact.isdecimal() and checksums.ssn(compact))
    ssn = one("219-09-9999", "SSN", seed=seed)
    assert ssn[0] == "9" and 1 <= int(ssn[4:6]) <= 49


def _shape(text: str) -> str:
    return re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", text)))


@pytest.mark.parametrize("seed", range(10))
def test_addresses_lie_where_nobody_lives(seed: int) -> None:
    assert re.fullmatch(r"\([2-9][0-8]\d\) 555-01\d\d x\d\d", one("(312) 867-5309 x12", "PHONE", seed=seed))
    assert re.fullmatch(r"1-[2-9]\d\d-555-01\d\d", one("1-312-867-5309", "FAX", seed=seed))
    assert re.fullmatch(r"555-01\d\d", one("867-5309", "PHONE", seed=seed))
    assert re.fullmatch(r"\+99 9\d \d555 01\d\d", one("+44 20 7946 0018", "PHONE", seed=seed))
    assert re.fullmatch(r"[a-z.]+\d\d@example\.(org|com|net)", one("m.lopez12@clinic.test", "EMAIL", seed=seed))
    assert re.fullmatch(r"\w+ at example dot (org|com|net)", one("mlopez at clinic dot com", "EMAIL", seed=seed))
    spoken = one("maria dot lopez at clinic dot com", "EMAIL", seed=seed)
    assert re.fullmatch(r"\w+ dot \w+ at example dot (org|com|net)", spoken)
    assert re.fullmatch(r"https://example\.org/\w{8}", one("https://clinic.test/maria", "URL", seed=seed))
    four = ipaddress.ip_address(one("10.20.30.40", "IP", seed=seed))
    assert any(four in ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
    assert ipaddress.ip_address(one("fe80::1:2:3", "IP", seed=seed)) in ipaddress.ip_network("2001:db8::/32")
    assert re.fullmatch(r"00:00:5e:00:53:[0-9a-f]{2}", one("3c:22:fb:aa:01:02", "DEVICE", seed=seed))
    uuid = one("123e4567-e89b-12d3-a456-426614174000", "OTHER_ID", seed=seed)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", uuid)
    assert re.fullmatch(r"[A-Z]{3}_\d{4}\.jpg", one("IMG_2034.jpg", "PHOTO", seed=seed))
    assert re.fullmatch(
        r"\(01\)\d{14}\(21\)[A-Z]\d\d", one("(01)00643169007222(21)A12", "DEVICE", "pattern:udi", seed=seed)
    )


@pytest.mark.parametrize("seed", range(10))
def test_the_end_of_a_number_is_the_end_of_its_surrogate(seed: int) -> None:
    made = replaced(
        "219-09-9999, last four 9999; (312) 867-5309 or 867-5309",
        ("219-09-9999", "SSN"),
        ("9999", "SSN"),
        ("(312) 867-5309", "PHONE"),
        ("867-5309", "PHONE"),
        seed=seed,
    ).redaction.text
    ssn, four, long, short = re.findall(r"\d{3}-\d\d-\d{4}|(?<=four )\d{4}|\(\d{3}\) [\d-]+|(?<=or )[\d-]+", made)
    assert ssn.endswith(four) and long.endswith(short) and four != "9999"


@pytest.mark.parametrize(
    ("place", "source", "pattern"),
    [
        ("1420 Maple Avenue Apt 3B", "place:street", r"\d{4} [A-Z][a-z]+ Avenue Apt \d[A-Z]"),
        ("12 N Park Place", "place:street", r"[1-9]\d N [A-Z][a-z]+ Place"),
        ("P.O. Box 1234", "place:street", r"P\.O\. Box \d{4}"),
        ("Hickory Hollow Ln", "known:address", r"[A-Z][a-z]+ Hollow Ln"),
        ("Calle Luna 12", "place:street", r"Calle [A-Z][a-z]+ \d\d"),
        ("5th and Main", "place:crossing", r"\d{1,2}(st|nd|rd|th) and [A-Z][a-z]+"),
        ("Springfield", "place:town", r"[A-Z][a-z]+"),
        ("SAN ANTONIO", "place:town", r"[A-Z]+ [A-Z]+"),
        ("Cook County", "place:county", r"[A-Z][a-z]+ County"),
        ("Lake Erie", "place:feature", r"Lake [A-Z][a-z]+"),
        ("Mercy Hospital", "place:facility", r"[A-Z][a-z]+ Hospital"),
        ("TX", "place:state", r"[A-Z]{2}"),
    ],
)
def test_places_are_invented_in_the_same_form(place: str, source: str, pattern: str) -> None:
    for seed in range(10):
        made = one(place, "GEO", source, seed)
        assert re.fullmatch(pattern, made) and made != place, made


def test_a_used_up_shape_is_masked() -> None:
    made = replaced("00", ("00", "OTHER_ID"))
    for n in range(1, 100):
        made = replaced(f"{n:02d}", (f"{n:02d}", "OTHER_ID"), entry=made.entry, seed=n)
    assert made.redaction.text == "[OTHER_ID]" and made.masked == 1


def test_the_result_says_that_an_expert_must_determine() -> None:
    assert replaced("Maria", ("Maria", "NAME")).label == "expert-determination-required"


def test_what_is_shown_of_an_entry_holds_no_value() -> None:
    made = replaced("Maria Lopez", ("Maria Lopez", "NAME"))
    assert "maria" not in f"{made!r}{made.entry!r}{undo('x', made.entry)!r}".lower()


def test_an_entry_survives_its_bytes_and_nothing_else_is_one() -> None:
    entry = replaced("Maria Lopez 3/14", ("Maria Lopez", "NAME"), ("3/14", "DATE")).entry
    assert decode(encode(entry)) == entry
    for wrong in (b"", b"[]", b'{"v":2}', b'{"v":1}', encode(entry)[:-2]):
        with pytest.raises(IntegrityFailure):
            decode(wrong)


def test_undo_reads_spellings_the_book_has_not_written() -> None:
    made = replaced("Maria Lopez", ("Maria Lopez", "NAME"))
    given, family = made.redaction.text.split()
    assert undo(f"Dr. {family} saw {given.upper()}, {given}son", made.entry).text == f"Dr. Lopez saw MARIA, {given}son"


def test_two_originals_of_one_surrogate_are_counted() -> None:
    made = replaced("Mar\u00eda and Maria", ("Mar\u00eda", "NAME"), ("Maria", "NAME"))
    back = undo(made.redaction.text, made.entry)
    assert back.text == "Mar\u00eda and Mar\u00eda" and back.ambiguous == 2


def test_wrong_spans_are_refused() -> None:
    entry = new_entry(random.Random(1))
    for spans in ([(0, 5), (3, 8)], [(4, 8), (0, 3)], [(0, 99)]):
        with pytest.raises(ValueError, match="sorted, apart"):
            surrogate("Maria Lopez", [Span(a, b, "NAME", 1.0, "test") for a, b in spans], entry, random.Random(1))
