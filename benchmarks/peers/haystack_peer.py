"""Haystack's hybrid retrieval, as its tutorial builds it, over page texts: BM25 and the same embedder, joined by rank.

    .peers/haystack/bin/python -m benchmarks.peers.haystack_peer --pages DIR --questions Q.jsonl --model DIR

`--pages` holds `*.pages.jsonl` (`{"doc", "page", "text"}` a line), `--model` an ONNX folder of the embedder. On
standard output one `{"id", "pages": [[doc, page], …], "ms"}` a question, best first; on standard error the costs.
Splitting is by 200 words with 20 of overlap, the joiner is reciprocal rank fusion, ten documents come from each
retriever: the library's defaults but for the length of a piece, which fits the embedder's window.
"""

# ruff: noqa: PLC0415 - libraries load after connections are refused

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.peers import protocol

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
PREFIX = "Represent this sentence for searching relevant passages: "
TOP = 10
BATCH = 16


class Encoder:
    """bge by onnxruntime: the first token's vector, normalised; (n, 384)."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(512)
        self.tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        self.inputs = {i.name for i in self.session.get_inputs()}

    def encode(self, texts: list[str]) -> Any:
        """Vectors of the texts."""
        import numpy

        found = self.tokenizer.encode_batch(texts)
        given = {
            "input_ids": numpy.array([e.ids for e in found], numpy.int64),
            "attention_mask": numpy.array([e.attention_mask for e in found], numpy.int64),
            "token_type_ids": numpy.array([e.type_ids for e in found], numpy.int64),
        }
        out = self.session.run(None, {k: v for k, v in given.items() if k in self.inputs})[0]
        vectors = out[:, 0] if out.ndim == 3 else out
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    """Index, ask, print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else "")
    options.add_argument("--pages", type=Path, required=True)
    options.add_argument("--questions", type=Path, required=True)
    options.add_argument("--model", type=Path, required=True)
    chosen = options.parse_args()
    protocol.prepare()
    encoder = Encoder(chosen.model)
    began = time.perf_counter()
    pipeline, pieces = build(chosen.pages, encoder)
    indexed = time.perf_counter() - began
    for line in chosen.questions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        asked = time.perf_counter()
        query = {"words": {"query": row["question"]}}
        vector = encoder.encode([PREFIX + row["question"]])[0].tolist()
        answer = pipeline.run({**query, "vectors": {"query_embedding": vector}})
        spent = (time.perf_counter() - asked) * 1000
        pages = [[d.meta["doc"], d.meta["page"]] for d in answer["joiner"]["documents"]]
        sys.stdout.write(json.dumps({"id": row["id"], "pages": pages, "ms": round(spent, 3)}) + "\n")
    costs = {"index_seconds": round(indexed, 2), "pieces": pieces, "peak_mib": round(protocol.peak_mib(), 1)}
    sys.stderr.write("\n" + json.dumps(costs) + "\n")


def build(folder: Path, encoder: Encoder) -> tuple[Any, int]:
    """The pipeline over all pages, and the number of pieces."""
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    rows = [
        json.loads(line)
        for path in sorted(folder.glob("*.pages.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    whole = [Document(content=r["text"], meta={"doc": r["doc"], "page": r["page"]}) for r in rows if r["text"].strip()]
    splitter = DocumentSplitter(split_by="word", split_length=200, split_overlap=20)
    splitter.warm_up()
    pieces = splitter.run(documents=whole)["documents"]
    for piece in pieces:
        piece.meta = {"doc": piece.meta["doc"], "page": piece.meta["page"]}
    order = sorted(range(len(pieces)), key=lambda n: len(pieces[n].content))
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        for place, vector in zip(places, encoder.encode([pieces[n].content for n in places]), strict=True):
            pieces[place] = dataclasses.replace(pieces[place], embedding=vector.tolist())
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents(pieces)
    pipeline = Pipeline()
    pipeline.add_component("words", InMemoryBM25Retriever(document_store=store, top_k=TOP))
    pipeline.add_component("vectors", InMemoryEmbeddingRetriever(document_store=store, top_k=TOP))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("words", "joiner.documents")
    pipeline.connect("vectors", "joiner.documents")
    return pipeline, len(pieces)


if __name__ == "__main__":
    main()
