"""Boxes as bytes and as rectangles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.evidence.parsing.pages import decode_boxes, encode_boxes, line_boxes

NONE = (np.nan,) * 4
POINT = st.floats(-50, 3_000, width=32)
BOX = st.one_of(st.just(NONE), st.tuples(POINT, POINT, st.floats(0, 90, width=32), st.floats(0, 90, width=32)))


def _boxes(rows: list[tuple[float, ...]]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


@given(st.lists(BOX, max_size=60))
def test_boxes_come_back_within_half_a_step(rows):
    boxes = _boxes([(x, y, x + w, y + h) for x, y, w, h in rows])
    back = decode_boxes(encode_boxes(boxes))
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, boxes, atol=0.0511)


def test_a_poster_keeps_its_boxes_in_a_coarser_step():
    boxes = _boxes([(14_000, 9_000, 14_010, 9_020), (0, 0, 14_400, 14_400)])
    np.testing.assert_allclose(decode_boxes(encode_boxes(boxes)), boxes, atol=0.3)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:5],  # cut inside the header
        lambda data: data[:-6],  # cut inside the body
        lambda data: b"\x07" + data[1:],  # a version that does not exist
        lambda data: data[:1] + b"\x09" + data[2:],  # another count than the body holds
        lambda data: data[:12] + b"\xff\xff" + data[14:],  # not deflated data
    ],
)
def test_damaged_boxes_are_refused(damage):
    data = encode_boxes(_boxes([(1, 2, 3, 4)] * 3))
    with pytest.raises(ValueError, match="boxes"):
        decode_boxes(damage(data))


def test_a_line_of_text_compresses():
    boxes = _boxes([(70 + 6 * i, 700, 75 + 6 * i, 708) for i in range(80)])
    assert len(encode_boxes(boxes)) < 80


LINE = [(10, 100, 18, 110), (19, 98, 27, 108), NONE, (32, 100, 40, 110)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # letters, a descender and a space without a box: one rectangle
        (LINE, [(10, 98, 40, 110)]),
        # the next line starts again at the left
        ([*LINE, NONE, (10, 86, 18, 96)], [(10, 98, 40, 110), (10, 86, 18, 96)]),
        # the next line starts at the right end of the one above, as a hyphenated word in a narrow column may
        ([*LINE, (33, 86, 41, 96)], [(10, 98, 40, 110), (33, 86, 41, 96)]),
        # a raised footnote mark belongs to its line
        ([*LINE, (41, 105, 44, 112)], [(10, 98, 44, 112)]),
        # a full stop is low and small and belongs to its line
        ([*LINE, (41, 100, 43, 102)], [(10, 98, 43, 110)]),
        # the next cell of a table row, far to the right
        ([*LINE, NONE, (140, 100, 148, 110)], [(10, 98, 40, 110), (140, 100, 148, 110)]),
        # turned text: letters one above the other
        ([(10, 10, 20, 18), (10, 19, 20, 27), (10, 28, 20, 36), (10, 37, 20, 45)], [(10, 10, 20, 45)]),
        # nothing has a box
        ([NONE, NONE], []),
    ],
)
def test_one_rectangle_a_visual_line(rows, expected):
    assert line_boxes(_boxes(rows), 0, len(rows)) == expected


def test_only_the_characters_asked_for():
    assert line_boxes(_boxes(LINE), 1, 2) == [(19, 98, 27, 108)]
