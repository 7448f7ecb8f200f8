"""Batches and transactions over HTTP: references between entries, all or nothing, and what may not be in one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from preceptor.db.transaction import tenant_transaction
from preceptor.fhir.check import check
from preceptor.fhir.issues import is_valid
from preceptor.fhir.lossless import read
from tests.doors.conftest import Console
from tests.doors.test_fhir_http import codes, made, opened
from tests.make import Tenant
from tests.make_chart import new_id, observation, patient

Json = dict[str, Any]
ONE, TWO = "urn:uuid:5fe62cd5-bfcf-4d3b-a1e9-80d6f75d6f82", "urn:uuid:7fe62cd5-bfcf-4d3b-a1e9-80d6f75d6f83"


def bundle(kind: str, *entries: Json) -> Json:
    """A bundle of requests."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method: str, url: str, resource: Json | None = None, full_url: str = "", **request: str) -> Json:
    """One request."""
    made: Json = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    return {"fullUrl": full_url, **made} if full_url else made


def about(reference: str, **more: Any) -> Json:
    """An Observation of whom a reference leads to."""
    return {**observation("x", **more), "subject": {"reference": reference}}


async def test_references_between_entries(console: Console, tenant: Tenant) -> None:
    """Ids are given out first, so that entries may stand in any order; conditions are looked up once."""
    mrn = {"identifier": [{"system": "http://example.org/mrn", "value": "M7"}]}
    async with await opened(console, tenant) as client:
        known = await made(client, patient(**mrn))
        sent = bundle(
            "transaction",
            entry("POST", "Observation", about(ONE, derivedFrom=[{"reference": TWO}]), "urn:uuid:" + new_id()),
            entry("POST", "Patient", patient("New"), ONE),
            entry("POST", "Observation", about(ONE), TWO),
            entry("POST", "Observation", about("Patient?identifier=http://example.org/mrn|M7")),
            entry("POST", "Patient", patient("Ignored", **mrn), ifNoneExist="identifier=http://example.org/mrn|M7"),
            entry("PUT", "Patient?identifier=http://example.org/mrn|M7", patient("Changed", **mrn)),
            entry("GET", f"Patient/{known['id']}"),
        )
        answer = await client.post("/fhir", json=sent)
        assert answer.status_code == 200, answer.text
        entries = answer.json()["entry"]
        assert is_valid(check(read(answer.content)))
        assert [e["response"]["status"] for e in entries] == ["201", "201", "201", "201", "200", "200", "200"]
        new, second = entries[1]["resource"]["id"], entries[2]["resource"]["id"]
        assert entries[0]["resource"]["subject"]["reference"] == f"Patient/{new}"
        assert entries[0]["resource"]["derivedFrom"][0]["reference"] == f"Observation/{second}"
        assert entries[3]["resource"]["subject"]["reference"] == f"Patient/{known['id']}"
        assert entries[4]["response"]["location"].startswith(f"Patient/{known['id']}/")
        assert entries[6]["resource"]["name"][0]["family"] == "Changed"  # reads see what was written
        found = (await client.get(f"/fhir/Observation?patient={new}&_total=accurate")).json()
        assert found["total"] == 2


async def test_all_or_nothing(console: Console, tenant: Tenant) -> None:
    """The place of the error is said; nothing is kept, nothing is recorded."""
    async with await opened(console, tenant) as client:
        wrong = about(ONE, status="nonsense")
        sent = bundle("transaction", entry("POST", "Patient", patient(), ONE), entry("POST", "Observation", wrong))
        answer = await client.post("/fhir", json=sent)
        assert answer.status_code == 422
        assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.status"]
        sent["entry"][1] = entry("PUT", f"Observation/{new_id()}", {**about(ONE), "id": "other"})
        assert (await client.post("/fhir", json=sent)).status_code == 422
        sent["entry"][1] = entry("DELETE", f"Observation/{new_id()}")
        answer = await client.post("/fhir", json=sent)
        assert answer.status_code == 404 and answer.json()["issue"][0]["expression"] == ["Bundle.entry[1]"]
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        assert await tx.value("select count(*) from chart_version where tenant = $1", tenant.id) == 0
        assert await tx.value("select count(*) from audit_entry where event like 'chart:%'") == 0


@pytest.mark.parametrize(
    "entries",
    [
        [entry("POST", "Observation", about(ONE))],  # leads to no entry
        [entry("POST", "Patient", patient(), ONE), entry("POST", "Patient", patient(), ONE)],
        [entry("PUT", "Patient/a", patient(id="a")), entry("DELETE", "Patient/a")],
        [entry("POST", "Patient/x", patient())],
        [entry("POST", "Patient?x=1", patient())],
        [entry("PUT", "Patient", patient())],
        [entry("POST", "Group", patient())],
        [entry("POST", "Patient")],
        [entry("GET", "Patient/x", patient())],
        [entry("PATCH", "Patient/x", {"resourceType": "Binary", "contentType": "application/json-patch+json"})],
        [entry("POST", "Observation", about("Patient?identifier=none|1"))],
        [{"resource": patient()}],
        [{}],
        [entry("POST", "Patient", patient(), "Patient/1")],  # an address that is relative
        [entry("POST", "Nothing", {"resourceType": "Nothing"})],
    ],
)
async def test_bundles_that_do_not_fit_are_refused(console: Console, tenant: Tenant, entries: list[Json]) -> None:
    """Each with a place, and nothing is written."""
    async with await opened(console, tenant) as client:
        answer = await client.post("/fhir", json=bundle("transaction", *entries))
        assert answer.status_code == 422, answer.text
        assert (await client.get("/fhir/Patient?_summary=count")).json()["total"] == 0


async def test_each_of_a_batch_by_itself(console: Console, tenant: Tenant) -> None:
    """Its error is its answer; the others are done."""
    async with await opened(console, tenant) as client:
        sent = bundle(
            "batch",
            entry("POST", "Patient", patient("Kept")),
            entry("POST", "Patient", {**patient(), "gender": "none"}),
            entry("GET", "Patient?family=Kept"),
            entry("GET", "Patient?colour=red"),
            entry("GET", f"Patient/{new_id()}"),
            entry("DELETE", f"Patient/{new_id()}"),
            entry("GET", "Patient/$everything"),
            entry("POST", "Patient/_search"),
            entry("PATCH", "Patient/x", {"resourceType": "Binary", "contentType": "x/y"}),
        )
        del sent["entry"][7]["request"]["method"]
        answer = await client.post("/fhir", json=sent)
        assert answer.status_code == 422  # a request without a method is no request
        del sent["entry"][7]
        answer = await client.post("/fhir", json=sent)
        entries = answer.json()["entry"]
        statuses = [e["response"]["status"] for e in entries]
        assert statuses == ["201", "422", "200", "422", "404", "404", "404", "422"]
        assert entries[2]["resource"]["entry"][0]["resource"]["name"][0]["family"] == "Kept"
        assert is_valid(check(read(answer.content)))


async def test_a_transaction_stays_inside_its_bounds(console: Console, tenant: Tenant) -> None:
    """Somebody who may only read writes nothing in a batch; a large bundle is refused before anything is done."""
    async with await console.client(tenant, "views", "reviewer") as client:
        sent = bundle("batch", entry("POST", "Patient", patient()), entry("GET", "Patient?family=xyz"))
        answer = await client.post("/fhir", json=sent, headers={"content-type": "application/fhir+json"})
        assert [e["response"]["status"] for e in answer.json()["entry"]] == ["403", "200"]
        sent["type"] = "transaction"
        answer = await client.post("/fhir", json=sent, headers={"content-type": "application/fhir+json"})
        assert answer.status_code == 403
    async with await opened(console, tenant) as client:
        many = [entry("POST", "Patient", patient()) for _ in range(1001)]
        answer = await client.post("/fhir", json=bundle("batch", *many))
        assert answer.status_code == 422 and codes(answer) == ["too-large"]
        assert json.loads((await client.get("/fhir/Patient?_summary=count")).text)["total"] == 0
