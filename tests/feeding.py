"""What the feeders of the dump test share, and those of the clinical record."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from preceptor.errors import PreceptorError
from preceptor.fhir.refusals import told
from preceptor.fhir.search import search
from tests.canaries import Person, as_lines
from tests.doors.conftest import Console
from tests.doors.test_command_line import run
from tests.make import Tenant
from tests.make_chart import chart, observation


@dataclass
class Feeding:
    """What the feeders share: where to feed, who is fed, and everything that was told in answer."""

    console: Console
    home: Path
    tenant: Tenant
    folder: Path
    people: list[Person]
    told: list[str] = field(default_factory=list)

    def hear(self, answer: httpx.Response) -> httpx.Response:
        """Keep an answer: its address, headers and body."""
        shown = answer.url if answer.history else ""  # an address of the client's own may hold anything
        self.told.append(f"{shown} {answer.headers} {answer.text}")
        return answer

    def heard(self, answer: httpx.Response) -> httpx.Response:
        """An answer that shows a person's own record to who may see it: only its headers are kept."""
        assert answer.status_code < 300, answer.text
        self.told.append(f"{answer.request.url.path} {answer.headers}")
        return answer

    def command(self, *words: str, given: str | None = None, told: bool = True) -> str:
        """Run a command as this tenant; what it writes to standard error is always kept."""
        done = run(self.home, *words, "--tenant", self.tenant.id, given=given, PRECEPTOR_DEBUG="1")
        self.told += [done.stderr, done.stdout] if told else [done.stderr]
        return done.stdout


async def feed_chart(feeding: Feeding) -> None:
    """Resources straight into the record, searched for, changed and refused; and files that are validated."""
    resources = feeding.folder / "people.ndjson"
    broken = [{**p.record, "birthDate": p.name, p.family: p.name} for p in feeding.people[100:140]]
    resources.write_text(as_lines([p.record for p in feeding.people[:100]]) + as_lines(broken) + feeding.people[0].note)
    feeding.command("chart", "validate", "--batch", str(resources))
    rejects = feeding.folder / "rejects.ndjson"
    feeding.command("chart", "load", str(resources), "--rejects", str(rejects), "--json")
    feeding.told.append(rejects.read_text())
    mine = chart(feeding.console.services, feeding.tenant)
    for person in feeding.people[:200]:
        made = (await mine.create({**person.record, "resourceType": "Patient"})).version
        said = {"note": [{"text": person.note}], "valueString": person.note, "performer": [{"display": person.name}]}
        observed = {**observation(made.id), **said, "identifier": [{"value": person.account}]}
        del observed["valueQuantity"]
        kept = (await mine.create(observed)).version
        await mine.create(observation(made.id, note=said["note"]))
        await mine.update("Observation", kept.id, {**kept.resource, "subject": {"reference": f"Patient/{person.mrn}"}})
        page = await search(mine, "Patient", [("family", person.family), ("_count", "1"), ("_total", "accurate")])
        await search(mine, "Observation", [("identifier", person.account), ("value-string", person.note[:40])])
        feeding.told += [page.here, str(page.after), str(page.total)]
        for kind, pairs in (("Patient", [("family:contains", person.family)]), (person.given, [(person.name, "x")])):
            with contextlib.suppress(PreceptorError):
                await search(mine, kind, pairs)
        with pytest.raises(PreceptorError) as refused:
            await mine.update("Patient", person.mrn, {**person.record, "id": person.mrn, "birthDate": person.name})
        feeding.told.append(f"{refused.value} {refused.value.ids} {told(refused.value)}")


async def feed_fhir(feeding: Feeding) -> None:
    """The same people through the FHIR door, in every interaction that takes contents."""
    for start in range(200, 240, 8):  # one caller may not make that many requests at once
        async with await feeding.console.client(feeding.tenant, f"charts-{start}", "clinician") as client:
            for person in feeding.people[start : start + 8]:
                await _one_person(feeding, client, person)


async def _one_person(feeding: Feeding, client: httpx.AsyncClient, person: Person) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    record = {**person.record, "id": person.mrn}
    unless = {"if-none-exist": f"identifier={person.mrn}"}
    made = feeding.heard(await client.post("/fhir/Patient", json=record, headers=unless))
    where = f"/fhir/Patient/{made.json()['id']}"
    query = urlencode({"family": person.family, "_count": "1"})
    for answer in (
        await client.post("/fhir/Patient/_search", content=query, headers=form),
        await client.get(f"/fhir/Patient?{query}"),
        await client.get(where + "/_history"),
    ):
        feeding.heard(answer)
    feeding.hear(await client.post("/fhir/Patient/$validate", json={**record, person.family: person.name}))
    feeding.hear(await client.put(f"/fhir/Patient/{person.mrn}", json={**record, "birthDate": person.name}))
    feeding.hear(await client.get("/fhir/Patient", params={person.family: person.name}))
    feeding.hear(await client.get("/fhir/Patient", params={"family:contains": person.family}))
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": record, "request": {"method": "POST", "url": "Patient"}},
        {"resource": record, "request": {"method": "PUT", "url": f"Patient/{person.mrn}"}}]}  # fmt: skip
    feeding.hear(await client.post("/fhir", json=bundle))
    patch = {"content-type": "application/json-patch+json"}
    operation = [{"op": "add", "path": "/gender", "value": person.note}]
    feeding.hear(await client.patch(where, json=operation, headers=patch))
    feeding.hear(await client.put(f"/fhir/Patient?{query}", json={**record, "id": person.mrn}))
    feeding.hear(await client.delete(f"/fhir/Patient?{urlencode({'identifier': person.mrn})}"))
    feeding.hear(await client.get(where))
