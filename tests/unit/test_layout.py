"""Reading order, tables and footnotes of pages whose content streams are written in known orders."""

from itertools import pairwise

import pytest
from tests.make_layout import one_page, read_laid, rules, sheet
from tests.make_pdf import Sheet, make_pdf, text_at

from preceptor.evidence.passages import build_passages, index_texts, units
from preceptor.evidence.reading import PLAIN, Header, Note, PageLayout, Row, decode_layout, encode_layout

_PROSE = """
the plan covers home oxygen for members whose resting saturation is at or below the limit on room air and a
renewal asks for a new test within thirty days which the treating physician signs and sends with the visit note
to the office that keeps the record of every request for as long as the member is enrolled and one year more
after that date has come while portable units need a second form that says how often the member leaves home in a
usual week of the year
"""
WORDS = _PROSE.split()


def prose(column: int, lines: int, width: int) -> list[str]:
    """Lines of one length that name their column and number."""
    made, at = list[str](), 11 * column
    for number in range(lines):
        line = f"c{column}l{number}"
        while len(line) < width:
            line += " " + WORDS[at % len(WORDS)]
            at += 1
        made.append(line[: width + 3])
    return made


@pytest.mark.parametrize(("columns", "pitch", "width"), [(2, 270, 46), (3, 180, 29)])
@pytest.mark.parametrize("shift", [0.0, 4.0])
async def test_columns_written_across_are_read_down(columns, pitch, width, shift):
    text = [prose(c, 20, width) for c in range(columns)]
    across = [(40 + pitch * c, 700 - 12 * n - shift * c, text[c][n]) for n in range(20) for c in range(columns)]
    page, layout = await one_page([(40, 740, "A heading over all of the columns"), *across])
    reading = layout.text(page.text)
    order = [word for word in reading.split() if word.startswith("c") and "l" in word and word[1].isdigit()]
    assert order == [f"c{c}l{n}" for c in range(columns) for n in range(20)]
    assert reading.startswith("A heading")
    assert sorted("".join(reading.split())) == sorted("".join(page.text.split()))
    assert all(a[1] <= b[0] for a, b in pairwise(sorted(layout.pieces)))
    place = reading.index("c1l0")
    parts = layout.stored(place, reading.index("c1l2"))
    assert len(parts) > 1
    assert "".join(page.text[a:b] for a, b in parts).startswith("c1l0")
    assert "c0l" not in "".join(page.text[a:b] for a, b in parts)


@pytest.mark.parametrize(("columns", "pitch", "width"), [(2, 270, 46), (3, 180, 29)])
async def test_columns_written_down_stay_as_they_are(columns, pitch, width):
    text = [prose(c, 20, width) for c in range(columns)]
    down = [(40 + pitch * c, 700 - 12 * n, text[c][n]) for c in range(columns) for n in range(20)]
    _, layout = await one_page(down)
    assert layout.pieces == ()
    assert layout.rows == ()


TABLE = [
    ["Saturation", "Oxygen flow", "Review"],
    ["85 to 88 percent", "2 liters a minute", "12 months"],
    ["80 to 84 percent", "3 liters a minute", "6 months"],
    ["below 80 percent", "4 liters a minute", "3 months"],
]
XS, YS = [50, 200, 350, 500], [700, 680, 660, 640, 620]


def cells(by_column: bool = False, top: float = 686):
    places = [(XS[c] + 5, top - 20 * r, TABLE[r][c]) for r in range(4) for c in range(3)]
    return sorted(places, key=lambda place: place[0]) if by_column else places


def rows_of(page, layout):
    text = layout.text(page.text)
    return [[text[a:b] for a, b in row.cells] for row in layout.rows]


@pytest.mark.parametrize("by_column", [False, True])
@pytest.mark.parametrize("drawn", [rules(XS, YS), b""])
async def test_rows_are_kept_together_with_their_header(by_column, drawn):
    page, layout = await one_page([(50, 720, "Oxygen by saturation"), *cells(by_column), (50, 560, "Text.")], drawn)
    assert rows_of(page, layout) == TABLE
    assert [row.header for row in layout.rows] == [None, 0, 0, 0]
    assert layout.headers[0].text == "Saturation | Oxygen flow | Review"
    assert " ".join(page.text[a:b] for a, b in layout.headers[0].spans).split() == [
        "Saturation",
        "Oxygen",
        "flow",
        "Review",
    ]
    text = layout.text(page.text)
    (passage,) = [p for p in build_passages([(1, text)], {1: layout}) if "85 to 88" in text[p.start : p.end]]
    found = {text[u.start : u.end].replace("\n", " "): u for u in units(text, passage)}
    unit = found["80 to 84 percent 3 liters a minute 6 months"]
    assert unit.kind == "row"
    assert unit.header is not None and unit.header.text.startswith("Saturation")
    assert [text[a:b] for a, b in unit.cells] == TABLE[2]


async def test_wrapped_cells_stay_in_their_row():
    tall = [700, 670, 640, 610]
    places = [
        (55, 680, "Device"), (205, 680, "Rule"),
        (55, 656, "Walker"), (205, 656, "One in five years unless the"), (205, 646, "doctor asks for another"),
        (55, 626, "Cane"), (205, 626, "One in three years"),
    ]  # fmt: skip
    page, layout = await one_page([*places, (50, 560, "Text.")], rules([50, 200, 500], tall))
    text = layout.text(page.text)
    assert [text[r.start : r.end].replace("\n", " ") for r in layout.rows][1:] == [
        "Walker One in five years unless the doctor asks for another",
        "Cane One in three years",
    ]


@pytest.mark.parametrize("again", [False, True])
async def test_a_table_that_goes_on_keeps_its_header(again):
    rest = [["70 to 74 percent", "5 liters a minute", "2 months"], ["65 to 69 percent", "6 liters a minute", "1 month"]]
    rest = [TABLE[0], *rest] if again else rest
    second = [(XS[c] + 5, 686 - 20 * r, words) for r, row in enumerate(rest) for c, words in enumerate(row)]
    data = make_pdf([sheet(cells(), rules(XS, YS)), sheet(second, rules(XS, YS[: len(rest) + 1]))])
    pages, layouts = await read_laid(data)
    row = layouts[1].rows[-1]
    assert row.header is not None
    header = layouts[1].headers[row.header]
    assert header.text == "Saturation | Oxygen flow | Review"
    assert header.page == (2 if again else 1)
    assert pages[header.page - 1].text[slice(*header.spans[0])].startswith("Saturation")
    texts = [(p.number, layout.text(p.text)) for p, layout in zip(pages, layouts, strict=True)]
    passages = build_passages(texts, {p.number: layout for p, layout in zip(pages, layouts, strict=True)})
    found = index_texts(passages, dict(texts), "Oxygen")
    assert "saturation" in next(t for t, p in zip(found, passages, strict=True) if p.page == 2).casefold()


async def test_a_table_without_text_is_no_table():
    _, layout = await one_page([(50, 720, "Below stands an empty table."), (50, 560, "Text.")], rules(XS, YS))
    assert layout == PLAIN


async def test_boxes_around_paragraphs_are_no_table():
    places = [(60, 690 - 12 * n, line) for n, line in enumerate(prose(0, 8, 60))]
    _, layout = await one_page(places, rules([50, 500], [705, 650, 590]))
    assert layout.rows == ()


async def test_footnotes_are_tied_to_their_marks():
    places = [
        (50, 700, "The plan pays for one visit a month"), (50, 688, "and for a second one in special cases."),
        (50, 640, "No other visit is paid for in the same calendar month of the year."),
    ]  # fmt: skip
    marks = b"BT /F1 5 Tf 197 704 Td (1) Tj ET\n"
    note = (
        b"BT /F1 5 Tf 50 103 Td (1) Tj ET\nBT /F1 7 Tf 54 100 Td (Unless the medical director agrees to more.) Tj ET\n"
    )
    stream = text_at(*places[0], 9) + marks + b"".join(text_at(*p, 9) for p in places[1:]) + note
    pages, layouts = await read_laid(make_pdf([Sheet(stream)]))
    (found,) = layouts[0].notes
    assert pages[0].text[found.mark[0] : found.mark[1]] == "1"
    assert pages[0].text[found.note[0] : found.note[1]].endswith("Unless the medical director agrees to more.")
    text = pages[0].text
    passages = build_passages([(1, text)], {1: layouts[0]})
    noted = [text[u.start : u.end] for p in passages for u in units(text, p) if u.note is not None]
    assert len(noted) == 1 and noted[0].startswith("The plan pays")


async def test_a_title_row_above_the_header_is_not_the_header():
    levels = [*YS, 600]
    places = [(XS[0] + 5, 686, "Sidebar 1: Oxygen by saturation"), *((x, y - 20, words) for x, y, words in cells())]
    _, layout = await one_page([*places, (50, 560, "Text.")], rules([50, 500], [700, 680]) + rules(XS, levels[1:]))
    assert [row.header for row in layout.rows] == [None, None, 0, 0, 0]
    assert layout.headers[0].text == "Saturation | Oxygen flow | Review"


async def test_a_figure_in_brackets_is_no_mark():
    places = [
        (50, 700, "It has to (1) be signed and (2) be sent."),
        (50, 690, "A second line of the text stands here."),
    ]
    note = b"BT /F1 5 Tf 50 103 Td (2) Tj ET\nBT /F1 7 Tf 54 100 Td (This belongs to another page.) Tj ET\n"
    _, layouts = await read_laid(make_pdf([Sheet(b"".join(text_at(*p, 9) for p in places) + note)]))
    assert layouts[0].notes == ()


def test_a_layout_comes_back_from_its_bytes():
    layout = PageLayout(
        ((0, 4), (9, 12)),
        (Row(0, 4, ((0, 1), (2, 4)), 0), Row(5, 8)),
        (Header(3, ((1, 2),), "A | B"),),
        (Note((1, 2), (5, 8)),),
    )
    assert decode_layout(encode_layout(layout)) == layout
    assert encode_layout(PLAIN) is None
    assert decode_layout(None) == PLAIN
    with pytest.raises(ValueError):
        decode_layout(b"{}")
