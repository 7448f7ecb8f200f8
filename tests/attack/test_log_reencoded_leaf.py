"""Attack: a leaf is spelled differently with the same meaning, to slip past a comparison by meaning."""

from __future__ import annotations

import json

import pytest
from tests.audit_case import Log, entry_of, honest_log, key_of, with_stale_hash

from preceptor.audit.leaf import decode, leaf_hash
from preceptor.errors import IntegrityFailure

ROW = 4


def _spellings() -> list[tuple[str, bytes]]:
    leaf = honest_log().leaves[ROW]
    fields = json.loads(leaf)
    backwards = json.dumps(dict(reversed(fields.items())), separators=(",", ":"))
    return [
        ("blank", leaf.replace(b",", b", ")),
        ("newline at the end", leaf + b"\n"),
        ("escape for a letter", leaf.replace(b"user:", b"\\u0075ser:")),
        ("full-width colon", leaf.replace(b"user:", "user：".encode())),
        ("Cyrillic look-alike", leaf.replace(b"operator", "оperator".encode())),
        ("order of names", backwards.encode()),
        ("name doubled", leaf.replace(b'"v":1', b'"v":1,"v":1')),
        ("1.0 for 1", leaf.replace(b'"v":1', b'"v":1.0')),
        ("upper-case id", leaf.replace(str(entry_of(ROW).id).encode(), str(entry_of(ROW).id).upper().encode())),
        ("same instant, other zone", leaf.replace(b'000Z"', b'000+00:00"')),
        ("byte order mark", b"\xef\xbb\xbf" + leaf),
    ]


@pytest.mark.parametrize(("name", "leaf"), _spellings(), ids=lambda value: value if isinstance(value, str) else "")
def test_is_located_and_never_taken_for_a_leaf(name: str, leaf: bytes) -> None:
    log = honest_log()
    assert leaf != log.leaves[ROW], name
    lines = log.lines
    lines[ROW] = with_stale_hash(lines[ROW], leaf)
    report = log.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "leaf_changed", ROW)
    with pytest.raises(IntegrityFailure):
        decode(leaf)


@pytest.mark.parametrize(("name", "leaf"), _spellings(), ids=lambda value: value if isinstance(value, str) else "")
def test_is_refused_even_with_its_own_hash_and_a_signed_head(name: str, leaf: bytes) -> None:
    honest = honest_log()
    forged = Log((*honest.leaves[:ROW], leaf, *honest.leaves[ROW + 1 :]), key_of(1))
    lines = honest.lines
    fresh = with_stale_hash(lines[ROW], leaf).replace(leaf_hash(honest.leaves[ROW]).hex(), leaf_hash(leaf).hex())
    lines[ROW] = fresh
    report = forged.check(lines)
    assert (report.ok, report.reason, report.first_bad) == (False, "malformed", ROW)


def test_the_line_around_the_leaf_has_one_spelling_too() -> None:
    log = honest_log()
    honest = log.lines[ROW]
    for changed in (
        honest.replace('{"index"', '{ "index"'),
        honest.replace('"leaf":"{', '"leaf":"\\u007b'),
        honest.replace('"index":4', '"index":4,"index":4'),
        honest.replace('"index":4', '"note":"","index":4'),
        honest.upper(),
        "\n" + honest,
        honest.rstrip("\n") + " \n",
        "\n",
        "null\n",
        "[]\n",
    ):
        lines = log.lines
        lines[ROW] = changed
        report = log.check(lines)
        assert (report.ok, report.reason, report.first_bad) == (False, "malformed", ROW), changed
