"""Somebody with every role of one tenant is led, with the ids of another tenant, through every route there is: each
answers as for an id that never existed, and nothing of the other tenant changes.

A new route fails the walk until it is named here with the ids that are put through it.
"""

from __future__ import annotations

import re
import uuid

import pytest
from tests.attack.test_label_doors import without_ids
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, add_text, make_tenant
from tests.make_chart import chart, patient

from preceptor.access.permissions import ROLES
from preceptor.db.transaction import tenant_transaction
from preceptor.web.routes import PUBLIC, ROUTES, Route

TEXT = "# Zorbing lifts\n\nEffective date: January 1, 2026\n\nA zorbing lift is replaced every 7 years.\n"
ASKED = {"question": "How often is a zorbing lift replaced?"}
EXCHANGED: list[dict[str, object]] = [
    {
        "json": {
            "resourceType": "Bundle",
            "type": kind,
            "entry": [
                {"request": {"method": "GET", "url": "Patient/{id}"}},
                {"request": {"method": "GET", "url": "Patient?_id={id}"}},
                {"request": {"method": "DELETE", "url": "Patient/{id}"}},
            ],
        }
    }
    for kind in ("batch", "transaction")
]
SENT: dict[str, list[dict[str, object]]] = {
    "GET /": [{}],
    "POST /ask": [{"data": {**ASKED, "key": "00000000-0000-0000-0000-000000000001", "document": "{document}"}}],
    "GET /access": [{}],
    "GET /metrics": [],  # counts of the process, which change with each request; tested to name no tenant
    "POST /access": [{"data": {"who": "zelda", "permission": "policy:ask"}}],
    "GET /answers/{run}": [{}],
    "POST /answers/{run}/feedback": [{"data": {"kind": "right"}}],
    "GET /library": [{}],
    "POST /library/upload": [{}],
    "GET /library/{document}": [{}],
    "GET /library/{document}/differences": [{}],
    "POST /library/{document}/labels": [{"data": {"labels": ""}}],
    "POST /library/{document}/remove": [{"data": {"sure": "yes"}}],
    "GET /pages/{version}/{page}": [{}],
    "GET /pages/{version}/{page}/picture": [{}],
    "POST /api/v1/policy/questions": [{"json": ASKED}, {"json": {**ASKED, "document": "{document}"}}],
    "GET /api/v1/policy/answers/{run}": [{}],
    "POST /api/v1/policy/answers/{run}/feedback": [{"json": {"kind": "right"}}],
    "GET /api/v1/policy/documents": [{}],
    "GET /api/v1/policy/documents/{document}": [{}],
    "GET /api/v1/policy/documents/{document}/differences": [{}],
    "PUT /api/v1/policy/documents/{document}/labels": [{"json": {"labels": []}}],
    "DELETE /api/v1/policy/documents/{document}": [{}],
    "POST /api/v1/deid": [{"json": {"text": "nothing"}}],
    "GET /fhir": [{}],
    "GET /fhir/": [{}],
    "POST /fhir": EXCHANGED,
    "POST /fhir/": EXCHANGED,
    "GET /fhir/{type}": [{}, {"params": {"_id": "{id}"}}, {"params": {"family": "zorbling"}}],
    "POST /fhir/{type}/_search": [
        {"content": "_id={id}", "headers": {"content-type": "application/x-www-form-urlencoded"}},
    ],
    "GET /fhir/{type}/_history": [{}],
    "POST /fhir/{type}/$validate": [{"json": {"resourceType": "Patient", "id": "{id}"}}],
    "POST /fhir/{type}": [{"json": {"resourceType": "Patient", "link": [{"type": "x"}]}}],
    "PUT /fhir/{type}": [{"params": {"_id": "{id}"}, "json": {"resourceType": "Patient", "link": [{}]}}],
    "DELETE /fhir/{type}": [{"params": {"_id": "{id}"}}],
    "GET /fhir/{type}/{id}": [{}],
    "PUT /fhir/{type}/{id}": [
        {"json": {"resourceType": "Patient", "id": "{id}"}, "headers": {"if-match": 'W/"1"'}},
    ],
    "PATCH /fhir/{type}/{id}": [
        {"content": "[]", "headers": {"content-type": "application/json-patch+json"}},
        {"content": '[{"op":"remove","path":"/name"}]', "headers": {"content-type": "application/json-patch+json"}},
    ],
    "DELETE /fhir/{type}/{id}": [{}],
    "GET /fhir/{type}/{id}/_history": [{}],
    "GET /fhir/{type}/{id}/_history/{number}": [{}],
    "GET /fhir/{type}/{id}/$everything": [{}],
}
"""`METHOD /path` → the requests; a name in braces is an id of the other tenant."""

NAMED = {"document", "version", "run", "page", "name", "secret", "type", "id", "number"}
NOWHERE = {name: uuid.UUID(int=n) for n, name in enumerate(("document", "version", "run", "id"), 3)}


def filled(value: object, ids: dict[str, uuid.UUID]) -> object:
    """A request with ids in place of the names in braces."""
    if isinstance(value, dict):
        return {key: filled(part, ids) for key, part in value.items()}
    return re.sub(r"\{(\w+)\}", lambda m: str(ids[m[1]]), value) if isinstance(value, str) else value


def address(route: Route, ids: dict[str, uuid.UUID]) -> str:
    """The address of a route with ids in it."""
    return route.path.format(**ids, page=1, type="Patient", number=1)


def test_every_route_is_walked() -> None:
    assert {f"{r.method} {r.path}" for r in ROUTES if r.permission != PUBLIC} == set(SENT)
    for route in ROUTES:  # an id of a new kind must come from the other tenant too
        assert set(re.findall(r"\{(\w+)\}", route.path)) <= {
            "document",
            "version",
            "run",
            "page",
            "name",
            "secret",
            "type",
            "id",
            "number",
        }


async def state(console: Console, tenant: Tenant) -> list[object]:  # noqa: F811
    """What would differ if somebody had acted in the tenant."""
    tables = (
        "audit_entry",
        "document",
        "policy_feedback",
        "policy_question",
        "passage",
        "document_original",
        "account",
        "chart_version",
    )
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        counts: list[object] = [await tx.value(f"select count(*) from {table}") for table in tables]
        labels = await tx.value("select array_agg(labels::text || state) from document join document_version v on true")
    return [*counts, labels]


@pytest.mark.parametrize("route", [r for r in ROUTES if r.permission != PUBLIC], ids=lambda r: f"{r.method} {r.path}")
async def test_ids_of_another_tenant_open_nothing(console: Console, tenant: Tenant, route: Route) -> None:  # noqa: F811
    victim = await make_tenant(console.services, tenant.id + "-victim")
    added = await add_text(console.services, victim, "zorbing", TEXT)
    async with await console.client(victim, "zelda", "librarian") as client:
        run = (await client.post("/api/v1/policy/questions", json=ASKED)).json()["run"]
    async with tenant_transaction(console.services.database, victim.id, "test:x", read_only=True) as tx:
        document = await tx.value("select document from document_version where id = $1", added.version_id)
    assert added.version_id is not None
    theirs = {"document": document, "version": added.version_id, "run": uuid.UUID(run)}
    kept = await chart(console.services, victim).create(patient("Zorbling"))
    theirs["id"] = uuid.UUID(kept.version.id)
    before = await state(console, victim)
    async with await console.client(tenant, "mallory", *ROLES) as client:
        for request in SENT[f"{route.method} {route.path}"]:
            answers = [
                await client.request(
                    route.method, route.path.format(**ids, page=1, type="Patient", number=1), **filled(request, ids)
                )  # type: ignore[arg-type]
                for ids in (theirs, NOWHERE)
            ]
            shown = [a.text for a in answers]
            assert answers[0].status_code == answers[1].status_code, shown
            if set(re.findall(r"\{(\w+)\}", route.path)) & set(NOWHERE):
                assert answers[0].status_code in (404, 412, 422), shown[0]
            assert without_ids(shown[0]) == without_ids(shown[1])
            assert "zorbling" not in shown[0].lower()
            marks = ("zorbing lift is replaced", "7 years", "Zorbing lifts")
            assert not any(mark in shown[0] for mark in marks)
    assert await state(console, victim) == before
    async with await console.client(victim, "zelda") as client:  # the walk can see what there is
        assert "zorbing" in (await client.get("/api/v1/policy/documents")).text.lower()


def test_no_route_takes_what_identifies_a_person() -> None:
    """PHI in URLs: what stands in a path is an id of ours, a page number, a static name or a one-time secret."""
    for route in ROUTES:
        for name in re.findall(r"\{(\w+)\}", route.path):
            assert name in NAMED, route.path
