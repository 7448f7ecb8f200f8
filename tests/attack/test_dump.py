"""The dump test: thousands of invented identifiers go through everything there is; a dump of the database, every log
line, error, page, export, report and request to others is searched for them.

A new door joins by `test_leak_doors` (which fails until somebody says what the door takes) and then here by a feeder;
a new table joins by itself: it must hold rows when everything has run, or stand in `EMPTY` with its reason.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.attack.test_leak_doors import COMMAND_DOORS, HTTP_DOORS
from tests.canaries import Person, Search, as_lines, people
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.doors.test_command_line import run
from tests.feeding import Feeding, feed_chart, feed_fhir
from tests.house.tables import TENANT_COLUMN
from tests.make import Tenant, add_text
from tests.make_dump import dump

from preceptor.db.transaction import tenant_transaction
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.settings import Settings
from preceptor.vault.identifying import Stored
from preceptor.vault.identifying_rows import Indexed, write
from preceptor.wiring import Services, open_services

COUNT = 400
POLICY = "# Shower chairs\n\nEffective date: January 1, 2026\n\nA shower chair is replaced every 5 years.\n\n"
FORMS = (
    "My name is {p.name}, MRN {p.mrn}. How often is a shower chair replaced?",
    "pt {p.name} DOB {p.birth} SSN {p.ssn}: how often is a shower chair replaced?",
    "Can {p.given} {p.family} ({p.phone}, {p.email}) get a new shower chair? Member ID: {p.plan}",
    "How often is a shower chair replaced for Ms. {p.family} of {p.street}, Springfield?",
    "Patient: {p.name}, account number {p.account}. Is a shower chair covered again after 3 years?",
)
EMPTY: dict[str, str] = {
    "client": "programs with keys of their own: names, scopes and public keys, given by an administrator",
    "client_proof": "digests of proofs that were used",
    "access_token": "digests of tokens",
    "issuer": "issuers, given by an administrator",
    "log_halt": "error codes of a log that failed its check",
    "audit_pending": "a queue that is empty when everything has its place",
    "identifying_version": "numbers of index keys, while and after one is replaced",
    "identifying_progress": "places reached while an index key is replaced",
    "passage_vector": "numbers a model makes of masked passages (`tests/integration/test_vectors.py` fills it)",
    "version_vectors": "says that a version has its numbers",
}
"""Table that may be empty after everything has run → what it holds."""


def question(person: Person, number: int) -> str:
    """A question in one of several forms."""
    return FORMS[number % len(FORMS)].format(p=person)


async def _questions(feeding: Feeding) -> None:
    async with await feeding.console.client(feeding.tenant, "asks", "reader") as client:
        for number, person in enumerate(feeding.people[:120]):
            headers = {"idempotency-key": person.mrn, "user-agent": person.name, "x-request-id": person.mrn}
            body = {"question": question(person, number)}
            feeding.hear(await client.post("/api/v1/policy/questions", json=body, headers=headers))
            if number % 10 == 0:
                feeding.hear(await client.post("/api/v1/policy/questions", json=body, headers=headers))
                feeding.hear(await client.post("/api/v1/policy/questions", content=person.note.encode()))
                feeding.hear(await client.post("/api/v1/policy/questions", json={"question": 7, person.name: 1}))


async def _feedback(feeding: Feeding) -> None:
    async with await feeding.console.client(feeding.tenant, "judges", "reader") as client:
        asked = {"question": "How often is a shower chair replaced?"}
        for person in feeding.people[120:140]:
            answer = await client.post("/api/v1/policy/questions", json=asked)
            address = f"/api/v1/policy/answers/{answer.json()['run']}/feedback"
            feeding.hear(await client.post(address, json={"kind": "right", "note": person.note}))
            feeding.hear(await client.post(address, json={"kind": person.name, "note": person.note}))


async def _deid(feeding: Feeding) -> None:
    async with await feeding.console.client(feeding.tenant, "masks", "clinician") as client:
        for person in feeding.people[140:240]:
            known = person.record
            feeding.hear(await client.post("/api/v1/deid", json={"text": person.note, "known": known}))
            body = {"text": person.note, "known": known, "mode": "surrogate"}
            feeding.hear(await client.post("/api/v1/deid", json=body, headers={"idempotency-key": person.ssn}))
            feeding.hear(await client.post("/api/v1/deid", json={"resource": known}))
            feeding.hear(await client.post("/api/v1/deid", content=person.note.encode()))


async def _console(feeding: Feeding) -> None:
    """The pages people use: questions, notes and uploads by forms; names in addresses that lead nowhere."""
    link = await feeding.console.secret(feeding.tenant, "clicks", "operator", "reader", kind="signin")
    sent = {"origin": feeding.console.base}
    async with httpx.AsyncClient(base_url=feeding.console.base, follow_redirects=True, timeout=60) as client:
        await client.post("/sign-in", data={"secret": link}, headers=sent)
        for number, person in enumerate(feeding.people[240:280]):
            form = {
                "question": question(person, number),
                "key": str(uuid.uuid4()),
                "as_of": "2026-06-01",
                "document": "",
            }
            page = feeding.hear(await client.post("/ask", data=form, headers=sent))
            judged = f"/answers/{page.url.path.rpartition('/')[2]}/feedback"
            feeding.hear(await client.post(judged, data={"kind": "right", "note": person.note}, headers=sent))
        for person in feeding.people[280:300]:
            files = [("files", ("chair.md", (POLICY + person.note).encode())), ("files", ("x.exe", b"\x00"))]
            feeding.hear(await client.post("/library/upload", files=files, headers=sent))
            await client.get("/library", params={"search": person.name})  # a page repeats what was typed into it
            await client.get(f"/library/{person.family}/differences", params={"with": person.given})
            await client.get(f"/{person.given}/{person.ssn}")


async def _policy(feeding: Feeding) -> None:
    documents = feeding.folder / "documents"
    documents.mkdir()
    for number in range(6):
        named = "".join(person.note + "\n" for person in feeding.people[300 + number * 10 : 310 + number * 10])
        (documents / f"chairs-{number}.md").write_text(POLICY.replace("chairs", f"chairs {number}", 1) + named)
    feeding.command("policy", "add", str(documents), "--json")
    batch = feeding.folder / "ask.jsonl"
    rows = [{"id": str(n), "question": question(p, n)} for n, p in enumerate(feeding.people[:100])]
    batch.write_text(as_lines(rows) + f"not json {feeding.people[0].name}\n")
    feeding.command("policy", "ask", "--batch", str(batch))
    asked = json.loads(feeding.command("policy", "ask", question(feeding.people[1], 0), "--json"))
    feeding.command("policy", "feedback", asked["run"], "--kind", "right", "--note", feeding.people[2].note)
    feeding.command("policy", "feedback", "--export")


async def _masking(feeding: Feeding) -> None:
    notes = feeding.folder / "notes.jsonl"
    rows = [{"id": str(n), "text": p.note, "known": p.record} for n, p in enumerate(feeding.people)]
    notes.write_text(as_lines(rows))
    feeding.command("deid", "--batch", str(notes))
    first = feeding.people[0]
    feeding.command("deid", "-", "--mode", "surrogate", "--patient", first.mrn, given=first.note)


async def _reveal(feeding: Feeding) -> None:
    person = feeding.people[0]  # refused: the operator may not; and the id of the subject is an identifier
    feeding.command(
        "reveal", "--subject", person.mrn, "--reason", "treatment", "--note", person.note, given=person.note
    )


async def _key(feeding: Feeding) -> None:
    person = feeding.people[1]
    feeding.command("key", "destroy", "--patient", person.mrn, "--confirm", person.mrn)


async def _nothing_else(_: Feeding) -> None:
    """Covered by the feeder of the other door that takes the same."""


FEEDERS: dict[str, Callable[[Feeding], Awaitable[None]]] = {
    "POST /api/v1/policy/questions": _questions,
    "POST /api/v1/policy/answers/{run}/feedback": _feedback,
    "POST /api/v1/deid": _deid,
    "POST /ask": _console,
    "POST /answers/{run}/feedback": _nothing_else,
    "POST /library/upload": _nothing_else,
    "POST /fhir": feed_fhir,
    "POST /fhir/": _nothing_else,
    "POST /fhir/{type}": _nothing_else,
    "PUT /fhir/{type}": _nothing_else,
    "PUT /fhir/{type}/{id}": _nothing_else,
    "PATCH /fhir/{type}/{id}": _nothing_else,
    "POST /fhir/{type}/_search": _nothing_else,
    "POST /fhir/{type}/$validate": _nothing_else,
    "DELETE /fhir/{type}": _nothing_else,
    "policy": _policy,
    "deid": _masking,
    "deid_reveal": _reveal,
    "key": _key,
    "chart": feed_chart,
    "serve": _nothing_else,
    "worked_example": _nothing_else,
}
"""Door that takes contents (`test_leak_doors`) → what puts the canaries through it."""


def test_every_door_that_takes_contents_has_a_feeder() -> None:
    takes = {door for door, what in {**HTTP_DOORS, **COMMAND_DOORS}.items() if not what.startswith("nothing")}
    assert takes == set(FEEDERS)


@pytest.mark.slow
async def test_nothing_of_thousands_is_kept_or_told(
    console: Console,  # noqa: F811
    home: Path,
    tenant: Tenant,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    feeding = Feeding(console, home, tenant, tmp_path, people(COUNT))
    search = Search(feeding.people)
    assert len(search) > 3_000
    await add_text(console.services, tenant, "shower-chairs", POLICY)
    with caplog.at_level(logging.DEBUG):
        for feed in FEEDERS.values():
            await feed(feeding)
        asked = await _ask_a_model(console.services, home, tenant, feeding.people)
        await _index(console.services, tenant, feeding.people)
        reports = _examine(feeding)
    logged = [r.getMessage() + str(r.exc_text) for r in caplog.records if not r.name.startswith(("httpcore", "httpx"))]
    export = tmp_path / "log.jsonl"
    feeding.command("audit", "export", "--out", str(export), "--checkpoint", str(tmp_path / "log.checkpoint"))
    text = dump(console.services, tmp_path / "dump.sql")
    places = {
        "the dump": text,
        "what was told": "\n".join(feeding.told),
        "the log lines": "\n".join(logged),
        "requests to a model": "\n".join(asked),
        "evaluation reports": "\n".join(reports),
        "the export of the log": export.read_text(),
    }
    for place, content in places.items():
        assert len(content) > 100 or place == "the log lines", place
        assert search.found(content) == set(), place
        planted = content + feeding.people[17].note.encode().hex()
        assert len(search.found(planted)) >= 7, "the search must be able to find"
    await _every_table_was_reached(console.services, tenant)


class _Receiver(BaseHTTPRequestHandler):
    received: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append(f"{self.path} {self.headers} {body.decode()}")
        reply = json.dumps({"choices": [{"message": {"content": '{"lines": [1]}'}, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def _receiving() -> Iterator[tuple[str, list[str]]]:
    received = list[str]()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Kept", (_Receiver,), {"received": received}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def _ask_a_model(services: Services, home: Path, tenant: Tenant, who: list[Person]) -> list[str]:
    """What an endpoint cleared for de-identified text receives: lines of documents that name people are among it."""
    with _receiving() as (url, received):
        words = ("--purpose", "lines", "--owner", "Informatics", "--region", "here")
        for command in (("add", "m", "--address", url, "--kind", "model", *words), ("review", "m")):
            assert run(home, "vendor", *command, "--tenant", tenant.id).returncode == 0
        async with open_services(Settings(home=home, llm_url=url, llm_model="m")) as others:
            assistant = Assistant(others)
            for number, person in enumerate(who):
                await assistant.ask(tenant.caller, Question(question(person, number)))
        assert len(received) >= 100, "the model must have been asked"
        return list(received)


async def _index(services: Services, tenant: Tenant, who: list[Person]) -> None:
    """The identifying index, as the chart will write it."""
    rows = [
        Indexed(
            "Patient",
            str(uuid.uuid4()),
            {
                "family": [Stored(p.family)],
                "given": [Stored(p.given)],
                "address": [Stored(p.street)],
                "phone": [Stored(p.phone, "phone")],
                "email": [Stored(p.email, "email")],
                "identifier": [Stored(p.mrn, "urn:mrn"), Stored(p.ssn, "urn:ssn")],
            },
        )
        for p in who
    ]
    async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
        await write(tx, services.keys, services.keys.get(tenant.id), rows)


def _examine(feeding: Feeding) -> list[str]:
    """An exam whose questions and documents name people, right and wrong: all that it writes down."""
    suite, out = feeding.folder / "suites" / "named", feeding.folder / "report"
    suite.mkdir(parents=True)
    (suite / "chairs.md").write_text(POLICY + feeding.people[3].note)
    (suite / "suite.toml").write_text(
        'title = "Questions that name people"\nflow = "policy_question"\n\n[[documents]]\npath = "chairs.md"\n'
        'title = "Shower chairs"\nversion = "1"\neffective_from = "2026-01-01"\n'
    )
    place = {"document": "chairs", "version": "1", "page": 1, "contains": "replaced every 5 years"}
    rows = [
        {
            "id": f"n{n}",
            "question": question(p, n),
            "kind": "threshold",
            "as_of": "2026-03-01",
            "phi": [v for v in (p.name, p.birth, *p.values) if v in question(p, n)],
            "expected": {"citations": [[place]]} if n % 2 else {"abstain": ["chairs"]},
        }
        for n, p in enumerate(feeding.people[:20])
    ]
    (suite / "cases.jsonl").write_text(as_lines(rows))
    gates = [("grounded_accuracy", ">=", 0.99), ("citation_validity", ">=", 1.0), ("errors", "<=", 0.0)]
    text = "".join(f'[{name}]\nop = "{op}"\nthreshold = {least}\nreason = "a test"\n\n' for name, op, least in gates)
    (suite / "thresholds.toml").write_text(text)
    done = run(feeding.home, "eval", "run", "named", "--suites", str(suite.parent), "--out", str(out))
    written = [path.read_text() for path in sorted(out.glob("*")) if path.suffix in (".json", ".html")]
    assert written, done.stderr
    return [done.stdout, done.stderr, *written]


async def _every_table_was_reached(services: Services, tenant: Tenant) -> None:
    async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
        names = await tx.rows(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition"
        )
        for row in names:
            table = row["relname"]
            if table in EMPTY or table == "schema_migration":
                continue
            column = TENANT_COLUMN.get(table, "tenant")
            assert await tx.value(f"select count(*) from {table} where {column} = $1", tenant.id), table
