"""Whatever stands wherever on a page: every visible character is in the reading text once, and all places lie in it."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.evidence.layout import page_layouts
from preceptor.evidence.passages import build_passages, units
from preceptor.evidence.reading import decode_layout, encode_layout

WORD = st.sampled_from(["Item", "12", "covers", "a", "• x", "1.", "Table 1: Flow", "half-", "é𝒳", "1", "*"])
PLACED = st.tuples(WORD, st.integers(0, 9), st.integers(0, 14), st.booleans(), st.sampled_from([5, 9, 9, 9, 14]))
RULE = st.tuples(st.integers(0, 10), st.integers(0, 15), st.integers(0, 10), st.booleans())


def page(number: int, words: list[tuple[str, int, int, bool, int]], lines: list[tuple[int, int, int, bool]]):
    text, boxes = "", list[tuple[float, ...]]()
    for word, column, row, breaks, size in words:
        for place, char in enumerate(word):
            x, y = 20 + 55 * column + 0.5 * size * place, 20 + 14 * row
            boxes.append((x, y, x + 0.5 * size, y + 0.6 * size) if char != " " else (np.nan,) * 4)
        text += word + ("\n" if breaks else " ")
        boxes.append((np.nan,) * 4)
    drawn = [
        (20 + 55 * a, 14 * b, 20 + 55 * max(a, c), 14 * b)
        if level
        else (20 + 55 * a, 14 * b, 20 + 55 * a, 14 * (b + c))
        for a, b, c, level in lines
    ]
    return SimpleNamespace(
        number=number,
        text=text,
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        rules=np.array(drawn, np.float32).reshape(-1, 4),
    )


PAGES = st.lists(st.tuples(st.lists(PLACED, max_size=60), st.lists(RULE, max_size=14)), min_size=1, max_size=2)


@settings(max_examples=200, deadline=None)
@given(PAGES)
def test_layouts_hold_together(drawn):
    pages = [page(number, words, lines) for number, (words, lines) in enumerate(drawn, start=1)]
    layouts = page_layouts(pages)
    texts = [(p.number, layout.text(p.text)) for p, layout in zip(pages, layouts, strict=True)]
    for p, layout, (_, text) in zip(pages, layouts, texts, strict=True):
        assert sorted("".join(text.split())) == sorted("".join(p.text.split()))
        assert decode_layout(encode_layout(layout)) == layout
        at = 0
        for row in layout.rows:
            assert at <= row.start < row.end <= len(text)
            assert all(row.start <= a < b <= row.end for a, b in row.cells)
            assert row.header is None or row.header < len(layout.headers)
            at = row.end
            stored = "".join(p.text[a:b] for a, b in layout.stored(row.start, row.end))
            assert "".join(stored.split()) == "".join(text[row.start : row.end].split())
        for header in layout.headers:
            assert all(0 <= a < b <= len(pages[header.page - 1].text) for a, b in header.spans)
        for note in layout.notes:
            assert text[note.mark[0] : note.mark[1]].strip() and text[note.note[0] : note.note[1]].strip()
    for passage in build_passages(texts, {p.number: layout for p, layout in zip(pages, layouts, strict=True)}):
        text, at = dict(texts)[passage.page], passage.start
        for unit in units(text, passage):
            assert at <= unit.start < unit.end <= passage.end
            at = unit.end
