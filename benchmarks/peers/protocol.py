"""How a de-identifier is run: documents on standard input, spans on standard output, costs on standard error.

In: one `{"id", "text", ...}` a line. Out: one `{"id", "spans": [{"start", "end", "label"}]}` a line. Last line of
standard error: `{"startup_seconds", "cpu_seconds", "characters", "documents", "unfinished", "peak_mib"}`. Start-up
runs from the import of this module, so import it first, to the end of one warm-up document. CPU seconds are of the
processing of the documents alone, without reading and writing. The process keeps to one core and may not open a
connection. A document that takes more than `LIMIT` CPU seconds is given up: it is answered without spans, counted as
unfinished, and left out of CPU seconds and characters, which tell of documents that were done.

Needs the standard library only: every peer's environment runs it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

BEGAN = time.perf_counter()

Extent = tuple[int, int, str]
"""Start, end (code points; the end is not part of it) and the system's own label."""

Find = Callable[[dict[str, Any]], Iterable[Extent]]

WARM_UP = {
    "id": "warm-up",
    "text": "Seen today: Mr. John Smith of 12 Main St, Springfield, call 555-010-0199 on 3/4/2021.",
}


LIMIT = 10.0
"""CPU seconds for one document; those of these sets take milliseconds."""


class GivenUp(BaseException):
    """A document took more than `LIMIT`; not an Exception, so that no system takes it for a failure of its own."""


class Offline(RuntimeError):
    """A system under test tried to open a connection."""


def prepare() -> None:
    """Keep to one core and refuse connections; call before the system's libraries are imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise Offline("no connection is allowed in a benchmark")


def serve(start: Callable[[], Find]) -> None:
    """Run the system that `start` builds over standard input."""
    find = start()
    list(find(dict(WARM_UP)))
    startup = time.perf_counter() - BEGAN
    signal.signal(signal.SIGVTALRM, _give_up)
    spent, characters, documents, unfinished = 0.0, 0, 0, 0
    for line in sys.stdin:
        row = json.loads(line)
        extents = list[Extent]()
        began = time.process_time()
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
            extents = list(find(row))
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            spent += time.process_time() - began
            characters += len(row["text"])
        except GivenUp:
            unfinished += 1
        documents += 1
        spans = [{"start": begin, "end": end, "label": label} for begin, end, label in extents]
        sys.stdout.write(json.dumps({"id": row["id"], "spans": spans}) + "\n")
    costs = {
        "startup_seconds": round(startup, 3),
        "cpu_seconds": round(spent, 4),
        "characters": characters,
        "documents": documents,
        "unfinished": unfinished,
        "peak_mib": round(peak_mib(), 1),
    }
    sys.stdout.flush()
    sys.stderr.write("\n" + json.dumps(costs) + "\n")


def _give_up(*_: object) -> None:
    raise GivenUp


def peak_mib() -> float:
    """The largest resident set of this program so far; what a parent used before it started does not count."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
