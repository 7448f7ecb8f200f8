"""The one byte form of an audit entry, and what cannot get into it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.audit_case import entry_of, leaf_of

from preceptor.audit.leaf import MAX_IDS, decode, encode, is_tenant, leaf_hash
from preceptor.errors import IntegrityFailure, Invalid

EXPECTED = (
    b'{"actor":"user:operator","at":"2026-01-15T09:00:07.000000Z","digests":{"question":"'
    + b"0" * 63
    + b'7"},"event":"question:ask","id":"018bcfe5-6807-7000-8000-000000000007","outcome":"done",'
    b'"purpose":"operations","subject":{"document":"plan/wheelchairs","run":"run-7"},"tenant":"sample","v":1}'
)


def test_bytes_are_the_documented_ones() -> None:
    assert leaf_of(7) == EXPECTED
    assert leaf_hash(EXPECTED) == hashlib.sha256(b"\x00" + EXPECTED).digest()


def test_comes_back() -> None:
    assert decode(leaf_of(7)) == entry_of(7)


def test_order_of_names_and_zone_of_the_time_do_not_matter() -> None:
    entry = entry_of(7)
    same = replace(
        entry,
        at=entry.at.astimezone(timezone(timedelta(hours=5, minutes=30))),
        subject=dict(reversed(entry.subject.items())),
    )
    assert encode(same) == encode(entry)


PROSE = [
    "patient reports chest pain",  # a blank
    "chest\u00a0pain",  # a no-break space
    "line\nbreak",
    "nul\x00",
    "tab\t",
    "Müller",  # a name; ids are ASCII
    'quote"',
    "back\\slash",
    "a,b",
    "",  # an id that names nothing
    "x" * 201,  # longer than any id
    "id\n",  # a newline at the end, which `$` would let pass
]


@pytest.mark.parametrize("value", PROSE, ids=repr)
@pytest.mark.parametrize("field", ["actor", "purpose", "subject"])
def test_prose_is_refused_and_not_repeated_in_the_error(field: str, value: str) -> None:
    entry = replace(entry_of(1), **{field: {"run": value} if field == "subject" else value})
    with pytest.raises(Invalid) as caught:
        encode(entry)
    assert field in caught.value.text
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant", "a/b"),  # would blur the origin of the head
        ("tenant", ".hidden"),
        ("tenant", "t" * 64),
        ("at", datetime(2026, 1, 15, 9, 0)),  # noqa: DTZ001 - no zone: no instant
        ("event", "ask"),  # no action
        ("event", "question:ask:again"),
        ("event", "Question:Ask"),
        ("outcome", "maybe"),
        ("subject", {"Run": "r1"}),  # names are lower case
        ("subject", {"": "r1"}),
        ("subject", {"n" * 41: "r1"}),
        ("subject", {f"n{number}": "r1" for number in range(MAX_IDS + 1)}),
        ("digests", {"question": "AB" * 32}),  # upper case: a second spelling
        ("digests", {"question": "ab" * 15}),  # shorter than 16 bytes: guessable
        ("digests", {"question": "a" * 63}),  # half a byte
        ("digests", {"question": "what is covered?"}),
    ],
)
def test_what_is_out_of_form_is_refused(field: str, value: object) -> None:
    with pytest.raises(Invalid, match=field):
        encode(replace(entry_of(1), **{field: value}))  # pyright: ignore[reportArgumentType]


def _changed(**fields: object) -> bytes:
    found = json.loads(EXPECTED)
    found.update(fields)
    kept = {name: value for name, value in found.items() if value is not ...}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "leaf",
    [
        _changed(v=2),  # a later version
        _changed(v=True),  # equal to 1 in Python
        _changed(v="1"),
        _changed(v=...),  # no version
        _changed(actor=...),  # a field missing
        _changed(note="x"),  # a field too many
        _changed(actor=5),  # not a string
        _changed(subject=[]),  # not an object
        _changed(subject={"run": 5}),
        _changed(subject={"run": {"deep": "er"}}),
        _changed(digests={"question": "zz" * 32}),
        _changed(outcome="maybe"),
        _changed(id="018bcfe568077000800000000000000"),
        _changed(id="{018bcfe5-6807-7000-8000-000000000007}"),  # a spelling UUID() takes
        _changed(at="2026-01-15T09:00:07Z"),  # a spelling fromisoformat() takes
        _changed(at="2026-01-15T09:00:07.000000"),  # no zone
        _changed(at="2026-13-15T09:00:07.000000Z"),  # no such month
        _changed(actor="a b"),
        b"",
        b"null",
        b"{}",
        b"\xff\xfe",
        EXPECTED.decode().encode("utf-16"),  # json.loads guesses this encoding
        b"[" * 20_000,
        EXPECTED + b" ",
    ],
    ids=lambda leaf: repr(leaf[:40]),
)
def test_what_encode_never_writes_is_refused(leaf: bytes) -> None:
    with pytest.raises(IntegrityFailure) as caught:
        decode(leaf)
    assert caught.value.code == "tampered_export"


def test_unchanged_control_of_the_table_above_is_accepted() -> None:
    assert decode(_changed()).at == datetime(2026, 1, 15, 9, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "fits"), [("sample", True), ("st-anna.2", True), ("a+b", False), ("a b", False), ("", False)]
)
def test_tenant_names(name: str, fits: bool) -> None:
    assert is_tenant(name) is fits
