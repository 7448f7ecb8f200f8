"""How answering grows with the library: 10,000 to 100,000 passages, 1,000 to 10,000 documents, through the product.

    python benchmarks/scale.py --docs DIR --questions Q.jsonl [--home DIR] [--sizes 10000,30000,100000] [--words]
                               [--results FILE] [--picture FILE.svg]

The library is made of the PDFs in DIR, whole, and of copies of ten passages each, in which every fifth longer word is
replaced by another one of the same length; a copy's vectors are those of its passages with small noise. Everything is
stored by the product's own functions. Each size is served by a process of its own: cold (first question of a new
process), then warm, `Assistant.ask` from the question to the committed answer, one question after the other. With
--home the library is kept and grown at the next run.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from preceptor.access.caller import Caller
from preceptor.cli.installation import ensure_operator, ensure_tenant
from preceptor.db.transaction import tenant_transaction
from preceptor.evidence import ingest
from preceptor.evidence.bm25 import build_index
from preceptor.evidence.embed import embed_pending, embedded_text
from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.embedding.model import Embedder
from preceptor.evidence.ingest import Shelf, receive_document
from preceptor.evidence.metadata import Metadata
from preceptor.evidence.passages import index_texts
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services

TENANT = "scale"
TOGETHER = 10  # passages of a copy
NOISE = 0.02  # of each of the 384 numbers of a vector of length 1: cosine .93 with the original
STAGES = ("deid", "search", "rerank", "answer", "verify", "total")
_WORD = re.compile(r"[a-z]{5,}")

# The benchmark stores what it changed after reading, by the same two functions `add_document` calls.
_read = ingest._read  # pyright: ignore[reportPrivateUsage]
_release = ingest._release  # pyright: ignore[reportPrivateUsage]
Read = ingest._Read  # pyright: ignore[reportPrivateUsage]


@dataclass(frozen=True)
class Original:
    """A document read once. `texts`: the reading text of each page by number."""

    stem: str
    read: Read
    texts: dict[int, str]


class Noisy(Embedder):
    """The product's embedder for questions; vectors of passages come from a table, with noise for copies."""

    def __init__(self, real: Embedder) -> None:
        self.name, self.dimensions = real.name, real.dimensions
        self._real = real
        self.table: dict[bytes, NDArray[np.float32]] = {}
        self.source: dict[bytes, bytes] = {}
        self._draw = np.random.default_rng(5)

    def load(self, file: Path) -> None:
        """Take over the originals' vectors of an earlier run."""
        if file.exists():
            with np.load(file) as held:
                self.table = {bytes(k): v for k, v in zip(held["keys"], held["vectors"], strict=True)}

    def save(self, file: Path) -> None:
        """Keep the originals' vectors."""
        keys = np.array([np.frombuffer(key, np.uint8) for key in self.table])
        np.savez(file, keys=keys, vectors=np.stack(list(self.table.values())))

    def passages(self, texts: Sequence[str], *, alone: bool = False) -> NDArray[np.float32]:
        """A row for each text."""
        rows = [self._row(text, alone) for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)

    def _row(self, text: str, alone: bool) -> NDArray[np.float32]:
        key = digest(text)
        source = self.source.get(key, key)
        if source not in self.table:
            self.table[source] = self._real.passages([text], alone=alone)[0]
        if source == key:
            return self.table[source]
        noisy = self.table[source] + self._draw.normal(0, NOISE, self.dimensions).astype(np.float32)
        return (noisy / np.linalg.norm(noisy)).astype(np.float32)


def digest(text: str) -> bytes:
    """A short name of a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


async def originals(shelf: Shelf, files: Sequence[Path]) -> list[Original]:
    """The PDFs, read by the product."""
    found = list[Original]()
    for path in files:
        read = await _read(shelf, Metadata(path.stem), path.read_bytes(), "application/pdf", None)
        texts = {p.number: layout.text(p.text) for p, layout in zip(read.pages, read.layouts, strict=True)}
        found.append(Original(path.stem, read, texts))
    return found


def changed(text: str, words: dict[int, list[str]], draw: random.Random) -> str:
    """`text` with about every fifth longer word replaced by another of the same length, so that offsets stay."""

    def other(match: re.Match[str]) -> str:
        return draw.choice(words[len(match[0])]) if draw.random() < 0.2 else match[0]

    return _WORD.sub(other, text)


def vocabulary(library: Sequence[Original]) -> dict[int, list[str]]:
    """All longer words by length, as often as they stand."""
    words: dict[int, list[str]] = {}
    for document in library:
        for text in document.texts.values():
            for word in _WORD.findall(text):
                words.setdefault(len(word), []).append(word)
    return words


def copy_of(document: Original, first: int, number: int, words: dict[int, list[str]], embedder: Noisy | None) -> Any:
    """The pages of `TOGETHER` passages from `first` on as a document of their own: name, bytes and contents."""
    passages = document.read.passages[first : first + TOGETHER]
    draw = random.Random(number)
    on = sorted({p.page for p in passages})
    pages = [replace(p, text=changed(p.text, words, draw)) for p in document.read.pages if p.number in on]
    layouts = [x for p, x in zip(document.read.pages, document.read.layouts, strict=True) if p.number in on]
    texts = {p.number: layout.text(p.text) for p, layout in zip(pages, layouts, strict=True)}
    moved = [replace(p, ordinal=n) for n, p in enumerate(passages)]
    heading = next((p.heading for p in passages if p.heading), document.read.found.title or document.stem)
    title = changed(heading.rsplit(" › ", 1)[-1][:80], words, draw)
    stem = f"{document.stem[:20]}-{number}"
    if embedder is not None:
        for before, after in zip(passages, moved, strict=True):
            old = embedded_text(before.heading, document.texts[before.page][before.start : before.end])
            new = embedded_text(after.heading, texts[after.page][after.start : after.end])
            embedder.source[digest(new)] = digest(old)
    index = build_index(index_texts(moved, texts, title))
    found = Metadata(stem, title=title)
    read = Read(pages, layouts, moved, index, found, {}, 0, document.read.acronyms if first == 0 else {}, {})
    return found, f"copy {number}".encode(), read


async def store(shelf: Shelf, caller: Caller, said: Metadata, data: bytes, read: Read) -> None:
    """Receive and release one document."""
    _, received = await receive_document(shelf, caller, said, data, "text/plain")
    async with tenant_transaction(shelf.database, caller.tenant, caller.actor) as tx:
        await _release(tx, shelf.clock, caller, received.id, read)


async def counted(services: Services, caller: Caller) -> tuple[int, int]:
    """Passages and documents in the library."""
    async with tenant_transaction(services.database, caller.tenant, caller.actor, read_only=True) as tx:
        row = await tx.row("select coalesce(sum(passages), 0) as p, count(*) as d from document_version")
    return (row["p"], row["d"]) if row else (0, 0)


async def grow(services: Services, files: Sequence[Path], sizes: Sequence[int], words_only: bool, served: Any) -> None:
    """Make the library larger step by step; `served` is called at each size."""
    await ensure_tenant(services, TENANT, "Scale")
    caller = await ensure_operator(services, TENANT)
    shelf = Shelf(services.database, services.clock, services.keys.get(TENANT))
    model = None if words_only else services.models.embedder()
    embedder = Noisy(model) if model is not None and not isinstance(model, NoModel) else None
    library = await originals(shelf, files)
    words = vocabulary(library)
    if embedder is not None:
        embedder.load(services.settings.home / "vectors.npz")
    places = [(d, n) for d in library for n in range(0, len(d.read.passages) - TOGETHER, TOGETHER)]
    passages, documents = await counted(services, caller)
    if not documents:
        for document, path in zip(library, files, strict=True):
            await store(shelf, caller, document.read.found, path.read_bytes(), document.read)
        passages, documents = await counted(services, caller)
    for size in sizes:
        began, before = time.perf_counter(), passages
        while passages < size:
            document, first = places[documents % len(places)]
            said, data, read = copy_of(document, first, documents, words, embedder)
            await store(shelf, caller, said, data, read)
            passages, documents = passages + len(read.passages), documents + 1
        seconds = time.perf_counter() - began
        print(f"{passages} passages, {documents} documents, +{passages - before} in {seconds:.0f} s", file=sys.stderr)
        if embedder is not None:
            began = time.perf_counter()
            done = await embed_pending(
                services.database, services.clock, services.keys.get(caller.tenant), caller, embedder
            )
            if embedder.table:
                embedder.save(services.settings.home / "vectors.npz")
            print(f"{done.passages} vectors in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        await asyncio.to_thread(served, passages, documents)


async def serve(home: Path, questions: Sequence[str], words_only: bool) -> dict[str, Any]:
    """What a serving process measures of itself: the first question, then every question, warm."""
    began = time.perf_counter()
    settings = Settings(home=home, models="off") if words_only else Settings(home=home)
    async with open_services(settings) as services:
        caller, assistant = await ensure_operator(services, TENANT), Assistant(services)
        await assistant.ask(caller, asked(questions[0]))
        cold = time.perf_counter() - began
        for question in questions[:5]:
            await assistant.ask(caller, asked(question))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answers, busy = list[dict[str, Any]](), list[float]()
        for question in questions:
            spent = time.process_time()
            answers.append(await assistant.ask(caller, asked(question)))
            busy.append((time.process_time() - spent) * 1000)
    timings = {stage: sorted(a["timings_ms"].get(stage, 0.0) for a in answers) for stage in STAGES}
    timings["processor"] = sorted(busy)
    return {
        "questions": len(questions),
        "answered": sum(not a["abstained"] for a in answers),
        "cold_seconds": round(cold, 2),
        "load_average": round(os.getloadavg()[0], 1),
        "ms": {stage: {f"p{p}": round(share(t, p), 1) for p in (50, 95, 99)} for stage, t in timings.items()},
        "rss_mib": {
            "warm": before // 1024,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        },
    }


def asked(text: str) -> Question:
    """The question in the mode without a cross-encoder."""
    return cast(Question, cast(Any, Question)(text, **({"mode": "fast"} if hasattr(Question, "mode") else {})))


def share(ordered: Sequence[float], percent: int) -> float:
    """The percentile, nearest rank."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def command_seconds(home: Path, question: str) -> float:
    """How long `preceptor policy ask` takes as a command of its own, start to end."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "preceptor.cli.main", "policy", "ask", "--tenant", TENANT, question]
    environment = {**os.environ, "PRECEPTOR_HOME": str(home)}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=120)
    return round(time.perf_counter() - began, 2)


def exponent(rows: Sequence[dict[str, Any]], stage: str, figure: str) -> float | None:
    """The slope of log milliseconds over log passages, least squares: 1 is linear growth."""
    if len(rows) < 2:
        return None
    x = np.log([row["passages"] for row in rows])
    y = np.log([row["ms"][stage][figure] for row in rows])
    return round(float(np.polyfit(x, y, 1)[0]), 3)


def picture(rows: Sequence[dict[str, Any]]) -> str:
    """The curve of p50 and p95 over passages, both axes logarithmic, as SVG."""
    width, height, left, bottom = 560, 340, 60, 50
    sizes = [row["passages"] for row in rows]
    top = max(row["ms"]["total"]["p99"] for row in rows) * 1.3
    low = min(row["ms"]["total"]["p50"] for row in rows) / 1.5

    def at(size: float, ms: float) -> tuple[float, float]:
        wide = math.log(max(sizes) / min(sizes)) or 1.0
        x = left + (width - left - 30) * math.log(size / min(sizes)) / wide
        return x, height - bottom - (height - bottom - 30) * math.log(ms / low) / math.log(top / low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
        f' font-size="12" role="img"><title>Latency of a policy question by size of the library</title>'
        f'<rect width="{width}" height="{height}" fill="white"/>'
    ]
    for ms in (m * 10**e for e in range(5) for m in (1, 2, 5)):
        if low <= ms <= top:
            y = at(min(sizes), ms)[1]
            parts.append(f'<path d="M{left} {y:.1f}H{width - 30}" stroke="#ddd"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{ms}</text>')
    names = ((at(size, low)[0], size) for size in sizes)
    parts += [f'<text x="{x:.1f}" y="{height - 30}" text-anchor="middle">{size:,}</text>' for x, size in names]
    for figure, colour in (("p50", "#1f5fa8"), ("p95", "#b2541a"), ("p99", "#777777")):
        points = [at(row["passages"], row["ms"]["total"][figure]) for row in rows]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(f'<text x="{x - 6:.1f}" y="{y - 8:.1f}" text-anchor="end" fill="{colour}">{figure}</text>')
    parts.append(f'<text x="{width / 2}" y="{height - 8}" text-anchor="middle">passages</text>')
    parts.append('<text x="14" y="20">milliseconds, question to committed answer</text></svg>')
    return "".join(parts) + "\n"


def main() -> int:
    """Build, serve, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--sizes", default="10000,30000,100000")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--words", action="store_true", help="words only, no vectors")
    parser.add_argument("--serve", action="store_true", help="only measure the library in --home")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--picture", type=Path)
    args = parser.parse_args()
    questions = [json.loads(line)["question"] for line in args.questions.read_text().splitlines()]
    if args.serve:
        print(json.dumps(asyncio.run(serve(args.home, questions, args.words))))
        return 0
    rows = list[dict[str, Any]]()

    def served(passages: int, documents: int) -> None:
        command = [sys.executable, __file__, "--serve", "--home", str(home), "--questions", str(args.questions)]
        ran = subprocess.run(command + ["--words"] * args.words, capture_output=True, text=True, check=True)
        row = {"passages": passages, "documents": documents, **json.loads(ran.stdout)}
        rows.append(row | {"command_seconds": command_seconds(home, questions[0])})
        print(json.dumps(rows[-1]), file=sys.stderr)

    async def run() -> None:
        async with open_services(Settings(home=home)) as services:
            files = sorted(args.docs.glob("*.pdf"))
            await grow(services, files, [int(s) for s in args.sizes.split(",")], args.words, served)

    with tempfile.TemporaryDirectory(prefix="preceptor-scale-") as scratch:
        home = args.home or Path(scratch)
        asyncio.run(run())
    growth = {
        f"{stage} {figure}": exponent(rows, stage, figure)
        for stage in ("total", "processor")
        for figure in ("p50", "p95")
    }
    result = {"sizes": rows, "growth_exponent": growth}
    print(json.dumps(result, indent=1))
    if args.results:
        args.results.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if args.picture:
        args.picture.write_text(picture(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
