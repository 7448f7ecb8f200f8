"""The policy assistant on a folder of PDFs, through the product's own doors: speed, memory, and predictions to score.

    python benchmarks/policy_assistant.py --docs DIR [--questions Q.jsonl --out PRED.jsonl] [--results FILE]

Ingestion is compared, in the same run, with the bare text extraction of pypdfium2 in one process (the peer): the ratio
travels between machines, pages a second do not. Question latency is the product's own `timings_ms.total`, warm.
Memory is the resident set of this process, which serves the questions, after they were asked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pypdfium2

from preceptor.cli.installation import ensure_operator, ensure_tenant
from preceptor.errors import PreceptorError
from preceptor.evidence.ingest import Shelf, add_document
from preceptor.evidence.metadata import Metadata
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services

TENANT = "benchmark"


def bare_extraction(files: list[Path]) -> tuple[int, float]:
    """Pages and seconds of the peer: text of every page, nothing stored."""
    began, pages = time.perf_counter(), 0
    for path in files:
        document = pypdfium2.PdfDocument(path)
        for page in document:
            page.get_textpage().get_text_bounded()
            pages += 1
        document.close()
    return pages, time.perf_counter() - began


async def ingest(services: Services, files: list[Path]) -> tuple[int, float, dict[str, int]]:
    """Pages, seconds and redactions of putting every file in."""
    caller = await ensure_operator(services, TENANT)
    shelf = Shelf(services.database, services.clock, services.keys.get(TENANT))
    pages, redactions = 0, dict[str, int]()
    began = time.perf_counter()
    for path in files:
        added = await add_document(shelf, caller, Metadata(path.stem), path.read_bytes(), "application/pdf")
        pages += added.pages
        for label, n in added.redactions.items():
            redactions[label] = redactions.get(label, 0) + n
    return pages, time.perf_counter() - began, redactions


async def ask_all(services: Services, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The predictions, in the order of the questions; the first question is asked once before, to warm up."""
    caller, assistant = await ensure_operator(services, TENANT), Assistant(services)
    await assistant.ask(caller, Question(questions[0]["question"]))
    rows = list[dict[str, Any]]()
    for question in questions:
        try:
            answer = await assistant.ask(caller, Question(question["question"]))
        except PreceptorError as error:
            rows.append({"id": question["id"], "error": error.code, "abstained": True, "statements": []})
            continue
        shown = answer["statements"] or answer["nearest"]
        rows.append({**answer, "id": question["id"], "statements": shown, "latency_ms": answer["timings_ms"]["total"]})
    return rows


async def measure(home: Path, files: list[Path], questions: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    """All figures, and the predictions."""
    peer_pages, peer_seconds = bare_extraction(files)
    async with open_services(Settings(home=home)) as services:
        await ensure_tenant(services, TENANT, "Benchmark")
        pages, seconds, redactions = await ingest(services, files)
        rows = await ask_all(services, questions) if questions else []
    latencies = sorted(row["latency_ms"] for row in rows if "latency_ms" in row)
    result = {
        "machine": f"{platform.machine()} {platform.system()}, Python {platform.python_version()}",
        "documents": len(files),
        "pages": pages,
        "ingest_pages_per_second": round(pages / seconds, 1),
        "peer_pages_per_second": round(peer_pages / peer_seconds, 1),
        "ingest_to_bare_extraction_time_ratio": round(seconds / peer_seconds, 2),
        "redactions": redactions,
        "questions": len(rows),
        "latency_ms_p50": latencies[len(latencies) // 2] if latencies else None,
        "latency_ms_p95": latencies[int(len(latencies) * 0.95)] if latencies else None,
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    return result, rows


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--results", type=Path)
    args = parser.parse_args()
    files = sorted(args.docs.glob("*.pdf"))
    if not files:
        print(f"There are no PDFs in {args.docs}.", file=sys.stderr)
        return 2
    questions = [json.loads(line) for line in args.questions.read_text().splitlines()] if args.questions else []
    with tempfile.TemporaryDirectory(prefix="preceptor-bench-") as home:
        result, rows = asyncio.run(measure(Path(home), files, questions))
    if args.out:
        args.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    print(json.dumps(result, indent=1))
    if args.results:
        args.results.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
