"""Attack: a line number that some readers would take for the right one."""

from __future__ import annotations

import pytest
from tests.audit_case import honest_log

ROW = 1


@pytest.mark.parametrize(
    "spelling",
    [
        "1.0",  # a float of the same value
        "1e0",
        '"1"',  # a string
        "true",  # an int to Python
        "-1",
        "-0",
        "01",
        "+1",
        "null",
        "[1]",
        "NaN",
        "Infinity",
        "١",  # an Arabic-Indic digit
        "9" * 5000,  # more digits than Python converts
        "[" * 20000,  # nested past the parser's depth
    ],
    ids=lambda text: text[:12],
)
def test_is_malformed(spelling: str) -> None:
    log = honest_log()
    lines = log.lines
    lines[ROW] = lines[ROW].replace('"index":1', f'"index":{spelling}')
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "malformed", ROW)


def test_number_far_beyond_the_log_is_a_gap() -> None:
    log = honest_log()
    lines = log.lines
    lines[ROW] = lines[ROW].replace('"index":1', '"index":1' + "0" * 400)
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_missing", ROW)
