"""Writes synthetic clinical documents with gold identifiers, one JSON a line; same arguments, same bytes."""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator
from typing import cast

from . import context, noise
from .people import Split, say_source
from .pieces import check, join
from .scene import Scene
from .template import load, pick, render

_WRAP = 0.08
_VERY_OLD = re.compile(r"\{(?:age90\w*|yob90)\}")


def documents(split: Split, count: int, seed: int, *, negative: bool = False) -> Iterator[dict[str, object]]:
    """`count` documents of a split. Raises AssertionError when a gold span is not the text put in."""
    kind = f"{split}{'-neg' if negative else ''}"
    chosen = pick(load(split, negative=negative), count, random.Random(f"{kind}-{seed}"))  # noqa: S311 - an exam, no secret
    for number, template in enumerate(chosen):
        rng = random.Random(f"{kind}-{seed}-{number}")  # noqa: S311 - the same
        scene = Scene(rng, split, spanish=template.spanish, very_old=bool(_VERY_OLD.search(template.text)))
        pieces = render(template, scene)
        if negative:
            assert all(p.kind in ("plain", "trap") for p in pieces), template.name
        level = noise.choose(rng)
        pieces = noise.apply(level, pieces, rng)
        if rng.random() < _WRAP:
            pieces = noise.wrap(pieces, rng.choice((64, 72, 80)))
        gold = join(pieces)
        check(gold)
        name = f"ho-{kind}-{seed}-{number:05d}"
        yield {
            "id": name,
            "style": template.style,
            "template": template.name,
            "noise": level,
            "text": gold.text,
            "spans": gold.spans,
            "optional": gold.optional,
            "traps": gold.traps,
            "context": context.patient(scene, name),
        }


def main(argv: list[str] | None = None) -> None:
    """Command line: see README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("dev", "test"), required=True)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--negative", action="store_true", help="documents without any identifier")
    arguments = parser.parse_args(argv)
    split = cast("Split", arguments.split)
    say_source(split)
    for row in documents(split, arguments.count, arguments.seed, negative=arguments.negative):
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
