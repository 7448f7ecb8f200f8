"""The structure of marked and plain text: blocks, rows, levels; offsets exact whatever the text is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preceptor.evidence.marked import read_marked
from preceptor.evidence.passages import build_passages, units
from preceptor.evidence.reading import PLAIN, decode_layout, encode_layout

POLICY = """# Home Oxygen

Effective from: 2026-01-01

## 2 Criteria

Home oxygen is covered when all of the following are met:

1. A saturation at or below
   88 percent on room air.
2. An order of the treating practitioner
    - signed, and
    - dated
3. A plan of care

### 2.1 Units

| Band | Flow |
|------|-----:|
| 85 to 88 | 2 L/min |
| 80 to 84 | 3 L/min \\| humidified |

**Exceptions**

> Portable units are covered for members
> who leave home.

Limits
------

```
code  keeps   its   lines
```
"""


def blocks(text: str) -> list[tuple[str, int, str]]:
    return [(b.kind, b.level, text[b.start : b.end]) for b in read_marked(1, text).blocks]


def test_the_blocks_of_a_policy() -> None:
    assert blocks(POLICY) == [
        ("heading", 1, "Home Oxygen"),
        ("text", 0, "Effective from: 2026-01-01"),
        ("heading", 2, "2 Criteria"),
        ("text", 0, "Home oxygen is covered when all of the following are met:"),
        ("item", 1, "1. A saturation at or below\n   88 percent on room air."),
        ("item", 1, "2. An order of the treating practitioner"),
        ("item", 2, "- signed, and"),
        ("item", 2, "- dated"),
        ("item", 1, "3. A plan of care"),
        ("heading", 3, "2.1 Units"),
        ("heading", 6, "Exceptions"),
        ("text", 0, "Portable units are covered for members\n> who leave home."),
        ("heading", 2, "Limits"),
        ("text", 0, "code  keeps   its   lines"),
    ]


def test_tables_have_rows_with_their_header() -> None:
    layout = read_marked(1, POLICY)
    assert [h.text for h in layout.headers] == ["Band | Flow"]
    rows = [([POLICY[a:b] for a, b in row.cells], row.header) for row in layout.rows]
    assert rows == [
        (["Band", "Flow"], None),
        (["85 to 88", "2 L/min"], 0),
        (["80 to 84", "3 L/min \\| humidified"], 0),
    ]


def test_headings_are_the_path_and_items_and_rows_are_units() -> None:
    layout = read_marked(1, POLICY)
    passages = build_passages([(1, POLICY)], {1: layout})
    paths = [p.heading for p in passages]
    assert paths[1:4] == ["2 Criteria", "2 Criteria › 2.1 Units", "2 Criteria › 2.1 Units › Exceptions"]
    assert "Limits" in paths[-1]
    found = {POLICY[u.start : u.end]: u.kind for p in passages for u in units(POLICY, p)}
    assert found["3. A plan of care"] == "item"
    assert found["85 to 88 | 2 L/min"] == "row"
    assert found["2 Criteria"] == "heading"
    assert not any("---" in words for words in found)


PLAIN_TEXT = """NORTHFIELD HEALTH PLAN

1. PURPOSE

This procedure is for nurses. It says
which calls are made.

2. WHO IS CALLED

Score        Meaning     What to do
-----------------------------------
0 to 4       low         one call
5 to 9       moderate    two calls
"""


def test_plain_text_has_headings_in_capitals_and_tables_by_white_space() -> None:
    assert [(k, words) for k, _, words in blocks(PLAIN_TEXT)] == [
        ("heading", "NORTHFIELD HEALTH PLAN"),
        ("heading", "1. PURPOSE"),
        ("text", "This procedure is for nurses. It says\nwhich calls are made."),
        ("heading", "2. WHO IS CALLED"),
    ]
    layout = read_marked(1, PLAIN_TEXT)
    assert [h.text for h in layout.headers] == ["Score | Meaning | What to do"]
    assert [row.header for row in layout.rows] == [None, 0, 0]


def test_one_paragraph_has_no_structure() -> None:
    assert read_marked(1, "Oxygen is covered.\nSo are masks.\n") is PLAIN
    assert read_marked(1, "") is PLAIN


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "# A title", "## Another ##", "- item", "  - inner", "1. first", "b) second", "| a | b |", "|---|---|",
             "---", "===", "```", "**Bold**", "> quoted", "x   y   z", "RULES", "*", "#", "|", "\\|", "\t- tab"]
        ),
        st.text(alphabet="aB1 |#-*_>.:\t()é\u00a0", max_size=20),
    ),
    max_size=14,
).map("\n".join)  # fmt: skip


@given(LINES)
def test_whatever_the_text_offsets_are_in_order_apart_and_visible(text: str) -> None:
    layout = read_marked(3, text)
    spans = sorted([(b.start, b.end) for b in layout.blocks] + [(r.start, r.end) for r in layout.rows])
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert not text[start].isspace() and not text[end - 1].isspace()
        at = end
    for row in layout.rows:
        assert all(row.start <= a < b <= row.end for a, b in row.cells)
        assert row.header is None or 0 <= row.header < len(layout.headers)
    assert decode_layout(encode_layout(layout)) == layout
    for passage in build_passages([(3, text)], {3: layout}):
        end = passage.start
        for unit in units(text, passage):
            assert end <= unit.start < unit.end <= passage.end
            end = unit.end
