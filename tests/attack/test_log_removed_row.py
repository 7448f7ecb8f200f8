"""Attack: a row disappears from the middle of the log."""

from __future__ import annotations

import pytest
from tests.audit_case import honest_log, lines_of


@pytest.mark.parametrize("row", [0, 5, 10])  # the last row is a cut tail
def test_is_located(row: int) -> None:
    log = honest_log()
    lines = log.lines
    del lines[row]
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_missing", row)


def test_removed_and_renumbered_is_found_by_the_count() -> None:
    log = honest_log()
    report = log.check(lines_of(log.leaves[:5] + log.leaves[6:]))
    assert (report.ok, report.reason, report.first_bad) == (False, "tail_cut", None)


def test_removed_and_renumbered_is_narrowed_by_an_anchor() -> None:
    log = honest_log()
    report = log.check(lines_of(log.leaves[:5] + log.leaves[6:]), anchors=(4, 8))
    assert (report.ok, report.reason, report.between) == (False, "anchor_mismatch", (4, 8))
