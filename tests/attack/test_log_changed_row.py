"""Attack: a stored leaf is altered in place; the hash beside it survives."""

from __future__ import annotations

import pytest
from tests.audit_case import forged_leaf, honest_log, with_stale_hash

from preceptor.audit.formats import export_line
from preceptor.audit.leaf import leaf_hash


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


@pytest.mark.parametrize(
    "altered",
    [
        forged_leaf(5),  # another well-formed entry
        b"\xff\xfe\x00",  # not text any more
        b"",
    ],
)
def test_export_of_an_altered_table_locates_the_row_by_the_stored_hash(altered: bytes) -> None:
    log = honest_log()
    lines = log.lines
    lines[5] = export_line(5, altered, leaf_hash(log.leaves[5]))
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_changed", 5)


def test_an_unreadable_leaf_is_located_without_a_stored_hash_too() -> None:
    log = honest_log()
    lines = log.lines
    lines[5] = export_line(5, b"\xff\xfe\x00")
    assert log.check(lines).first_bad == 5
