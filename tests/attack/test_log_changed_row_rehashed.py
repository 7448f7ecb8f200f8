"""Attack: a leaf is altered and its hash computed anew, so that every line is sound in itself."""

from __future__ import annotations

import pytest
from tests.audit_case import Log, forged_leaf, honest_log, lines_of


def _tampered(log: Log, row: int) -> list[str]:
    leaves = list(log.leaves)
    leaves[row] = forged_leaf(row)
    return lines_of(leaves)


@pytest.mark.parametrize("row", [0, 5, 11])
def test_is_found_but_not_located_without_anchors(row: int) -> None:
    log = honest_log()
    report = log.check(_tampered(log, row))
    assert (report.ok, report.reason, report.first_bad) == (False, "root_mismatch", None)
    assert report.between == (0, 12)


@pytest.mark.parametrize(
    ("row", "reason", "between"),
    [
        (1, "anchor_mismatch", (0, 4)),  # before the first anchor
        (4, "anchor_mismatch", (4, 8)),  # the first leaf after an anchor
        (7, "anchor_mismatch", (4, 8)),  # the last leaf under an anchor
        (9, "root_mismatch", (8, 12)),  # after the last anchor: the head finds it
    ],
)
def test_anchors_narrow_it_to_an_interval(row: int, reason: str, between: tuple[int, int]) -> None:
    log = honest_log()
    report = log.check(_tampered(log, row), anchors=(8, 4))
    assert (report.ok, report.reason, report.first_bad, report.between) == (False, reason, None, between)
