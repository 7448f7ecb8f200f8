"""Leaves: what goes in comes out, the bytes are RFC 8785, and a line holds exactly one row."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import get_args

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from preceptor.audit.formats import Row, export_line, parse_line
from preceptor.audit.leaf import Entry, Outcome, decode, encode, leaf_hash
from preceptor.errors import IntegrityFailure

identifiers = st.from_regex(r"[A-Za-z0-9._:/@#=+~-]{1,200}", fullmatch=True)
names = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
digests = st.binary(min_size=16, max_size=64).map(bytes.hex)
entries = st.builds(
    Entry,
    id=st.uuids(),
    tenant=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", fullmatch=True),
    at=st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    actor=identifiers,
    event=st.from_regex(r"[a-z][a-z0-9_-]{0,62}:[a-z][a-z0-9_-]{0,62}", fullmatch=True),
    purpose=identifiers,
    outcome=st.sampled_from(get_args(Outcome)),
    subject=st.dictionaries(names, identifiers, max_size=24),
    digests=st.dictionaries(names, digests, max_size=24),
)


@given(entries)
def test_comes_back_and_is_canonical(entry: Entry) -> None:
    leaf = encode(entry)
    assert decode(leaf) == entry
    assert rfc8785.dumps(json.loads(leaf)) == leaf
    assert leaf.isascii()


@given(entries, st.data())
def test_no_changed_byte_decodes_to_the_same_entry(entry: Entry, data: st.DataObject) -> None:
    leaf = encode(entry)
    at = data.draw(st.integers(0, len(leaf) - 1))
    changed = leaf[:at] + bytes([data.draw(st.integers(0, 255))]) + leaf[at + 1 :]
    try:
        read = decode(changed)
    except IntegrityFailure:
        return
    assert encode(read) == changed
    assert (read == entry) is (changed == leaf)


@given(st.binary(max_size=300))
def test_any_bytes_decode_or_are_refused(leaf: bytes) -> None:
    try:
        assert encode(decode(leaf)) == leaf
    except IntegrityFailure as failure:
        assert failure.code == "tampered_export"


@given(entries, st.integers(0, 2**63))
def test_a_line_holds_its_row(entry: Entry, index: int) -> None:
    leaf = encode(entry)
    assert parse_line(export_line(index, leaf)) == Row(index, leaf, leaf_hash(leaf))
    assert parse_line(export_line(index, leaf).encode()) == Row(index, leaf, leaf_hash(leaf))


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_line_is_a_row_or_none(line: str | bytes) -> None:
    assert parse_line(line) is None
