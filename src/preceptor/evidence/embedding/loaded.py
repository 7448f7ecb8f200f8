"""The models of this process: loaded when first asked for, once, by whichever thread asks first."""

from __future__ import annotations

import threading
from pathlib import Path

from preceptor.evidence.embedding.files import NoModel
from preceptor.evidence.embedding.model import Embedder, load_embedder
from preceptor.evidence.embedding.reranker import Reranker, load_reranker


class Models:
    """Loads lazily. A model that cannot be loaded stays away until the process ends: no retry at every question."""

    def __init__(self, directory: Path | None = None, threads: int = 2, *, off: bool = False) -> None:
        self._directory = directory
        self._threads = threads
        self._off = NoModel("model_off", "Models are turned off by PRECEPTOR_MODELS=off.") if off else None
        self._lock = threading.Lock()
        self._embedder: Embedder | NoModel | None = self._off
        self._reranker: Reranker | NoModel | None = self._off

    def embedder(self) -> Embedder | NoModel:
        """The embedder, or why there is none. The first call takes half a second: call it in a thread."""
        with self._lock:
            if self._embedder is None:
                self._embedder = load_embedder(self._directory, self._threads)
            return self._embedder

    def reranker(self) -> Reranker | NoModel:
        """The reranker, or why there is none. The first call takes half a second: call it in a thread."""
        with self._lock:
            if self._reranker is None:
                self._reranker = load_reranker(self._threads)
            return self._reranker
