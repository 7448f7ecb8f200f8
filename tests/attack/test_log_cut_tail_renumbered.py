"""Attack: rows are taken out, later ones numbered anew, and the tail filled up so that the count fits."""

from __future__ import annotations

from tests.audit_case import forged_leaf, honest_log, lines_of


def test_shortened_and_renumbered_has_too_few_leaves() -> None:
    log = honest_log()
    report = log.check(lines_of(log.leaves[2:]))
    assert (report.ok, report.reason, report.checked) == (False, "tail_cut", 10)


def test_filled_up_to_the_signed_count_misses_the_root() -> None:
    log = honest_log()
    report = log.check(lines_of([*log.leaves[:10], forged_leaf(10), forged_leaf(11)]))
    assert (report.ok, report.reason, report.between) == (False, "root_mismatch", (0, 12))


def test_filled_up_is_placed_behind_the_last_anchor() -> None:
    log = honest_log()
    report = log.check(lines_of([*log.leaves[:10], forged_leaf(10), forged_leaf(11)]), anchors=(10,))
    assert (report.ok, report.reason, report.between) == (False, "root_mismatch", (10, 12))
