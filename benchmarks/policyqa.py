"""Run the policy answerer without a database or a model over a folder of page texts, and write scorer predictions."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium

from preceptor.evidence.acronyms import learn_acronyms
from preceptor.evidence.bm25 import Lengths, Postings, build_index, rank
from preceptor.evidence.metadata import Metadata, completed
from preceptor.evidence.passages import Passage, build_passages, index_texts
from preceptor.evidence.titles import document_title
from preceptor.flows.policy_question.naming import DocumentInfo
from preceptor.flows.policy_question.plan import Plan, make_plan
from preceptor.flows.policy_question.select import Draft, Hit, select

PASSAGES = 60


@dataclass
class Library:
    """Everything the database would hold, in memory."""

    infos: list[DocumentInfo]
    pages: dict[str, dict[int, str]]
    passages: dict[str, list[Passage]]
    versions: list[tuple[str, Lengths, dict[str, Postings]]]
    counts: dict[str, int]
    acronyms: dict[str, str]

    def known(self, terms: Sequence[str]) -> dict[str, int]:
        return {t: self.counts[t] for t in terms if t in self.counts}


def load(folder: Path, originals: Path | None) -> Library:
    """Read `*.pages.jsonl`; titles come from the PDFs in `originals` when given, as they do in the product."""
    library = Library([], {}, {}, [], {}, {})
    for file in sorted(folder.glob("*.pages.jsonl")):
        stem = file.name.removesuffix(".pages.jsonl")
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        pages = [(row["page"], row["text"].replace("\r\n", "\n").replace("\x02", "-")) for row in rows]
        passages = build_passages(pages)
        front = "\n".join(text for _, text in pages[:2])
        heading = next((p.heading for p in passages if p.heading), None)
        found = completed(Metadata(stem), front, document_title(_embedded(originals, stem), pages), heading)
        library.infos.append(
            DocumentInfo(
                stem,
                stem,
                found.title or stem,
                "",
                found.version or "",
                found.effective_from,
                found.effective_to,
            )
        )
        library.pages[stem] = dict(pages)
        for short, long in learn_acronyms(text for _, text in pages).items():
            library.acronyms.setdefault(short, long)
        library.passages[stem] = passages
        index = build_index(index_texts(passages, dict(pages), found.title or stem))
        library.versions.append((stem, index.lengths, index.postings))
        for term, postings in index.postings.items():
            library.counts[term] = library.counts.get(term, 0) + len(postings.ordinals)
    return library


def _embedded(originals: Path | None, stem: str) -> str | None:
    path = originals / f"{stem}.pdf" if originals else None
    if path is None or not path.is_file():
        return None
    with pdfium.PdfDocument(path) as document:
        return document.get_metadata_dict().get("Title") or None


def ask(library: Library, question: str) -> tuple[Plan, list[Hit], Draft]:
    plan = make_plan(question, library.infos, library.known, library.acronyms)
    scope = set(plan.scope)
    versions = [v for v in library.versions if not scope or v[0] in scope]
    by_key = {info.key: info for info in library.infos}
    hits = list[Hit]()
    for found in rank(plan.weights, versions, PASSAGES):
        passage = library.passages[found.key][found.ordinal]
        page = library.pages[found.key][passage.page]
        hits.append(Hit(by_key[found.key], passage, page[passage.start : passage.end], page, found.score))
    return plan, hits, select(plan, hits)


def prediction(library: Library, item: dict[str, str]) -> dict[str, object]:
    began = time.perf_counter()
    _, _, draft = ask(library, _masked(item["question"]))
    latency = (time.perf_counter() - began) * 1000
    statements = list[dict[str, object]]()
    for statement in draft.statements:
        quotes = [library.pages[s.document][s.page][s.start : s.end] for s in statement.spans]
        statements.append(
            {
                "text": " ".join(" ".join(q.split()) for q in quotes),
                "citations": [
                    {"document": s.document, "page": s.page, "quote": q}
                    for s, q in zip(statement.spans, quotes, strict=True)
                ],
            }
        )
    return {
        "id": item["id"],
        "abstained": draft.abstained,
        "reason": draft.reason,
        "statements": statements,
        "confidence": round(draft.confidence, 4),
        "latency_ms": round(latency, 2),
    }


def _masked(question: str) -> str:
    """A stand-in for de-identification, which the product runs before the plan: titled names, numbers, addresses."""
    question = re.sub(r"\b(?:Mrs?|Ms|Miss)\.? [A-Z][\w'’]+(?: [A-Z][\w'’]+)*", "[NAME]", question)
    question = re.sub(r"\b(?:Pt|SGT|mother|father|wife|husband) [A-Z][\w'’]+ [A-Z][\w'’]+", "[NAME]", question)
    question = re.sub(r"\b[A-Z][\w'’]+ [A-Z][\w'’]+(?= \(MRN)", "[NAME]", question)
    question = re.sub(r"\bMRN:? ?\d+", "[MRN]", question)
    question = re.sub(r"\b\d{3}-\d{2}-\d{4}\b", "[SSN]", question)
    question = re.sub(r"\b\d{3}-\d{4}\b", "[PHONE]", question)
    question = re.sub(r"\S+@\S+", "[EMAIL]", question)
    return re.sub(r"\b\d{2}/\d{2}/\d{4}\b", "[DATE]", question)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True, help="folder of *.pages.jsonl files")
    parser.add_argument("--originals", type=Path, help="folder of the PDFs, for their embedded titles")
    parser.add_argument("--questions", type=Path, required=True, help="questions, one JSON object a line")
    parser.add_argument("--out", type=Path, required=True, help="predictions for the scorer, one JSON object a line")
    options = parser.parse_args()
    if not any(options.pages.glob("*.pages.jsonl")):
        print(f"There is no folder of page texts at {options.pages}: nothing was measured.", file=sys.stderr)
        return 2
    began = time.perf_counter()
    library = load(options.pages, options.originals)
    built = time.perf_counter() - began
    rows = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    with options.out.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(prediction(library, row), ensure_ascii=False) + "\n")
    pages = sum(map(len, library.pages.values()))
    print(f"{len(library.infos)} documents, {pages} pages indexed in {built:.1f} s; {len(rows)} questions answered")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
