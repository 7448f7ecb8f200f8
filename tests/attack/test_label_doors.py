"""A reader whose roles and departments match no label of a document is led through every door; none may show that the
document exists: each answers as it does for a document that was never there.

A new route or `policy` command fails the walk until it is named here.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, add_text, make_caller

from preceptor.access.caller import Caller
from preceptor.audit.export import search
from preceptor.cli.command import Context
from preceptor.cli.main import build_parser
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import NotFound, PreceptorError
from preceptor.evidence.embed import embed_pending
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.library import set_labels
from preceptor.web.routes import PUBLIC, ROUTES, Route

OPEN = "# Ramps\n\nVersion 1.0\n\nEffective date: January 1, 2026\n\nA portable ramp is replaced every 6 years.\n"
OLD = (
    "# Zibbelwick lifts\n\nVersion 77.1\n\nEffective date: January 1, 2025\n\n"
    "A zibbelwick lift is replaced every 7 years.\n"
)
NEW = OLD.replace("77.1", "77.2").replace("2025", "2026").replace("7 years", "9 years")
ASKED = "How often is a zibbelwick lift replaced?"
NOWHERE = uuid.UUID(int=42)
GONE = (404, 403)  # not there, or a door this reader may not use whatever it names

WALKED = {
    "GET /": "the list below the form",
    "POST /ask": "the question, and the document as the one to search in",
    "GET /answers/{run}": "another account's answer",
    "POST /answers/{run}/feedback": "another account's answer",
    "GET /access": "needs access:explain",
    "GET /metrics": "counts of the process; needs metrics:read",
    "POST /access": "needs access:explain",
    "GET /library": "the list, its filters and its counts",
    "POST /library/upload": "needs policy:write",
    "GET /library/{document}": "the document",
    "GET /library/{document}/differences": "its versions, and beside an open document",
    "POST /library/{document}/labels": "needs policy:write",
    "POST /library/{document}/remove": "needs policy:write",
    "GET /pages/{version}/{page}": "its page",
    "GET /pages/{version}/{page}/picture": "its page",
    "POST /api/v1/policy/questions": "the question, and the document as the one to search in",
    "GET /api/v1/policy/answers/{run}": "another account's answer",
    "POST /api/v1/policy/answers/{run}/feedback": "another account's answer",
    "GET /api/v1/policy/documents": "the list, its filters and its counts",
    "GET /api/v1/policy/documents/{document}": "the document",
    "GET /api/v1/policy/documents/{document}/differences": "its versions, and beside an open document",
    "PUT /api/v1/policy/documents/{document}/labels": "needs policy:write",
    "DELETE /api/v1/policy/documents/{document}": "needs policy:write",
    "POST /api/v1/deid": "needs deid:use",
    **{
        f"{r.method} {r.path}": "needs a permission over the chart" for r in ROUTES if r.permission.startswith("chart:")
    },
}
COMMANDS = {
    "list": ("list", "--all", "--json"),
    "show": ("show", "{name}"),
    "diff": ("diff", "{name}"),
    "ask": ("ask", ASKED, "--document", "{name}"),
    "add": None,  # needs policy:write, as the next ones do: who may write sees every document
    "remove": ("remove", "{name}"),
    "label": ("label", "{name}", "--clear"),
    "resume": None,
    "embed": None,
    "feedback": ("feedback", "--export"),
}


@dataclass(frozen=True)
class Hidden:
    """The labelled document, who may see it and who may not."""

    console: Console
    tenant: Tenant
    document: uuid.UUID
    version: uuid.UUID
    open_document: uuid.UUID
    insider: Caller
    outsider: Caller
    run: str

    def betrayed(self, text: str) -> set[str]:
        """What of the document stands in a text."""
        marks = ("zibbelwick", "zibbel-lifts", "77.1", "77.2", "9 years", str(self.document), str(self.version))
        return {mark for mark in marks if mark in text.lower()}

    async def client(self, caller: Caller) -> httpx.AsyncClient:
        return await self.console.client(self.tenant, caller.actor.partition(":")[2])


async def document_of(console: Console, tenant: Tenant, version: uuid.UUID) -> uuid.UUID:  # noqa: F811
    async with tenant_transaction(console.services.database, tenant.id, "test:x", read_only=True) as tx:
        return await tx.value("select document from document_version where id = $1", version)


@pytest.fixture
async def hidden(console: Console, tenant: Tenant) -> AsyncIterator[Hidden]:  # noqa: F811
    services, label = console.services, ("department:pharmacy",)
    ramps = await add_text(services, tenant, "ramps", OPEN)
    assert ramps.version_id is not None
    await add_text(services, tenant, "zibbel-lifts", OLD, labels=label)
    added = await add_text(services, tenant, "zibbel-lifts", NEW)
    assert added.status == "superseded" and added.version_id is not None
    insider = await make_caller(services, tenant, "ines", "reader", departments=("pharmacy",))
    outsider = await make_caller(services, tenant, "otto", "reader", departments=("radiology",))
    async with await console.client(tenant, "ines") as client:
        answer = (await client.post("/api/v1/policy/questions", json={"question": ASKED})).json()
    assert "9 years" in answer["statements"][0]["text"]
    yield Hidden(
        console,
        tenant,
        await document_of(console, tenant, added.version_id),
        added.version_id,
        await document_of(console, tenant, ramps.version_id),
        insider,
        outsider,
        answer["run"],
    )


def without_ids(text: str) -> str:
    """A response without what differs by request: ids, times, and vectors that came to the open document meanwhile."""
    text = re.sub(r"_page=[\w-]+|[0-9-]+T[0-9:.]+Z", "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r'class="state (?:words|ready)">[^<]*', "", re.sub(r'"vectors":(?:true|false)', "", text))
    return re.sub(r'"timings_ms":\{[^}]*\}', "", text)


def addresses(
    route: Route, document: uuid.UUID, version: uuid.UUID, run: str, name: str, beside: uuid.UUID
) -> list[str]:
    """The addresses of a route that name the document in every way there is."""
    ids = {"document": document, "version": version, "run": run, "id": document}
    path = route.path.format(**ids, page=1, name="", secret="", type="Patient", number=1)
    found = [path]
    if route.path.endswith("/differences"):
        found += [path + "?from=77.1&to=77.2", path.replace(str(document), str(beside)) + f"?with={name}"]
    elif route.path in ("/library", "/api/v1/policy/documents"):
        found += [path + f"?{key}={name}" for key in ("q", "owner")] + [path + "?label=department:pharmacy"]
    elif route.path == "/":
        found += [f"{path}?document={name}", f"{path}?document={document}"]
    return found


def body(route: Route, document: uuid.UUID, name: str) -> list[dict[str, Any]]:
    """What is sent to a route."""
    if route.path == "/api/v1/policy/questions":
        return [{"json": {"question": "How often is a ramp replaced?", "document": d}} for d in (name, str(document))]
    if route.path == "/ask":
        forms = [{"question": "How often is a ramp replaced?", "document": d} for d in (name, str(document))]
        return [{"data": {**form, "key": str(uuid.uuid4())}} for form in forms]
    if route.path.endswith("/feedback"):
        sent = {"kind": "right"}
        return [{"json": sent} if route.path.startswith("/api") else {"data": sent}]
    if route.path.endswith("/labels"):
        return [{"json": {"labels": []}} if route.path.startswith("/api") else {"data": {"labels": ""}}]
    return [{}] if route.method in ("GET", "DELETE") else [{"data": {"sure": "yes"}}]


async def test_every_door_answers_as_if_the_document_were_not_there(hidden: Hidden) -> None:
    assert {f"{r.method} {r.path}" for r in ROUTES if r.permission != PUBLIC} == set(WALKED)
    seen_by_insider = 0
    async with await hidden.client(hidden.outsider) as out, await hidden.client(hidden.insider) as inside:
        for route in (r for r in ROUTES if r.permission != PUBLIC):
            there = addresses(route, hidden.document, hidden.version, hidden.run, "zibbel-lifts", hidden.open_document)
            nowhere = addresses(route, NOWHERE, NOWHERE, str(NOWHERE), "nowhere", hidden.open_document)
            sent, never = body(route, hidden.document, "zibbel-lifts"), body(route, NOWHERE, "nowhere")
            for here, none in zip(there, nowhere, strict=True):
                for mine, other in zip(sent, never, strict=True):
                    found = await out.request(route.method, here, **mine)
                    same = await out.request(route.method, none, **other)
                    assert found.status_code == same.status_code, (route.method, here, found.text)
                    shown = found.text.replace("zibbel-lifts", "nowhere").replace(str(hidden.document), str(NOWHERE))
                    assert without_ids(shown) == without_ids(same.text), (route.method, here)
                    assert not hidden.betrayed(shown), (route.method, here)
                if route.method == "GET" and hidden.betrayed((await inside.get(here)).text):
                    seen_by_insider += 1
    assert seen_by_insider >= 14, "the walk must be able to see the document"


async def test_the_question_itself_finds_nothing_of_it(hidden: Hidden) -> None:
    async with await hidden.client(hidden.outsider) as client:
        answer = (await client.post("/api/v1/policy/questions", json={"question": ASKED})).json()
    said = str(answer["statements"]) + str(answer["nearest"]) + answer["explanation"]
    assert "ramp" in said and not hidden.betrayed(said)


async def test_counts_and_scores_are_those_of_a_library_without_it(console: Console, tenant: Tenant) -> None:  # noqa: F811
    """Document frequencies, length averages, acronyms and names in citations: nothing moves when it comes."""
    asked = {"question": "How often is a portable ramp replaced?", "as_of": "2026-06-01"}
    await add_text(console.services, tenant, "ramps", OPEN)
    embedder = await asyncio.to_thread(console.services.models.embedder)
    assert not isinstance(embedder, NoModel)
    await embed_pending(
        console.services.database, console.services.clock, console.services.keys.get(tenant.id), tenant.caller, embedder
    )
    await make_caller(console.services, tenant, "otto", "reader", departments=("radiology",))
    async with await console.client(tenant, "otto") as client:
        before = await client.post("/api/v1/policy/questions", json=asked)
        hidden_too = OPEN.replace("6 years", "8 years").replace("Ramps", "Portable ramps")
        for number in range(5):
            text = f"{hidden_too}\nA portable ramp (PR) of kind {number} is a ramp.\n"
            # The same file name under another payer: a citation must not begin to tell the two apart.
            await add_text(console.services, tenant, "ramps", text, labels=("role:auditor",), owner=f"Payer {number}")
        after = await client.post("/api/v1/policy/questions", json=asked)
        assert before.json()["statements"] and not before.json()["abstained"]
        assert without_ids(before.text) == without_ids(after.text)
        listed = (await client.get("/api/v1/policy/documents")).json()
    assert (listed["found"], listed["total"], listed["pages"]) == (1, 1, 1)


async def test_a_change_of_labels_counts_at_once_and_is_recorded(hidden: Hidden) -> None:
    services, ask = hidden.console.services, "/api/v1/policy/questions"
    key = {"idempotency-key": "before-the-change"}
    async with await hidden.client(hidden.insider) as client:
        given = await client.post(ask, json={"question": ASKED}, headers=key)
        assert "9 years" in given.text
        run = given.json()["run"]
        async with tenant_transaction(services.database, hidden.tenant.id, "test:x") as tx:
            await set_labels(tx, services.clock, hidden.tenant.caller, str(hidden.document), ["role:auditor"])
        closed = [
            await client.post(ask, json={"question": ASKED}, headers=key),
            await client.get(f"/answers/{run}"),
            await client.get(f"/api/v1/policy/answers/{run}"),
            await client.get(f"/library/{hidden.document}"),
            await client.get(f"/pages/{hidden.version}/1"),
            await client.post(ask, json={"question": ASKED, "document": "zibbel-lifts"}),
        ]
        assert [c.status_code for c in closed] == [409, 409, 409, 404, 404, 404]
        assert not any("9 years" in c.text for c in closed)
        again = (await client.post(ask, json={"question": ASKED})).json()
        assert not hidden.betrayed(str(again["statements"]) + str(again["nearest"]) + again["explanation"])
        assert (await client.post(f"/api/v1/policy/answers/{run}/feedback", json={"kind": "right"})).status_code == 200
    async with tenant_transaction(services.database, hidden.tenant.id, "test:x", read_only=True) as tx:
        (_, entry), *_ = await search(tx, event="document:label")
    assert entry.subject["document"] == str(hidden.document) and entry.subject["label_0"] == "role:auditor"


async def call(hidden: Hidden, caller: Caller, words: tuple[str, ...], name: str) -> str:
    """The error code of a `policy` command called by this account, "" without one."""
    args = build_parser().parse_args(["policy", *(w.format(name=name) for w in words)])
    try:
        await args.run(Context(hidden.console.services, caller, args))
    except PreceptorError as error:
        return error.code + " " + error.text
    return ""


async def test_every_command_answers_as_if_the_document_were_not_there(
    hidden: Hidden, capsys: pytest.CaptureFixture[str]
) -> None:
    known = next(a for a in build_parser()._actions if a.choices and "policy" in a.choices).choices["policy"]  # type: ignore[index]
    below = next(a for a in known._actions if a.dest == "policy_command").choices
    assert below is not None and set(below) == set(COMMANDS)
    for words in COMMANDS.values():
        if words is None:
            continue
        capsys.readouterr()
        refused = await call(hidden, hidden.outsider, words, "zibbel-lifts")
        told = refused + "".join(capsys.readouterr())
        assert refused == await call(hidden, hidden.outsider, words, "nowhere")
        assert not hidden.betrayed(told), words
    await call(hidden, hidden.insider, ("list", "--json"), "")
    assert hidden.betrayed("".join(capsys.readouterr())), "the walk must be able to see the document"


async def test_who_may_write_sees_every_document(hidden: Hidden) -> None:
    services = hidden.console.services
    librarian = await make_caller(services, hidden.tenant, "lena", "librarian")
    assert await call(hidden, librarian, ("show", "{name}"), "zibbel-lifts") == ""
    async with tenant_transaction(services.database, hidden.tenant.id, "test:x") as tx:
        with pytest.raises(NotFound):
            await set_labels(tx, services.clock, hidden.tenant.caller, "nowhere", [])
