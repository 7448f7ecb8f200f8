"""The product's search beside Haystack's hybrid retrieval: same documents, same questions, same embedding model.

    python -m benchmarks.policy_retrieval --docs DIR --pages DIR --questions Q.jsonl [--rounds N] [--json FILE]

`--docs` holds the PDFs, which the product reads itself; `--pages` their page texts, `*.pages.jsonl`, which the peer is
given; a question is `{"id", "question", "answerable", "gold": [{"doc", "page", "group", "also"}]}`. Each system is a
process of its own (ours with its database), one after the other, kept to the same core. Latency runs from the text of
a question to ranked passages: ours masks, plans, embeds and searches (`Finder.find`) in one transaction, the peer
embeds and searches. All questions are asked once to warm up, then in `--rounds` rounds that are timed; the order found
at first is scored, over the answerable ones. A page counts once, at its first passage. The index time of ours includes
reading the PDFs, that of the peer does not. Memory: the proportional set sizes of a system's processes summed, the
largest of four samples a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks.deid_score import Tally

from preceptor.access.caller import Caller
from preceptor.cli.installation import ensure_operator, ensure_tenant
from preceptor.clock import today
from preceptor.db.transaction import tenant_transaction
from preceptor.deid.mask import mask
from preceptor.evidence.embed import embed_pending
from preceptor.evidence.embedding.files import NoModel, carried
from preceptor.evidence.embedding.model import Embedder
from preceptor.evidence.ingest import Shelf, add_document
from preceptor.evidence.metadata import Metadata
from preceptor.flows.policy_question.finding import Finder
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services

ROOT = Path(__file__).parent.parent
PEER = ROOT / ".peers/haystack/bin/python"
MODEL = "bge_small_en"  # the folder of the product's embedder
TENANT = "benchmark"
RANKS = (1, 5, 10)
SAMPLE_SECONDS = 0.25
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Place = tuple[str, int]
"""A document's stem in small letters, and a page from 1."""


class Failed(RuntimeError):
    """A system did not finish."""


@dataclass(frozen=True)
class Run:
    """What one system did. `orders`: passages by question, best first; `ms`: by question, a number a round;
    `mask_ms`: of all of them together, the part that de-identifies the question (ours alone)."""

    name: str
    orders: dict[str, list[Place]]
    ms: dict[str, list[float]]
    mask_ms: list[float]
    costs: dict[str, Any]
    peak_mib: float


class Product:
    """The product's own search, asked as `workflow.Assistant` asks it."""

    def __init__(self, services: Services, caller: Caller) -> None:
        self._services, self._caller, self._finder = services, caller, Finder(services)

    async def ask(self, question: str) -> dict[str, Any]:
        """The places of the passages found, best first, and the milliseconds: masking, and all."""
        began = time.perf_counter()
        async with tenant_transaction(self._services.database, self._caller.tenant, self._caller.actor) as tx:
            redacted = mask(question, "safe-harbor").text
            masked = time.perf_counter()
            material = await self._finder.find(tx, self._caller, redacted, today(self._services.clock), None)
        ended = time.perf_counter()
        # Score 0: a passage that follows one of the best and was not found for itself.
        pages = [(f.version.stem, f.passage.page) for f in material.found if f.score > 0]
        return {
            "pages": pages,
            "ms": round((ended - began) * 1000, 3),
            "mask_ms": round((masked - began) * 1000, 3),
            "hybrid": material.hybrid,
        }


async def serve(files: Sequence[Path], questions: Sequence[dict[str, Any]]) -> None:
    """Index the PDFs and answer the questions, in the form of the peer."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="preceptor-bench-") as home:
        async with open_services(Settings(home=Path(home))) as services:
            await ensure_tenant(services, TENANT, "Benchmark")
            caller = await ensure_operator(services, TENANT)
            embedder = services.models.embedder()
            if isinstance(embedder, NoModel):
                raise SystemExit(embedder.text)
            costs = await index(services, caller, embedder, files)
            product = Product(services, caller)
            for row in questions:
                answer = await product.ask(row["question"])
                if answer["pages"] and not answer["hybrid"]:
                    raise SystemExit("a question was searched without its vector")
                sys.stdout.write(json.dumps({"id": row["id"], **answer}) + "\n")
    sys.stderr.write("\n" + json.dumps(costs) + "\n")


async def index(services: Services, caller: Caller, embedder: Embedder, files: Sequence[Path]) -> dict[str, float]:
    """Put every file in, then its vectors; seconds of both, and the passages."""
    shelf = Shelf(services.database, services.clock, services.keys.get(TENANT))
    began, passages = time.perf_counter(), 0
    for path in files:
        added = await add_document(shelf, caller, Metadata(path.stem), path.read_bytes(), "application/pdf")
        if added.error is not None:
            raise SystemExit(f"a document was not read: {added.error.code}")
        passages += added.passages
    stored = time.perf_counter()
    done = await embed_pending(
        services.database, services.clock, services.keys.get(caller.tenant), caller, embedder, alone=True
    )
    ended = time.perf_counter()
    return {
        "index_seconds": round(ended - began, 2),
        "reading_seconds": round(stored - began, 2),
        "vector_seconds": round(ended - stored, 2),
        "pieces": passages,
        "vectors": done.passages,
    }


def run(name: str, command: list[str], asked: int) -> Run:
    """Run one system to its end and watch its memory. Raises Failed with the end of its errors."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env={**os.environ, **ONE_THREAD})
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, memory_mib(process.pid))
            time.sleep(SAMPLE_SECONDS)
        out.seek(0)
        err.seek(0)
        told = err.read()
        if process.returncode:
            raise Failed(f"{name} ended with {process.returncode}: {told[-2000:]}")
        rows = [json.loads(line) for line in out]
    orders, ms, masked = dict[str, list[Place]](), dict[str, list[float]](), list[float]()
    for number, row in enumerate(rows):
        if number < asked:  # the first time warms up and is scored
            orders[row["id"]] = [(doc.lower(), page) for doc, page in row["pages"]]
            continue
        ms.setdefault(row["id"], []).append(row["ms"])
        masked.append(row.get("mask_ms", 0.0))
    return Run(name, orders, ms, masked, json.loads(told.strip().splitlines()[-1]), peak)


def memory_mib(root: int) -> float:
    """The proportional set sizes of a process and all that came from it, MiB; 0 where there is no /proc."""
    parents = dict[int, int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family, total = {root}, 0
    for _ in parents:
        grown = family | {child for child, parent in parents.items() if parent in family}
        if grown == family:
            break
        family = grown
    for pid in family:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def rank(order: Sequence[Place], right: set[Place], *, pages: bool) -> float:
    """The place, from 1, of the first of the right pages among pages or among passages; infinite when it is absent."""
    seen = list(dict.fromkeys(order)) if pages else order
    return next((n for n, place in enumerate(seen, 1) if place in right), math.inf)


def groups(question: dict[str, Any]) -> list[set[Place]]:
    """The right pages of each group of gold; an answer needs one of each."""
    found: dict[Any, set[Place]] = {}
    for n, g in enumerate(question["gold"]):
        pages = {(str(g["doc"]).lower(), page) for page in (g["page"], *g.get("also", ()))}
        found.setdefault(g.get("group", n), set()).update(pages)
    return list(found.values())


def tallies(answered: Run, questions: Sequence[dict[str, Any]]) -> dict[str, Tally]:
    """How often a gold page is among the first, by row of the table."""
    made = dict[str, Tally]()
    for question in questions:
        needed, order = groups(question), answered.orders[question["id"]]
        right = set[Place]().union(*needed)
        for k in RANKS:
            made.setdefault(f"gold page in first {k} pages", Tally()).add(rank(order, right, pages=True) <= k)
        for k in RANKS:
            made.setdefault(f"in first {k} passages", Tally()).add(rank(order, right, pages=False) <= k)
        every = all(rank(order, group, pages=True) <= RANKS[-1] for group in needed)
        made.setdefault(f"all groups in {RANKS[-1]} pages", Tally()).add(every)
    return made


def apart(ours: Run, peer: Run, questions: Sequence[dict[str, Any]]) -> dict[int, tuple[int, int, float]]:
    """Questions only ours and only the peer has within each rank, and the exact two-sided sign test (McNemar)."""
    made = dict[int, tuple[int, int, float]]()
    for k in RANKS:
        only = [0, 0]
        for question in questions:
            right = set[Place]().union(*groups(question))
            hits = [rank(system.orders[question["id"]], right, pages=True) <= k for system in (ours, peer)]
            if hits[0] != hits[1]:
                only[hits[1]] += 1
        n = sum(only)
        tail = sum(math.comb(n, i) for i in range(min(only) + 1)) / 2**n
        made[k] = (only[0], only[1], min(1.0, 2 * tail))
    return made


def at(values: Iterable[float], percent: int) -> float:
    """The percentile, nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def table(systems: Sequence[Run], questions: Sequence[dict[str, Any]]) -> str:
    """A column a system."""
    found = [tallies(system, questions) for system in systems]
    lines = [_line(f"answerable questions: {len(questions)}", [s.name for s in systems])]
    lines += [_line(row, [_share(each[row]) for each in found]) for row in found[0]]

    def add(name: str, cell: Callable[[Run], str]) -> None:
        lines.append(_line(name, [cell(s) for s in systems]))

    for percent in (50, 95):
        add(f"ms, p{percent} of all askings", lambda s, p=percent: f"{at(chain.from_iterable(s.ms.values()), p):.1f}")
    for percent in (50, 95):
        add(f"ms, p{percent} of each one's best", lambda s, p=percent: f"{at(map(min, s.ms.values()), p):.1f}")
    add("index, seconds", lambda s: f"{s.costs['index_seconds']:.0f}")
    add("passages", lambda s: f"{s.costs['pieces']:,}")
    add("peak memory, MiB", lambda s: f"{s.peak_mib:.0f}")
    return "\n".join(lines)


def _line(name: str, cells: Iterable[str]) -> str:
    return f"{name:30}" + "".join(f"{cell:>28}" for cell in cells)


def _share(tally: Tally) -> str:
    low, high = tally.interval
    return f"{tally.hits} = {100 * tally.share:.1f} % [{100 * low:.1f}-{100 * high:.1f}]"


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def arguments() -> argparse.Namespace:
    """The options. Ends the program where something is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--pages", type=Path, help="folder of *.pages.jsonl, for the peer")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3, help="how often each question is timed (3)")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return args
    names = {path.stem for path in args.docs.glob("*.pdf")}
    pages = set[str]()
    if args.pages:
        pages = {path.name.removesuffix(".pages.jsonl") for path in args.pages.glob("*.pages.jsonl")}
    if not names or names != pages:
        parser.error("--docs and --pages do not hold the same documents: nothing was measured")
    if not PEER.exists():
        parser.error("no environment of the peer: run `make peers`")
    if args.rounds < 1:
        parser.error("--rounds is at least 1")
    return args


def main() -> int:
    """Run both systems and print the table."""
    args = arguments()
    if args.serve:
        asyncio.run(serve(sorted(args.docs.glob("*.pdf")), read(args.questions)))
        return 0
    model = carried(MODEL)
    if model is None:
        print("The embedding model is not installed: nothing was measured.", file=sys.stderr)
        return 2
    questions = read(args.questions)
    scored = [q for q in questions if q.get("answerable")]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as asked:
        only = [json.dumps({"id": q["id"], "question": q["question"]}) + "\n" for q in questions]
        asked.write("".join(only * (args.rounds + 1)))
        asked.flush()
        product = [sys.executable, "-m", "benchmarks.policy_retrieval", "--serve", "--docs", str(args.docs.resolve())]
        peer = [str(PEER), "-m", "benchmarks.peers.haystack_peer", "--pages", str(args.pages.resolve())]
        given = ["--questions", asked.name]
        load = [os.getloadavg()[0]]
        try:
            systems = [run("Preceptor", product + given, len(questions))]
            load.append(os.getloadavg()[0])
            systems.append(run("Haystack", [*peer, *given, "--model", str(model)], len(questions)))
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 2
        load.append(os.getloadavg()[0])
    report(systems, questions, scored, load, args)
    return 0


def report(
    systems: Sequence[Run],
    questions: Sequence[dict[str, Any]],
    scored: Sequence[dict[str, Any]],
    load: Sequence[float],
    args: argparse.Namespace,
) -> None:
    """Print the table and what belongs to it; write the figures where `--json` says."""
    machine = f"{platform.machine()} {platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    loads = " / ".join(f"{x:.1f}" for x in load)
    print(f"{len(questions)} questions, {args.rounds} rounds; {machine}; load before, between and after: {loads}\n")
    print(table(systems, scored))
    ours, peer = systems
    for k, (mine, theirs, p) in apart(ours, peer, scored).items():
        print(f"first {k} pages: only {ours.name} {mine}, only {peer.name} {theirs}, p = {p:.3f}")
    print(f"ours, de-identifying the question: ms p50 {at(ours.mask_ms, 50):.1f}, p95 {at(ours.mask_ms, 95):.1f}")
    costs = ours.costs
    print(f"ours, index: reading and words {costs['reading_seconds']:.0f} s, vectors {costs['vector_seconds']:.0f} s")
    if args.json:
        told = {
            s.name: {
                **{row: {"hits": t.hits, "n": t.n, "interval": t.interval} for row, t in tallies(s, scored).items()},
                **{f"ms_p{p}": at(chain.from_iterable(s.ms.values()), p) for p in (50, 95)},
                **{f"ms_best_p{p}": at(map(min, s.ms.values()), p) for p in (50, 95)},
                **s.costs,
                "peak_mib": round(s.peak_mib, 1),
            }
            for s in systems
        }
        whole = {"machine": machine, "load": load, "rounds": args.rounds, "systems": told}
        args.json.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
