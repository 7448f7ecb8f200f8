"""A suite put to a system: documents in, questions asked one by one through the product, answers scored and gated."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from preceptor.access.caller import Caller
from preceptor.clock import today
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import Invalid, PreceptorError
from preceptor.evals.cases import Case, Suite
from preceptor.evals.gates import WORSE, Gate, Held, against_baseline, hold
from preceptor.evals.metrics import accuracy_by_kind, measure
from preceptor.evals.score import Library, Score, Stored, score, standing_faults
from preceptor.evals.statistics import Metric, percentile
from preceptor.evals.systems import System
from preceptor.evidence.embed import embed_pending
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.ingest import Shelf, add_document
from preceptor.evidence.parsing.media import media_type_of
from preceptor.evidence.sealed import open_page
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

Progress = Callable[[int, int], None]
"""Called with (cases done, cases in all)."""

Asked = dict[Question, dict[str, Any]]
"""Question, with its day and document → the product's answer."""


@dataclass(frozen=True)
class Sat:
    """A case with what came back and its score; `score` None when scoring crashed, which no gate survives, and the
    answer, whose form nobody knows, is then kept as silence."""

    case: Case
    answer: dict[str, Any]
    score: Score | None


@dataclass(frozen=True)
class Result:
    """What an exam ended in."""

    suite: Suite
    sat: tuple[Sat, ...]
    metrics: dict[str, Metric]
    kinds: dict[str, Metric]
    gates: tuple[Held, ...]
    latency_ms: tuple[float, float]

    @property
    def held(self) -> bool:
        """Every gate holds, and every case was scored."""
        return bool(self.gates) and all(g.held for g in self.gates) and all(s.score is not None for s in self.sat)

    def as_json(self) -> dict[str, Any]:
        """The contract's form, with figures by kind and the outcome of each case, which a baseline is made of."""
        return {
            "suite": self.suite.name,
            "cases": len(self.sat),
            "metrics": {name: metric.as_json() for name, metric in self.metrics.items()},
            "kinds": {name: metric.as_json() for name, metric in self.kinds.items()},
            "gates": [g.as_json() for g in self.gates],
            "latency_ms": {"p50": self.latency_ms[0], "p95": self.latency_ms[1]},
            "cost_usd": 0.0,
            "held": self.held,
            "unscored": [s.case.id for s in self.sat if s.score is None],
            "outcomes": {s.case.id: _outcome(s) for s in self.sat},
            "cases_sha256": cases_digest(self.suite),
        }

    def as_baseline(self) -> str:
        """What a later run is held against: the figures, and of each case whether it was answered and right, a line
        each. No text of an answer: nobody should read those of cases that are held back."""
        whole = self.as_json()
        head = {key: whole[key] for key in ("suite", "cases", "cases_sha256", "metrics")}
        rows = {i: {"right": o["right"], "answered": o["answered"]} for i, o in whole["outcomes"].items()}
        lines = ",\n".join(f"  {json.dumps(i)}: {json.dumps(row)}" for i, row in rows.items())
        return json.dumps(head, indent=1).removesuffix("\n}") + f',\n "outcomes": {{\n{lines}\n }}\n}}\n'


def _outcome(sat: Sat) -> dict[str, Any]:
    found = sat.score
    return {
        "right": bool(found and found.right),
        "answered": not sat.answer["abstained"],
        "reason": sat.answer["reason"],
        "confidence": sat.answer["confidence"],
        "text": [s["text"] for s in sat.answer["statements"]],
    }


def cases_digest(suite: Suite) -> str:
    """SHA-256 of the suite's case file, in hexadecimal: results of other cases are not compared."""
    return hashlib.sha256((suite.folder / "cases.jsonl").read_bytes()).hexdigest()


async def fill(services: Services, caller: Caller, suite: Suite) -> str | None:
    """The suite's documents and their vectors, by the product's own ingestion; `invalid_suite` for one that is refused.

    The name of the embedding model, or None where there is none and the exam is sat with words alone.
    """
    shelf = Shelf(services.database, services.clock, services.keys.get(caller.tenant))
    for source in suite.documents:
        data = source.path.read_bytes()
        added = await add_document(
            shelf, caller, source.said, data, media_type_of(source.path, data[:1024]), labels=source.labels
        )
        if added.status == "failed":
            raise Invalid("invalid_suite", f"A document of the suite cannot be read: {source.path.name}.")
    embedder = await asyncio.to_thread(services.models.embedder)
    if isinstance(embedder, NoModel):
        return None
    await embed_pending(services.database, services.clock, shelf.keys, caller, embedder)
    return embedder.name


async def read_library(services: Services, caller: Caller) -> Library:
    """Every ready version as it is stored, read by plain SQL and not through the search that is examined."""
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        versions = await tx.rows(
            "select v.id, d.owner, d.stem, v.version, v.in_force_from, v.in_force_until from document_version v"
            " join document d on d.tenant = v.tenant and d.id = v.document where v.tenant = $1 and v.state = 'ready'",
            tx.tenant,
        )
        pages = await tx.rows("select version, page, sealed from page where tenant = $1 order by page", tx.tenant)
    keys = services.keys.get(caller.tenant)
    texts: dict[Any, dict[int, str]] = {row["id"]: {} for row in versions}
    for row in pages:
        if row["version"] in texts:
            texts[row["version"]][row["page"]] = open_page(keys, row["version"], row["page"], row["sealed"])
    owners: dict[str, set[str]] = {}
    for row in versions:
        owners.setdefault(row["stem"], set()).add(row["owner"])
    return {
        str(row["id"]): Stored(
            row["stem"] if len(owners[row["stem"]]) == 1 or not row["owner"] else f"{row['owner']}/{row['stem']}",
            row["version"],
            row["in_force_from"],
            row["in_force_until"],
            texts[row["id"]],
        )
        for row in versions
    }


async def sit(
    suite: Suite,
    gates: Sequence[Gate],
    baseline: dict[str, bool] | None,
    services: Services,
    caller: Caller,
    system: System,
    progress: Progress | None = None,
    asked: Asked | None = None,
) -> Result:
    """Put every case of `suite`, whose documents are in already, to `system`.

    `asked` keeps what the product answered, so that several systems over one library ask it once. Invalid
    `invalid_suite` when a case expects words that do not stand in the stored pages.
    """
    library = await read_library(services, caller)
    faults = standing_faults(suite.cases, library)
    if faults:
        raise Invalid("invalid_suite", f"Expected words do not stand in the documents: {', '.join(faults[:8])}.")
    assistant = Assistant(services)
    day = today(services.clock)

    known: Asked = {} if asked is None else asked

    async def ask(case: Case) -> dict[str, Any]:
        question = Question(case.question, as_of=case.as_of or day, document=case.document)
        if question not in known:
            known[question] = await assistant.ask(caller, question)
        return deepcopy(known[question])

    sat = list[Sat]()
    for number, case in enumerate(suite.cases, start=1):
        sat.append(await _sit_one(case, ask, library, system, day))
        if progress is not None:
            progress(number, len(suite.cases))
    return conclude(suite, gates, baseline, sat)


async def _sit_one(case: Case, ask: Any, library: Library, system: System, day: Any) -> Sat:
    try:
        answer = await system(ask, library, case)
    except Invalid as error:  # a question that cannot be read is an outcome of its own: nothing was said
        answer = _silence(error.code)
    except PreceptorError as error:
        answer = _silence(error.code) | {"failed": True}
    try:
        return Sat(case, answer, score(case, answer, library, day))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Sat(case, _silence("unscored"), None)


def _silence(reason: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"question": "", "statements": [], "nearest": [], "confidence": 0.0}
    return {**empty, "abstained": True, "reason": reason, "timings_ms": {"total": 0.0}}


def conclude(suite: Suite, gates: Sequence[Gate], baseline: dict[str, bool] | None, sat: Sequence[Sat]) -> Result:
    """Figures and gates of what was sat."""
    scores = [s.score for s in sat if s.score is not None]
    metrics = measure(scores)
    right = {s.case: s.right for s in scores}
    metrics[WORSE] = against_baseline(right, baseline or {})
    times = [s.ms for s in scores] or [0.0]
    latency = (percentile(times, 0.5), percentile(times, 0.95))
    return Result(suite, tuple(sat), metrics, accuracy_by_kind(scores), tuple(hold(gates, metrics)), latency)


def read_baseline(text: str) -> dict[str, bool]:
    """Case id → right, out of an earlier result's JSON. Invalid `invalid_suite` for anything else."""
    try:
        return {str(k): bool(v["right"]) for k, v in json.loads(text)["outcomes"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid("invalid_suite", "The baseline is not the JSON result of an earlier run.") from None
