"""`preceptor chart` as it is typed: loading, looking, searching, exporting, and a load that is killed in the middle."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from preceptor.fhir.types import KEPT
from tests.doors.test_command_line import run
from tests.make import Tenant
from tests.make_chart import observation, patient
from tests.make_fhir import TYPES, make_resource

Json = dict[str, Any]
ONE, OTHER = "019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a10", "urn:uuid:019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a11"


def ndjson(path: Path, *resources: Json) -> Path:
    """A file with a resource a line."""
    path.write_text("".join(json.dumps(one) + "\n" for one in resources))
    return path


def test_files_of_every_kind(home: Path, tenant: Tenant, tmp_path: Path) -> None:
    """Bundles with addresses, lines, packed files, folders; what is refused keeps nothing else out."""
    folder = tmp_path / "in"
    folder.mkdir()
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": OTHER, "resource": patient("Other")},
        {"fullUrl": "urn:uuid:" + ONE[:-1] + "2", "resource": {**observation("x"), "subject": {"reference": OTHER}}},
        {"resource": {**patient("Wrong"), "gender": "none"}},
        {"resource": "nothing"},
    ]}  # fmt: skip
    (folder / "bundle.json").write_text(json.dumps(bundle))
    lines = [json.dumps(patient(id=ONE)), "", "not json Zebedee", json.dumps({"resourceType": "AuditEvent"})]
    (folder / "lines.ndjson.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    ndjson(folder / "named.ndjson", {**observation("maria-1"), "id": "obs-1"}, patient(id="maria-1"))
    rejects = tmp_path / "rejects.ndjson"
    done = run(home, "chart", "load", str(folder), "--rejects", str(rejects), "--json", "--tenant", tenant.id)
    counts = json.loads(done.stdout)
    assert done.returncode == 4, done.stderr
    assert (counts["created"], counts["rejected"]) == (5, 4)
    places = [(Path(r["source"]).name, r["place"]) for r in map(json.loads, rejects.read_text().splitlines())]
    refused = {"bundle.json": ["entry 2", "entry 3"], "lines.ndjson.gz": ["line 3", "line 4"]}
    assert places == [(name, place) for name, listed in refused.items() for place in listed]
    assert "Zebedee" not in done.stdout + done.stderr + rejects.read_text()
    again = json.loads(run(home, "chart", "load", str(folder), "--json", "--tenant", tenant.id).stdout)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 5)
    other = OTHER.rpartition(":")[2]
    found = run(home, "chart", "search", f"Observation?patient={other}", "--tenant", tenant.id)
    assert len(json.loads(found.stdout)["entry"]) == 1
    mapped = run(home, "chart", "search", "Observation?_count=1", "--all", "--tenant", tenant.id).stdout.splitlines()
    subjects = {json.loads(line)["subject"]["reference"] for line in mapped}
    patients = run(home, "chart", "search", "-", "--all", "--tenant", tenant.id, given="Patient?family=gom").stdout
    ids = {json.loads(line)["id"] for line in patients.splitlines()}
    assert len(ids) == 2 and len(subjects & {f"Patient/{i}" for i in ids}) == 1 and "maria-1" not in ids


def test_get_search_export(home: Path, tenant: Tenant, tmp_path: Path) -> None:
    """What was loaded comes out as it came; a second export takes the changes only."""
    source = ndjson(tmp_path / "p.ndjson", patient(id=ONE), observation(ONE, note=[{"text": "café"}]))
    assert run(home, "chart", "load", str(source), "--tenant", tenant.id).stdout.startswith("2 created")
    shown = run(home, "chart", "get", f"Patient/{ONE}", "--tenant", tenant.id)
    assert json.loads(shown.stdout)["name"] == patient()["name"]
    assert run(home, "chart", "get", f"Patient/{ONE[:-1]}9", "--tenant", tenant.id).returncode == 3
    assert run(home, "chart", "get", "Patient", "--tenant", tenant.id).returncode == 2
    refused = run(home, "chart", "search", "Patient?colour=red", "--tenant", tenant.id)
    assert refused.returncode == 2 and "search_parameter" in refused.stderr
    out = tmp_path / "out"
    told = json.loads(run(home, "chart", "export", "--out", str(out), "--tenant", tenant.id).stdout)
    assert {(o["type"], o["count"]) for o in told["output"]} == {("Patient", 1), ("Observation", 1)}
    assert "café" in (out / "Observation.ndjson").read_text()
    assert (out / "Patient.ndjson").stat().st_mode & 0o077 == 0
    ndjson(source, {**patient(id=ONE), "gender": "other"})
    assert "1 updated" in run(home, "chart", "load", str(source), "--tenant", tenant.id).stdout
    later = tmp_path / "later"
    words = ("chart", "export", "--since", told["transactionTime"], "--out", str(later), "--tenant", tenant.id)
    told = json.loads(run(home, *words).stdout)
    assert [(o["type"], o["count"]) for o in told["output"]] == [("Patient", 1)]
    again = run(home, "chart", "load", str(out), "--tenant", tenant.id)
    assert "1 updated" in again.stdout and "1 unchanged" in again.stdout


def test_a_killed_load_loses_and_doubles_nothing(home: Path, tenant: Tenant, tmp_path: Path) -> None:
    """Killed with -9 again and again, then run to its end: every resource once, at its first version."""
    rng = random.Random(5)
    resources = [patient(id=ONE)]
    for number in range(1800):
        one = make_resource(rng.choice(sorted(set(TYPES) & KEPT)), rng, 0.3)
        resources.append({**one, "id": f"019a5b1c-7c1e-7d5a-b0c4-{number:012}"})
    source = ndjson(tmp_path / "many.ndjson", *resources)
    words = [sys.executable, "-m", "preceptor.cli.main", "chart", "load", str(source), "--tenant", tenant.id]
    killed = 0
    for wait in (1.2, 1.6, 2.0, 2.4):
        process = subprocess.Popen(words, env={**os.environ, "PRECEPTOR_HOME": str(home)}, stdout=subprocess.PIPE)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        killed += process.wait(30) == -signal.SIGKILL
    assert killed >= 2, "the load must be met in the middle"
    done = json.loads(run(home, "chart", "load", str(source), "--json", "--tenant", tenant.id).stdout)
    assert done["rejected"] == 0 and done["updated"] == 0
    assert done["created"] + done["unchanged"] == len({(r["resourceType"], r["id"]) for r in resources})
    out = tmp_path / "out"
    run(home, "chart", "export", "--out", str(out), "--tenant", tenant.id)
    kept = [json.loads(line) for file in out.glob("*.ndjson") for line in file.read_text().splitlines()]
    assert len(kept) == len(resources) and {one["meta"]["versionId"] for one in kept} == {"1"}
    assert run(home, "audit", "verify", "--tenant", tenant.id).returncode == 0
