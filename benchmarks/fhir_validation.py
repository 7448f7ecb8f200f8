"""Validation beside fhirkit-rs, in one run: valid resources accepted, mutants rejected, agreement, speed.

    make peers
    python -m benchmarks.fhir_validation EXAMPLES.ndjson[.gz] [--packages FOLDER]

EXAMPLES are valid resources of other authors (HL7's own: CC0). The mutants are made of them by `tests/make_mutants.py`,
whose author also wrote the walker: its rejection rate is an upper bound. `--packages` takes implementation guides and
holds their own examples against their profiles, with how much could not be checked.
"""

from __future__ import annotations

import argparse
import gzip
import math
import random
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.make_mutants import mutants

from preceptor.fhir.check import check
from preceptor.fhir.issues import is_valid
from preceptor.fhir.lossless import read, write
from preceptor.fhir.packages import read_packages

PEER = Path(".peers/fhirkit/bin/python")
NOT_CONTENT = frozenset(
    (
        *("ImplementationGuide", "SearchParameter", "CapabilityStatement", "OperationDefinition"),
        *("ConceptMap", "NamingSystem", "ActorDefinition"),
    )
)
"""Resources of a package that define something instead of being examples."""
Json = dict[str, Any]


def interval(hits: int, n: int) -> str:
    """A share with its Wilson interval at 95 %."""
    if n == 0:
        return "–"
    z, share = 1.96, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return f"{share:.4f} ({max(0, middle - half):.4f}–{min(1, middle + half):.4f}), n {n}"


def ours(lines: list[bytes]) -> tuple[list[bool], float]:
    """Whether each is valid, and resources a second, reading apart."""
    resources = [read(line) for line in lines]
    began = time.perf_counter()
    found = [is_valid(check(one)) for one in resources]
    return found, len(lines) / (time.perf_counter() - began)


def peer(lines: list[bytes]) -> tuple[list[bool], float]:
    """The same of fhirkit-rs; it parses and validates in one step."""
    words = [PEER, "benchmarks/peers/fhirkit_peer.py"]
    done = subprocess.run(words, input=b"\n".join(lines), capture_output=True, check=True)
    told = [line.split() for line in done.stdout.decode().splitlines()]
    return [valid == "1" for valid, _ in told], len(told) / sum(float(seconds) for _, seconds in told)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("examples", type=Path)
    parser.add_argument("--packages", type=Path)
    args = parser.parse_args()
    content = args.examples.read_bytes()
    lines = (gzip.decompress(content) if args.examples.name.endswith(".gz") else content).splitlines()
    mine, speed = ours(lines)
    good = [read(line) for line, valid in zip(lines, mine, strict=True) if valid]
    made = [one for resource in good for one in mutants(resource, random.Random(str(resource.get("id"))))]
    wrong = [write(one.resource) for one in made]
    rejected, _ = ours(wrong)
    placed = sum(any(i.wrong and i.expression.startswith(one.place) for i in check(one.resource)) for one in made)
    types, classes = {one.resource["resourceType"] for one in made}, {one.error for one in made}
    print(f"accepted            {interval(sum(mine), len(mine))}")
    print(
        f"mutants rejected    {interval(rejected.count(False), len(made))}; {len(classes)} classes, {len(types)} types"
    )
    print(f"at the right place  {interval(placed, len(made))}")
    print(f"speed               {speed:.0f} resources/s on one core, reading apart")
    if PEER.exists():
        theirs, their_speed = peer(lines)
        refused, _ = peer(wrong)
        print(f"fhirkit-rs: accepted {interval(sum(theirs), len(theirs))}; mutants rejected", end=" ")
        print(f"{interval(refused.count(False), len(made))}; {their_speed:.0f}/s")
        both = Counter(zip(mine, theirs, strict=True))
        print("agreement on the examples, ours/theirs:", {f"{a}/{b}": n for (a, b), n in sorted(both.items())})
        both = Counter(zip(rejected, refused, strict=True))
        print("agreement on the mutants, ours/theirs:", {f"{a}/{b}": n for (a, b), n in sorted(both.items())})
    for path in sorted(args.packages.glob("*.tgz")) if args.packages else []:
        package = read_packages([path.read_bytes()])
        found = [check(one, package) for one in package.examples if one["resourceType"] not in NOT_CONTENT]
        unchecked = sum(i.count for issues in found for i in issues if i.kind == "not-checked")
        valid = sum(map(is_valid, found))
        print(f"{path.name:28} {valid:4} of {len(found):4} examples valid; {unchecked} times not checked")


if __name__ == "__main__":
    main()
