"""Attack: a line long enough to fill the reader's memory."""

from __future__ import annotations

import io
import tracemalloc

from tests.audit_case import honest_log

from preceptor.audit.formats import MAX_LINE, read_lines
from preceptor.audit.verify import verify_export


class Endless(io.RawIOBase):
    """A file of one line that never ends, up to a gigabyte."""

    def __init__(self) -> None:
        self.left = 2**30

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        count = min(len(buffer), self.left)
        buffer[:count] = b"9" * count
        self.left -= count
        return count


def test_is_refused_in_constant_memory() -> None:
    log = honest_log()
    source = Endless()
    tracemalloc.start()
    try:
        report = verify_export(read_lines(io.BufferedReader(source)), log.head(), log.vkey)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (report.ok, report.reason, report.first_bad) == (False, "malformed", 0)
    assert peak < 2_000_000
    assert source.left > 2**30 - 10 * MAX_LINE


def test_long_line_between_honest_ones() -> None:
    log = honest_log()
    lines = log.lines
    lines[3] = lines[3].replace("plan/wheelchairs", "x" * MAX_LINE)
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "malformed", 3)


def test_padding_an_honest_line_with_blanks() -> None:
    log = honest_log()
    lines = log.lines
    lines[3] = " " * (MAX_LINE * 2) + lines[3]
    assert log.check(lines).first_bad == 3
