"""`preceptor eval` as a release would call it: its exit codes, its files, and exams that refuse to be taken."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.make import Tenant

from preceptor.evals.cases import Case, load_suite
from preceptor.evals.gates import read_gates
from preceptor.evals.report import html
from preceptor.evals.score import Library
from preceptor.evals.sitting import fill, sit
from preceptor.evals.systems import Ask
from preceptor.wiring import Services

POLICY = """# Walker policy

Version: 3

## Coverage

A walker is covered once in 36 months when a physician documents a gait problem.

A rolling walker with a seat is covered when the member cannot walk 100 feet without a rest.

## Not covered

Walkers for use only outside the home are not covered.
"""
QUESTION = "How often is a walker covered?"
ANSWERED: dict[str, Any] = {
    "id": "w-1",
    "question": QUESTION,
    "kind": "number",
    "expected": {"citations": [[{"document": "walkers", "contains": "once in 36 months"}]]},
}
SILENT: dict[str, Any] = {
    "id": "w-2",
    "question": "Which vaccines are covered for travel to Peru?",
    "kind": "near_miss",
    "expected": {"abstain": []},
}
GATE = '[citation_validity]\nop = ">="\nthreshold = 1.0\nreason = "no invented quotation"\n'
GATE += '[errors]\nop = "<="\nthreshold = 0.0\nreason = "an error is no answer"\n'


def suite(root: Path, *cases: dict[str, Any], gates: str = GATE) -> Path:
    folder = root / "suites" / "walkers"
    folder.mkdir(parents=True)
    (folder / "walkers.md").write_text(POLICY, encoding="utf-8")
    toml = 'title = "Walkers"\nflow = "policy_question"\n[[documents]]\npath = "walkers.md"\n'
    (folder / "suite.toml").write_text(toml, encoding="utf-8")
    (folder / "cases.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases), encoding="utf-8")
    (folder / "thresholds.toml").write_text(gates, encoding="utf-8")
    return root / "suites"


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def preceptor(*words: str, home: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "preceptor.cli.main", "eval", *words],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PRECEPTOR_HOME": str(home), "PRECEPTOR_MODELS": "off"},
        timeout=900,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_suite_is_run_and_written_down(tmp_path: Path) -> None:
    root, out = suite(tmp_path, ANSWERED, SILENT), tmp_path / "out"
    code, said, err = preceptor("run", "walkers", "--suites", str(root), "--out", str(out), "--json", home=tmp_path)
    assert code == 0, err
    result = json.loads(said)
    assert (result["suite"], result["cases"], result["held"]) == ("walkers", 2, True)
    assert result["metrics"]["grounded_accuracy"] == {
        "value": 1.0,
        "low": pytest.approx(0.206, abs=0.01),
        "high": 1.0,
        "n": 1,
    }
    assert set(result["latency_ms"]) == {"p50", "p95"} and result["cost_usd"] == 0.0
    assert result["gates"][0] | {"value": 1.0} == result["gates"][0]
    assert json.loads((out / "result.json").read_text()) == result
    page = (out / "report.html").read_text()
    assert "<script" not in page and not re.search(r"(?:src|href)\s*=|url\(|@import", page)
    assert page.count("<svg") == 3 and "Walkers" in page
    assert not (tmp_path / "postgres").exists()  # the user's own home was not touched
    code, said, _ = preceptor("compare", str(out / "result.json"), str(out / "result.json"), home=tmp_path)
    assert code == 0 and "2 the same" in said
    worse = result | {"outcomes": {k: v | {"right": False} for k, v in result["outcomes"].items()}}
    (tmp_path / "worse.json").write_text(json.dumps(worse))
    code, said, _ = preceptor("compare", str(out / "result.json"), str(tmp_path / "worse.json"), home=tmp_path)
    assert code == 1 and "lost    w-1" in said


@pytest.mark.parametrize(
    ("system", "metric"), [("always-abstains", "grounded_accuracy"), ("altered-quotation", "citation_validity")]
)
def test_a_bad_system_fails_its_gate(tmp_path: Path, system: str, metric: str) -> None:
    gates = f'{GATE}[grounded_accuracy]\nop = ">="\nthreshold = 0.9\nreason = "useful"\n'
    root = suite(tmp_path, ANSWERED, SILENT, gates=gates)
    code, said, _ = preceptor("run", "walkers", "--suites", str(root), "--system", system, "--json", home=tmp_path)
    assert code == 1
    assert metric in [g["metric"] for g in json.loads(said)["gates"] if not g["held"]]


def test_a_figure_that_is_missing_fails_its_gate(tmp_path: Path) -> None:
    gates = (
        '[phi_leaked]\nop = "<="\nthreshold = 0\nreason = "no case has personal details: nothing was measured"\n' + GATE
    )
    code, said, _ = preceptor(
        "run", "walkers", "--suites", str(suite(tmp_path, ANSWERED, gates=gates)), "--json", home=tmp_path
    )
    assert code == 1 and json.loads(said)["gates"][0]["value"] is None


def test_an_exam_that_proves_nothing_is_refused(tmp_path: Path) -> None:
    wrong = ANSWERED | {"expected": {"citations": [[{"document": "walkers", "contains": "once in 48 months"}]]}}
    code, _, err = preceptor("run", "walkers", "--suites", str(suite(tmp_path / "a", wrong)), home=tmp_path)
    assert code == 2 and "w-1" in err and "invalid_suite" in err
    code, _, err = preceptor("run", "walkers", "--suites", str(suite(tmp_path / "b")), home=tmp_path)
    assert code == 2 and "no case" in err
    code, _, err = preceptor("run", "nothing", "--suites", str(tmp_path / "a" / "suites"), home=tmp_path)
    assert code == 3 and "suite_not_found" in err


def test_losses_against_a_baseline_fail_the_run(tmp_path: Path) -> None:
    gates = (
        '[worse_than_baseline]\nop = ">="\nthreshold = 0.05\nreason = "losses that chance does not explain"\n' + GATE
    )
    many = [ANSWERED | {"id": f"w-{n}"} for n in range(6)]
    root, before = suite(tmp_path, *many, gates=gates), tmp_path / "before.json"
    words = ("run", "walkers", "--suites", str(root), "--json")
    code, said, _ = preceptor(*words, home=tmp_path)
    assert code == 1 and json.loads(said)["gates"][0]["value"] is None  # no baseline: nothing was measured
    out = tmp_path / "out"
    assert preceptor(*words, "--baseline", write(before, said), "--out", str(out), home=tmp_path)[0] == 0
    baseline = (out / "baseline.json").read_text()
    assert json.loads(baseline)["outcomes"]["w-0"] == {"right": True, "answered": True} and "36 months" not in baseline
    (root / "walkers" / "baseline.json").write_text(baseline)
    code, said, _ = preceptor("compare", str(out / "baseline.json"), str(out / "result.json"), home=tmp_path)
    assert code == 0 and "6 the same" in said
    code, said, _ = preceptor(*words, "--system", "always-abstains", home=tmp_path)
    assert code == 1 and json.loads(said)["gates"][0]["value"] == pytest.approx(1 / 64)
    code, _, err = preceptor(*words, "--baseline", write(before, '{"outcomes": []}'), home=tmp_path)
    assert code == 2 and "invalid_suite" in err


async def test_an_answer_that_cannot_be_scored_fails_the_run(
    services: Services, tenant: Tenant, tmp_path: Path
) -> None:
    odd = ANSWERED | {"id": "w-3", "question": "How often is a <b>walker</b> covered?"}
    root = suite(tmp_path, ANSWERED, SILENT, odd)
    loaded = load_suite(root, "walkers")
    await fill(services, tenant.caller, loaded)

    async def broken(ask: Ask, library: Library, case: Case) -> dict[str, Any]:
        return {"text": "36 months"} if case.id == "w-3" else await ask(case)

    gates = read_gates(root / "walkers" / "thresholds.toml")
    result = await sit(loaded, gates, None, services, tenant.caller, broken)
    assert result.gates[0].held and not result.held
    assert result.as_json()["unscored"] == ["w-3"]
    page = html(result)
    assert "Could not be scored (1)" in page and "&lt;b&gt;walker&lt;/b&gt;" in page and "<b>" not in page


@pytest.mark.slow
def test_every_known_bad_system_fails_the_shipped_exam(tmp_path: Path) -> None:
    code, said, err = preceptor("run", "policy_question", "--known-bad", "--json", home=tmp_path)
    rows = json.loads(said)
    assert [r["system"] for r in rows if not r["noticed"]] == [], err
    assert code == 0 and len(rows) >= 8
