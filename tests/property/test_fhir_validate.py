"""Valid resources of every type are accepted, each class of error is found at its place, and nothing is given away."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from fhirpathpy import evaluate as other_evaluate
from fhirpathpy.models import models
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.make_fhir import TYPES, make_resource
from tests.make_mutants import MUTATIONS, at, mutants, put, spots

from preceptor.errors import Invalid
from preceptor.fhir.check import check
from preceptor.fhir.definitions import definitions, read_data
from preceptor.fhir.invariants import WRITTEN, holds
from preceptor.fhir.issues import is_valid, outcome
from preceptor.fhir.lossless import Digits, read, write
from preceptor.fhir.path_compile import evaluate

SEEDS = st.integers(0, 10**6)
KINDS = st.sampled_from(TYPES)
R4: Any = models["r4"]


@settings(max_examples=300, deadline=None)
@given(kind=KINDS, seed=SEEDS)
def test_valid_resources_are_accepted(kind: str, seed: int) -> None:
    """A resource made of what its definitions allow has no errors."""
    resource = make_resource(kind, random.Random(seed))
    assert [issue for issue in check(resource) if issue.wrong] == []


@settings(max_examples=100, deadline=None)
@given(kind=KINDS, seed=SEEDS)
def test_every_class_of_error_is_found_at_its_place(kind: str, seed: int) -> None:
    """Each mutant is refused, and an issue names the element that was changed or the one it belongs to."""
    rng = random.Random(seed)
    for mutant in mutants(make_resource(kind, rng), rng):
        issues = [issue for issue in check(mutant.resource) if issue.wrong]
        assert any(issue.expression.startswith(mutant.place) for issue in issues), (mutant.error, mutant.place, issues)


def test_the_mutants_cover_the_errors_and_the_types() -> None:
    """At least 19 classes of error over at least 30 types: the exam does not shrink unseen."""
    rng = random.Random(4)
    seen = {(m.error, kind) for kind in TYPES for n in range(4) for m in mutants(make_resource(kind, rng, 0.6), rng)}
    assert len({error for error, _ in seen}) == len(MUTATIONS) >= 19
    assert len({kind for _, kind in seen}) >= 30


GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(Digits("1.0")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "code", "id"]), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(kind=KINDS, seed=SEEDS, garbage=GARBAGE)
def test_no_input_breaks_the_check(kind: str, seed: int, garbage: Any) -> None:
    """Any JSON at any place gives issues, not an exception."""
    rng = random.Random(seed)
    resource = make_resource(kind, rng)
    spot = rng.choice([s.keys for s in spots(resource)] or [("status",)])
    outcome(check(put(resource, spot, garbage)))
    check(garbage)


@settings(max_examples=200, deadline=None)
@given(kind=KINDS, seed=SEEDS)
def test_issues_hold_no_content(kind: str, seed: int) -> None:
    """What is told of a resource in which every value was replaced by a canary does not hold it."""
    rng = random.Random(seed)
    resource = make_resource(kind, rng)
    for spot in spots(resource):
        try:
            value = at(resource, spot.keys)
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(value, str) and spot.member != "url":
            resource = put(resource, spot.keys, "Zebedee Canary\x00")
    assert "Zebedee" not in json.dumps(outcome(check(resource)))


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)


@settings(max_examples=300)
@given(number=NUMBERS, text=st.text(st.characters(blacklist_categories=("Cs",)), max_size=20))
def test_json_is_kept(number: str, text: str) -> None:
    """A number leaves as it was written, and texts and the order of members with it."""
    given_text = '{"b":' + number + ',"a":[' + json.dumps(text) + "," + number + '],"resourceType":"X"}'
    written = write(read(given_text.encode())).decode()
    again = json.loads(written, parse_float=Decimal, parse_int=Decimal)
    assert written.startswith('{"b":' + number + ',"a":[') and written.endswith("," + number + '],"resourceType":"X"}')
    assert again["a"][0] == text


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b'{"a":NaN}', b'{"a":-Infinity}', b"[]", b'"x"', b"", b"{",
        b'{"a":"\\ud800"}', b"\xff", b'{"a":1}{}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 100_000, b'{"a":1' + b"0" * 5000 + b"}",
        b'{"a":1e' + b"9" * 90 + b"}",
    ],
)  # fmt: skip
def test_what_is_not_read_without_loss_is_refused(content: bytes) -> None:
    """Twice the same member, no numbers, half characters, depth: refused, not guessed."""
    with pytest.raises(Invalid, match="fhir_json"):
        read(content)


def test_depth_that_can_be_read_is_still_refused() -> None:
    """Extensions within extensions: deeper than any honest resource."""
    inner: dict[str, Any] = {"url": "x", "valueString": "x"}
    for _ in range(300):
        inner = {"url": "http://example.org/x", "extension": [inner]}
    assert any(
        i.kind == "too-deep" for i in check({"resourceType": "Basic", "code": {"text": "x"}, "extension": [inner]})
    )


def _same(mine: list[Any], theirs: Any) -> bool:
    return json.dumps(mine, default=str, sort_keys=True) == json.dumps(theirs, default=str, sort_keys=True)


@settings(max_examples=150, deadline=None)
@given(kind=KINDS, seed=SEEDS)
def test_invariants_agree_with_another_fhirpath(kind: str, seed: int) -> None:
    """The invariants of a resource type come out as fhirpathpy has them; `resolve()` and `trace()` it does not know."""
    resource = make_resource(kind, random.Random(seed), 0.6)
    for key in definitions().types[kind].invariants:
        expression = definitions().invariants[key]
        if "trace(" in expression or "htmlChecks" in expression or "%resource" in expression:
            continue
        found = evaluate(expression, resource)
        if found == [] and "authoredOn" in expression:
            continue  # times of unequal precision: empty by the specification, which the other one does not follow
        assert _same(found, other_evaluate(resource, expression, {}, R4)), key


@settings(max_examples=100, deadline=None)
@given(kind=KINDS, seed=SEEDS)
def test_search_expressions_agree_with_another_fhirpath(kind: str, seed: int) -> None:
    """So do the expressions of search parameters."""
    resource = make_resource(kind, random.Random(seed), 0.6)
    for code, said in read_data("search.json.gz").get(kind, {}).items():
        expression = said["expression"]
        if "resolve()" in expression or "trace(" in expression:
            continue
        found = evaluate(expression, resource)
        assert _same(found, other_evaluate(resource, expression, {}, R4)), (code, expression)


@pytest.mark.parametrize("key", sorted(WRITTEN))
def test_written_invariants_are_those_of_the_specification(key: str) -> None:
    """What is written out for speed says the same as its FHIRPath, over objects with each member there or not."""
    expression = definitions().invariants[key]
    names = ("value", "system", "code", "data", "contentType", "comparator", "low", "high", "text", "name", "telecom")
    more = ("address", "organization", "resource", "request", "response", "start", "end")
    times = ["2020", "2020-05", "2020-06-01", "2021-01-01T00:00:00Z", "2019"]
    rng = random.Random(7)
    for _ in range(300):
        value: dict[str, Any] = {name: "x" for name in (*names, *more) if rng.random() < 0.4}
        for name in ("start", "end"):
            if name in value:
                value[name] = rng.choice(times)
        found = evaluate(expression, value)
        assert WRITTEN[key](value) == (found != [False]), value
        assert holds(key, expression, value, value, value) == (found != [False])


def test_what_is_not_loaded_is_said_and_counted() -> None:
    """A profile, an extension: never silence, never an error."""
    patient = {
        "resourceType": "Patient",
        "meta": {"profile": ["http://example.org/profile"]},
        "extension": [
            {"url": "http://example.org/e", "valueString": "x"},
            {"url": "http://example.org/e", "valueCode": "x"},
        ],
    }
    issues = check(patient)
    assert is_valid(issues)
    assert [(i.about, i.count) for i in issues] == [("http://example.org/e", 2), ("http://example.org/profile", 1)]
