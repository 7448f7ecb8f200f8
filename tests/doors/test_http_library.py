"""The library over HTTP: the JSON API, the console's forms, and files sent to it."""

from __future__ import annotations

import asyncio
import io
import uuid
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from preceptor.db.transaction import tenant_transaction
from tests.doors.conftest import Console
from tests.make import Tenant, add_text

DOCUMENTS = "/api/v1/policy/documents"
FIRST = "# Canes\n\nVersion 1.0\n\nEffective date: January 1, 2025\n\nA cane is replaced every 2 years.\n"
SECOND = FIRST.replace("1.0", "2.0").replace("2025", "2026").replace("2 years", "3 years")
ASKED = {"question": "How often is a cane replaced?", "as_of": "2026-06-01"}


@asynccontextmanager
async def signed_in(console: Console, tenant: Tenant, name: str, *roles: str) -> AsyncIterator[httpx.AsyncClient]:
    secret, sent = await console.secret(tenant, name, *roles, kind="signin"), {"origin": console.base}
    async with httpx.AsyncClient(base_url=console.base, follow_redirects=True, headers=sent, timeout=30) as client:
        assert (await client.post("/sign-in", data={"secret": secret})).status_code == 200
        yield client


async def test_the_api_lists_shows_compares_labels_and_removes(console: Console, tenant: Tenant) -> None:
    await add_text(console.services, tenant, "canes", FIRST, owner="Plan A")
    await add_text(console.services, tenant, "canes", SECOND, owner="Plan A")
    async with await console.client(tenant, "lena", "librarian") as client:
        listed = (await client.get(DOCUMENTS, params={"q": "canes", "on": "2026-01-01"})).json()
        assert (listed["found"], listed["total"], listed["page"], listed["pages"]) == (1, 1, 1, 1)
        (document,) = listed["documents"]
        new, old = document["versions"]
        assert (new["version"], old["version"], new["supersedes"]) == ("2.0", "1.0", old["id"])
        assert new["in_force_from"] == old["in_force_until"] == "2026-01-01" and new["state"] == "ready"
        address = f"{DOCUMENTS}/{document['id']}"
        assert (await client.get(address)).json() == document
        differences = (await client.get(address + "/differences")).json()
        assert [
            next(c[side]["text"] for c in differences["changes"] if c["numbers"] == [["2", "3"]]).split("every ")[1][:7]
            for side in ("before", "after")
        ] == ["2 years", "3 years"]
        labelled = await client.put(address + "/labels", json={"labels": ["department:ortho"]})
        assert labelled.json()["versions"][0]["labels"] == ["department:ortho"]
        assert (await client.put(address + "/labels", json={"labels": ["ortho"]})).status_code == 422
        assert (await client.put(address + "/labels", json={"labels": "role:reader"})).status_code == 422
        for wrong in ({"page": "0"}, {"page": "x"}, {"stage": "odd"}, {"on": "1.1.2026"}, {"q": "\0"}):
            assert (await client.get(DOCUMENTS, params=wrong)).status_code == 422, wrong
        assert (await client.get(DOCUMENTS, params={"page": "7"})).status_code == 404
        removed = await client.delete(address)
        assert removed.json() == {"removed": [new["id"], old["id"]]}
        assert (await client.get(address)).status_code == (await client.delete(address)).status_code == 404


async def test_an_answer_is_read_again_and_judged(console: Console, tenant: Tenant) -> None:
    await add_text(console.services, tenant, "canes", SECOND)
    async with await console.client(tenant, "maria") as client, await console.client(tenant, "nils") as other:
        given = (await client.post("/api/v1/policy/questions", json=ASKED)).json()
        address = f"/api/v1/policy/answers/{given['run']}"
        again = (await client.get(address)).json()
        assert again["statements"] == given["statements"] and again["run"] == given["run"]
        judged = await client.post(address + "/feedback", json={"kind": "wrong_citation", "note": "page 1 is a cover"})
        assert judged.json() == {"run": given["run"], "kind": "wrong_citation"}
        for wrong in ({"kind": "should_have_answered"}, {"kind": "odd"}, {}, {"kind": "right", "note": "x" * 2_001}):
            assert (await client.post(address + "/feedback", json=wrong)).status_code == 422, wrong
        assert (await other.get(address)).status_code == 404
        assert (await other.post(address + "/feedback", json={"kind": "right"})).status_code == 404


async def test_the_description_names_every_operation_of_the_library(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.base) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    found = {(path, method) for path, methods in paths.items() for method in methods}
    assert found >= {
        (DOCUMENTS, "get"),
        (DOCUMENTS + "/{document}", "get"),
        (DOCUMENTS + "/{document}", "delete"),
        (DOCUMENTS + "/{document}/labels", "put"),
        (DOCUMENTS + "/{document}/differences", "get"),
        ("/api/v1/policy/answers/{run}", "get"),
        ("/api/v1/policy/answers/{run}/feedback", "post"),
    }


async def test_a_file_is_uploaded_read_labelled_and_removed(console: Console, tenant: Tenant) -> None:
    async with signed_in(console, tenant, "lena", "librarian") as client:
        assert "The library is empty" in (await client.get("/library")).text
        form = {
            "labels": "department:ortho role:auditor",
            "owner": "Plan A",
            "version": "4.2",
            "effective_from": "2026-02-01",
        }
        files = [("files", ("canes.md", SECOND.encode()))]
        page = await client.post("/library/upload", data=form, files=files)
        for _ in range(50):
            if "being read" not in page.text:
                break
            await asyncio.sleep(0.2)
            page = await client.get(page.url)
        for words in ("Version 4.2", "in force since Feb 1, 2026", "Plan A/canes", "department:ortho", "role:auditor"):
            assert words in page.text, words
        assert "in the library already" in (await client.post("/library/upload", data=form, files=files)).text
        address = str(page.url).split("?")[0]
        assert "Tick the box" in (await client.post(address + "/remove", data={})).text
        relabelled = await client.post(address + "/labels", data={"labels": "nonsense"})
        assert relabelled.status_code == 422 and "department:NAME" in relabelled.text
        assert "seen by everyone" in (await client.post(address + "/labels", data={"labels": ""})).text
        assert "The library is empty" in (await client.post(address + "/remove", data={"sure": "yes"})).text
        assert (await client.get(address)).status_code == 404


async def test_an_archive_and_bad_files_beside_good_ones(console: Console, tenant: Tenant) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Plan B/canes.md", FIRST)
        archive.writestr("Plan B/pump.exe", b"MZ")
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../canes.md", FIRST)
    async with signed_in(console, tenant, "lena", "librarian") as client:
        files = [
            ("files", ("all.zip", packed.getvalue())),
            ("files", ("bad.zip", hostile.getvalue())),
            ("files", ("not.zip", b"PK rubbish")),
            ("files", ("empty.md", b"")),
            ("files", ("good.md", SECOND.replace("Canes", "Shower stools").encode())),
        ]
        page = await client.post("/library/upload", data={}, files=files)
        assert page.status_code == 422
        for code in ("unsupported_media_type", "archive_unsafe", "archive_broken", "file_empty"):
            assert code in page.text, code
        listed = await client.get("/library")
        assert "Plan B/canes" in listed.text and "Shower stools" in listed.text
        for wrong in ({"version": "1"}, {"effective_from": "soon"}, {"labels": "x"}):
            page = await client.post("/library/upload", data=wrong, files=files[:1])
            assert page.status_code == 422, wrong
        assert (await client.post("/library/upload", data={"version": "1"})).status_code == 422


async def test_a_file_that_cannot_be_read_says_why_and_what_to_do(console: Console, tenant: Tenant) -> None:
    async with signed_in(console, tenant, "lena", "librarian") as client:
        page = await client.post("/library/upload", files=[("files", ("broken.pdf", b"%PDF-1.7\n rubbish"))])
        for _ in range(50):
            if "being read" not in page.text:
                break
            await asyncio.sleep(0.2)
            page = await client.get(page.url)
        assert "pdf_broken" in page.text and "save it again" in page.text
        listed = await client.get("/library?stage=failed")
        assert "save it again" in listed.text and "1 of 1 documents" in listed.text
        assert "No document fits" in (await client.get("/library?stage=ready")).text


async def test_what_an_ended_process_left_unread_is_read_later(console: Console, tenant: Tenant) -> None:
    """What the upload stores first is enough: the version waits in state `reading`."""
    from preceptor.evidence.ingest import receive_document, resume
    from preceptor.evidence.metadata import Metadata
    from tests.make import shelf

    place = shelf(console.services, tenant)
    _, received = await receive_document(place, tenant.caller, Metadata("canes"), SECOND.encode(), "text/markdown")
    async with signed_in(console, tenant, "maria", "reader") as client:
        assert "being read" in (await client.get("/library")).text
        assert (await client.get("/library?stage=reading")).text.count("being read") >= 2  # the filter and the row
        (added,) = await resume(place, tenant.caller, only=received.id)
        assert added.status == "added"
        assert "No document fits" in (await client.get("/library?stage=reading")).text


@pytest.mark.parametrize("path", ["/library?page=0", "/library?page=x", f"/library/{uuid.UUID(int=5)}", "/library/x"])
async def test_what_is_not_there_is_not_found(console: Console, tenant: Tenant, path: str) -> None:
    async with signed_in(console, tenant, "maria", "reader") as client:
        assert (await client.get(path)).status_code == 404


async def test_a_judgement_in_the_console_is_shown_again(console: Console, tenant: Tenant) -> None:
    await add_text(console.services, tenant, "canes", SECOND)
    async with signed_in(console, tenant, "maria", "reader") as client:
        form = {**ASKED, "key": str(uuid.uuid4()), "document": ""}
        page = await client.post("/ask", data=form)
        assert "Is this right?" in page.text and "likely right" in page.text
        judged = await client.post(f"{page.url}/feedback", data={"kind": "not_an_answer", "note": ""})
        assert "You said that it does not answer" in judged.text
        assert (await client.post(f"{page.url}/feedback", data={"kind": "odd"})).status_code == 422
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        assert await tx.value("select count(*) from policy_feedback") == 1
