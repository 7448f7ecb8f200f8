"""The objects of a loaded page: its texts, everything else, and the straight lines drawn on it."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.parsing import engine
from preceptor.evidence.parsing.placement import Placement

DEEPEST_FORM = 12
THICKEST = 3.0
"""Points; a drawn line or a thin filled rectangle up to this thickness is a rule."""
SHORTEST = 6.0
"""Points; shorter strokes are parts of letters and figures."""
MOST_PATHS = 3_000
MOST_SEGMENTS = 200
"""Of one path; drawings have more, tables fewer."""
RECTANGLE = 6
"""Segments of a rectangle at most."""
MOST_AREAS = 500
"""Of one colour on one page."""
MOST_RULES = 5_000
"""Of one page."""

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]
_UNIT: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass
class Objects:
    """Handles of a page's text objects, of everything else but the forms that hold them, and the paths among these
    with the matrix that leads from them to user space. `forms_of` gives the forms a text stands in."""

    page: int
    texts: list[int] = field(default_factory=list[int])
    others: list[int] = field(default_factory=list[int])
    paths: list[tuple[int, Matrix]] = field(default_factory=list[tuple[int, Matrix]])
    forms_of: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])


def objects_of(page: int) -> Objects:
    """All objects of a page, those inside forms included down to `DEEPEST_FORM`."""
    found = Objects(page)
    stack: list[tuple[int, tuple[int, ...], Matrix]] = [
        (engine.page_object(page, index), (), _UNIT) for index in range(engine.page_objects(page))
    ]
    while stack:
        handle, forms, matrix = stack.pop()
        kind = engine.object_type(handle)
        if kind == engine.TEXT_OBJECT:
            found.texts.append(handle)
            if forms:
                found.forms_of[handle] = forms
        elif kind == engine.FORM_OBJECT and len(forms) < DEEPEST_FORM:
            inner = _times(_matrix(handle), matrix)
            inside = (*forms, handle)
            stack.extend((engine.form_object(handle, i), inside, inner) for i in range(engine.form_objects(handle)))
        else:
            found.others.append(handle)
            if kind == engine.PATH_OBJECT and len(found.paths) < MOST_PATHS:
                found.paths.append((handle, matrix))
    return found


def rules_of(objects: Objects, placement: Placement) -> NDArray[np.float32]:
    """The straight lines, level or upright, as thin boxes (n, 4) in points of the displayed page."""
    found: list[Box] = []
    fills: dict[int, list[Box]] = {}
    bounds = (ctypes.c_float * 4)()
    start = ctypes.addressof(bounds)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    for handle, matrix in objects.paths:
        if not engine.object_bounds(handle, start, start + 4, start + 8, start + 12):
            continue
        engine.path_draw_mode(handle, ctypes.addressof(fill), ctypes.addressof(stroke))
        if not (fill.value or stroke.value):
            continue
        left, bottom, right, top = _moved((bounds[0], bounds[1], bounds[2], bounds[3]), matrix)
        if min(right - left, top - bottom) <= THICKEST:
            if max(right - left, top - bottom) >= SHORTEST:
                found.append((left, bottom, right, top))
        elif stroke.value and engine.path_segments(handle) <= MOST_SEGMENTS:
            found.extend(_edges(handle, _times(_matrix(handle), matrix)))
        elif fill.value and engine.path_segments(handle) <= RECTANGLE:
            fills.setdefault(_colour(handle), []).append((left, bottom, right, top))
        if len(found) >= MOST_RULES:
            break
    for areas in fills.values():
        found.extend(_outlines(areas))
    del found[MOST_RULES:]
    if not found:
        return np.empty((0, 4), np.float32)
    return placement.displayed(np.array(found, np.float64)).astype(np.float32)


def _colour(handle: int) -> int:
    values = (ctypes.c_uint * 4)()
    start = ctypes.addressof(values)
    engine.object_fill(handle, start, start + 4, start + 8, start + 12)
    return values[0] << 16 | values[1] << 8 | values[2]


def _outlines(areas: list[Box]) -> list[Box]:
    """The edges of areas filled with one colour that can be seen: none of an area inside another, none where two
    meet."""
    order = sorted(set(areas), key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))
    outer: list[Box] = []
    for box in order[:MOST_AREAS]:
        if not any(
            o[0] - 1 <= box[0] and o[1] - 1 <= box[1] and box[2] <= o[2] + 1 and box[3] <= o[3] + 1 for o in outer
        ):
            outer.append(box)
    tops = {(round(x0), round(x1), round(y1)) for x0, _, x1, y1 in outer}
    bottoms = {(round(x0), round(x1), round(y0)) for x0, y0, x1, _ in outer}
    found: list[Box] = []
    for x0, y0, x1, y1 in outer:
        found += [(x0, y0, x0, y1), (x1, y0, x1, y1)]
        if (round(x0), round(x1), round(y0)) not in tops:
            found.append((x0, y0, x1, y0))
        if (round(x0), round(x1), round(y1)) not in bottoms:
            found.append((x0, y1, x1, y1))
    return found


def _edges(handle: int, matrix: Matrix) -> list[Box]:
    """The level and upright stretches of a path's outline; none of a path that has a curve."""
    found: list[Box] = []
    point = (ctypes.c_float * 2)()
    start = ctypes.addressof(point)
    first = last = (0.0, 0.0)
    count = engine.path_segments(handle)
    for index in range(count):
        segment = engine.path_segment(handle, index)
        kind = engine.segment_kind(segment)
        if kind == engine.SEGMENT_BEZIER:
            return []
        engine.segment_point(segment, start, start + 4)
        here = _point(point[0], point[1], matrix)
        if kind == engine.SEGMENT_MOVE:
            if index:
                _add(found, last, first)
            first = here
        else:
            _add(found, last, here)
        last = here
    _add(found, last, first)
    return found


def _add(found: list[Box], one: tuple[float, float], other: tuple[float, float]) -> None:
    across, down = abs(one[0] - other[0]), abs(one[1] - other[1])
    if max(across, down) >= SHORTEST and min(across, down) <= 1.0:
        found.append((min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])))


def _matrix(handle: int) -> Matrix:
    values = (ctypes.c_float * 6)()
    if not engine.object_matrix(handle, ctypes.addressof(values)):
        return _UNIT
    return (values[0], values[1], values[2], values[3], values[4], values[5])


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """`inner` first, then `outer`."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _point(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _moved(box: Box, matrix: Matrix) -> Box:
    if matrix == _UNIT:
        return box
    corners = [_point(x, y, matrix) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(down), max(across), max(down)


def picture_share(page: int, area: float) -> float:
    """How much of the loaded page, of `area` square points, its largest image covers, 0 to 1. An image inside a form,
    whose place is told in the form's own space, counts as the whole page."""
    share = 0.0
    room = np.empty(4, np.float32)
    start = room.ctypes.data
    stack = [(engine.page_object(page, index), 0) for index in range(engine.page_objects(page))]
    while stack:
        handle, depth = stack.pop()
        kind = engine.object_type(handle)
        if kind == engine.IMAGE_OBJECT:
            if depth or not engine.object_bounds(handle, start, start + 4, start + 8, start + 12):
                return 1.0
            left, bottom, right, top = room.tolist()
            share = max(share, (right - left) * (top - bottom) / max(area, 1.0))
        elif kind == engine.FORM_OBJECT and depth < DEEPEST_FORM:
            stack.extend((engine.form_object(handle, n), depth + 1) for n in range(engine.form_objects(handle)))
    return min(1.0, share)


def hide_images(page: int) -> None:
    """Switch off every image of the loaded page, those inside forms too: they are not drawn any more. A form deeper
    than is looked into is switched off whole."""
    stack = [(engine.page_object(page, index), 0) for index in range(engine.page_objects(page))]
    while stack:
        handle, depth = stack.pop()
        kind = engine.object_type(handle)
        if kind == engine.IMAGE_OBJECT or (kind == engine.FORM_OBJECT and depth >= DEEPEST_FORM):
            engine.set_object_active(handle, 0)
        elif kind == engine.FORM_OBJECT:
            stack.extend((engine.form_object(handle, n), depth + 1) for n in range(engine.form_objects(handle)))
