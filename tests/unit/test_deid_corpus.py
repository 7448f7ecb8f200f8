"""The invented training text: every offset right, the same text for the same seed, and negatives that are clean."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import pairwise

import pytest
from training.deid.corpus import (
    LABELS,
    TEMPLATES,
    Example,
    assemble,
    documents,
    fill,
    is_negative,
    recase,
    settle,
    templates,
)
from training.deid.people import LISTS, Person, draw_person, origins, sections, write_name
from training.deid.values import is_labelled

LABELLED = re.compile(r"\{(name|p\d*|dr\d*|kin\d*|[a-z ]+?\d*)(?:\.[a-z_]+)?(?::[ul])?\}")


def expected(settled: str) -> list[tuple[str, str]]:
    """(literal text just before a labelled slot, its label) in a settled template, read without the corpus's parser."""
    found: list[tuple[str, str]] = []
    last = 0
    for hit in LABELLED.finditer(settled):
        base = hit[1].rstrip("0123456789")
        before = settled[last : hit.start()]
        last = hit.end()
        if base in {"name", "p", "dr", "kin"}:
            found.append((before, "NAME"))
        elif base != "facility" and is_labelled(base):
            kinds = {"town", "county", "street", "road", "zip", "address", "school", "church", "landmark", "quarter"}
            found.append((before, "GEO" if base in kinds | {"water"} else "OTHER"))
    return found


@pytest.mark.parametrize("at", range(len(templates())))
def test_every_slot_of_a_template_becomes_a_span_at_its_place(at: int) -> None:
    settled = settle(templates()[at], random.Random(at)).removeprefix("@es ")
    if "{facility}" in settled:
        settled = settled.replace("{facility}", "Clinic")
    (example,) = documents(at, 1, [settled])
    wanted = expected(settled)
    assert [label for _, _, label in example.spans] == [label for _, label in wanted]
    for (start, end, _), (before, _) in zip(example.spans, wanted, strict=True):
        held = example.text[start:end]
        assert held and held == held.strip()
        assert example.text[:start].casefold().endswith(before.casefold())
    for (_, end, _), (start, _, _) in pairwise(example.spans):
        assert end <= start


@pytest.mark.parametrize("case", range(5))
def test_a_change_of_case_moves_no_boundary(case: int) -> None:
    parts = recase((("x ", ""), ("Straßer", "NAME"), (" of ", ""), ("İzmir", "GEO"), (".", "")), case)
    example = assemble(0, parts)
    held = [example.text[start:end].casefold() for start, end, _ in example.spans]
    assert held[0] == "strasser"
    assert held[1].startswith("i") and held[1].endswith("zmir")


def test_a_document_says_where_its_names_are() -> None:
    (example,) = documents(3, 1, ["Dr. {dr.last}'s pt, {name.full} of {town}, {date}; {name.first}."])
    found = [(example.text[start:end], label) for start, end, label in example.spans]
    assert [label for _, label in found] == ["NAME", "NAME", "GEO", "OTHER", "NAME"]
    assert found[1][0].casefold().startswith(found[4][0].casefold())
    assert example.text[example.spans[0][1] :].casefold().startswith("'s pt, ")


def test_the_same_seed_makes_the_same_documents_and_another_seed_others() -> None:
    first, again, other = (tuple(documents(seed, 300)) for seed in (11, 11, 12))
    assert first == again
    assert first != other
    assert tuple(documents(11, 50)) == first[:50]


def test_negatives_are_many_and_hold_no_span() -> None:
    negatives = [template for template in templates() if is_negative(template)]
    assert len(negatives) >= 150
    assert all(not example.spans for example in documents(5, 2 * len(negatives), negatives))


def test_every_template_that_is_no_negative_can_hold_a_span() -> None:
    positives = [template for template in templates() if not is_negative(template)]
    bare: set[int] = {example.template for example in documents(6, len(positives), positives) if not example.spans}
    assert all("|" in positives[at] for at in bare)


def test_templates_are_many_different_and_in_many_files() -> None:
    assert len(templates()) >= 500
    assert len(list(TEMPLATES.glob("*.txt"))) >= 12
    # The words around the slots must differ; what stands in a slot makes no template a new one.
    shapes = [" ".join(re.sub(r"\{[^}]*\}", "_", template).casefold().split()) for template in templates()]
    assert [shape for shape, count in Counter(shapes).items() if count > 1] == []


def test_no_slot_is_left_open() -> None:
    for example in documents(8, 2 * len(templates())):
        assert not set("{}") & set(example.text), example.template
        assert {label for _, _, label in example.spans} <= set(LABELS)


def test_every_template_comes_before_any_comes_twice() -> None:
    count = len(templates())
    assert sorted(example.template for example in documents(9, count)) == list(range(count))


def test_a_slot_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        list[Example](documents(1, 1, ["{no_such_thing}"]))
    with pytest.raises(KeyError):
        write_name(Person("Ana", "Bo", "Roe", "Annie"), "no_such_form", random.Random(1))


def test_kin_share_the_surname_of_the_patient() -> None:
    for seed in range(20):
        parts = fill("{kin.last}|{name.last}|{kin2.last}", random.Random(seed))
        assert parts[0] == parts[2] == parts[4]


def test_names_come_from_many_origins_and_some_from_no_list() -> None:
    own = sections("origins")
    assert len(origins()) >= 20
    for origin in origins():
        assert len(own[f"{origin} given"]) >= 25
        assert len(own[f"{origin} surnames"]) >= 40
    known = {name.casefold() for names in (*own.values(), *sections("frequent").values()) for name in names}
    for name in ("given", "surnames"):
        known |= {line.rstrip("*") for line in (LISTS / f"{name}.txt").read_text("utf-8").split("\n")}
    known |= set((LISTS / "eponyms.txt").read_text("utf-8").split())
    rng = random.Random(4)
    people = [draw_person(rng) for _ in range(3000)]
    unlisted = sum(person.last.casefold() not in known for person in people)
    assert 0.05 < unlisted / len(people) < 0.25
    assert len({person.last for person in people}) > 1500
