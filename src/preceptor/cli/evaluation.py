"""`preceptor eval`: put the product to its exams, compare two results, list the suites."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from tqdm import tqdm

from preceptor.cli.command import DONE, FAILED, add_command, add_group, note, out, read_input, show
from preceptor.cli.installation import ensure_operator, ensure_tenant
from preceptor.clock import FixedClock
from preceptor.evals.cases import Suite, list_suites, load_suite
from preceptor.evals.compare import compare, read_result
from preceptor.evals.gates import read_gates
from preceptor.evals.report import html
from preceptor.evals.sitting import Asked, Result, fill, read_baseline, sit
from preceptor.evals.systems import KNOWN_BAD, System, product
from preceptor.settings import load
from preceptor.wiring import open_services

SUITES = Path(__file__).parents[3] / "evals"
TENANT = "exam"


def add(subparsers: Any) -> None:
    """Add the commands."""
    group = add_group(
        subparsers, "eval", "Examine the product; exit 1 when a gate is not held.", "preceptor eval run policy_question"
    )
    run = add_command(
        group,
        "run",
        "Put a suite to the product in a database of its own, and hold the figures against the gates.",
        "preceptor eval run policy_question --out report\n"
        "preceptor eval run policy_question --system wrong-page\n"
        "preceptor eval run policy_question --known-bad",
        _run,
    )
    run.add_argument("suite", help="a folder of evals/ with a suite.toml")
    run.add_argument("--suites", type=Path, default=SUITES, help="folder that holds the suites (default: evals/)")
    run.add_argument("--out", type=Path, help="write result.json, report.html and baseline.json into this folder")
    run.add_argument(
        "--baseline", help="baseline.json or result.json of an earlier run (default: the suite's baseline.json)"
    )
    run.add_argument("--system", choices=["product", *KNOWN_BAD], default="product", help="who sits the exam")
    run.add_argument("--known-bad", action="store_true", help="put all known-bad systems to it; 1 when one passes")
    listing = add_command(group, "list", "The suites there are.", "preceptor eval list", _list)
    listing.add_argument("--suites", type=Path, default=SUITES, help="folder that holds the suites (default: evals/)")
    two = add_command(
        group,
        "compare",
        "Two results of one suite: what was lost, gained, or reads differently; exit 1 when something was lost.",
        "preceptor eval compare before/result.json after/result.json",
        _compare,
    )
    two.add_argument("before", metavar="A", help="result.json of the earlier run")
    two.add_argument("after", metavar="B", help="result.json of the later run")


def _list(args: argparse.Namespace) -> int:
    names = list_suites(args.suites)
    if args.json:
        show([{"suite": name, "cases": len(load_suite(args.suites, name).cases)} for name in names])
    else:
        for name in names:
            suite = load_suite(args.suites, name)
            out(f"{name:24} {len(suite.cases):4} cases  {suite.title}")
    return DONE


def _compare(args: argparse.Namespace) -> int:
    found = compare(read_result(read_input(args.before)), read_result(read_input(args.after)))
    if args.json:
        show(found.as_json())
    else:
        for change in found.changes:
            if change.kind != "other":
                out(f"{change.kind:7} {change.case}")
        other = sum(c.kind == "other" for c in found.changes)
        out(f"{found.same} the same, {other} worded differently; losses by chance: p = {found.p_worse:.3f}")
    return FAILED if any(c.kind == "lost" for c in found.changes) else DONE


def _run(args: argparse.Namespace) -> int:
    suite = load_suite(args.suites, args.suite)
    chosen: dict[str, System] = {"product": product} | {k: v.system for k, v in KNOWN_BAD.items()}
    names = list(KNOWN_BAD) if args.known_bad else [args.system]
    results = asyncio.run(_sit_all(suite, _baseline(args, suite), {name: chosen[name] for name in names}))
    if args.known_bad:
        return _show_known_bad(results, args.json)
    result = results[args.system]
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "result.json").write_text(json.dumps(result.as_json(), indent=1) + "\n", encoding="utf-8")
        (args.out / "report.html").write_text(html(result), encoding="utf-8")
        (args.out / "baseline.json").write_text(result.as_baseline(), encoding="utf-8")
    if args.json:
        show(result.as_json())
    else:
        out(table(result))
    return DONE if result.held else FAILED


def _baseline(args: argparse.Namespace, suite: Suite) -> dict[str, bool] | None:
    if args.baseline is not None:
        return read_baseline(read_input(args.baseline))
    path = suite.folder / "baseline.json"
    return read_baseline(path.read_text(encoding="utf-8")) if path.is_file() else None


async def _sit_all(suite: Suite, baseline: dict[str, bool] | None, systems: dict[str, System]) -> dict[str, Result]:
    """Each system over the same library, in a home that is gone afterwards: nobody's tenant is touched."""
    gates = read_gates(suite.folder / "thresholds.toml")
    found: dict[str, Result] = {}
    with tempfile.TemporaryDirectory(prefix="preceptor-eval-") as home:
        settings = load().model_copy(update={"home": Path(home), "database_url": None, "token": None})
        async with open_services(settings, FixedClock()) as services:
            await ensure_tenant(services, TENANT, "Examination")
            caller = await ensure_operator(services, TENANT)
            if await fill(services, caller, suite) is None:
                note("there is no embedding model: the exam is sat with words alone")
            asked: Asked = {}
            for name, system in systems.items():
                with tqdm(total=len(suite.cases), desc=name, unit="case", leave=False, disable=None) as bar:

                    def step(done: int, _: int, shown: Any = bar) -> None:
                        shown.update(done - shown.n)

                    found[name] = await sit(suite, gates, baseline, services, caller, system, step, asked)
    return found


def table(result: Result) -> str:
    """The figures and gates as text."""
    lines = [f"{result.suite.title}: {len(result.sat)} cases", ""]
    for name, metric in result.metrics.items():
        shown = f"{metric.value:8.3f}  [{metric.low:.3f}, {metric.high:.3f}]  n={metric.n}" if metric.n else "     n/a"
        lines.append(f"  {name:24} {shown}")
    lines.append("")
    for gate in result.gates:
        value = "not measured" if gate.value is None else f"{gate.value:.3f}"
        mark = "held    " if gate.held else "NOT HELD"
        lines.append(f"  {mark} {gate.gate.metric} {gate.gate.op} {gate.gate.threshold:g} ({value})")
    unscored = [s.case.id for s in result.sat if s.score is None]
    if unscored:
        lines.append(f"  NOT HELD cases that could not be scored: {', '.join(unscored)}")
    lines.append(f"\n{'held' if result.held else 'NOT HELD'}; p50 {result.latency_ms[0]:.0f} ms")
    return "\n".join(lines)


def _show_known_bad(results: dict[str, Result], as_json: bool) -> int:
    rows = list[dict[str, Any]]()
    for name, result in results.items():
        lost = [g.gate.metric for g in result.gates if not g.held]
        noticed = KNOWN_BAD[name].noticed_by in lost
        rows.append({"system": name, "how": KNOWN_BAD[name].how, "gates_not_held": lost, "noticed": noticed})
    if as_json:
        show(rows)
    else:
        for row in rows:
            mark = "noticed" if row["noticed"] else "PASSED "
            out(f"{mark} {row['system']:20} {row['how']}: {', '.join(row['gates_not_held']) or 'every gate held'}")
    return DONE if all(row["noticed"] for row in rows) else FAILED
