"""Attack: a log is shown under the head of another tenant, or holds an entry of another tenant."""

from __future__ import annotations

from tests.audit_case import Log, entry_of, honest_log, key_of

from preceptor.audit.checkpoint import verifier_key
from preceptor.audit.leaf import encode
from preceptor.audit.verify import verify_export


def _other() -> Log:
    leaves = tuple(encode(entry_of(number, tenant="other")) for number in range(12))
    return Log(leaves, key_of(3), "preceptor.local/other")


def test_head_of_another_tenant_against_the_pinned_key() -> None:
    log = honest_log()
    report = verify_export(log.lines, _other().head(), log.vkey)
    assert (report.ok, report.reason) == (False, "key_mismatch")
    bare = verify_export(log.lines, _other().note(), log.vkey)
    assert (bare.ok, bare.reason) == (False, "key_mismatch")


def test_head_of_another_tenant_unpinned() -> None:
    report = verify_export(honest_log().lines, _other().head(), None)
    assert (report.ok, report.reason, report.first_bad) == (False, "other_tenant", 0)


def test_one_key_for_two_tenants_does_not_make_their_heads_exchangeable() -> None:
    log = honest_log()
    twin = Log(_other().leaves, log.key, "preceptor.local/other")
    assert verifier_key(twin.origin, log.key.public_key()) == twin.vkey
    report = verify_export(twin.lines, twin.note(), log.vkey)
    assert (report.ok, report.reason) == (False, "key_mismatch")


def test_entry_of_another_tenant_under_an_honest_signature() -> None:
    mixed = Log((*honest_log().leaves[:5], _other().leaves[5]), key_of(1))
    report = mixed.check(mixed.lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "other_tenant", 5)


def test_anchor_of_another_tenant() -> None:
    log = honest_log()
    report = verify_export(log.lines, log.head(), log.vkey, [_other().head(4)])
    assert (report.ok, report.reason) == (False, "anchor_mismatch")


def test_truly_signed_text_that_names_another_log() -> None:
    log = honest_log()
    text = log.note_naming("elsewhere.local/sample")
    report = verify_export(log.lines, text, log.vkey)
    assert (report.ok, report.reason) == (False, "key_mismatch")
    anchored = verify_export(log.lines, log.head(), log.vkey, [text])
    assert (anchored.ok, anchored.reason) == (False, "anchor_mismatch")
