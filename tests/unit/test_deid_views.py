"""Views, blobs, graphemes and bytes: what is undone, what is left alone, and where it leads back to."""

from __future__ import annotations

import base64
import hashlib

import pytest

from preceptor.deid.graphemes import breaks, widen
from preceptor.deid.plain import plain
from preceptor.deid.view_blobs import blobs
from preceptor.deid.view_bytes import read_text
from preceptor.deid.views import View, views


def _named(text: str) -> dict[str, View]:
    return {view.name: view for view in views(text)}


def _origin(text: str, name: str, words: str) -> str:
    """The stretch of `text` that the first `words` of its view `name` comes from."""
    view = _named(text)[name]
    at = view.text.index(words)
    start, end = view.source(at, at + len(words))
    return text[start:end]


def test_plain_text_has_the_plain_view_alone() -> None:
    text = "Seen 3/4 for follow-up - BP < 140/90 & HR > 60; SpO2=98 on 2 L, A1c 7.2%.\n- continue\n1 2 3\n"
    assert [(view.name, view.text) for view in views(text)] == [("plain", text)]
    assert _named("")["plain"].text == ""


def test_the_plain_view_keeps_every_position() -> None:
    text = "a\x00b\ud800c\u2028d\u0967\u2003e\u2013f\rg\r\nh\u00ad\U0001d409"
    assert plain(text) == "a b\ufffdc\nd1 e-f\ng\r\nh-\U0001d409"
    view = _named(text)["plain"]
    assert view.source(3, 9) == (3, 9) and not view.touches(0, len(text))
    digits = "".join(chr(0x0660 + at) + chr(0x0966 + at) + chr(0x0E50 + at) for at in range(10))
    assert plain(digits) == "".join(str(at) * 3 for at in range(10))


def test_a_range_leads_back_through_every_layer() -> None:
    text = "MRN: 48&#50;<b>9</b>1\u200b3; then more"
    assert _origin(text, "shown", "482913") == "48&#50;<b>9</b>1\u200b3"
    assert _origin(text, "shown", "2") == "&#50;"
    assert _origin(text, "shown", "then") == "then"
    view = _named(text)["shown"]
    assert view.source(4, 4)[0] == view.source(4, 4)[1]
    assert view.source(len(view.text) - 4, len(view.text)) == (len(text) - 4, len(text))


def test_only_what_touches_a_change_is_new() -> None:
    view = _named("Seen by Jo\u200bhn today, and nothing else at all")["shown"]
    at = view.text.index("John")
    assert view.touches(at, at + 4)
    assert not view.touches(at + 10, at + 20)
    assert view.touches(at + 10, at + 20, around=12)
    assert not view.touches(at, at + 2)  # a deletion at the end of a range is outside it


SPELLED = [
    ("j o h n  s m i t h", "John  Smith"),
    ("J O H N S M I T H", "John Smith"),
    ("J.O.H.N. S.M.I.T.H", "John. Smith"),
    ("j-o-h-n s-m-i-t-h", "John Smith"),
    ("phone 5 5 5 - 1 2 3 4", "phone 555-1234"),
    ("5-5-5 8-6-7 5-3-0-9", "555-867-5309"),
    ("5 5 5 8 6 7 5 3 0 9", "555-867-5309"),
    ("1 - 5 5 5 - 8 6 7 - 5 3 0 9", "1-555-867-5309"),
    ("M R N : 4 8 2 9 1 3", "mrn : 482913"),
    ("M R N 4 8 2 9 1 3", "mrn 482913"),
    ("D O B : 0 4 / 1 2 / 1 9 5 7", "dob : 04/12/1957"),
    ("0 7 8 - 0 5 - 1 1 2 0", "078-05-1120"),
    ("member id 1 E G 4 T E 5 M K 7 3", "member id 1EG4TE5MK73"),
    ("j d o e @ m a i l . o r g", "jdoe@mail.org"),
    ("P a t i e n t  J o h n  i s  6 2", "Patient  John  is  6 2"),
]


@pytest.mark.parametrize(("text", "joined"), SPELLED)
def test_spelled_out_text_is_joined(text: str, joined: str) -> None:
    assert _named(text)["spaced"].text == joined


NOT_SPELLED = [
    "Pain 1 2 3 4 5 6 7 8 9 10",
    "T 9 8 . 6  P 7 2  R 1 6",
    "PHQ-9 items: 2 1 0 3 2 1 1 0 0 total 10",
    "strength 5 5 5 4 5 5 5 5 4 5",
    "reflexes 2 2 2 2 1 1 2 2 2 2",
    "A B C D E F G",
    "P T S D and T N M",
    "Q1\tQ2\n3\t9\t8\t7\t2\t6\t4\t3\t9\t1",
    "| 7 | 8 | 6 | 9 | 7 | 2 | 9 | 8 | 6 | 7 |",
    "7 8 6 9 7 2 9 8 6 7\n6 8 9 9 7 2 3 8 6 5\n",
    "9 8 7 6 5 4 3 2 1",
    "plan number 1 2 3 4 5 6 7",
    "strength 2 5 4 3 5 5 4 2 3 5",
    "grades C, A, I, A, B",
    "portal username @upkaar.amble and",
    "1. a\n2. b\n3. c\n4. d",
    "O2 2 L @ 98.6, 3 mg @ noon. Then",
]


@pytest.mark.parametrize("text", NOT_SPELLED)
def test_lists_scores_and_tables_stay(text: str) -> None:
    assert "spaced" not in _named(text)


def test_joined_text_gives_no_age_and_no_address_of_the_net() -> None:
    labels = _named("j o h n  s m i t h")["spaced"].labels
    assert labels is not None and "NAME" in labels and not labels & {"AGE90", "IP"}


LINES = [
    ("Mont-\ngomery", "Montgomery"),
    ("Smith-\nJones", "Smith-Jones"),
    ("Mont\x02gomery", "Montgomery"),
    ("New-\nreplaced", "New-replaced"),
    ("555-\n0199", "555-0199"),
    ("555\n  -0199", "555-0199"),
    ("03/\r\n14/1960", "03/14/1960"),
    ("jdoe@\nmail.org", "jdoe@mail.org"),
]


@pytest.mark.parametrize(("text", "joined"), LINES)
def test_broken_lines_are_joined(text: str, joined: str) -> None:
    assert _named(text)["shown"].text == joined
    assert _origin(text, "shown", joined) == text


@pytest.mark.parametrize(
    "text", ["items:\n- one\n- two", "range 3-\n4", "no -\nyes", "-- \nsigned", "12\n-34 x", "4):1249-\n1253."]
)
def test_lists_over_lines_stay(text: str) -> None:
    assert list(_named(text)) == ["plain"]


def _random_bytes(size: int) -> bytes:
    return b"".join(hashlib.sha256(at.to_bytes(4)).digest() for at in range(size // 32 + 1))[:size]


NO_BLOBS = [
    "methylenedioxymethamphetamine-N-methyl-1-phenylpropan-2-amine-hydrochloride-monohydrate",
    "2-methyl-4-(3-hydroxyphenyl)-1-2-3-6-tetrahydropyridine-5-carboxylate",
    "ACGTACGTTAGCCGATAGGCTAACGTACGTTAGCCGATAGGCTAACGTACGTTAGCCGATAGG",
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEV",
    "https://example.org/patients/education/diabetes/type-2-diabetes-and-you/en-us/Page2024",
    "/mnt/Share/Radiology/Reports-2024/ChestXRay/Final_Signed/LeftLateralView/Page1",
    "-" * 200,
    "=" * 200,
    "_" * 100 + "/" * 100,
    "0" * 300,
    "a" * 300,
    "12 34 56 78 90 12 34 56 78 90 12 34 56 78 90 12 34 56 78",
    "ThisIsAVeryLongCamelCaseIdentifierOfSomeSoftwareModuleNameThatNobodyWouldEverWrite",
    "Pneumonoultramicroscopicsilicovolcanoconiosis/Hippopotomonstrosesquippedaliophobia",
]


@pytest.mark.parametrize("text", NO_BLOBS)
def test_long_words_are_no_blob(text: str) -> None:
    assert list(blobs(f"see {text} and more\n")) == []


@pytest.mark.parametrize("size", [36, 48, 100, 1000, 50_000])
def test_encoded_data_is_a_blob_whole(size: int) -> None:
    raw = _random_bytes(size)
    whole = base64.b64encode(raw).decode()
    wrapped = base64.encodebytes(raw).decode().rstrip("\n")
    for data in (whole, wrapped, wrapped.replace("\n", "\r\n"), raw.hex(), raw.hex().upper(), raw.hex(" ")):
        text = f"attached: {data}\nSigned by nobody"
        (found,) = blobs(text)
        assert text[slice(*found)] == data


def test_data_uris_and_signed_tokens_are_blobs() -> None:
    uri = "data:text/plain;charset=utf-8;base64,Sm9obg=="
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqb2huIn0.c2lnbmF0dXJl"
    text = f'<img src="{uri}"> {token}, end'
    assert [text[slice(*found)] for found in blobs(text)] == [uri, token]


def test_a_text_in_base64_is_a_blob_however_regular() -> None:
    data = base64.b64encode(b"patient patient patient patient patient patient").decode()
    (found,) = blobs(data)
    assert found == (0, len(data))


CLUSTERS = [
    "e\u0301\u0323",
    "\U0001f469\u200d\u2695\ufe0f",
    "\U0001f44d\U0001f3fd",
    "\U0001f1fa\U0001f1f8",
    "\u1112\u1161\u11ab",
    "\ud55c\u11ab",
    "\u0915\u094d\u0937\u093f",
    "\u0e01\u0e33",
    "\r\n",
    "1\ufe0f\u20e3",
    "\u0600\u0661",
    "\ud83d\ude00",
]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_range_never_cuts_a_grapheme(cluster: str) -> None:
    text = f"ab{cluster}cd"
    for at in range(1, len(cluster)):
        assert not breaks(text, 2 + at)
        assert widen(text, 2 + at, len(text)) == (2, len(text))
        assert widen(text, 0, 2 + at) == (0, 2 + len(cluster))
    assert widen(text, 2, 2 + len(cluster)) == (2, 2 + len(cluster))


def test_flags_pair_from_the_left_in_a_long_row() -> None:
    text = "x" + "\U0001f1fa\U0001f1f8" * 3000
    assert widen(text, 4002, 4004) == (4001, 4005)
    assert widen(text, 4001, 4003) == (4001, 4003)


def test_a_break_stays_where_no_grapheme_goes_on() -> None:
    for text in ("ab", "a\u200bb", "\u200b\u0301", "\n\u0301", "\U0001f600\U0001f600", "\u0915\u0937"):
        assert breaks(text, 1)
    assert widen("", 0, 0) == (0, 0)


def test_bytes_become_text_and_never_fail() -> None:
    assert read_text(b"") == ""
    assert read_text(b"\xef\xbb\xbfJos\xc3\xa9") == "Jos\u00e9"
    assert read_text("\ufeffJos\u00e9 \U0001f600".encode("utf-16-le")) == "Jos\u00e9 \U0001f600"
    assert read_text("\ufeffJo".encode("utf-16-be")) == "Jo"
    assert read_text("\ufeffJo".encode("utf-32-le")) == "Jo"
    assert read_text(b"\xff\xfe\x00\x00A\x00") == "\x00A"
    assert read_text(b"\xff\xfeJ\x00o") == "J\ufffd"
    assert read_text(b"Jos\xe9 M\xfc\xc3") == "Jos\ufffd M\ufffd\ufffd"
    assert read_text(b"a\x00b\xed\xa0\x80c") == "a\x00b\ufffd\ufffd\ufffdc"
    assert all(read_text(bytes((code, 0x41)))[-1] == "A" for code in range(128, 256) if code not in (0xFE, 0xFF))


def test_a_very_long_run_is_cut_between_words_only() -> None:
    text = "j o h n  s m i t h  5 5 5 - 8 6 7 - 5 3 0 9 , " * 900
    joined = _named(text)["spaced"].text
    assert joined.count("John  Smith") == 900 and joined.count("555-867-5309") == 900


def test_tags_between_words_part_them_and_fonts_are_no_text() -> None:
    assert _named("<span>John</span><span>Smith</span>")["shown"].text == "John Smith"
    text = r"{\rtf1\ansi{\fonttbl{\f0 Times New Roman;}}{\info{\author J. Doe}}\f0 Seen.\par}"
    assert _named(text)["shown"].text == "J. DoeSeen.\n"
    unclosed = r"{\rtf1{\*\x Mr. Jo\b0 hn"
    assert "John" in _named(unclosed)["shown"].text
