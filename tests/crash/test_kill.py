"""kill -9 of the command and of the database, in the middle: start again, nothing lost, nothing double."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.crash.commands import big_document, check_whole, done, place, postmaster, preceptor

__all__ = ["place"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seconds", [0.6, 1.2, 2.0, 3.0])
def test_the_command_is_killed_while_it_reads(place: Path, seconds: float) -> None:
    path = big_document(place)
    assert done(place, "tenant", "list")[0] == 0  # the database is up: only the reading is timed
    process = preceptor(place, "policy", "add", str(path))
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    code, out = done(place, "policy", "add", str(path), "--json")
    assert code == 0, out
    assert json.loads(out)[0]["status"] in ("added", "unchanged")
    check_whole(place)


@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.4, 2.0])
def test_the_database_is_killed_while_a_document_is_read(place: Path, seconds: float) -> None:
    path = big_document(place)
    assert done(place, "tenant", "list")[0] == 0
    process = preceptor(place, "policy", "add", str(path), "--json")
    time.sleep(seconds)
    os.kill(postmaster(place), signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 5), (out, err)
    assert "Item 1" not in err and "Traceback" not in err
    code, out = done(place, "policy", "add", str(path), "--json")
    assert code == 0, out
    check_whole(place)


def test_the_database_is_killed_while_questions_are_answered(place: Path) -> None:
    path = big_document(place)
    assert done(place, "policy", "add", str(path))[0] == 0
    questions = place / "questions.jsonl"
    questions.write_text(
        "".join(
            json.dumps({"id": str(n), "question": f"How many units of supply {n}?"}) + "\n" for n in range(100, 400)
        )
    )
    process = preceptor(place, "policy", "ask", "--batch", str(questions))
    time.sleep(3)
    os.kill(postmaster(place), signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 5), (out[-300:], err)
    answered = [json.loads(line) for line in out.splitlines()]
    code, listed = done(place, "audit", "search", "--json", "--limit", "10000")
    assert code == 0, listed
    entries = json.loads(listed)["entries"]
    runs = [e["subject"]["run"] for e in entries if e["event"] in ("policy:answer", "policy:abstain")]
    assert len(runs) == len(set(runs))
    # every answer that left stands in the log
    assert {a["run"] for a in answered if "run" in a} <= set(runs)
    check_whole(place)


def test_the_supervisor_is_killed_and_the_next_command_adopts_the_server(place: Path) -> None:
    assert done(place, "tenant", "list")[0] == 0
    before = postmaster(place)
    found = subprocess.run(["pgrep", "-f", f"preceptor.db.supervisor {place}/home"], capture_output=True, text=True)
    os.kill(int(found.stdout.split()[0]), signal.SIGKILL)
    assert done(place, "tenant", "list")[0] == 0
    assert postmaster(place) == before
    deadline = time.monotonic() + 30
    while (place / "home" / "postgres" / "data" / "postmaster.pid").exists():
        assert time.monotonic() < deadline, "nobody stops the server"
        time.sleep(0.5)
