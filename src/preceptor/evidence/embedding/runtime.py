"""Runs one ONNX transformer on the processor: one text at a time, several texts at once on several threads."""

# onnxruntime and tokenizers ship no complete types: what comes out of them is unknown to the checker here only.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from preceptor.errors import Unavailable
from preceptor.evidence.embedding.files import ModelFiles, NoModel

TOKENS = 512  # the longest input of BERT models; longer texts are cut
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Result = TypeVar("Result")


class Runtime:
    """A loaded model. Calls are thread-safe.

    Each text runs alone. An 8-bit model scales its activations by the largest of a whole batch, so in a batch a text's
    output depends on its neighbours (cosine down to .99 against itself alone) and one could not repeat it; and a batch
    of unequal lengths is no faster on a processor.
    """

    def __init__(self, session: Any, tokenizer: Any, threads: int) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._names = {i.name for i in session.get_inputs()}
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "model")

    def run(self, text: str, second: str | None = None) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The first output for a text or a pair, batch axis of length 1, and the attention mask (1, tokens)."""
        found = self._tokenizer.encode(text, second)
        values = (found.ids, found.attention_mask, found.type_ids)
        arrays = {name: np.array([value], np.int64) for name, value in zip(INPUTS, values, strict=True)}
        try:
            output: NDArray[np.float32] = self._session.run(
                None, {name: array for name, array in arrays.items() if name in self._names}
            )[0]
        except Exception:  # the runtime's own errors, whose messages are not ours to pass on
            raise Unavailable("unavailable", "The embedding model or the reranker failed while it ran.") from None
        return output, arrays["attention_mask"]

    def map(self, run: Callable[[str], Result], texts: Sequence[str], *, alone: bool) -> list[Result]:
        """`run` for each text, in order; on this thread only when `alone`, otherwise on all the model may take."""
        if alone or self._threads == 1 or len(texts) < 2:
            return [run(text) for text in texts]
        return list(self._pool.map(run, texts))


def open_runtime(files: ModelFiles, threads: int, tokens: int = TOKENS) -> Runtime | NoModel:
    """Load the model; NoModel `model_broken` when the runtime cannot read it, `model_missing` without a runtime."""
    # Its official builds report to their maker over HTTPS unless this stands before it is first imported. No other
    # module of the product imports it.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime  # noqa: PLC0415 - a quarter of a second that a command without search need not pay
        from tokenizers import Tokenizer  # noqa: PLC0415 - the same
    except ImportError:
        return NoModel("model_missing", "The packages onnxruntime and tokenizers are not installed.")
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two texts on two cores pass faster than one text on both
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # its messages may name tensors and paths; ours say what went wrong
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads sleep
        session = onnxruntime.InferenceSession(files.model, options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_str(files.tokenizer)
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=tokens)
    except Exception:  # the runtimes raise many kinds of their own; whatever it is, search goes on with words
        return NoModel("model_broken", "The model's files have the right digest but cannot be loaded.")
    return Runtime(session, tokenizer, threads)
