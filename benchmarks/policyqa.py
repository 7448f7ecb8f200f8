"""Answer labelled questions over a folder of page texts without a database, and print what the answers are worth.

    python benchmarks/policyqa.py --pages DIR [--originals DIR] --questions Q.jsonl [--out PRED.jsonl]
        [--mode words|fast|adaptive|thorough] [--cache DIR]

`words` looks without vectors, `fast` with vectors, `thorough` asks the cross-encoder always, `adaptive` only where the
confidence without it is neither low nor high. Printed: shares with Wilson intervals, ten bins of confidence with the
expected calibration error and the Brier score, risk against coverage, milliseconds of plan and choice. The predictions
hold what was too weak to say as well, marked as abstained, so that a scorer can draw its own curve.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.policy_library import Kept, Library, find, load, plan_of
from benchmarks.reliability import report
from training.policy_question.labels import Labelled, Quote, read, squeezed

from preceptor.flows.policy_question.select import Draft, Mode, select


@dataclass(frozen=True)
class Asked:
    """A question of the file."""

    label: Labelled
    set: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of it. `milliseconds`: plan and choice, without the cross-encoder's and the search's time."""

    case: Asked
    draft: Draft
    confidence: float
    right: bool
    corrected: bool
    refused: bool
    words: int
    pages: int
    right_pages: int
    milliseconds: float
    judged: int


def answer(library: Library, kept: Kept | None, label: Labelled, mode: str) -> tuple[Outcome, dict[str, Any]]:
    """Plan, find, choose; the outcome and the scorer's prediction."""
    began = time.perf_counter()
    plan = plan_of(library, label.text)
    planned = time.perf_counter()
    hits = find(library, plan, None if mode == "words" else kept)
    found = time.perf_counter()
    asked, waited = 0, 0.0

    def judge(question: str, texts: Sequence[str]) -> Sequence[float]:
        nonlocal asked, waited
        start = time.perf_counter()
        logits = kept.judge(question, texts) if kept is not None else []
        asked, waited = asked + len(texts), waited + time.perf_counter() - start
        return logits

    deep = mode in ("adaptive", "thorough")
    draft = select(plan, hits, judge if deep else None, cast("Mode", mode) if deep else "fast")
    spent = planned - began + time.perf_counter() - found - waited
    quotes = [
        (s.document, s.page, library.pages[s.document][s.page][s.start : s.end])
        for statement in draft.statements
        for s in statement.spans
    ]
    pages = {(d, p) for d, p, _ in quotes}
    refused = draft.reason not in (None, "below_threshold")
    outcome = Outcome(
        Asked(label),
        draft,
        0.0 if refused else draft.confidence,
        label.answered_by(quotes),
        label.corrected_by(quotes),
        refused,
        sum(len(words.split()) for _, _, words in quotes),
        len(pages),
        len(pages & label.right),
        spent * 1000,
        asked,
    )
    return outcome, _prediction(label, draft, quotes, spent)


def _prediction(label: Labelled, draft: Draft, quotes: Sequence[Quote], spent: float) -> dict[str, Any]:
    said, at = list[dict[str, Any]](), 0
    for statement in draft.statements:
        own = quotes[at : at + len(statement.spans)]
        at += len(own)
        said.append(
            {
                "text": " ".join(" ".join(words.split()) for _, _, words in own),
                "citations": [{"document": d, "page": p, "quote": words} for d, p, words in own],
            }
        )
    return {
        "id": label.id,
        "abstained": draft.abstained,
        "reason": draft.reason,
        "statements": said,
        "confidence": round(draft.confidence, 4),
        "form": draft.form,
        "latency_ms": round(spent * 1000, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, required=True, help="folder of *.pages.jsonl files")
    parser.add_argument("--originals", type=Path, help="folder of the PDFs, for their embedded titles")
    parser.add_argument("--questions", type=Path, required=True, help="questions, one JSON object a line")
    parser.add_argument("--out", type=Path, help="predictions for the scorer, one JSON object a line")
    parser.add_argument("--mode", choices=["words", "fast", "adaptive", "thorough"], default="words")
    parser.add_argument("--cache", type=Path, help="folder for vectors and logits between runs")
    options = parser.parse_args()
    if not any(options.pages.glob("*.pages.jsonl")):
        print(f"There is no folder of page texts at {options.pages}: nothing was measured.", file=sys.stderr)
        return 2
    kept = Kept(options.cache) if options.mode != "words" else None
    began = time.perf_counter()
    library = load(options.pages, options.originals, kept)
    built = time.perf_counter() - began
    texts = {doc: {n: squeezed(text) for n, text in pages.items()} for doc, pages in library.pages.items()}
    rows = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    done = [answer(library, kept, read(row, texts), options.mode) for row in rows]
    if kept is not None:
        kept.save()
    if options.out:
        lines = (json.dumps(said, ensure_ascii=False) + "\n" for _, said in done)
        options.out.write_text("".join(lines), encoding="utf-8")
    pages = sum(map(len, library.pages.values()))
    print(f"{len(library.infos)} documents, {pages} pages indexed in {built:.1f} s; {len(rows)} questions answered")
    outcomes = [o for o, _ in done]
    _print(options.mode, outcomes)
    return 0


def _print(mode: str, outcomes: Sequence[Outcome]) -> None:
    given = [o.confidence for o in outcomes if not o.draft.abstained]
    report(mode, outcomes, min(given, default=1.0), sets=False)
    spent = sorted(o.milliseconds for o in outcomes)
    print(f"  plan and choice: median {statistics.median(spent):.1f} ms, 95 % {spent[int(0.95 * len(spent))]:.1f} ms")
    asked = [o.judged for o in outcomes if o.judged]
    print(f"  cross-encoder: asked for {len(asked)} of {len(outcomes)} questions, {sum(asked)} lines")


if __name__ == "__main__":
    raise SystemExit(main())
