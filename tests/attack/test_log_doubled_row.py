"""Attack: an act is entered twice."""

from __future__ import annotations

import pytest
from tests.audit_case import honest_log, lines_of


@pytest.mark.parametrize(("row", "again_at"), [(0, 1), (5, 6), (5, 9), (10, 11)])
def test_repeated_line_is_located(row: int, again_at: int) -> None:
    log = honest_log()
    lines = log.lines
    lines.insert(again_at, lines[row])
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_order", again_at)


def test_last_line_repeated_is_one_too_many() -> None:
    log = honest_log()
    report = log.check([*log.lines, log.lines[-1]])
    assert (report.ok, report.reason, report.first_bad) == (False, "tail_extra", 12)


def test_repeated_and_renumbered_misses_the_root() -> None:
    log = honest_log()
    report = log.check(lines_of([*log.leaves[:6], log.leaves[5], *log.leaves[6:]]))
    assert (report.ok, report.reason, report.first_bad) == (False, "root_mismatch", None)


def test_repeated_in_place_of_another_misses_the_root() -> None:
    log = honest_log()
    report = log.check(lines_of([*log.leaves[:6], log.leaves[5], *log.leaves[7:]]))
    assert (report.ok, report.reason) == (False, "root_mismatch")
