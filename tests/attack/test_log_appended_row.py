"""Attack: a forged act is added behind the signed head, or put in between."""

from __future__ import annotations

from tests.audit_case import forged_leaf, honest_log, lines_of


def test_appended_is_located() -> None:
    log = honest_log()
    report = log.check(lines_of([*log.leaves, forged_leaf(12)]))
    assert (report.ok, report.reason, report.first_bad, report.checked) == (False, "tail_extra", 12, 12)


def test_put_in_between_and_renumbered_misses_the_root() -> None:
    log = honest_log()
    report = log.check(lines_of([*log.leaves[:6], forged_leaf(99), *log.leaves[6:]]))
    assert (report.ok, report.reason, report.first_bad) == (False, "root_mismatch", None)


def test_appended_to_an_empty_log() -> None:
    log = honest_log(0)
    report = log.check(lines_of([forged_leaf(0)]))
    assert (report.ok, report.reason, report.first_bad) == (False, "tail_extra", 0)
