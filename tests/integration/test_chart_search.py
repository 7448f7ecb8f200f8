"""Search: what the statement finds is what the resources themselves say, in every form, page by page."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from tests.make import Tenant
from tests.make_chart import chart, observation, patient, scoped
from tests.make_fhir import TYPES, make_resource

from preceptor.errors import Denied, Invalid
from preceptor.fhir.cursor import read_cursor
from preceptor.fhir.search import Page, search
from preceptor.fhir.search_match import meets_all
from preceptor.fhir.search_parameters import parameters
from preceptor.fhir.search_query import read_query
from preceptor.fhir.search_values import found_by
from preceptor.fhir.store import Chart
from preceptor.fhir.types import KEPT
from preceptor.wiring import Services

Json = dict[str, Any]
Pairs = list[tuple[str, str]]


async def ids(mine: Chart, kind: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Every match, over all pages."""
    found, last, page = list[str](), (), 0
    while True:
        one = await search(mine, kind, pairs, last)
        found += [version.id for version in one.matches]
        page += 1
        if one.after is None or page > 200:
            return found
        last = read_cursor(mine.owners.tenant, mine.caller.actor, one.after).last


def forms(kind: str, resource: Json, rng: random.Random) -> Pairs:
    """Searches that may find a resource, made of its own values, and some that may not."""
    found, made = found_by(resource), list[tuple[str, str]]()
    for name, tokens in found.tokens.items():
        for system, code in tokens:
            made += [(name, code), (name, f"{system}|{code}"), (f"{name}:not", code), (name, f"none,{code}")]
    for name, targets in found.references.items():
        for one in targets:
            if one.form == "rest":
                made += [(name, f"{one.type}/{one.id}"), (name, one.id), (f"{name}:{one.type}", one.id)]
    for name, times in found.dates.items():
        for one in times:
            day = one.low.date().isoformat()
            made += [(name, rng.choice(["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]) + day), (name, day[:7])]
    for name, amounts in found.amounts.items():
        for one in amounts:
            prefix = rng.choice(["", "eq", "ne", "gt", "lt", "ge", "le", "ap"])
            made += [(name, f"{prefix}{one.value}"), (name, f"{prefix}{one.value}|{one.system}|{one.code}")]
    for name, uris in found.uris.items():
        made += [(name, uri) for uri in uris]
    for parameter in parameters(kind).values():
        for one in found.digests.get(parameter.kept, []) if parameter.kept else []:
            if parameter.type == "string" and len(one.text) > 2:
                made += [(parameter.name, one.text[: rng.randrange(2, 20)]), (f"{parameter.name}:exact", one.text)]
            elif parameter.kept.startswith("identifier"):
                made += [(parameter.name, one.text), (parameter.name, f"{one.system}|{one.text}")]
    made += [(f"{name}:missing", rng.choice(["true", "false"])) for name in [*found.tokens, *found.dates]]
    return [(name, value) for name, value in made if value and "\\" not in value]


async def test_statements_find_what_resources_say(services: Services, tenant: Tenant) -> None:
    """Thousands of searches over all kept types, made of their own values: rows and content give the same answer."""
    rng, mine = random.Random(11), chart(services, tenant)
    tried = 0
    for kind in sorted(set(TYPES) & KEPT):
        kept = list[Json]()
        for _ in range(8):
            resource = make_resource(kind, rng, 0.7)
            for spot in ("subject", "patient"):
                if isinstance(resource.get(spot), dict):
                    resource[spot] = {"reference": f"Patient/p{rng.randrange(3)}"}
            kept.append((await mine.create(resource)).version.resource)
        asked = [pair for one in kept for pair in forms(kind, one, rng)]
        for _ in range(min(60, len(asked))):
            pairs = rng.sample(asked, min(len(asked), rng.choice([1, 1, 2, 3])))
            query = read_query(kind, pairs, services.clock.now())
            expected = sorted(one["id"] for one in kept if meets_all(one, query.clauses))
            assert await ids(mine, kind, pairs) == expected, (kind, pairs)
            tried += 1
    assert tried > 1500


async def test_pages_and_sorting(services: Services, tenant: Tenant) -> None:
    """Every match once, in order, whatever the size of a page; what lacks the value comes last."""
    mine = chart(services, tenant)
    one = (await mine.create(patient())).version.id
    rng, days = random.Random(3), dict[str, str]()
    for number in range(23):
        day = f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 28):02}"
        made = (await mine.create(observation(one, value=number, day=day))).version
        days[made.id] = day
    undated = observation(one)
    del undated["effectiveDateTime"]
    last = (await mine.create(undated)).version.id
    for count in ("1", "7", "50"):
        assert sorted(await ids(mine, "Observation", [("_count", count)])) == sorted([*days, last])
        for sign in ("", "-"):
            found = await ids(mine, "Observation", [("_sort", f"{sign}date"), ("_count", count), ("patient", one)])
            assert found[-1] == last and len(found) == len(set(found)) == 24
            ordered = [days[identity] for identity in found[:-1]]
            assert ordered == sorted(ordered, reverse=sign == "-")
        both = await ids(mine, "Observation", [("_sort", "-_lastUpdated,_id"), ("_count", count)])
        assert both[0] == last and len(both) == 24


async def test_totals(services: Services, tenant: Tenant) -> None:
    """Counted by rows; where rows do not settle it, by looking at the resources."""
    mine = chart(services, tenant)
    for family in ("Featherstonehaugh-One", "Featherstonehaugh-Two", "Short"):
        await mine.create(patient(family))
    assert (await search(mine, "Patient", [("_summary", "count")])).total == 3
    assert (await search(mine, "Patient", [("family", "Featherstonehaugh-T"), ("_summary", "count")])).total == 1
    assert (await search(mine, "Patient", [("family", "feather"), ("_total", "accurate")])).total == 2
    assert (await search(mine, "Patient", [("_count", "0")])).total == 3
    assert (await search(mine, "Patient", [])).total is None


async def test_chains_and_includes(services: Services, tenant: Tenant) -> None:
    """One reference deep, both ways; nothing of another patient comes along."""
    mine = chart(services, tenant)
    one, other = (await mine.create(patient("One"))).version.id, (await mine.create(patient("Other"))).version.id
    own, foreign = (await mine.create(observation(one))).version.id, (await mine.create(observation(other))).version.id
    assert await ids(mine, "Observation", [("patient.family", "One")]) == [own]
    assert await ids(mine, "Observation", [("subject:Patient.family", "oth")]) == [foreign]
    assert await ids(mine, "Observation", [("subject:Patient.birthdate", "1951"), ("code", "8480-6")]) == sorted(
        [own, foreign]
    )

    def listed(page: Page) -> list[str]:
        return [f"{version.type}/{version.id}" for version in page.included]

    page = await search(mine, "Observation", [("_id", own), ("_include", "Observation:subject")])
    assert listed(page) == [f"Patient/{one}"]
    page = await search(mine, "Patient", [("_id", one), ("_revinclude", "Observation:subject:Patient")])
    assert listed(page) == [f"Observation/{own}"]
    held = chart(services, tenant, scoped(tenant, "user/Observation.rs"))
    page = await search(held, "Observation", [("_include", "Observation:subject")])
    assert len(page.matches) == 2 and page.included == ()
    with pytest.raises(Denied):
        await search(held, "Observation", [("subject:Patient.family", "One")])
    inside = chart(services, tenant, scoped(tenant, "patient/*.rs", one))
    assert await ids(inside, "Observation", [("subject:Patient.family", "Other")]) == []
    page = await search(inside, "Patient", [("_revinclude", "Observation:subject")])
    assert listed(page) == [f"Observation/{own}"]


@pytest.mark.parametrize(
    "pairs",
    [
        [("nonsense", "1")], [("Code", "1")], [("code:text", "x")], [("code:in", "x")], [("code:above", "x")],
        [("subject:Nothing", "1")], [("subject:Practitioner", "1")], [("subject", "Practitioner/1")], [("code", "")],
        [("code", "a,,b")], [("date", "yesterday")], [("date", "2026-13-01")], [("date:not", "2026")],
        [("value-quantity", "x")], [("value-quantity", "5||")], [("value-quantity", "1e999999")], [("_count", "-1")],
        [("_sort", "code")], [("_sort", "date,_id,-date")], [("_include", "*")], [("_include", "Patient:link")],
        [("_include", "Observation:code")], [("_include:iterate", "Observation:subject")],
        [("_revinclude", "Patient:link")], [("_elements", "nothing")], [("_summary", "some")], [("_total", "all")],
        [("_format", "xml")], [("_has:Patient:link:x", "1")], [("_filter", "x")], [("_query", "x")], [("_text", "x")],
        [("_content", "x")], [("_list", "x")], [("_type", "Patient")], [("_contained", "true")],
        [("subject.name", "x")], [("subject:Patient.organization.name", "x")], [("value-string:contains", "x")],
        [("value-string:missing", "true")], [("code-value-quantity", "a$5")], [("_id:not", "1"), ("nonsense", "x")],
        [("_count", "1"), ("_count", "2")], [("code", "x" * 2001)], [("code", "1")] * 31, [("", "x")],
        [("_lastupdated", "2020")],
    ],
)  # fmt: skip
async def test_what_is_not_supported_is_refused(services: Services, tenant: Tenant, pairs: Pairs) -> None:
    """Never ignored: an ignored filter is a leak. The value is not repeated."""
    with pytest.raises(Invalid, match=r"search_parameter|identifying_search") as caught:
        await search(chart(services, tenant), "Observation", pairs)
    assert "yesterday" not in caught.value.text


async def test_a_chain_that_rows_do_not_settle_is_refused(services: Services, tenant: Tenant) -> None:
    """The target of a chain is not read again: what its digests cannot tell apart may not be asked."""
    mine = chart(services, tenant)
    for family in ("Featherstonehaugh-One", "Featherstonehaugh-Two"):
        await mine.create(observation((await mine.create(patient(family))).version.id))
    assert len(await ids(mine, "Observation", [("subject:Patient.family", "featherstone")])) == 2
    with pytest.raises(Invalid, match="search_parameter"):
        await search(mine, "Observation", [("subject:Patient.family", "featherstonehaugh-one")])
    exact = [("subject:Patient.family:exact", "Featherstonehaugh-One")]
    assert len(await ids(mine, "Observation", exact)) == 1


async def test_cursors_are_for_their_caller(services: Services, tenant: Tenant) -> None:
    """They hold no search in the clear, and open for nobody else."""
    mine = chart(services, tenant)
    for _ in range(3):
        await mine.create(patient("Zebedee"))
    page = await search(mine, "Patient", [("family", "Zebedee"), ("_count", "2")])
    assert page.after is not None and "Zeb" not in page.after
    keys = mine.owners.tenant
    assert read_cursor(keys, mine.caller.actor, page.after).pairs == (("family", "Zebedee"), ("_count", "2"))
    for actor, text in (
        ("account:x", page.after),
        (mine.caller.actor, page.after[:-4] + "AAAA"),
        ("", "x"),
        ("", "é" * 9000),
    ):
        with pytest.raises(Invalid):
            read_cursor(keys, actor, text)
