"""The de-identifier beside Presidio and Philter: what each leaves to be read, what it hides needlessly, what it costs.

    python -m benchmarks.deid [--docs FILE.jsonl] [--negative FILE.jsonl] [--context] [--peers] [--json FILE]

Without `--docs` and `--negative` the documents are generated (evals/deid, split, count and seed by option). Every
system runs in a process of its own, one after the other, on one core, offline; scores are those of deid_score.py. The
peers run when their environments exist (`make peers`); `--peers` makes it an error when they do not. Recall and
precision are of generated text, dense in identifiers: they compare systems, they do not foretell real notes.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.deid_score import Extent, Score, Tally, redactions_per_1000_words, score
from benchmarks.peers.protocol import LIMIT

ROOT = Path(__file__).parent.parent
SYSTEMS: dict[str, list[str]] = {
    "Preceptor": [sys.executable, "-m", "benchmarks.deid_run"],
    "with record": [sys.executable, "-m", "benchmarks.deid_run", "--context"],
    "Presidio": [str(ROOT / ".peers/presidio/bin/python"), "benchmarks/peers/presidio_peer.py"],
    "Philter": [str(ROOT / ".peers/philter/bin/python"), "benchmarks/peers/philter_peer.py"],
    "Philter typed": [str(ROOT / ".peers/philter/bin/python"), "benchmarks/peers/philter_peer.py", "--typed"],
}
"""Column → command; Philter by all that its masked output hides, and by the spans alone that it gives a type."""
PEERS = ("Presidio", "Philter", "Philter typed")
CALLS = 300
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Result:
    """One system: its score, its costs and its redactions in a thousand words without identifiers."""

    name: str
    score: Score
    costs: dict[str, float]
    unfinished: int
    needless_per_1000_words: float

    @property
    def speed(self) -> float:
        """Characters a CPU second."""
        return self.costs["characters"] / max(self.costs["cpu_seconds"], 1e-9)


class Failed(RuntimeError):
    """A system did not finish."""


def run(command: list[str], rows: Rows) -> tuple[str, str]:
    """Standard output and standard error of a command given rows. Raises Failed with the end of its errors."""
    given = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout, done.stderr


def predict(command: list[str], rows: Rows) -> tuple[dict[str, list[Extent]], dict[str, float]]:
    """The extents by document, and the costs, of one system."""
    out, told = run(command, rows)
    found = {
        row["id"]: [(span["start"], span["end"]) for span in row["spans"]] for row in map(json.loads, out.splitlines())
    }
    if found.keys() != {row["id"] for row in rows}:
        raise Failed(f"{' '.join(command)} answered {len(found)} of {len(rows)} documents")
    return found, json.loads(told.splitlines()[-1])


def measure(name: str, rows: Rows, negative: Rows) -> Result:
    """One system on the documents and on those without identifiers."""
    found, costs = predict(SYSTEMS[name], rows)
    extra, more = predict(SYSTEMS[name], negative) if negative else ({}, {"unfinished": 0})
    unfinished = int(costs["unfinished"] + more["unfinished"])
    needless = redactions_per_1000_words({row["id"]: row["text"] for row in negative}, extra)
    return Result(name, score(rows, found), costs, unfinished, needless)


def generated(arguments: argparse.Namespace, *, negative: bool) -> Rows:
    """Documents of the generator with the options given."""
    command = [sys.executable, "-m", "evals.deid.generate", "--split", arguments.split, "--seed", str(arguments.seed)]
    command += ["--count", str(arguments.count), *(["--negative"] if negative else [])]
    return [json.loads(line) for line in run(command, [])[0].splitlines()]


def read(path: Path, count: int | None) -> Rows:
    """The first `count` documents of a file; without an id a document gets its line's number."""
    lines = path.read_text(encoding="utf-8").splitlines()[:count]
    return [{"id": f"line-{number}", **json.loads(line)} for number, line in enumerate(lines)]


def table(results: list[Result]) -> str:
    """The systems side by side."""
    lines = [_line("", [result.name for result in results])]

    def row(name: str, cell: Any) -> None:
        lines.append(_line(name, [cell(result) for result in results]))

    row("identifiers fully hidden", lambda r: _share(r.score.spans))
    row("characters leaked", lambda r: _percent(r.score.leak_share))
    row("character precision", lambda r: _percent(r.score.precision))
    row("documents without a leak", lambda r: _share(r.score.documents_clean))
    row("traps redacted", lambda r: _share(r.score.traps))
    row("redactions / 1,000 words*", lambda r: f"{r.needless_per_1000_words:.2f}")
    row("characters / second / core", lambda r: f"{r.speed:,.0f}")
    row("start-up, seconds", lambda r: f"{r.costs['startup_seconds']:.2f}")
    row("peak memory, MiB", lambda r: f"{r.costs['peak_mib']:.0f}")
    row("documents given up**", lambda r: str(r.unfinished))
    for result in results:
        if result.name in PEERS:
            row(f"speed / {result.name}'s", lambda r, to=result: f"{r.speed / to.speed:.2f}")
            row(
                f"leak / {result.name}'s",
                lambda r, to=result: f"{r.score.leak_share / (to.score.leak_share or math.nan):.2f}",
            )
    for title, pick in (("label", "by_label"), ("noise", "by_noise")):
        lines += ["", _line(f"fully hidden by {title} (n)", [result.name for result in results])]
        for key, tally in sorted(getattr(results[0].score, pick).items()):
            row(f"  {key} ({tally.n})", lambda r, pick=pick, key=key: _share(getattr(r.score, pick)[key]))
    return "\n".join(lines)


def _line(name: str, cells: list[str]) -> str:
    return f"{name:28}" + "".join(f"{cell:>22}" for cell in cells)


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"


def _share(tally: Tally) -> str:
    low, high = tally.interval
    return f"{_percent(tally.share)} [{100 * low:.1f}-{100 * high:.1f}]" if tally.n else "-"


def at(ordered: list[float], quantile: float) -> float:
    """The smallest value that at least that share of the values does not exceed."""
    return round(ordered[max(0, math.ceil(len(ordered) * quantile) - 1)], 1)


def systems(*, context: bool, peers: bool) -> list[str]:
    """The columns to run. Raises Failed when `peers` are asked for and an environment is missing."""
    missing = [name for name in PEERS if not Path(SYSTEMS[name][0]).exists()]
    if missing and peers:
        raise Failed(f"no environment for {', '.join(missing)}: run `make peers`")
    if missing:
        print(f"not compared: {', '.join(missing)} (`make peers` makes their environments)", file=sys.stderr)
    return ["Preceptor", *(["with record"] if context else []), *(name for name in PEERS if name not in missing)]


def arguments_of(argv: list[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, help="documents with gold spans; without it they are generated")
    parser.add_argument(
        "--negative", type=Path, help="documents that hold no identifier; without it they are generated"
    )
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--count", type=int, default=200, help="how many documents, read or generated (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--context", action="store_true", help="Preceptor also with what the record says of the patient"
    )
    parser.add_argument("--peers", action="store_true", help="fail when a peer's environment is missing")
    parser.add_argument("--json", type=Path)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Measure every system and print the table."""
    arguments = arguments_of(argv)
    rows = read(arguments.docs, arguments.count) if arguments.docs else generated(arguments, negative=False)
    negative = read(arguments.negative, None) if arguments.negative else generated(arguments, negative=True)
    try:
        names = systems(context=arguments.context, peers=arguments.peers)
        results = [measure(name, rows, negative) for name in names]
        spent: dict[str, list[float]] = json.loads(run([*SYSTEMS["Preceptor"], "--latency", str(CALLS)], rows)[0])
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 2
    latency = {clock: {"p50": at(times, 0.5), "p99": at(times, 0.99)} for clock, times in spent.items()}
    machine = f"{platform.machine()} {platform.system()}, Python {platform.python_version()}"
    print(f"{len(rows)} documents, {sum(len(row['text']) for row in rows):,} characters; {machine}\n")
    print(table(results))
    words = sum(len(row["text"].split()) for row in negative)
    print(f"\n* on {len(negative)} documents, {words:,} words, without identifiers")
    print(f"** more than {LIMIT:.0f} CPU seconds: counted as nothing hidden, left out of the speed")
    for clock, times in latency.items():
        print(f"Preceptor, {CALLS} messages of 3,000 characters, {clock}: p50 {times['p50']} ms, p99 {times['p99']} ms")
    if arguments.json:
        told = {
            result.name: {
                **result.score.as_json(),
                "redactions_per_1000_words": result.needless_per_1000_words,
                "characters_per_second": result.speed,
                **result.costs,
                "unfinished": result.unfinished,
            }
            for result in results
        }
        whole = {"machine": machine, "documents": len(rows), "latency_ms": latency, "systems": told}
        arguments.json.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
