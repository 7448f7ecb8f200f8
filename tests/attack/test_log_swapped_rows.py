"""Attack: two rows change places."""

from __future__ import annotations

import pytest
from tests.audit_case import honest_log, lines_of


@pytest.mark.parametrize(("one", "other"), [(0, 1), (3, 4), (2, 9), (10, 11)])
def test_moved_lines_are_located(one: int, other: int) -> None:
    log = honest_log()
    lines = log.lines
    lines[one], lines[other] = lines[other], lines[one]
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_order", one)


def test_swapped_leaves_with_numbers_put_right_miss_the_root() -> None:
    log = honest_log()
    leaves = list(log.leaves)
    leaves[3], leaves[4] = leaves[4], leaves[3]
    report = log.check(lines_of(leaves))
    assert (report.ok, report.reason, report.first_bad) == (False, "root_mismatch", None)


def test_swapped_leaves_that_kept_their_stored_hashes_are_located() -> None:
    log = honest_log()
    honest = log.lines
    swapped = list(log.leaves)
    swapped[3], swapped[4] = swapped[4], swapped[3]
    moved = [
        new.split('"hash":')[0] + '"hash":' + old.split('"hash":')[1]
        for new, old in zip(lines_of(swapped), honest, strict=True)
    ]
    report = log.check(moved)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_changed", 3)
