"""The FHIR server over HTTP: read, search by patient and code, create, a transaction of 100, and how search grows.

    python -m benchmarks.fhir_server [--patients 200] [--each 50] [--grow 10000,100000] [--seconds 8]

The server is a process of its own with authorisation and audit on; the client shares the two cores with it and with the
database. Rates are of completed requests; each answer's status is checked. The yardstick in the same run is the same
server's `/healthz`, which touches neither database nor log: what HTTP and Python alone allow here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

Json = dict[str, Any]
Request = tuple[str, str, bytes]
CODES = ("8480-6", "8462-4", "8867-4", "9279-1", "8310-5", "2708-6", "29463-7", "8302-2", "2339-0", "4548-4")


def identity(number: int) -> str:
    """The id of the nth resource."""
    return str(UUID(int=(0x019A5B1C7C1E7D5A << 64) + number, version=4))


def observation(patient: str, number: int) -> Json:
    """A result of a patient."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": CODES[number % len(CODES)]}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"2026-{1 + number % 12:02}-{1 + number % 28:02}",
        "valueQuantity": {"value": number % 200, "unit": "u", "system": "http://unitsofmeasure.org", "code": "1"},
    }


def write_chart(path: Path, patients: int, each: int, first: int = 0) -> None:
    """Patients with so many results each, as NDJSON."""
    with path.open("w") as file:
        for number in range(first, first + patients):
            patient = {"resourceType": "Patient", "id": identity(number), "name": [{"family": f"Family{number}"}]}
            file.write(json.dumps(patient) + "\n")
            for place in range(each):
                one = {**observation(identity(number), place), "id": identity(10**9 + number * 10_000 + place)}
                file.write(json.dumps(one) + "\n")


@contextmanager
def served(home: Path) -> Iterator[tuple[str, str]]:
    """The address of a server over `home`, and a clinician's token."""
    env = {**os.environ, "PRECEPTOR_HOME": str(home), "PRECEPTOR_REQUESTS_PER_MINUTE": "1000000"}
    env["PRECEPTOR_REQUESTS_AT_ONCE"] = "1000"
    words = [sys.executable, "-m", "preceptor.cli.main"]
    process = subprocess.Popen(
        [*words, "serve", "--port", "0", "--no-embed", "--tenant", "bench"], env=env, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        base = process.stdout.readline().decode().split()[1].partition("/sign-in")[0]
        name = f"bench-{time.time_ns()}"
        command(home, "user", "add", name, "--role", "clinician", "--tenant", "bench")
        yield base, json.loads(command(home, "user", "token", name, "--json", "--tenant", "bench"))["token"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def command(home: Path, *words: str) -> str:
    """A command of the product over `home`."""
    env = {**os.environ, "PRECEPTOR_HOME": str(home)}
    whole = [sys.executable, "-m", "preceptor.cli.main", *words]
    return subprocess.run(whole, env=env, check=True, capture_output=True).stdout.decode()


async def rate(
    base: str, token: str, make: Callable[[], Request], seconds: float, at_once: int = 32
) -> tuple[float, float, float]:
    """Completed requests a second, and the median and 95th percentile of their milliseconds."""
    host = urlsplit(base)
    times, end = list[float](), time.perf_counter() + seconds

    async def work() -> None:
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        while time.perf_counter() < end:
            method, path, body = make()
            head = f"{method} {path} HTTP/1.1\r\nhost: {host.netloc}\r\nauthorization: Bearer {token}\r\n"
            head += f"content-type: application/fhir+json\r\ncontent-length: {len(body)}\r\n\r\n"
            began = time.perf_counter()
            writer.write(head.encode() + body)
            status = int((await reader.readline()).split()[1])
            length = 0
            while (line := await reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            await reader.readexactly(length)
            times.append(time.perf_counter() - began)
            assert status in (200, 201), (status, path)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    took = time.perf_counter() - began
    times.sort()
    return len(times) / took, 1000 * times[len(times) // 2], 1000 * times[int(len(times) * 0.95)]


def say(name: str, figures: tuple[float, float, float]) -> None:
    """One line of the table."""
    print(f"{name:52} {figures[0]:8.0f}/s   p50 {figures[1]:7.1f} ms   p95 {figures[2]:7.1f} ms", flush=True)


async def measure(base: str, token: str, patients: int, each: int, seconds: float) -> None:
    """Every figure of one size."""
    rng = random.Random(1)

    def read() -> Request:
        place = 10**9 + rng.randrange(patients) * 10_000 + rng.randrange(each)
        return "GET", f"/fhir/Observation/{identity(place)}", b""

    def search() -> Request:
        patient, code = identity(rng.randrange(patients)), rng.choice(CODES)
        return "GET", f"/fhir/Observation?patient={patient}&code=http://loinc.org|{code}&_count=10", b""

    def create() -> Request:
        body = observation(identity(rng.randrange(patients)), rng.randrange(10_000))
        return "POST", "/fhir/Observation", json.dumps(body).encode()

    def transaction() -> Request:
        entries = [
            {
                "resource": observation(identity(rng.randrange(patients)), n),
                "request": {"method": "POST", "url": "Observation"},
            }
            for n in range(100)
        ]
        return "POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()

    say("yardstick: /healthz", await rate(base, token, lambda: ("GET", "/healthz", b""), seconds))
    say("read", await rate(base, token, read, seconds))
    say("search: patient and code", await rate(base, token, search, seconds))
    say("create", await rate(base, token, create, seconds))
    say("transaction of 100 creations, one at a time", await rate(base, token, transaction, seconds, 1))


async def main() -> None:
    """Load, measure, load more, measure search again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--grow", default="")
    parser.add_argument("--seconds", type=float, default=8)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="preceptor-bench-") as folder:
        home, chart = Path(folder) / "home", Path(folder) / "chart.ndjson"
        command(home, "tenant", "add", "bench")
        write_chart(chart, args.patients, args.each)
        began = time.perf_counter()
        count = args.patients * (args.each + 1)
        print(command(home, "chart", "load", str(chart), "--tenant", "bench").strip())
        print(f"load: {count / (time.perf_counter() - began):.0f} resources/s, start of the command included")
        with served(home) as (base, token):
            await measure(base, token, args.patients, args.each, args.seconds)
        have = args.patients
        for wanted in (int(one) for one in args.grow.split(",") if one):
            more = wanted // args.each - have
            write_chart(chart, more, args.each, have)
            command(home, "chart", "load", str(chart), "--tenant", "bench")
            have += more
            rng = random.Random(2)

            def search(rng: random.Random = rng, have: int = have) -> Request:
                patient, code = identity(rng.randrange(have)), rng.choice(CODES)
                return "GET", f"/fhir/Observation?patient={patient}&code=http://loinc.org|{code}&_count=10", b""

            with served(home) as (base, token):
                say(f"search at {have * args.each} Observations", await rate(base, token, search, args.seconds))


if __name__ == "__main__":
    asyncio.run(main())
