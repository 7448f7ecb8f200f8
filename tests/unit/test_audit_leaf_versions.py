"""Version 2 names the agent, its model and rules, the decision and the reason; version 1 stays as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.audit_case import entry_of

from preceptor.audit.leaf import LATER, decode, encode
from preceptor.errors import IntegrityFailure, Invalid

LATER_SET = {"agent": "policy_question", "model": "host/m", "policy": "fit-3", "decision": "answer", "reason": "none"}


def test_an_entry_without_the_later_fields_is_version_1_byte_for_byte() -> None:
    leaf = encode(entry_of(1))
    assert json.loads(leaf)["v"] == 1
    assert not set(LATER) & set(json.loads(leaf))
    assert decode(leaf) == entry_of(1)


@pytest.mark.parametrize("names", [("agent",), ("model", "decision"), LATER])
def test_later_fields_come_back_and_the_others_are_left_out(names: tuple[str, ...]) -> None:
    entry = replace(entry_of(1), **{name: LATER_SET[name] for name in names})
    leaf = encode(entry)
    assert json.loads(leaf)["v"] == 2
    assert set(LATER) & set(json.loads(leaf)) == set(names)
    assert decode(leaf) == entry


@pytest.mark.parametrize("value", ["a sentence about Maria", "x" * 201, "tab\t", '"'])
def test_no_later_field_takes_prose(value: str) -> None:
    for name in LATER:
        with pytest.raises(Invalid) as caught:
            encode(replace(entry_of(1), **{name: value}))
        assert value not in str(caught.value)


def test_forms_that_encode_never_makes_are_refused() -> None:
    one, two = json.loads(encode(entry_of(1))), json.loads(encode(replace(entry_of(1), agent="a")))
    wrong = [
        {**one, "v": 2},
        {**two, "v": 1},
        {**two, "agent": ""},
        {**two, "agent": 1},
        {**two, "agents": "x"},
        {**one, "v": 3},
        {k: v for k, v in two.items() if k != "purpose"},
    ]
    for fields in wrong:
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        with pytest.raises(IntegrityFailure):
            decode(text.encode())
