"""The route that de-identifies, over real HTTP."""

from __future__ import annotations

import pytest

from tests.doors.conftest import Console
from tests.make import Tenant

NOTE = "Ngozi Okafor, MRN 4455667, seen 3/4/2024. Call (312) 555-0142."
PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Okafor", "given": ["Ngozi"]}]}


async def test_a_text_is_masked_with_its_spans(console: Console, tenant: Tenant) -> None:
    async with await console.client(tenant, "desk", "operator") as client:
        answer = (await client.post("/api/v1/deid", json={"id": "n1", "text": NOTE, "known": PATIENT})).json()
    assert answer["id"] == "n1"
    assert answer["policy"] == "safe-harbor"
    for secret in ("Okafor", "4455667", "3/4", "555-0142"):
        assert secret not in answer["text"]
    assert {span["label"] for span in answer["spans"]} == {"NAME", "MRN", "DATE", "PHONE"}
    assert all(NOTE[span["start"] : span["end"]] for span in answer["spans"])


async def test_a_resource_is_redacted_by_path(console: Console, tenant: Tenant) -> None:
    async with await console.client(tenant, "desk", "operator") as client:
        answer = (await client.post("/api/v1/deid", json={"resource": PATIENT})).json()
    assert answer["resource"] == {"resourceType": "Patient", "id": "patient-1"}
    assert any(one["label"] == "NAME" and one["path"].startswith("Patient.name") for one in answer["removed"])


async def test_a_resource_is_searched_for_the_record_s_values_in_codes_too(console: Console, tenant: Tenant) -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://h.example/people", "code": "okafor", "display": "Ngozi Okafor"}]},
        "valueQuantity": {"value": 1, "unit": "Okafor", "system": "http://unitsofmeasure.org", "code": "1"},
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": PATIENT}, {"resource": observation}],
    }
    async with await console.client(tenant, "desk", "operator") as client:
        answer = (await client.post("/api/v1/deid", json={"resource": bundle})).json()
    assert "okafor" not in str(answer["resource"]).lower()


async def test_a_record_of_an_unknown_shape_is_refused(console: Console, tenant: Tenant) -> None:
    async with await console.client(tenant, "desk", "operator") as client:
        response = await client.post("/api/v1/deid", json={"text": "a", "known": {"nombres": ["Okafor"]}})
        shaped = await client.post("/api/v1/deid", json={"text": "x Okafor", "known": {"name": [{"family": "Okafor"}]}})
    assert response.status_code == 422
    assert "Okafor" not in shaped.json()["text"]


async def test_surrogates_are_labelled_and_stay_the_same(console: Console, tenant: Tenant) -> None:
    asked = {"text": NOTE, "known": PATIENT, "mode": "surrogate"}
    async with await console.client(tenant, "desk", "operator") as client:
        first, second = [(await client.post("/api/v1/deid", json=asked)).json() for _ in range(2)]
    assert first["label"] == "expert-determination-required"
    assert first["text"] == second["text"]
    assert "Okafor" not in first["text"]


async def test_a_limited_data_set_says_what_it_needs(console: Console, tenant: Tenant) -> None:
    async with await console.client(tenant, "desk", "operator") as client:
        answer = (await client.post("/api/v1/deid", json={"text": NOTE, "policy": "limited"})).json()
    assert answer["requires"] == "data-use-agreement-required"
    assert "3/4/2024" in answer["text"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{}", 422, "invalid_request"),
        (b'{"text": 1}', 422, "invalid_request"),
        (b'{"text": "a", "resource": {}}', 422, "invalid_request"),
        (b'{"resource": {"resourceType": "Nothing"}}', 422, "invalid_request"),
        (b'{"text": "a", "policy": "none"}', 422, "invalid_request"),
        (b'{"text": "\\ud800"}', 422, "invalid_json"),
        (b'{"text": "x", "id": NaN}', 422, "invalid_json"),
        (b'{"text": "a", "mode": "surrogate"}', 422, "invalid_request"),
        (b'{"text": "' + b"a" * (4 * 1024 * 1024) + b'"}', 413, "request_too_large"),
    ],
)
async def test_bad_input_has_its_code(console: Console, tenant: Tenant, body: bytes, status: int, code: str) -> None:
    async with await console.client(tenant, "desk", "operator") as client:
        response = await client.post("/api/v1/deid", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (status, code)
