"""Attack: the newest rows disappear."""

from __future__ import annotations

import pytest
from tests.audit_case import honest_log

from preceptor.audit.verify import verify_export


@pytest.mark.parametrize("left", [11, 8, 1])
def test_fewer_leaves_than_signed(left: int) -> None:
    log = honest_log()
    report = log.check(log.lines[:left])
    assert (report.ok, report.reason, report.checked) == (False, "tail_cut", left)


def test_nothing_left() -> None:
    log = honest_log()
    report = log.check([])
    assert (report.ok, report.reason, report.checked) == (False, "empty", 0)


def test_cut_inside_a_line() -> None:
    log = honest_log()
    lines = log.lines
    lines[-1] = lines[-1][:60]
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "malformed", 11)


def test_cut_together_with_an_older_honest_head_needs_an_anchor() -> None:
    log = honest_log()
    cut = log.lines[:8]
    alone = verify_export(cut, log.head(8), log.vkey)
    # Not detectable from these two files: the head is honest, only old. The report has to say so.
    assert alone.ok
    assert "cut the end before signing" in alone.cannot_detect
    anchored = verify_export(cut, log.head(8), log.vkey, [log.head(10)])
    assert (anchored.ok, anchored.reason) == (False, "anchor_mismatch")
