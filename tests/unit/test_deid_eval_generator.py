"""The exam for de-identification: same seed, same documents; offsets right; two splits that share no template."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import Any, cast

import pytest
from evals.deid import identifiers, noise
from evals.deid.generate import documents
from evals.deid.people import Split
from evals.deid.pieces import Piece, join, span, trap
from evals.deid.template import load

from preceptor.deid.labels import LABELS

SPLITS: tuple[Split, ...] = ("dev", "test")


def rows(split: Split, count: int, seed: int, *, negative: bool = False) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", list(documents(split, count, seed, negative=negative)))


def test_a_seed_fixes_the_documents() -> None:
    assert rows("dev", 6, 3) == rows("dev", 6, 3)
    assert rows("dev", 6, 3) != rows("dev", 6, 4)


@pytest.mark.parametrize("split", SPLITS)
def test_every_span_is_the_text_put_in_and_none_overlap(split: Split) -> None:
    levels: set[str] = set()
    labels: set[str] = set()
    for row in rows(split, 300, 5):
        levels.add(row["noise"])
        marked = sorted([*row["spans"], *row["optional"], *row["traps"]], key=lambda r: r["start"])
        assert all(a["end"] <= b["start"] for a, b in pairwise(marked)), row["template"]
        assert all(row["text"][s["start"] : s["end"]] == s["text"] for s in row["spans"]), row["template"]
        assert not re.search(r"\{\w+[.+}]", row["text"]), row["template"]
        labels |= {s["label"] for s in row["spans"]}
    assert levels == {name for name, _ in noise.LEVELS}
    assert labels == set(LABELS) - {"FACILITY"}


@pytest.mark.parametrize("split", SPLITS)
def test_negative_documents_hold_traps_and_nothing_else(split: Split) -> None:
    made = rows(split, 70, 2, negative=True)
    assert len({row["template"] for row in made}) >= 60
    assert all(row["traps"] and not row["spans"] and not row["optional"] for row in made)


def test_the_splits_share_no_template() -> None:
    for negative, least in ((False, 130), (True, 60)):
        dev, test = ({t.text for t in load(split, negative=negative)} for split in SPLITS)
        assert len(dev) >= least
        assert len(test) >= least
        assert not dev & test


@pytest.mark.parametrize("level", [name for name, _ in noise.LEVELS])
def test_noise_keeps_pieces_apart(level: str) -> None:
    before = [
        Piece("Seen by "),
        span("NAME", "İpek Straße-Little", "x"),
        Piece(" for "),
        trap("Crohn disease", "eponym"),
    ]
    for seed in range(30):
        gold = join(noise.wrap(noise.apply(level, before, random.Random(seed)), 12))
        found = gold.spans[0]
        assert gold.text[int(str(found["start"])) : int(str(found["end"]))] == found["text"]
        assert [len(x) for x in gold[1:]] == [1, 0, 1]


def test_check_digits() -> None:
    rng = random.Random(1)
    assert identifiers.luhn("7992739871") == "79927398713"
    assert identifiers.luhn("80840123456789") == "808401234567893"
    for _ in range(50):
        npi, card = identifiers.npi(rng), re.sub(r"\D", "", identifiers.luhn_card(rng))
        assert identifiers.luhn(f"80840{npi[:-1]}") == f"80840{npi}"
        assert len(card) == 16
        assert identifiers.luhn(card[:-1]) == card
        assert re.fullmatch(r"[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{8}", identifiers.vin(rng))
