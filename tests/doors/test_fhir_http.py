"""The FHIR door over real HTTP: every interaction, its headers, its refusals."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from preceptor.fhir.check import check
from preceptor.fhir.issues import is_valid
from preceptor.fhir.lossless import read
from preceptor.fhir.types import KEPT
from tests.doors.conftest import Console
from tests.make import Tenant
from tests.make_chart import new_id, observation, patient

Json = dict[str, Any]
LARGE = b'{"resourceType":"Binary","contentType":"a/b","data":"' + b"QUFB" * 5_000_000 + b'"}'
FHIR = {"content-type": "application/fhir+json"}


async def opened(console: Console, tenant: Tenant) -> httpx.AsyncClient:
    """A clinician."""
    client = await console.client(tenant, "clinician-" + new_id()[:8], "clinician")
    client.headers["content-type"] = "application/fhir+json"
    return client


async def made(client: httpx.AsyncClient, resource: Json) -> Json:
    """A resource that was created."""
    answer = await client.post(f"/fhir/{resource['resourceType']}", json=resource)
    assert answer.status_code == 201, answer.text
    return answer.json()


def codes(answer: httpx.Response) -> list[str]:
    """What an OperationOutcome says."""
    document = answer.json()
    assert document["resourceType"] == "OperationOutcome" and answer.headers["content-type"].startswith(
        "application/fhir+json"
    )
    return [issue["details"]["coding"][0]["code"] for issue in document["issue"]]


async def test_create_read_update_delete(console: Console, tenant: Tenant) -> None:
    """Addresses, entity tags, times; conditions; what Prefer asks for."""
    async with await opened(console, tenant) as client:
        answer = await client.post("/fhir/Patient", json=patient())
        identity = answer.json()["id"]
        assert answer.status_code == 201 and answer.headers["etag"] == 'W/"1"'
        assert answer.headers["location"] == f"{console.base}/fhir/Patient/{identity}/_history/1"
        where = f"/fhir/Patient/{identity}"
        answer = await client.get(where)
        assert (
            answer.status_code == 200
            and answer.headers["cache-control"] == "no-store"
            and "last-modified" in answer.headers
        )
        assert (await client.get(where, headers={"if-none-match": 'W/"1"'})).status_code == 304
        assert (await client.head(where)).status_code == 200
        changed = {**answer.json(), "gender": "other"}
        answer = await client.put(where, json=changed, headers={"if-match": 'W/"7"'})
        assert answer.status_code == 412 and codes(answer) == ["version_mismatch"]
        answer = await client.put(where, json=changed, headers={"if-match": 'W/"1"', "prefer": "return=minimal"})
        assert answer.status_code == 200 and answer.content == b"" and answer.headers["etag"] == 'W/"2"'
        answer = await client.put(where, json=changed, headers={"prefer": "return=OperationOutcome"})
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert (await client.get(where + "/_history/1")).json()["gender"] == "female"
        assert (await client.delete(where)).status_code == 204
        assert (await client.delete(where)).status_code == 204
        answer = await client.get(where)
        assert answer.status_code == 410 and codes(answer) == ["resource_deleted"]
        history = (await client.get(where + "/_history")).json()
        assert [e["request"]["method"] for e in history["entry"]] == ["DELETE", "PUT", "PUT", "POST"]
        assert is_valid(check(read(json.dumps(history).encode())))
        assert len((await client.get("/fhir/Patient/_history?_count=2")).json()["entry"]) == 2
        own = new_id()
        answer = await client.put(f"/fhir/Patient/{own}", json={**patient(), "id": own})
        assert answer.status_code == 201


async def test_patch(console: Console, tenant: Tenant) -> None:
    """RFC 6902; what it makes is validated; a patch that does not apply changes nothing."""
    headers = {"content-type": "application/json-patch+json"}
    async with await opened(console, tenant) as client:
        where = f"/fhir/Patient/{(await made(client, patient()))['id']}"
        operations: list[Json] = [{"op": "replace", "path": "/gender", "value": "male"}]
        assert (await client.patch(where, json=operations, headers=headers)).json()["gender"] == "male"
        operations = [{"op": "test", "path": "/gender", "value": "female"}, {"op": "remove", "path": "/name"}]
        answer = await client.patch(where, json=operations, headers=headers)
        assert answer.status_code == 422 and codes(answer) == ["fhir_patch"]
        operations = [{"op": "add", "path": "/gender", "value": "none"}]
        answer = await client.patch(where, json=operations, headers=headers)
        assert answer.status_code == 422 and answer.json()["issue"][0]["expression"] == ["Patient.gender"]
        for broken in (b"[", b"{}", b"[1]", b'[{"op":"move","path":"/id"}]'):
            answer = await client.patch(where, content=broken, headers=headers)
            assert answer.status_code == 422 and codes(answer) == ["fhir_patch"]
        operations = [{"op": "replace", "path": "/id", "value": new_id()}]
        assert (await client.patch(where, json=operations, headers=headers)).status_code == 422
        assert (await client.get(where)).headers["etag"] == 'W/"2"'


async def test_conditional_requests(console: Console, tenant: Tenant) -> None:
    """None, one, many; and of twenty at once exactly one creates."""
    mrn = {"identifier": [{"system": "http://example.org/mrn", "value": "M1"}]}
    sought = "identifier=http://example.org/mrn|M1"
    async with await opened(console, tenant) as client:
        sent = {"if-none-exist": sought}
        answers = await asyncio.gather(
            *(client.post("/fhir/Patient", json=patient(**mrn), headers=sent) for _ in range(20))
        )
        assert sorted(a.status_code for a in answers) == [200] * 19 + [201]
        assert len({a.json()["id"] for a in answers}) == 1
        answer = await client.put(f"/fhir/Patient?{sought}", json={**patient(**mrn), "gender": "other"})
        assert answer.status_code == 200 and answer.headers["etag"] == 'W/"2"'
        answer = await client.put("/fhir/Patient?identifier=none|9", json=patient())
        assert answer.status_code == 201
        for condition in ("gender=female,other,male", "gender:not=unknown"):
            answer = await client.delete(f"/fhir/Patient?{condition}")
            assert answer.status_code == 412 and codes(answer) == ["many_matches"]
        assert (await client.delete(f"/fhir/Patient?{sought}")).status_code == 204
        assert (await client.delete(f"/fhir/Patient?{sought}")).status_code == 404
        for condition in ("", "?nonsense=1", "?_count=1"):
            assert (await client.delete(f"/fhir/Patient{condition}")).status_code == 422


async def test_search_pages_by_cursor(console: Console, tenant: Tenant) -> None:
    """GET and POST find the same; links are cursors that say nothing; parts of resources are marked."""
    async with await opened(console, tenant) as client:
        one = (await made(client, patient("Zebedee")))["id"]
        for number in range(5):
            await made(client, observation(one, value=number))
        form = {"content-type": "application/x-www-form-urlencoded"}
        got = (await client.get(f"/fhir/Observation?patient={one}&_count=2")).json()
        posted = await client.post("/fhir/Observation/_search?_count=2", content=f"patient={one}", headers=form)
        assert [e["resource"] for e in got["entry"]] == [e["resource"] for e in posted.json()["entry"]]
        seen, page = list[str](), got
        while True:
            seen += [e["resource"]["id"] for e in page["entry"]]
            links = {link["relation"]: link["url"] for link in page["link"]}
            assert one not in json.dumps(page["link"]) and is_valid(check(read(json.dumps(page).encode())))
            if "next" not in links:
                break
            page = (await client.get(links["next"])).json()
        assert len(seen) == len(set(seen)) == 5
        again = (await client.get({link["relation"]: link["url"] for link in got["link"]}["self"])).json()
        assert again["entry"] == got["entry"]
        part = (await client.get(f"/fhir/Observation?patient={one}&_elements=valueQuantity&_count=1")).json()
        resource = part["entry"][0]["resource"]
        assert set(resource) == {"resourceType", "id", "meta", "status", "code", "valueQuantity"}
        assert resource["meta"]["tag"][0]["code"] == "SUBSETTED"
        short = (await client.get("/fhir/Patient?family=zeb&_summary=true")).json()["entry"][0]["resource"]
        assert "name" in short and "contact" not in short
        count = (await client.get("/fhir/Observation?_summary=count")).json()
        assert count["total"] == 5 and "entry" not in count
        for query in ("colour=red", "patient:Practitioner=1", "code:text=x", "_filter=a", "_page=forged"):
            answer = await client.get(f"/fhir/Observation?{query}")
            assert answer.status_code == 422 and codes(answer) == ["search_parameter"]
        assert (await client.get("/fhir?_type=Patient")).status_code == 422
        assert (await client.get(f"/fhir/Patient/{one}?_elements=id")).status_code == 422


async def test_everything(console: Console, tenant: Tenant) -> None:
    """The Patient and its compartment, page by page, and nobody else's."""
    async with await opened(console, tenant) as client:
        one, other = (await made(client, patient()))["id"], (await made(client, patient()))["id"]
        own = {(await made(client, observation(one)))["id"] for _ in range(3)}
        await made(client, observation(other))
        page = (await client.get(f"/fhir/Patient/{one}/$everything?_count=2")).json()
        ids = [e["resource"]["id"] for e in page["entry"]]
        assert ids[0] == one
        page = (await client.get(page["link"][1]["url"])).json()
        ids += [e["resource"]["id"] for e in page["entry"]]
        assert set(ids) == {one, *own} and len(ids) == 4
        assert (await client.get(f"/fhir/Patient/{one}/$everything?_since=2020")).status_code == 422
        assert (await client.get(f"/fhir/Patient/{new_id()}/$everything")).status_code == 404
        assert (await client.get(f"/fhir/Group/{new_id()}/$everything")).status_code == 404


async def test_validate(console: Console, tenant: Tenant) -> None:
    """Always 200: the outcome says it; also wrapped in Parameters, with a profile that is not loaded."""
    async with await opened(console, tenant) as client:
        answer = await client.post("/fhir/Patient/$validate", json={**patient(), "gender": "none"})
        assert answer.status_code == 200 and answer.json()["issue"][0]["expression"] == ["Patient.gender"]
        profile = "http://example.org/profile"
        wrapped = {"resourceType": "Parameters", "parameter": [
            {"name": "resource", "resource": patient()}, {"name": "profile", "valueUri": profile}]}  # fmt: skip
        answer = await client.post("/fhir/Patient/$validate", json=wrapped)
        assert answer.json()["issue"][0]["severity"] == "information" and profile in answer.text
        assert (await client.get("/fhir/Patient?_total=accurate")).json()["total"] == 0


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("GET", "/fhir/Nothing", {}, b"", 422, "fhir_type"),
        ("GET", "/fhir/Patient/none", {}, b"", 404, "not_found"),
        ("GET", "/fhir/Patient/a/b/c", {}, b"", 404, "not_found"),
        ("GET", "/fhir/AuditEvent/x", {}, b"", 403, "denied"),
        ("POST", "/fhir/AuditEvent", FHIR, b'{"resourceType":"AuditEvent"}', 422, "fhir_type"),
        ("PUT", "/fhir/metadata", FHIR, b"{}", 404, "not_found"),
        ("TRACE", "/fhir/Patient", {}, b"", 405, "invalid_request"),
        ("POST", "/fhir/Patient/x", FHIR, b"{}", 405, "invalid_request"),
        ("POST", "/fhir/Patient", {"content-type": "text/plain"}, b"{}", 415, "unsupported_content"),
        ("POST", "/fhir/Patient", {"content-type": "application/fhir+xml"}, b"<x/>", 415, "unsupported_content"),
        ("POST", "/fhir/Patient", {"content-type": "text/json; charset=latin-1"}, b"{}", 415, "unsupported_content"),
        ("GET", "/fhir/Patient", {"accept": "application/fhir+xml"}, b"", 406, "not_acceptable"),
        ("POST", "/fhir/Patient", FHIR, b"", 422, "not-json"),
        ("POST", "/fhir/Patient", FHIR, b'{"resourceType":"Patient","active":true,"active":false}', 422, "not-json"),
        ("POST", "/fhir/Patient", FHIR, b'{"resourceType":"Patient","multipleBirthInteger":NaN}', 422, "not-json"),
        ("POST", "/fhir/Patient", FHIR, b'{"a":' * 20_000, 422, "not-json"),
        ("POST", "/fhir/Patient", FHIR, b'{"resourceType":"Group"}', 422, "identity"),
        ("POST", "/fhir/Patient", FHIR, b'{"x":' * 500 + b"1" + b"}" * 500, 422, "too-deep"),
        ("POST", "/fhir", FHIR, b'{"x":' * 500 + b"1" + b"}" * 500, 422, "too-deep"),
        ("POST", "/fhir/Patient", {**FHIR, "idempotency-key": "k"}, b"{}", 422, "invalid_request"),
        ("POST", "/fhir/Patient?x=1", FHIR, b'{"resourceType":"Patient"}', 422, "search_parameter"),
        ("PUT", "/fhir/Patient/a", {**FHIR, "if-match": "x"}, b'{"resourceType":"Patient"}', 422, "invalid_request"),
        ("PUT", "/fhir/Patient/a", FHIR, b'{"resourceType":"Patient","id":"b"}', 422, "identity"),
        ("PUT", "/fhir/Patient/maria", FHIR, b'{"resourceType":"Patient","id":"maria"}', 422, "client_id"),
        ("POST", "/fhir", FHIR, b'{"resourceType":"Patient"}', 422, "entry"),
        ("POST", "/fhir/Binary", FHIR, LARGE, 422, "too-large"),
        ("POST", "/fhir/Patient", FHIR, b" " * (33 * 1024 * 1024), 413, "request_too_large"),
    ],
)  # fmt: skip
async def test_refusals_are_outcomes(
    console: Console, tenant: Tenant, method: str, path: str, headers: Json, body: bytes, status: int, code: str
) -> None:
    """Each with its status and a stable code; nothing of the input comes back."""
    async with await opened(console, tenant) as client:
        del client.headers["content-type"]
        answer = await client.request(method, path, headers=headers, content=body)
        assert (answer.status_code, codes(answer)[0]) == (status, code), answer.text


async def test_callers(console: Console, tenant: Tenant) -> None:
    """Nobody, somebody without the permission, and the pages anybody may read."""
    async with httpx.AsyncClient(base_url=console.base) as client:
        answer = await client.get("/fhir/Patient")
        assert (
            answer.status_code == 401 and "www-authenticate" in answer.headers and codes(answer) == ["unauthenticated"]
        )
        statement = (await client.get("/fhir/metadata")).json()
        assert is_valid(check(read(json.dumps(statement).encode()))), check(statement)
        listed = {one["type"] for one in statement["rest"][0]["resource"]}
        assert listed == {*KEPT, "AuditEvent"} and statement["fhirVersion"] == "4.0.1"
        assert "token_endpoint" in (await client.get("/fhir/.well-known/smart-configuration")).json()
    async with await console.client(tenant, "reads", "reader") as client:
        answer = await client.get("/fhir/Patient")
        assert answer.status_code == 403 and codes(answer) == ["denied"]


async def test_the_log_as_audit_events(console: Console, tenant: Tenant) -> None:
    """Each act on the record is an AuditEvent that holds to FHIR; who may not read the log sees none."""
    async with await opened(console, tenant) as client:
        one = await made(client, patient("Zebedee"))
        seen = await made(client, observation(one["id"]))
        await client.get(f"/fhir/Observation/{seen['id']}")
        assert (await client.get("/fhir/AuditEvent")).status_code == 403
    async with await console.client(tenant, "watches", "auditor", "reviewer") as client:
        page = (await client.get("/fhir/AuditEvent?_count=2")).json()
        events = list[Json]()
        while True:
            events += [entry["resource"] for entry in page["entry"]]
            links = {link["relation"]: link["url"] for link in page["link"]}
            if "next" not in links:
                break
            page = (await client.get(links["next"])).json()
        assert len({event["id"] for event in events}) == len(events) >= 4
        for event in events:
            assert [issue for issue in check(read(json.dumps(event).encode())) if issue.wrong] == []
        shown = {
            (e["action"], e["subtype"][0]["code"], e["entity"][0].get("what", {}).get("reference")) for e in events
        }
        assert ("R", "read", f"Observation/{seen['id']}/_history/1") in shown
        assert ("C", "create", f"Patient/{one['id']}") in shown
        assert "Zebedee" not in json.dumps(events)
        written = next(event for event in events if event["action"] == "C")
        assert written["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
        alone = (await client.get(f"/fhir/AuditEvent/{events[0]['id']}")).json()
        assert alone["id"] == events[0]["id"]
        assert (await client.get("/fhir/AuditEvent?patient=x")).status_code == 422
        assert (await client.get("/fhir/AuditEvent?date=lt2020-01-01")).json().get("entry") is None
