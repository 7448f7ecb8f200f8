"""Attack: the whole log is rewritten and its head signed again."""

from __future__ import annotations

import base64

from tests.audit_case import Log, forged_leaf, honest_log, key_of

from preceptor.audit.verify import verify_export


def _rewritten(log: Log, seed: int) -> Log:
    return Log((*log.leaves[:3], forged_leaf(3), *log.leaves[4:]), key_of(seed))


def test_another_key_is_found_when_the_key_is_pinned() -> None:
    log, forged = honest_log(), _rewritten(honest_log(), seed=2)
    report = verify_export(forged.lines, forged.head(), log.vkey)
    assert (report.ok, report.reason, report.key) == (False, "key_mismatch", "pinned")


def test_another_key_behind_the_honest_vkey_line() -> None:
    log, forged = honest_log(), _rewritten(honest_log(), seed=2)
    text = f"vkey {log.vkey}\n{forged.note()}"
    assert verify_export(forged.lines, text, log.vkey).reason == "key_mismatch"
    assert verify_export(forged.lines, text, None).reason == "signature"


def test_another_key_passes_unpinned_and_the_report_says_why() -> None:
    forged = _rewritten(honest_log(), seed=2)
    report = verify_export(forged.lines, forged.head(), None)
    assert (report.ok, report.key) == (True, "unpinned")
    assert "could have made a new key" in report.cannot_detect


def test_another_key_is_found_by_an_anchor_even_unpinned() -> None:
    log, forged = honest_log(), _rewritten(honest_log(), seed=2)
    report = verify_export(forged.lines, forged.head(), None, [log.note(6)])
    assert (report.ok, report.reason) == (False, "anchor_mismatch")


def test_the_stolen_key_is_found_by_an_anchor_after_the_change() -> None:
    log, forged = honest_log(), _rewritten(honest_log(), seed=1)
    assert verify_export(forged.lines, forged.head(), log.vkey).ok  # not detectable without an anchor
    report = verify_export(forged.lines, forged.head(), log.vkey, [log.head(2), log.head(6)])
    assert (report.ok, report.reason, report.between) == (False, "anchor_mismatch", (2, 6))
    assert report.anchors == 1


def test_an_anchor_before_the_change_does_not_find_it() -> None:
    log, forged = honest_log(), _rewritten(honest_log(), seed=1)
    report = verify_export(forged.lines, forged.head(), log.vkey, [log.head(3)])
    assert report.ok
    assert "from number 3 on" in report.cannot_detect


def test_changed_head_under_the_old_signature() -> None:
    log, forged = honest_log(), _rewritten(honest_log(), seed=1)
    body = forged.note().split("\n\n")[0]
    signature = log.note().split("\n\n")[1]
    report = verify_export(forged.lines, f"vkey {log.vkey}\n{body}\n\n{signature}", log.vkey)
    assert (report.ok, report.reason) == (False, "signature")


def test_every_changed_bit_of_the_signature_is_found() -> None:
    log = honest_log(1)
    body, line = log.note().split("\n\n")
    start, encoded = line.rstrip("\n").rsplit(" ", 1)
    raw = base64.b64decode(encoded)
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        text = f"{body}\n\n{start} {base64.b64encode(changed).decode()}\n"
        report = verify_export(log.lines, text, log.vkey)
        assert (report.ok, report.reason) == (False, "key_mismatch" if bit < 32 else "signature")


def test_signature_taken_away() -> None:
    log = honest_log()
    report = verify_export(log.lines, log.head().split("— ")[0], log.vkey)
    assert (report.ok, report.reason) == (False, "malformed")


def test_another_key_line_above_a_truly_signed_note() -> None:
    log = honest_log()
    text = f"vkey {Log(log.leaves, key_of(2)).vkey}\n{log.note()}"
    report = verify_export(log.lines, text, log.vkey)
    assert (report.ok, report.reason) == (False, "key_mismatch")


def test_an_anchor_with_the_right_root_and_another_signature_does_not_count() -> None:
    log = honest_log()
    report = verify_export(log.lines, log.head(), log.vkey, [Log(log.leaves, key_of(2)).head(6)])
    assert (report.ok, report.reason, report.anchors) == (False, "anchor_mismatch", 0)
