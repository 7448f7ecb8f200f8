"""Verification of honest exports, its report, its bounds, and that it needs nothing of the product but itself."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator

import pytest
from tests.audit_case import ORIGIN, honest_log, key_of, leaf_of

from preceptor.audit.checkpoint import sign, verifier_key
from preceptor.audit.formats import checkpoint_file, export_line, split_checkpoint_file
from preceptor.audit.leaf import leaf_hash
from preceptor.audit.merkle import EMPTY_ROOT, Frontier
from preceptor.audit.verify import verify_export
from preceptor.errors import Invalid


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9, 12])
@pytest.mark.parametrize("pinned", [True, False])
def test_honest_log_holds(count: int, pinned: bool) -> None:
    log = honest_log(count)
    report = log.check(log.lines, pinned=pinned)
    assert (report.ok, report.reason, report.checked, report.tree_size) == (True, None, count, count)
    assert report.key == ("pinned" if pinned else "unpinned")


def test_batches_and_anchors_at_their_edges() -> None:
    log = honest_log(2050)
    report = log.check(log.lines, anchors=(0, 1, 1023, 1024, 1025, 1025, 2048, 2050))
    assert (report.ok, report.checked, report.anchors) == (True, 2050, 8)


def test_lines_as_bytes_with_other_line_ends_or_none() -> None:
    log = honest_log(3)
    lines = [log.lines[0].encode(), log.lines[1].replace("\n", "\r\n").encode(), log.lines[2].rstrip("\n").encode()]
    assert verify_export(lines, log.head(), log.vkey).ok


def test_bare_note_needs_a_pinned_key() -> None:
    log = honest_log(3)
    assert verify_export(log.lines, log.note(), log.vkey).ok
    report = verify_export(log.lines, log.note(), None)
    assert (report.ok, report.reason, report.tree_size) == (False, "malformed", 3)


def test_empty_log_needs_its_signature_and_the_empty_root() -> None:
    key = key_of(1)
    vkey = verifier_key(ORIGIN, key.public_key())
    good = checkpoint_file(vkey, sign(key, ORIGIN, 0, EMPTY_ROOT))
    assert verify_export([], good, vkey).ok
    assert verify_export([], good.replace("\n0\n", "\n1\n"), vkey).reason == "signature"
    wrong = checkpoint_file(vkey, sign(key, ORIGIN, 0, b"\x00" * 32))
    report = verify_export([], wrong, vkey)
    assert (report.ok, report.reason) == (False, "root_mismatch")


@pytest.mark.parametrize(
    "text",
    ["", "vkey ", "vkey x\n", "not a checkpoint", "\x00", "vkey a+b+c\npreceptor.local/sample\n0\n\n— x\n"],
    ids=repr,
)
def test_unreadable_checkpoint_is_a_report_not_an_error(text: str) -> None:
    report = verify_export(honest_log(1).lines, text, None)
    assert (report.ok, report.reason, report.tree_size, report.root) == (False, "malformed", None, None)


def test_broken_vkey_line() -> None:
    log = honest_log(1)
    report = verify_export(log.lines, "vkey nonsense\n" + log.note(), None)
    assert (report.ok, report.reason) == (False, "malformed")


def test_unreadable_anchor_is_never_left_out() -> None:
    log = honest_log(3)
    report = verify_export(log.lines, log.head(), log.vkey, [log.head(2), "garbage"])
    assert (report.ok, report.reason) == (False, "malformed")
    assert "anchor" in report.detail


def test_pinned_key_that_is_none_raises() -> None:
    log = honest_log(1)
    with pytest.raises(Invalid):
        verify_export(log.lines, log.head(), "nonsense")


def test_answer_has_the_documented_fields() -> None:
    log = honest_log(2)
    answer = log.check(log.lines).as_dict()
    assert {"ok", "tree_size", "root", "checked", "key", "cannot_detect"} <= answer.keys()
    assert "first_bad" not in answer
    bad = log.check(log.lines[1:]).as_dict()
    assert (bad["ok"], bad["first_bad"], bad["reason"]) == (False, 0, "leaf_missing")


def test_says_what_it_cannot_see() -> None:
    log = honest_log(4)
    bare = log.check(log.lines, pinned=False).cannot_detect
    assert "made a new key" in bare
    assert "No older head" in bare
    best = log.check(log.lines, anchors=(3,)).cannot_detect
    assert "made a new key" not in best
    assert "from number 3 on" in best
    assert "never entered" in best


def test_checkpoint_file_comes_apart() -> None:
    log = honest_log(1)
    assert split_checkpoint_file(log.head()) == (log.vkey, log.note())
    assert split_checkpoint_file(log.note()) == (None, log.note())


def test_memory_does_not_grow_with_the_log() -> None:
    count = 6000
    frontier = Frontier().extend(leaf_hash(leaf_of(number)) for number in range(count))
    key = key_of(1)
    vkey = verifier_key(ORIGIN, key.public_key())
    head = checkpoint_file(vkey, sign(key, ORIGIN, count, frontier.root()))

    def lines() -> Iterator[str]:
        for number in range(count):
            yield export_line(number, leaf_of(number))

    tracemalloc.start()
    try:
        report = verify_export(lines(), head, vkey)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.ok
    assert peak < 1_000_000  # the export itself has about 3 MB


def test_verifier_needs_no_database_network_or_settings() -> None:
    code = (
        "import sys, preceptor.audit.verify\n"
        "rooms = {name for name in sys.modules if name.startswith('preceptor.')}\n"
        "allowed = {'preceptor.errors', 'preceptor.audit'} | {f'preceptor.audit.{one}' for one in "
        "('leaf', 'merkle', 'checkpoint', 'formats', 'verify')}\n"
        "outside = {'asyncpg', 'httpx', 'fastapi', 'pydantic'} & sys.modules.keys()\n"
        "sys.exit(f'{rooms - allowed} {outside}' if rooms - allowed or outside else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
