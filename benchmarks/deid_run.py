"""Preceptor's de-identifier over documents on standard input, run as the peers are (peers/protocol.py).

    python -m benchmarks.deid_run [--context] < docs.jsonl
    python -m benchmarks.deid_run --latency 300 < docs.jsonl

`--context` gives `mask` what each document's `context` (a FHIR Patient) says of the patient. `--latency N` measures
instead N calls, each on another 3,000 characters cut from the documents laid end to end, and prints the milliseconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.peers import protocol

MESSAGE = 3_000
"""Characters of a message whose latency is measured."""


def start(*, context: bool) -> protocol.Find:
    """The masking of the product under Safe Harbor."""
    from preceptor.deid.detect import Known  # noqa: PLC0415 - loading is part of the start-up
    from preceptor.deid.mask import mask  # noqa: PLC0415

    def find(row: dict[str, Any]) -> Iterator[protocol.Extent]:
        known = Known.from_json(row.get("context")) if context else None
        for span in mask(row["text"], "safe-harbor", known).spans:
            yield span.start, span.end, span.label

    return find


def messages(texts: list[str], count: int, size: int = MESSAGE) -> Iterator[str]:
    """`count` different texts of `size` characters: windows moving round and round over the texts laid end to end."""
    whole = "\n\n".join(texts)
    while len(whole) < 2 * size:
        whole += "\n\n" + whole
    room = len(whole) - size
    for number in range(count):
        at = number * (size - 7) % room
        yield whole[at : at + size]


def latencies(texts: list[str], count: int) -> dict[str, list[float]]:
    """Sorted milliseconds of `count` calls by the clock on the wall and of the processor, after one to warm up."""
    from preceptor.deid.mask import mask  # noqa: PLC0415

    mask(texts[0], "safe-harbor")
    wall, cpu = list[float](), list[float]()
    for text in messages(texts, count):
        began, began_cpu = time.perf_counter(), time.process_time()
        mask(text, "safe-harbor")
        wall.append(round((time.perf_counter() - began) * 1000, 3))
        cpu.append(round((time.process_time() - began_cpu) * 1000, 3))
    return {"wall": sorted(wall), "cpu": sorted(cpu)}


def main() -> None:
    """Run over standard input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--context", action="store_true")
    parser.add_argument("--latency", type=int, metavar="N")
    arguments = parser.parse_args()
    protocol.prepare()
    if arguments.latency:
        texts = [json.loads(line)["text"] for line in sys.stdin]
        print(json.dumps(latencies(texts, arguments.latency)))
        return
    protocol.serve(lambda: start(context=arguments.context))


if __name__ == "__main__":
    main()
