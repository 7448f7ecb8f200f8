"""HTML is read as a reader sees it; what cannot be seen is counted, and no byte of it comes through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.evidence.parsing.encoding import UnknownEncoding, html_text
from preceptor.evidence.parsing.markup import read_markup


def text(body: str) -> str:
    return read_markup(f"<body>{body}</body>").text


READ: list[tuple[str, str, str]] = [
    ("headings", "<h1>Visit <em>rules</em></h1><h3>Limits</h3><p>Six.</p>", "# Visit rules\n\n### Limits\n\nSix.\n"),
    ("white space is folded", "<p>a\n  b&nbsp;c<br>d</p>", "a b\xa0c\nd\n"),
    ("nested lists", "<ul><li>A<ul><li>B</li></ul></li><li>C</li></ul>", "- A\n  - B\n- C\n"),
    ("numbers of a list", '<ol start="3"><li>A</li><li>B</li></ol>', "3. A\n4. B\n"),
    ("a list item with paragraphs", "<ul><li><p>A</p><p>b</p></li></ul>", "- A b\n"),
    ("a table", "<table><tr><th>S<th>C<tr><td>x<td>1</table>", "| S | C |\n| --- | --- |\n| x | 1 |\n"),
    ("a caption", "<table><caption>T</caption><tr><td>x</table>", "T\n\n| x |\n"),
    (
        "a table in a cell keeps its rows",
        "<table><tr><td><table><tr><td>in</table><td>out</table>",
        "| / in / | out |\n",
    ),
    ("bars inside cells do not make cells", "<table><tr><td>a|b<td>c</table>", "| a/b | c |\n"),
    ("preformatted", "<pre>a\n  b</pre>", "a\n  b\n"),
    ("entities", "<p>&lt;5 &amp; &ge;3 &#8212;</p>", "<5 & ≥3 —\n"),
    ("a picture's words are seen by nobody", '<p><img src="x" alt="Flow chart">x</p>', "x\n"),
    (
        "a raised mark joins no number",
        "<p>limited to 6<sup>1</sup> visits, the 2<sup>nd</sup> free</p>",
        "limited to 6^1 visits, the 2nd free\n",
    ),
    ("a cell over two rows", "<table><tr><td rowspan=2>A<td>1<tr><td>2</table>", "| A | 1 |\n| A | 2 |\n"),
    (
        "a header over two columns",
        "<table><tr><th>S<th colspan=2>C<tr><td>x<td>1<td>2</table>",
        "| S | C | C |\n| --- | --- | --- |\n| x | 1 | 2 |\n",
    ),
    ("text beside items", "<ul>before<li>A</li><div>between</div><li>B</li></ul>", "before\n- A\n\nbetween\n\n- B\n"),
    (
        "seen inside what is not",
        '<div style="visibility:hidden">no<p style="visibility:visible">yes</p></div>',
        "yes\n",
    ),
    ("dark on light inside light on light", '<div style="color:#fff">no<p style="color:#000">yes</p></div>', "yes\n"),
    ("light on a dark row", '<table><tr style="background:navy"><td style="color:white">yes</table>', "| yes |\n"),
    ("light on a ground nobody can tell", '<p style="background:url(x);color:white">yes</p>', "yes\n"),
    ("links", '<p>See <a href="http://192.0.2.1/">the form</a>.</p>', "See the form.\n"),
    ("right to left stays in logical order", "<p>שלום 12 hello</p>", "שלום 12 hello\n"),
    ("not shown", "<nav>Menu</nav><script>x()</script><style>p{}</style><template>t</template><p>A</p>", "A\n"),
]


@pytest.mark.parametrize(("body", "expected"), [(b, e) for _, b, e in READ], ids=[n for n, _, _ in READ])
def test_what_a_reader_sees(body: str, expected: str) -> None:
    assert text(body) == expected


HIDDEN: list[tuple[str, str, str]] = [
    ("display", '<p style="display: none">secret</p>', "style_none"),
    ("visibility", '<span style="VISIBILITY:hidden !important">secret</span>', "style_none"),
    ("opacity", '<div style="opacity:0">secret</div>', "style_none"),
    ("far away", '<div style="position:absolute;left:-9999px">secret</div>', "style_none"),
    ("attribute", "<p hidden>secret</p>", "hidden_attribute"),
    ("for machines only", '<p aria-hidden="true">secret</p>', "hidden_attribute"),
    ("tiny", '<p style="font-size:1px">secret</p>', "tiny"),
    ("white on white", '<p style="color:#FFF">secret</p>', "same_colour"),
    ("font tag", '<font color="white">secret</font>', "same_colour"),
    (
        "on a coloured ground",
        '<div style="background:#123456"><b style="color:rgb(18, 52, 86)">secret</b></div>',
        "same_colour",
    ),
    ("an item", '<ul><li>A</li><li style="display:none">secret</li></ul>', "style_none"),
    ("a list inside an item", "<ul><li>A<ul hidden><li>secret</li></ul></li></ul>", "hidden_attribute"),
    ("a word inside an item", '<ul><li>A <span style="display:none">secret</span></li></ul>', "style_none"),
    ("a cell", '<table><tr><td>A<td style="display:none">secret</table>', "style_none"),
    ("a group of rows", '<table><tbody style="display:none"><tr><td>secret</table>', "style_none"),
    ("a caption", "<table><caption hidden>secret</caption><tr><td>A</table>", "hidden_attribute"),
    ("in preformatted text", "<pre>A<span hidden>secret</span></pre>", "hidden_attribute"),
    ("transparent", '<p style="color:transparent">secret</p>', "same_colour"),
    ("without opacity", '<p style="color:rgba(0,0,0,0)">secret</p>', "same_colour"),
    ("nearly white", '<p style="color:#fefefe">secret</p>', "same_colour"),
    ("a font in one rule", '<p style="font:1px serif">secret</p>', "tiny"),
    ("cut", '<p style="position:absolute;clip:rect(0,0,0,0)">secret</p>', "style_none"),
    ("indented away", '<p style="text-indent:-9999px">secret</p>', "style_none"),
    ("fixed far away", '<p style="position:fixed;left:-9999.5px">secret</p>', "style_none"),
    ("without height", '<div style="height:0;overflow:hidden">secret</div>', "style_none"),
    ("with a comment in the rule", '<p style="display:/**/none">secret</p>', "style_none"),
    ("struck", "<p>A <del>secret</del></p>", "struck"),
    ("struck by style", '<p style="text-decoration: line-through">secret</p>', "struck"),
    ("a row", '<table><tr><td>A<tr style="display:none"><td>secret</table>', "style_none"),
]


@pytest.mark.parametrize(("body", "kind"), [(b, k) for _, b, k in HIDDEN], ids=[n for n, _, _ in HIDDEN])
def test_what_cannot_be_seen_is_left_out_and_counted(body: str, kind: str) -> None:
    found = read_markup(f"<body><p>Seen.</p>{body}</body>")
    assert "secret" not in found.text and "Seen." in found.text
    assert found.hidden == {kind: 6}


def test_light_words_on_a_dark_ground_are_seen() -> None:
    found = read_markup('<body><div style="background:#000"><p style="color:#fff">Seen</p></div></body>')
    assert found.text == "Seen\n" and not found.hidden


def test_the_title_is_the_documents_own() -> None:
    assert read_markup("<title> Visit\n rules &amp; limits</title><p>x").title == "Visit rules & limits"
    assert read_markup("<p>x").title is None


@given(st.text(max_size=300))
def test_any_text_is_html_and_nothing_breaks(given_text: str) -> None:
    read_markup(given_text)


def test_depth_does_not_break_it() -> None:
    deep = "<div>" * 20_000 + "bottom" + "</div>" * 20_000
    found = read_markup(deep)
    assert found.text == "" and found.hidden == {"too_deep": 6}


def test_a_page_hidden_as_a_whole() -> None:
    assert read_markup('<body style="display:none"><p>secret</p></body>').hidden == {"style_none": 6}


_HTTP = '<meta http-equiv=Content-Type content="text/html; charset=windows-1252">'
_XML = '<?xml version="1.0" encoding="utf-8"?>'
_LATIN = '<meta charset="iso-8859-1">'
DECODED: list[tuple[str, bytes, str]] = [
    ("utf-8 without a word", "<p>≥</p>".encode(), "<p>≥</p>"),
    ("a mark", b"\xef\xbb\xbf<p>x", "<p>x"),
    ("utf-16", "\ufeff<p>≥".encode("utf-16-le"), "<p>≥"),
    ("declared latin-1 is windows-1252", _LATIN.encode() + b"<p>\x93x\x94", _LATIN + "<p>“x”"),
    ("declared by http-equiv", _HTTP.encode() + b"\x80", _HTTP + "€"),
    ("declared by xml", (_XML + "<p>é").encode(), _XML + "<p>é"),
    ("shift_jis", b"<meta charset=Shift_JIS><p>\x8a\xb3", "<meta charset=Shift_JIS><p>患"),
]


@pytest.mark.parametrize(("data", "expected"), [(d, e) for _, d, e in DECODED], ids=[n for n, _, _ in DECODED])
def test_the_encoding_is_told_and_never_guessed(data: bytes, expected: str) -> None:
    assert html_text(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"<p>\x93x\x94",
        b"<meta charset=nonsense-8><p>x",
        b"<p>\0x",
        b'<meta charset="utf-16"><p>\xff',
        b"<meta charset=unicode_escape><p>\\x3cscript",  # codecs of Python that are no encodings of the web
        b"<meta charset=utf-7><p>+ADw-script",
        b"<meta charset=rot13><p>x",
        b"<meta charset=idna><p>x",
        b"<meta charset=hex><p>x",
    ],
)
def test_what_is_not_its_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(UnknownEncoding):
        html_text(data)
