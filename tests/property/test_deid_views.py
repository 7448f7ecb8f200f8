"""Whatever noise hides an identifier, some view shows it and leads back to all of the noisy original."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.deid.graphemes import breaks, widen
from preceptor.deid.view_blobs import blobs
from preceptor.deid.view_bytes import read_text
from preceptor.deid.views import View, views

IDENTIFIERS = ("Thornbury", "Gonzalez", "482913775", "H51220488", "jdoe@example.org", "078-05-1120", "03/14/1960")
MATH = {ord("a") + at: chr(0x1D41A + at) for at in range(26)} | {ord("0") + at: chr(0x1D7CE + at) for at in range(10)}
CYRILLIC = str.maketrans("aeopcxys", "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0455")

Noise = Callable[[str, int], str]
NOISES: dict[str, Noise] = {
    "zero width": lambda word, at: word[:at] + "\u200b\u2060\ufeff"[: 1 + at % 3] + word[at:],
    "direction": lambda word, at: word[:at] + "\u200f\u202a" + word[at:],
    "lone surrogate": lambda word, at: word[:at] + "\udfff" + word[at:],
    "nul": lambda word, at: word[:at] + "\x00" + word[at:],
    "decimal reference": lambda word, at: word[:at] + f"&#{ord(word[at])};" + word[at + 1 :],
    "hexadecimal reference": lambda word, at: "".join(f"&#x{ord(letter):x};" for letter in word),
    "twice": lambda word, at: word[:at] + f"&amp;#{ord(word[at])};" + word[at + 1 :],
    "inline tag": lambda word, at: word[:at] + "<b class='x'>" + word[at:] + "</b>",
    "comment": lambda word, at: word[:at] + "<!-- a -->" + word[at:],
    "percent": lambda word, at: "".join(f"%{ord(letter):02x}" for letter in word),
    "soft break": lambda word, at: word[:at] + "=\n" + word[at:],
    "json escape": lambda word, at: word[:at] + f"\\u{ord(word[at]):04x}" + word[at + 1 :],
    "rtf escape": lambda word, at: word[:at] + f"\\'{ord(word[at]):02x}" + word[at + 1 :],
    "mathematical": lambda word, at: word.translate(MATH),
    "full width": lambda word, at: "".join(chr(ord(letter) + 0xFEE0) for letter in word),
    "reversed": lambda word, at: "\u202e" + word[::-1] + "\u202c",
    "cyrillic": lambda word, at: word.translate(CYRILLIC),
    "marks": lambda word, at: "".join(letter + "\u0336" if letter.isalnum() else letter for letter in word),
    "tag letters": lambda word, at: "".join(chr(0xE0000 + ord(letter)) for letter in word),
}
CALM = st.text("abc XYZ 0159.,;:\n\u00e9\u4e2d\u0431\U0001f600", max_size=40)
PIECES = (
    *"aB1 \n\t\r.-@/=<>&#;{}\\%",
    *"\x00\u200b\u202e\u202c\ufffd\ud800\udc00\u0301\u00c3\u0410\u00b2\u0661\ufdfa\u2469\ufb01",
    *(
        "<b>",
        "</p>",
        "<!--",
        "-->",
        "&#74;",
        "&amp;",
        "%41",
        "=4A",
        "=\n",
        "{\\rtf1",
        "\\par ",
        "\\'e9",
        "{\\*",
        "\\u233?",
    ),
    *(
        "\\u004a",
        "\\X41\\",
        "\U0001f1e6",
        "\U0001d409",
        "\U000e0041",
        "j o h n  ",
        "5 5 5 - ",
        "M R N ",
        " @ ",
        "Ab3/" * 16,
    ),
    *("\u24d9\u24de", "\U0001f169", "data:;base64,", "eyJhbGciOi.", "4a 6f " * 9),
)
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=60).map("".join)


@given(CALM, CALM, st.sampled_from(IDENTIFIERS), st.sampled_from(sorted(NOISES)), st.data())
@settings(max_examples=600, deadline=None)
def test_the_source_covers_the_noisy_identifier(
    before: str, after: str, identifier: str, noise: str, data: st.DataObject
) -> None:
    noisy = NOISES[noise](identifier, data.draw(st.integers(1, len(identifier) - 1)))
    start = len(before) + 1
    text = f"{before}\n{noisy}\n{after}"
    covered = [view.source(at, at + len(identifier)) for view in views(text) for at in _all(view, identifier)]
    # The noise at the very ends is what may stay outside: a closing tag, a direction mark.
    first, last = _core(noisy, identifier, noise)
    assert any(one <= start + first and two >= start + last for one, two in covered), (noise, text, covered)


def _all(view: View, word: str) -> list[int]:
    """Where `word` stands in the view."""
    out: list[int] = []
    at = view.text.find(word)
    while at >= 0:
        out.append(at)
        at = view.text.find(word, at + 1)
    return out


def _core(noisy: str, identifier: str, noise: str) -> tuple[int, int]:
    if noise == "inline tag":
        return 0, len(noisy) - len("</b>")
    return 0, len(noisy)


@given(HOSTILE)
@settings(max_examples=600, deadline=None)
def test_views_never_raise_and_stay_within_their_bounds(text: str) -> None:
    found = list(views(text))
    assert found[0].name == "plain" and len(found[0].text) == len(text)
    assert sum(len(view.text) for view in found) <= 6 * max(1, len(text))
    for view in found:
        end = 0
        for at in range(len(view.text)):
            one, two = view.source(at, at + 1)
            assert 0 <= one < two <= len(text)
            assert two >= end  # positions never go back
            end = two
        whole = view.source(0, len(view.text))
        assert 0 <= whole[0] <= whole[1] <= len(text)


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_blobs_are_sorted_and_apart(text: str) -> None:
    end = 0
    for start, stop in blobs(text):
        assert end <= start < stop <= len(text)
        end = stop


@given(st.text(max_size=30) | HOSTILE, st.data())
@settings(max_examples=400, deadline=None)
def test_a_widened_range_covers_and_ends_between_graphemes(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    one, two = widen(text, start, end)
    assert one <= start <= end <= two
    assert breaks(text, one) and breaks(text, two)
    assert widen(text, one, two) == (one, two)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_text_that_can_be_stored(data: bytes) -> None:
    assert read_text(data).encode() is not None
    text = data.decode("latin-1")
    assert read_text(text.encode()) == text.removeprefix("\ufeff")
