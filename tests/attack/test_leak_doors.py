"""A patient is put through every door; none of their identifiers may be found in anything the product keeps or tells.

Kept: every file under PRECEPTOR_HOME, the database's own files and its write-ahead log (which holds every change when
a transaction ends) included. Told: every log
line, every error, everything a command writes to standard error. A door that is new fails the test until it is
named here with what is put through it.
"""

from __future__ import annotations

import json
import logging
import uuid
from pathlib import Path

import httpx
import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.doors.test_command_line import run
from tests.make import Tenant

from preceptor.cli.main import COMMANDS
from preceptor.web.routes import ROUTES

PLANTED = ("Zyxwolda", "Quennethorpe", "718-40-2963", "zq.quennethorpe@planted.example", "(312) 555-0177", "MZQ7714209")
NOTE = (
    "Patient: Zyxwolda Quennethorpe, SSN 718-40-2963, MRN MZQ7714209.\n"
    "Contact zq.quennethorpe@planted.example or (312) 555-0177. Ms. Quennethorpe needs a shower chair.\n"
)
QUESTION = (
    "My name is Zyxwolda Quennethorpe, SSN 718-40-2963, MRN MZQ7714209, zq.quennethorpe@planted.example,"
    " (312) 555-0177. How often is a shower chair replaced?"
)
POLICY = "# Shower chairs\n\nEffective date: January 1, 2026\n\nA shower chair is replaced every 5 years.\n\n" + NOTE

HTTP_DOORS = {
    "POST /api/v1/policy/questions": "the question",
    "POST /api/v1/policy/answers/{run}/feedback": "the note",
    "PUT /api/v1/policy/documents/{document}/labels": "nothing: role and department names of a checked form",
    "DELETE /api/v1/policy/documents/{document}": "nothing",
    "POST /library/upload": "a document",
    "POST /library/{document}/labels": "nothing: role and department names of a checked form",
    "POST /library/{document}/remove": "nothing",
    "POST /answers/{run}/feedback": "the note",
    "POST /api/v1/deid": "text, resource and record",
    "POST /ask": "the question",
    "POST /fhir": "resources of people, in a bundle",
    "POST /fhir/": "the same",
    "POST /fhir/{type}": "a resource",
    "PUT /fhir/{type}": "a resource",
    "PUT /fhir/{type}/{id}": "a resource",
    "PATCH /fhir/{type}/{id}": "parts of a resource",
    "POST /fhir/{type}/_search": "names and numbers that are searched for",
    "POST /fhir/{type}/$validate": "a resource",
    "DELETE /fhir/{type}": "names and numbers that are searched for",
    "DELETE /fhir/{type}/{id}": "nothing: an id of ours",
    "POST /access": "nothing: names of an account and a permission",
    "POST /sign-in": "nothing: takes a secret of ours only",
    "POST /sign-out": "nothing",
    "POST /oauth/token": "nothing: takes a signed proof and scopes; what is not understood is dropped",
}
COMMAND_DOORS = {
    "policy": "a document, a question, a batch, a note on an answer",
    "deid": "text, record, batch, both modes",
    "deid_reveal": "a text with surrogates",
    "audit": "nothing: reads the log",
    "chart": "resources of people",
    "audit_witness": "nothing: sends a signed head of the log",
    "serve": "the routes",
    "worked_example": "the sample documents",
    "tenant": "nothing: a name given by the operator",
    "user": "nothing: a name given by an administrator",
    "issuer": "nothing: names, addresses and keys given by an administrator",
    "client": "nothing: names, keys and scopes given by an administrator",
    "explain": "nothing: names of an account and a permission",
    "key": "a patient's id, of which a keyed digest is kept",
    "vendor": "nothing: names, terms and the digest of an agreement, given by an administrator",
    "database": "nothing",
    "doctor": "nothing",
    "evaluation": "nothing: questions of a suite go the way of `policy`",
}


def test_every_door_is_named() -> None:
    assert {f"{r.method} {r.path}" for r in ROUTES if r.method != "GET"} == set(HTTP_DOORS)
    assert {command.__name__.rpartition(".")[2] for command in COMMANDS} == set(COMMAND_DOORS)


async def test_nothing_planted_is_kept_or_told(
    console: Console,  # noqa: F811
    home: Path,
    tenant: Tenant,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = list[str]()
    with caplog.at_level(logging.DEBUG):
        told += await _through_http(console, tenant)
        told += _through_commands(home, tenant, tmp_path)
    told += [record.getMessage() for record in caplog.records if not record.name.startswith(("httpcore", "httpx"))]
    for planted in PLANTED:
        assert not any(planted.lower() in line.lower() for line in told), "told"
    assert _kept(home) == {}
    control = home / "control.txt"
    control.write_text(NOTE)
    assert set(_kept(home)) == {"control.txt"}, "the search must be able to find"
    control.unlink()


async def _through_http(console: Console, tenant: Tenant) -> list[str]:  # noqa: F811
    record = {"resourceType": "Patient", "id": PLANTED[1], "name": [{"family": PLANTED[1], "given": [PLANTED[0]]}]}
    answers = list[httpx.Response]()
    async with await console.client(tenant, "leak", "operator", "reader") as client:
        ask = "/api/v1/policy/questions"
        answers.append(await client.post(ask, json={"question": QUESTION}, headers={"idempotency-key": "k1"}))
        answers.append(await client.post(ask, json={"question": QUESTION}, headers={"idempotency-key": "k1"}))
        answers.append(await client.post(ask, content=NOTE.encode()))
        judged = f"/api/v1/policy/answers/{answers[0].json()['run']}/feedback"
        answers.append(await client.post(judged, json={"kind": "right", "note": NOTE}))
        answers.append(await client.post(judged, json={"kind": NOTE}))
        answers.append(await client.post("/api/v1/deid", json={"text": NOTE, "known": record}))
        answers.append(await client.post("/api/v1/deid", json={"text": NOTE, "known": record, "mode": "surrogate"}))
        answers.append(await client.post("/api/v1/deid", json={"resource": record}))
        answers.append(await client.post("/api/v1/deid", json={"resource": NOTE}))
        answers.append(await client.post("/api/v1/deid", content=NOTE.encode()))
    link = await console.secret(tenant, "leak", "operator", kind="signin")
    async with httpx.AsyncClient(base_url=console.base, follow_redirects=True) as client:
        await client.post("/sign-in", data={"secret": link}, headers={"origin": console.base})
        form = {"question": QUESTION, "key": str(uuid.uuid4()), "as_of": "2026-06-01", "document": ""}
        answers.append(await client.post("/ask", data=form, headers={"origin": console.base}))
        judged, sent = f"/answers/{answers[-1].url.path.rpartition('/')[2]}/feedback", {"origin": console.base}
        answers.append(await client.post(judged, data={"kind": "right", "note": NOTE}, headers=sent))
        files = [("files", ("stool.md", POLICY.encode())), ("files", ("stool.exe", NOTE.encode()))]
        answers.append(await client.post("/library/upload", files=files[:1], headers=sent))
        answers.append(await client.post("/library/upload", files=files[1:], headers=sent))
    expected = [200, 200, 422, 200, 422, 200, 200, 200, 422, 422, 200, 200, 200, 422]
    assert [answer.status_code for answer in answers] == expected
    return [f"{answer.url} {answer.headers} {answer.text}" for answer in answers]


def _through_commands(home: Path, tenant: Tenant, folder: Path) -> list[str]:
    document, batch, notes, record = (folder / name for name in ("chairs.md", "ask.jsonl", "notes.jsonl", "p.json"))
    document.write_text(POLICY)
    batch.write_text(json.dumps({"id": "1", "question": QUESTION}) + "\nnot json " + PLANTED[0] + "\n")
    known = {"names": [f"{PLANTED[0]} {PLANTED[1]}"]}
    notes.write_text(json.dumps({"id": "1", "text": NOTE, "known": known}) + "\n" + json.dumps({"text": 7}) + "\n")
    record.write_text(json.dumps({"resourceType": "Patient", "id": "z", "name": [{"family": PLANTED[1]}]}))
    calls = [
        ("policy", "add", str(document), "--json"),
        ("policy", "ask", QUESTION),
        ("policy", "ask", "--batch", str(batch)),
        ("deid", "-"),
        ("deid", "-", "--known", str(record)),
        ("deid", "-", "--mode", "surrogate", "--patient", PLANTED[1]),
        ("deid", str(record)),
        ("deid", "--batch", str(notes)),
        ("reveal", "--subject", PLANTED[1], "--reason", "treatment"),
        ("chart", "validate", str(record)),
        ("chart", "validate", "--batch", str(notes), "--json"),
    ]
    done = [run(home, *words, "--tenant", tenant.id, given=NOTE, PRECEPTOR_DEBUG="1") for words in calls]
    asked = run(home, "policy", "ask", QUESTION, "--json", "--tenant", tenant.id)
    judged = ("policy", "feedback", json.loads(asked.stdout)["run"], "--kind", "right", "--note", NOTE)
    exported = ("policy", "feedback", "--export")
    done += [run(home, *words, "--tenant", tenant.id, PRECEPTOR_DEBUG="1") for words in (judged, exported)]
    # The operator may not put identifiers back: refused, and the refusal is recorded without them.
    assert [one.returncode for one in done] == [0, 0, 4, 0, 0, 0, 0, 4, 3, 0, 1, 0, 0], [one.stderr for one in done]
    return [line for one in done for line in (one.stdout, one.stderr)]


def _kept(home: Path) -> dict[str, set[str]]:
    """File under `home` (links followed) → what was planted and stands in it."""
    roots = [home, *(path.resolve() for path in home.iterdir() if path.is_symlink())]
    found = dict[str, set[str]]()
    for root in roots:
        for path in root.rglob("*"):
            if not path.is_file():
                continue
            try:
                content = path.read_bytes().lower()
            except OSError:
                continue  # a file the server removed meanwhile
            hits = {planted for planted in PLANTED if planted.lower().encode() in content}
            if hits:
                found[str(path.relative_to(root))] = hits
    return found
