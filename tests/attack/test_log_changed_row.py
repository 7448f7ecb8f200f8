"""Attack: a stored leaf is altered in place; the hash beside it survives."""

from __future__ import annotations

import pytest
from tests.audit_case import forged_leaf, honest_log, with_stale_hash


@pytest.mark.parametrize("row", [0, 5, 11])  # first, middle, last
@pytest.mark.parametrize("pinned", [True, False])
def test_is_located_to_the_row(row: int, pinned: bool) -> None:
    log = honest_log()
    lines = log.lines
    lines[row] = with_stale_hash(lines[row], forged_leaf(row))
    report = log.check(lines, pinned=pinned)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_changed", row)
    assert report.checked == row


def test_changed_hash_beside_an_honest_leaf_is_located_too() -> None:
    log = honest_log()
    lines = log.lines
    stolen = lines[3].split('"hash":')[1]
    lines[4] = lines[4].split('"hash":')[0] + '"hash":' + stolen
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_changed", 4)
